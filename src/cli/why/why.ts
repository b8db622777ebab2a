/** `dragoman why <aggregate> <id>`: what happened to one aggregate and because of what, and what did not and why not. */
import { EXIT, print } from '../exit.js';
import { why } from '../../why/why.js';
import type { WhyOptions } from './options.js';
import { withOutside } from './outside.js';
import { answerLines } from '../../why/words.js';

export interface WhyCommandOptions extends WhyOptions {
  readonly event?: string;
  readonly group?: string;
  readonly max?: number;
}

export const whyCommand = (aggregate: string, id: string, options: WhyCommandOptions): Promise<number> =>
  withOutside(options, async ({ outside, rules: { rules, digest }, qualifier, watch }) => {
    const { event, group, values, max: seenMax } = options;
    const more = Object.entries({ event, group, values, seenMax }).filter(([, value]) => value !== undefined);
    const answer = await why({ aggregate, id, ...Object.fromEntries(more) }, outside, {
      rules,
      digest,
      qualifier,
      watch,
    });
    if (options.json === true) await print(JSON.stringify(answer));
    else for (const line of answerLines(answer)) await print(line);
    return EXIT.ok;
  });

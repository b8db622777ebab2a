/** `dragoman trace <transaction>`: from a source transaction to every aggregate that it touched, what was decided and published. */
import { EXIT, print, say } from '../exit.js';
import { trace, type Trace } from '../../why/trace.js';
import type { WhyOptions } from './options.js';
import { withOutside } from './outside.js';
import { oneSeen } from '../../why/seen-words.js';

export type TraceOptions = WhyOptions & { readonly until?: number };

export const traceCommand = (transaction: string, options: TraceOptions): Promise<number> =>
  withOutside(options, async ({ outside, rules }) => {
    const { values, until: untilMs } = options;
    const more = Object.entries({ values, untilMs }).filter(([, value]) => value !== undefined);
    const traced = await trace({ transaction, ...Object.fromEntries(more) }, outside, rules);
    if (options.json === true) await print(JSON.stringify(traced));
    else for (const line of traceLines(traced)) await print(line);
    if (traced.decisions.length === 0) say(nothingWords(traced));
    return EXIT.ok;
  });

function* traceLines({ decisions, moreDecisions, held }: Trace): Generator<string> {
  if (held !== null) yield `held in ${held.source}: ${held.code}: ${held.text}`;
  for (const decision of decisions) {
    yield `${decision.aggregate} ${decision.id}`;
    yield* oneSeen({ ...decision, deadlines: [], isSealed: false });
    for (const { fact, occurrence, verdict, unmet, unknown, reason } of decision.facts) {
      const why = [...unmet.map((name) => `not "${name}"`), ...unknown.map((name) => `unknown whether "${name}"`)];
      const words = reason === null ? why : [reason];
      const name = [fact, occurrence].filter((word) => word !== '').join(' ');
      yield `    ${name} ${verdict}${words.length === 0 ? '' : `: ${words.join(', ')}`}`;
    }
  }
  if (moreDecisions > 0) yield `${moreDecisions} more aggregates`;
}

function nothingWords({ transaction, searched, held, behind }: Trace): string {
  if (held !== null) return 'nothing of it is decided';
  const { records, since, isAll } = searched;
  const looked = `no decision of ${transaction} is among ${records} entries of the journal${since === null ? '' : `, since ${since}`}`;
  const rest = isAll ? 'there are no older ones' : 'older ones are there (--until)';
  const later = behind === null || behind === 0 ? '' : `; ${behind} records are not processed yet`;
  return `${looked}: ${rest}; a transaction that touches no declared table leaves none${later}`;
}

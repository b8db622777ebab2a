/** `dragoman parity examples`: the newest of what is not equal, with both sides, and how to ask why. */
import type { BadClass } from '../../domain/state/pairs.js';
import type { ParityExample, ShownDifference } from '../../pipeline/parity/examples.js';
import { signatureText } from '../../pipeline/parity/signature.js';
import { EXIT, print, say } from '../exit.js';
import { lookedAt, type LookingOptions } from './looked.js';

export interface ExamplesFilter {
  readonly contract?: string;
  readonly class?: BadClass;
  readonly signature?: string;
}

export interface ParityExamplesOptions extends LookingOptions, ExamplesFilter {
  readonly max: number;
  /** Also those of aggregates whose values are sealed. */
  readonly values?: boolean;
}

export async function parityExamplesCommand(options: ParityExamplesOptions): Promise<number> {
  const { pipeline, read } = await lookedAt(options);
  const all = read.examples.filter((each) => isWanted(each, options)).sort((a, b) => b.atMs - a.atMs);
  const shown = all.slice(0, options.max).map((each) => (options.values === true ? each : withoutSealed(each)));
  const examples = shown.map(({ atMs, ...rest }) => ({ ...rest, at: new Date(atMs).toISOString() }));
  const more = all.length - examples.length;
  if (options.json === true)
    await print(
      JSON.stringify({ schema: 'dragoman.cli/parity-examples@1', pipeline, total: all.length, examples, more }),
    );
  else for (const one of shown) for (const line of linesOf(one)) await print(line);
  if (more > 0) say(`${more} more (--max)`);
  if (all.length === 0) say('there are no examples');
  return EXIT.ok;
}

const isWanted = (example: ParityExample, { contract, signature, ...filter }: ExamplesFilter): boolean =>
  (contract === undefined || example.contract === contract) &&
  (filter.class === undefined || example.class === filter.class) &&
  (signature === undefined || example.signature === signature);

/** Where it differs, and not how. */
const withoutSealed = (example: ParityExample): ParityExample =>
  example.isSealed === true
    ? { ...example, differences: example.differences.map(({ path }) => ({ path, ...SEALED })) }
    : example;

const SEALED = { legacy: '[sealed]', service: '[sealed]' };

/** Pure. */
export const linesOf = (example: ParityExample): string[] => {
  const { class: is, contract, aggregate, id, occurrence, atMs, differences } = example;
  const which = occurrence === '' ? '' : ` (${occurrence})`;
  return [
    `${is} ${contract} of ${aggregate} ${id}${which} at ${new Date(atMs).toISOString()}: dragoman why ${aggregate} ${id}`,
    ...differences.map(differenceText),
  ];
};

const differenceText = ({ path, legacy = 'nothing', service = 'nothing' }: ShownDifference): string =>
  `  ${signatureText(path)}: legacy ${legacy}, service ${service}`;

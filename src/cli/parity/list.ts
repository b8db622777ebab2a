/** `dragoman parity list`: how often a service on trial says the same as Dragoman, by route, and whether that is enough for the gate. */
import { type Accepted, isStanding } from '../../pipeline/parity/accepted.js';
import {
  added,
  figuresOf,
  type HourCounts,
  type HourFigures,
  type ParityCounts,
  sum,
} from '../../pipeline/parity/figures.js';
import { pairsOf, percentText, rightOf } from '../../pipeline/parity/gate.js';
import type { ParityRead } from '../../pipeline/parity/reading.js';
import { readKey, signatureText } from '../../pipeline/parity/signature.js';
import type { Routed } from '../../pipeline/routes/standing.js';
import { EXIT, print, say } from '../exit.js';
import { lookedAt, type LookingOptions } from './looked.js';

/** Of one route, over the time that its gate asks for. */
export interface FiguresShown {
  readonly capability: string;
  readonly route: string;
  /** Begin of the first hour that counts. */
  readonly since: string;
  readonly pairs: number;
  readonly counts: ParityCounts;
  /** As they are counted, whatever is accepted: `equal`, `different:lines[].quantity`. */
  readonly found: HourCounts;
}

export async function parityListCommand(options: LookingOptions): Promise<number> {
  const { pipeline, routed, read } = await lookedAt(options);
  const nowMs = Date.now();
  const isWanted = ({ contract }: HourFigures): boolean => contract === (options.contract ?? contract);
  const routes = shownFigures({ ...read, figures: read.figures.filter(isWanted) }, routed, nowMs);
  const accepted = read.accepted.filter((each) => isStanding(each, nowMs));
  if (options.json === true) {
    const schema = 'dragoman.cli/parity@1';
    await print(JSON.stringify({ schema, pipeline, routes, accepted }));
  } else {
    for (const route of routes) for (const line of linesOf(route)) await print(line);
    for (const one of accepted) await print(acceptedText(one));
  }
  say(wordsOf(routed, routes.length));
  return EXIT.ok;
}

/** Routes that have figures. Pure. */
export const shownFigures = (
  { figures, accepted }: Pick<ParityRead, 'figures' | 'accepted'>,
  routed: Routed,
  nowMs: number,
): FiguresShown[] =>
  [...new Map(figures.map((each) => [each.route, each]))].flatMap(([route, of]) => {
    const capability = routed.get(of.contract);
    if (capability?.parity == null) return [];
    const sinceMs = nowMs - capability.parity.gate.overMs;
    const own = figuresOf(figures, of, sinceMs).filter((each) => each.route === route);
    const [first] = own;
    if (first === undefined) return [];
    const counts = sum(own, accepted, nowMs);
    const since = new Date(first.hourMs).toISOString();
    return [
      {
        capability: capability.name,
        route,
        since,
        pairs: pairsOf(counts),
        counts,
        found: sorted(own.map((hour) => hour.counts).reduce(added)),
      },
    ];
  });

/** The most first. */
const sorted = (counts: HourCounts): HourCounts =>
  Object.fromEntries(Object.entries(counts).sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1)));

/** Pure. */
export function linesOf({ capability, route, since, pairs, counts, found }: FiguresShown): string[] {
  const accepted = counts.accepted === 0 ? '' : `, ${counts.accepted} accepted`;
  const right = `${percentText(rightOf(counts), pairs)} % equal or accepted`;
  return [
    `${capability} ${route}: ${pairs} pairs since ${since}, ${right} (${counts.equal} equal${accepted})`,
    ...Object.entries(found)
      .filter(([key]) => key !== 'equal')
      .map(([key, count]) => `  ${count} ${foundText(key)}`),
  ];
}

const foundText = (key: string): string => {
  const { class: is = key, signature } = readKey(key) ?? {};
  return `${is}${atText(signature)}`;
};

const acceptedText = ({ contract, class: is, signature, until, by, reason }: Accepted): string =>
  `accepted until ${until}: ${contract} ${is}${atText(signature)}, by ${by}: ${reason}`;

const atText = (signature: string | undefined): string =>
  signature === undefined ? '' : ` at ${signatureText(signature)}`;

function wordsOf(routed: Routed, routes: number): string {
  if ([...routed.values()].every(({ parity }) => parity === null))
    return 'no capability says what parity is (docs/parity.md)';
  return routes === 0 ? 'nothing was compared yet' : `${routes} routes`;
}

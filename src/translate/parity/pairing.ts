/**
 * Pairs what the legacy side decided with what the new service published, by contract and occurrence, inside the state of their aggregate
 * (`domain/state/pairs.ts`). Pure.
 */
import { routeText } from '../../domain/ownership/route.js';
import type {
  Difference,
  DonePair,
  Judged,
  OpenPair,
  Pair,
  Pairs,
  ParityClass,
  ParitySide,
} from '../../domain/state/pairs.js';
import type { CompiledParity } from '../../rules/parity/parity.js';
import { copyOf, own, without } from '../own.js';
import { compareEvents } from './compare.js';

export interface ParityOf {
  readonly rules: CompiledParity;
  /** Names that the contract may be moved by, each with its values. */
  readonly by: Readonly<Record<string, readonly string[]>>;
}

/** An event of one side. */
export interface Arrived {
  /** `OrderReady.v1`. */
  readonly contract: string;
  readonly occurrence: string;
  readonly side: ParitySide;
  readonly sequence: number;
  /** On the wire. Null: that side has decided to publish nothing. */
  readonly value: Readonly<Record<string, unknown>> | null;
  readonly route: string;
  /** Until when the other side is waited for. */
  readonly dueMs: number;
}

/** Of one contract and aggregate that wait, or waited, for the other side: with one more, the oldest does not any longer. */
export const OPEN_MAX = 100;
/** Of one contract and aggregate that are remembered when both sides have come. */
export const DONE_MAX = 100;
/** Of a value that is kept, as JSON. */
export const KEPT_CHARS_MAX = 100_000;

export interface Paired {
  readonly pairs: Pairs;
  readonly judged: readonly Judged[];
}

type Known = Readonly<Record<string, Pair>>;

export const isOpen = (pair: Pair): pair is OpenPair => 'side' in pair;

/** The same event again changes nothing. */
export function paired(pairs: Pairs, event: Arrived, rules: CompiledParity): Paired {
  const { contract, occurrence, side } = event;
  const known = own(pairs, contract) ?? NONE;
  const partner = own(known, occurrence);
  if (partner === undefined) return opened(pairs, known, event);
  if (!isOpen(partner) || partner.side === side) return { pairs, judged: [] };
  if (partner.sequence === 0 || event.value === null) return alone(pairs, known, event, partner);
  const n = partner.n;
  const done = { n, [side]: event.sequence, [partner.side]: partner.sequence } as unknown as DonePair;
  const differences = partner.dueMs === undefined ? [] : compared(event, partner, rules);
  const route = side === 'legacy' ? event.route : partner.route;
  const judged = { contract, occurrence, class: classOf(partner, differences, done, known), route, differences };
  return { pairs: withContract(pairs, contract, bounded({ ...known, [occurrence]: done })), judged: [judged] };
}

/** Nobody waits for the other side any longer. @param isOver which, of those that wait. @param isMissing of those, whether that is told. */
export function unpaired(
  pairs: Pairs,
  isOver: (pair: OpenPair) => boolean,
  isMissing: (pair: OpenPair, contract: string, occurrence: string) => boolean,
): Paired {
  const judged: Judged[] = [];
  let left = pairs;
  for (const [contract, known] of Object.entries(pairs))
    for (const [occurrence, pair] of inOrder(known)) {
      if (!isOpen(pair) || pair.dueMs === undefined || !isOver(pair)) continue;
      const rest = own(left, contract) ?? NONE;
      if (isMissing(pair, contract, occurrence)) {
        judged.push(missing(contract, occurrence, pair));
        left = withContract(left, contract, { ...rest, [occurrence]: overOf(pair) });
      } else left = withContract(left, contract, without(rest, occurrence));
    }
  return { pairs: left, judged };
}

/** The first instant at which the time of one is over; null: none waits. */
export function nextDueMs(pairs: Pairs): number | null {
  let next: number | null = null;
  for (const contract in pairs)
    for (const pair of Object.values(pairs[contract] ?? NONE))
      if (isOpen(pair) && pair.dueMs !== undefined && (next === null || pair.dueMs < next)) next = pair.dueMs;
  return next;
}

/** A route, as an event says it. */
export function routeIn(contract: string, value: Readonly<Record<string, unknown>>, by: ParityOf['by']): string {
  const context: Record<string, string> = {};
  for (const name of Object.keys(by)) {
    const said = own(value, name);
    if (typeof said === 'string' && by[name]?.includes(said) === true) context[name] = said;
  }
  return routeText({ contract, selector: { context } });
}

const NONE: Known = {};

function opened(pairs: Pairs, known: Known, event: Arrived): Paired {
  const { contract, occurrence, side, sequence, value, route, dueMs } = event;
  const n = Object.values(known).reduce((last, pair) => Math.max(last, pair.n), 0) + 1;
  const isKept = value !== null && JSON.stringify(value).length <= KEPT_CHARS_MAX;
  const open: OpenPair = {
    ...{ n, side, sequence: value === null ? 0 : sequence, route },
    ...(value === null ? {} : { dueMs }),
    ...(isKept ? { value } : {}),
  };
  const all = { ...known, [occurrence]: open };
  const kept = bounded(all);
  const judged = inOrder(all).flatMap(([name, pair]) =>
    own(kept, name) === undefined && isOpen(pair) && pair.dueMs !== undefined ? [missing(contract, name, pair)] : [],
  );
  return { pairs: withContract(pairs, contract, kept), judged };
}

/** One side has published it, and the other has decided to publish nothing. */
function alone(pairs: Pairs, known: Known, event: Arrived, partner: OpenPair): Paired {
  const { contract, occurrence, side, sequence, route } = event;
  const isPartner = event.value === null;
  if (isPartner && partner.dueMs === undefined) return { pairs, judged: [] };
  const over = isPartner ? overOf(partner) : { n: partner.n, side, sequence, route };
  return {
    pairs: withContract(pairs, contract, { ...known, [occurrence]: over }),
    judged: [missing(contract, occurrence, over)],
  };
}

const overOf = ({ n, side, sequence, route }: OpenPair): OpenPair => ({ n, side, sequence, route });

const missing = (contract: string, occurrence: string, { side, route }: OpenPair): Judged => ({
  ...{ contract, occurrence, route, differences: [] },
  class: side === 'legacy' ? 'onlyLegacy' : 'onlyService',
});

const TOO_LARGE: readonly Difference[] = [{ path: '', legacy: {}, service: {} }];

function compared({ side, value }: Arrived, partner: OpenPair, rules: CompiledParity): readonly Difference[] {
  if (value === null || partner.value === undefined) return TOO_LARGE;
  const [legacy, service] = side === 'legacy' ? [value, partner.value] : [partner.value, value];
  return compareEvents(legacy, service, rules).map(cut);
}

/** Of a value in a difference, as JSON. */
const VALUE_CHARS_MAX = 500;

const cut = ({ path, ...sides }: Difference): Difference => ({
  path,
  legacy: cutSide(sides.legacy),
  service: cutSide(sides.service),
});

function cutSide(side: Difference['legacy']): Difference['legacy'] {
  const text = JSON.stringify(side.value) as string | undefined;
  return text === undefined || text.length <= VALUE_CHARS_MAX
    ? side
    : { value: `${text.slice(0, VALUE_CHARS_MAX)}...` };
}

function classOf(partner: OpenPair, differences: readonly Difference[], done: DonePair, known: Known): ParityClass {
  if (partner.dueMs === undefined) return 'late';
  if (differences.length > 0) return 'different';
  const isCrossed = Object.values(known).some(
    (other) => !isOpen(other) && other.legacy < done.legacy !== other.service < done.service,
  );
  return isCrossed ? 'outOfOrder' : 'equal';
}

/** Without the oldest that are too many. */
function bounded(known: Known): Known {
  if (Object.keys(known).length <= Math.min(OPEN_MAX, DONE_MAX)) return known;
  const open = inOrder(known).filter(([, pair]) => isOpen(pair));
  const done = inOrder(known).filter(([, pair]) => !isOpen(pair));
  if (open.length <= OPEN_MAX && done.length <= DONE_MAX) return known;
  const kept = copyOf(known);
  const given = [
    ...open.slice(0, Math.max(0, open.length - OPEN_MAX)),
    ...done.slice(0, Math.max(0, done.length - DONE_MAX)),
  ];
  for (const [occurrence] of given) Reflect.deleteProperty(kept, occurrence);
  return kept;
}

const inOrder = (known: Known): [occurrence: string, pair: Pair][] =>
  Object.entries(known).sort(([, a], [, b]) => a.n - b.n);

function withContract(pairs: Pairs, contract: string, known: Known): Pairs {
  for (const _ in known) return { ...pairs, [contract]: known };
  return without(pairs, contract);
}

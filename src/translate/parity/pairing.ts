/**
 * Pairs what the legacy side decided with what the new service published, by contract and occurrence, inside the state of their
 * aggregate. Pure. Each event is counted once, in one class:
 *
 *   equal, different    both are there in time; `different` tells where
 *   outOfOrder          both are equal, and the two sides have this event and an earlier pair in opposite orders
 *   onlyLegacy,         the other side had not come when the time was over
 *   onlyService
 *   late                it came after that. What was counted as missing stays counted: so it was, for a consumer
 */
import type { ContractPairs, OpenPair, Pairs, ParitySide } from '../../domain/state/pairs.js';
import type { CompiledParity } from '../../rules/parity/parity.js';
import { without } from '../own.js';
import { compareEvents, type Difference } from './compare.js';

export const PARITY_CLASSES = ['equal', 'different', 'onlyLegacy', 'onlyService', 'late', 'outOfOrder'] as const;
export type ParityClass = (typeof PARITY_CLASSES)[number];

/** An event of one side. */
export interface Arrived {
  /** `OrderReady.v1`. */
  readonly contract: string;
  readonly occurrence: string;
  readonly side: ParitySide;
  readonly sequence: number;
  /** On the wire. */
  readonly value: Readonly<Record<string, unknown>>;
}

export interface Judged {
  readonly contract: string;
  readonly occurrence: string;
  readonly class: ParityClass;
  /** Only where it is `different`. */
  readonly differences: readonly Difference[];
}

/** Of one contract and aggregate that wait for the other side: with one more, the oldest does not wait any longer. */
export const OPEN_MAX = 100;

export interface Paired {
  readonly pairs: Pairs;
  readonly judged: readonly Judged[];
  /** It waits: the time begins. */
  readonly isOpened: boolean;
}

/** The same event again changes nothing. */
export function paired(pairs: Pairs, event: Arrived, rules: CompiledParity): Paired {
  const { contract, occurrence, side, sequence, value } = event;
  const known = pairs[contract] ?? NONE;
  const partner = known.open[occurrence];
  if (partner === undefined) return opened(pairs, known, event);
  if (partner.side === side) return { pairs, judged: [], isOpened: false };
  const open = without(known.open, occurrence);
  const both = { [side]: sequence, [partner.side]: partner.sequence } as Record<ParitySide, number>;
  const differences = partner.value === undefined ? [] : compared(side, value, partner.value, rules);
  const judged = { contract, occurrence, class: classOf(partner, differences, both, known.last), differences };
  return {
    pairs: withContract(pairs, contract, { open, last: later(both, known.last) }),
    judged: [judged],
    isOpened: false,
  };
}

/** The time for the other side is over. @returns null: it has come. */
export function unpaired(pairs: Pairs, contract: string, occurrence: string): Omit<Paired, 'isOpened'> | null {
  const known = pairs[contract] ?? NONE;
  const alone = known.open[occurrence];
  if (alone?.value === undefined) return null;
  const over: OpenPair = { side: alone.side, sequence: alone.sequence };
  const open = { ...known.open, [occurrence]: over };
  return { pairs: withContract(pairs, contract, { ...known, open }), judged: [missing(contract, occurrence, alone)] };
}

const NONE: ContractPairs = { open: {} };

function opened(pairs: Pairs, known: ContractPairs, { contract, occurrence, side, sequence, value }: Arrived): Paired {
  const waiting = Object.entries(known.open);
  const given = waiting.slice(0, Math.max(0, waiting.length + 1 - OPEN_MAX));
  const judged = given.flatMap(([name, one]) => (one.value === undefined ? [] : [missing(contract, name, one)]));
  const kept = given.length === 0 ? known.open : Object.fromEntries(waiting.slice(given.length));
  const open = { ...kept, [occurrence]: { side, sequence, value } };
  return { pairs: withContract(pairs, contract, { ...known, open }), judged, isOpened: true };
}

const missing = (contract: string, occurrence: string, { side }: OpenPair): Judged => ({
  ...{ contract, occurrence, differences: [] },
  class: side === 'legacy' ? 'onlyLegacy' : 'onlyService',
});

const compared = (
  side: ParitySide,
  value: OpenPair['value'] & object,
  other: OpenPair['value'] & object,
  rules: CompiledParity,
): Difference[] => (side === 'legacy' ? compareEvents(value, other, rules) : compareEvents(other, value, rules));

type Both = Readonly<Record<ParitySide, number>>;

function classOf(
  partner: OpenPair,
  differences: readonly Difference[],
  both: Both,
  last: Both | undefined,
): ParityClass {
  if (partner.value === undefined) return 'late';
  if (differences.length > 0) return 'different';
  return last !== undefined && both.legacy < last.legacy !== both.service < last.service ? 'outOfOrder' : 'equal';
}

/** The pair that both sides have after all others; where they do not agree, the one before stays. */
const later = (both: Both, last: Both | undefined): Both =>
  last === undefined || (both.legacy > last.legacy && both.service > last.service) ? both : last;

const withContract = (pairs: Pairs, contract: string, known: ContractPairs): Pairs => ({ ...pairs, [contract]: known });

/**
 * Parity: events of the legacy side and of the new service that are paired in the state of their aggregate, and what they were judged to be.
 * JSON-safe.
 */

export type ParitySide = 'legacy' | 'service';

/** One that waits for the other side, or waited. */
export interface OpenPair {
  /** Its place among those of its contract, the oldest first. */
  readonly n: number;
  /** Which side has come. */
  readonly side: ParitySide;
  /** Its number; 0: that side has decided to publish nothing. */
  readonly sequence: number;
  /** See {@link Judged}. */
  readonly route: string;
  /** Until when the other side is waited for, in the legacy system's time. Absent: it is not; it is kept to know what comes late, or too much. */
  readonly dueMs?: number;
  /** On the wire. Absent: nothing is waited for; or it is too large to be kept. */
  readonly value?: Readonly<Record<string, unknown>>;
}

/** Both have come: kept to know what is told twice, and in which order they came. */
export interface DonePair extends Readonly<Record<ParitySide, number>> {
  readonly n: number;
}

export type Pair = OpenPair | DonePair;

/** By contract and major version, then by occurrence. */
export type Pairs = Readonly<Record<string, Readonly<Record<string, Pair>>>>;

/**
 * Each event is counted once, in one class:
 *
 *   equal, different    both are there in time; `different` tells where
 *   outOfOrder          both are equal, and the two sides have this event and an earlier pair in opposite orders
 *   onlyLegacy,         the other side had not come when the time was over
 *   onlyService
 *   late                it came after that. What was counted as missing stays counted: so it was, for a consumer
 */
export const PARITY_CLASSES = ['equal', 'different', 'onlyLegacy', 'onlyService', 'late', 'outOfOrder'] as const;
export type ParityClass = (typeof PARITY_CLASSES)[number];

/** All that an operator may accept. */
export const BAD_CLASSES = [
  'different',
  'onlyLegacy',
  'onlyService',
  'late',
  'outOfOrder',
] as const satisfies readonly ParityClass[];
export type BadClass = (typeof BAD_CLASSES)[number];

/** One place at which they differ. A side without `value` does not have the field. Without a path: it is too large to be compared. */
export interface Difference {
  /** `lines[2].quantity`; in lists without order `lines[]`. */
  readonly path: string;
  readonly legacy: Side;
  readonly service: Side;
}

export interface Side {
  readonly value?: unknown;
}

export interface Judged {
  /** `OrderReady.v1`. */
  readonly contract: string;
  readonly occurrence: string;
  readonly class: ParityClass;
  /** `routeText` of its contract, with the values of all names that it may be moved by, as the event says them: `OrderReady.v1 market=DE`. */
  readonly route: string;
  /** Only where it is `different`; their values are cut where they are long. */
  readonly differences: readonly Difference[];
}

/** Differences of one pair that are told. */
export const DIFFERENCES_MAX = 20;

/**
 * Events of the legacy side and of the new service that are still without the other, in the state of their aggregate. JSON-safe.
 */

export type ParitySide = 'legacy' | 'service';

export interface OpenPair {
  /** Which side has come. */
  readonly side: ParitySide;
  readonly sequence: number;
  /** The value on the wire. Absent: the time is over, it counts as missing the other, and is kept to know what comes late. */
  readonly value?: Readonly<Record<string, unknown>>;
}

export interface ContractPairs {
  /** By occurrence, the oldest first. */
  readonly open: Readonly<Record<string, OpenPair>>;
  /** `sequence` of both sides in the pair that is the last in either order; absent: there was none. */
  readonly last?: Readonly<Record<ParitySide, number>>;
}

/** By contract and major version. */
export type Pairs = Readonly<Record<string, ContractPairs>>;

/** One source commit, complete and in order; or rows of a snapshot, which only set state. */
import type { ChangeEvent } from './change-event.js';
import type { Refusal } from './refusal.js';
import type { Position } from './position.js';

export interface Transaction {
  readonly kind: 'transaction';
  readonly source: string;
  readonly id: string;
  readonly position: Position;
  /** The newest snapshot of the source that was handed on before it; null when there was none. */
  readonly generation: Position | null;
  readonly commitTimeMs: number;
  /** It is handed on only to park every aggregate that it touches: rows are missing, or it was too large to be held. */
  readonly refusal: Refusal | null;
  /** In the order in which the transaction made them; consumed tables only. */
  readonly changes: readonly ChangeEvent[];
}

/** Rows of one snapshot, or of incremental ones (`generation` null). */
export interface Baseline {
  readonly kind: 'baseline';
  readonly source: string;
  readonly generation: Position | null;
  readonly changes: readonly ChangeEvent[];
}

/** All rows of a snapshot were handed on. What it did not show of the tables that it covers is gone. */
export interface SnapshotEnd {
  readonly kind: 'snapshot-end';
  readonly source: string;
  readonly generation: Position;
  /** Tables of which the snapshot had a row. */
  readonly tables: readonly string[];
  readonly commitTimeMs: number;
}

/** What holds rows. */
export type Sequenced = Transaction | Baseline;

/** What a sequencer hands on, in order. */
export type Step = Sequenced | SnapshotEnd;

/** One source commit, complete and in order; or rows of a snapshot, which only set state. */
import type { ChangeEvent } from './change-event.js';
import type { Refusal } from '../refusal.js';
import type { Position } from './position.js';

/** What was known when a step was handed on. */
interface Knowing {
  /** Tables of which not everything is known; absent: none. */
  readonly unknown?: readonly string[];
}

export interface Transaction extends Knowing {
  readonly kind: 'transaction';
  readonly source: string;
  readonly id: string;
  readonly position: Position;
  /** The newest snapshot of the source that was handed on before it; null when there was none. */
  readonly generation: Position | null;
  readonly commitTimeMs: number;
  /** It is handed on only to park every aggregate that it touches: rows are missing, or it was too large to be held. */
  readonly refusal: Refusal | null;
  /** It stands before the beginning of its source: its rows set state, and nothing of it is decided. */
  readonly isLearnt?: true;
  /** Declared annotations that it carries (`annotation.ts`), in the order of their texts; absent: none. */
  readonly annotations?: readonly string[];
  /** In the order in which the transaction made them; consumed tables only. */
  readonly changes: readonly ChangeEvent[];
}

/** Rows of one snapshot, or of incremental ones (`generation` null); among these, what transactions did to tables that nobody read then. */
export interface Baseline extends Knowing {
  readonly kind: 'baseline';
  readonly source: string;
  readonly generation: Position | null;
  readonly changes: readonly ChangeEvent[];
}

/** All rows of a snapshot were handed on. What it did not show of the tables that it covers is gone. */
export interface SnapshotEnd extends Knowing {
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

/** One source commit, complete and in order; or rows of a snapshot, which only set state. */
import type { ChangeEvent } from './change-event.js';
import type { Position } from './position.js';

export interface Transaction {
  readonly kind: 'transaction';
  readonly source: string;
  readonly id: string;
  readonly position: Position;
  readonly commitTimeMs: number;
  /** In the order in which the transaction made them; consumed tables only. */
  readonly changes: readonly ChangeEvent[];
}

export interface Baseline {
  readonly kind: 'baseline';
  readonly source: string;
  readonly changes: readonly ChangeEvent[];
}

export type Sequenced = Transaction | Baseline;

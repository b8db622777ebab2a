/** Where the facts of a source begin: what held there counts as having been, what comes after it is decided. */
import type { Position } from './position.js';

export interface Beginning {
  /** Of the last transaction that was only learnt; null when there was none: every transaction is decided. */
  readonly position: Position | null;
  /** Its commit time, or that of the snapshot, ms since 1970; null when there was neither. */
  readonly timeMs: number | null;
}

export const BEGINNING_POLICIES = ['snapshot', 'late', 'empty'] as const;

/**
 * What a first start stands on. `snapshot`: a snapshot is the first thing in the topics, or the start is refused. `late`: the topics begin
 * somewhere; nothing is published until a snapshot told of every table. `empty`: there were no rows before the first transaction.
 */
export type BeginningPolicy = (typeof BEGINNING_POLICIES)[number];

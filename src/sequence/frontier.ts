/** How far the transactions of one source were handed on. Travels in the offset metadata of the commit (design 2.1). */
import { type Position } from '../domain/position.js';

export interface Frontier {
  /** End of the last transaction handed on; null before the first. */
  readonly position: Position | null;
  /** The last transaction that followed a snapshot: its rows have no predecessor, so their replays are known by id. */
  readonly first: { readonly id: string; readonly end: Position } | null;
}

export const NO_FRONTIER: Frontier = { position: null, first: null };

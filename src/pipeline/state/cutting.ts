/**
 * What one call to the store may carry. A call is bounded by the number of its cells (Redis does nothing else meanwhile, and a client passes
 * each as arguments) and by their bytes (the line has to carry them before the command times out). Pure.
 */
import { invariant } from '../../invariant.js';
import type { Cell } from '../ports.js';

export interface CallLimits {
  /** Cells of one write; hashes or fields of one read. */
  readonly countMax: number;
  /** Names and values of one write, names of one read. What is longer by itself goes alone. */
  readonly bytesMax: number;
}

export const CALL_LIMITS: CallLimits = { countMax: 1_000, bytesMax: 4 * 1024 * 1024 };

/** The same cells in pieces, in their order; the last one may be empty. */
export function cutCells(
  cells: readonly Cell[],
  limits = CALL_LIMITS,
): { readonly first: readonly (readonly Cell[])[]; readonly last: readonly Cell[] } {
  const first: (readonly Cell[])[] = [];
  let from = 0;
  for (let to = pieceEnd(cells, from, sizeOf, limits); to < cells.length; to = pieceEnd(cells, from, sizeOf, limits)) {
    first.push(cells.slice(from, to));
    from = to;
  }
  return { first, last: cells.slice(from) };
}

const sizeOf = ({ hash, field, value }: Cell): number =>
  Buffer.byteLength(hash) + Buffer.byteLength(field) + Buffer.byteLength(value ?? '');

/** End of the piece that begins at `from`: at least one, if there is one. */
function pieceEnd<T>(all: readonly T[], from: number, size: (one: T) => number, limits: CallLimits): number {
  let to = from;
  for (let bytes = 0; to < all.length && to - from < limits.countMax; to += 1) {
    bytes += size(all[to] as T);
    if (bytes > limits.bytesMax) return Math.max(to, from + 1);
  }
  return to;
}

/** The first of these names, as many as one read takes. */
export const firstNames = (names: readonly string[], from = 0, limits = CALL_LIMITS): readonly string[] =>
  names.slice(
    from,
    pieceEnd(names, from, (name) => Buffer.byteLength(name), limits),
  );

/**
 * Asks until everything is answered.
 * @param load gives the first of its answers, as many as one reply may hold, and at least one (`StateStore.load`, `loadFields`).
 */
export async function loadAll<T>(
  names: readonly string[],
  load: (names: readonly string[]) => Promise<readonly T[]>,
  limits = CALL_LIMITS,
): Promise<T[]> {
  const loaded: T[] = [];
  while (loaded.length < names.length) {
    const answers = await load(firstNames(names, loaded.length, limits));
    invariant(answers.length > 0, 'The store answered nothing to a read.');
    for (const answer of answers) loaded.push(answer);
  }
  return loaded;
}

/**
 * What one call to the store may carry. A call is bounded by the number of its entries of all kinds (Redis does nothing else meanwhile, and
 * a client passes each as arguments) and by their bytes (the line has to carry them before the command times out). Pure.
 */
import { invariant } from '../../invariant.js';
import type { StoreWrites } from '../ports.js';

/** States, owners and parked aggregates together, in one write; keys in one read. */
export const ENTRIES_PER_CALL_MAX = 1_000;
/** Keys and values of one write. A single entry that is longer goes alone. */
export const BYTES_PER_WRITE_MAX = 4 * 1024 * 1024;

type Mutable = {
  readonly [K in keyof StoreWrites]: StoreWrites[K] extends ReadonlyMap<string, infer V> ? Map<string, V> : never;
};

const KINDS = ['states', 'owners', 'parked'] as const;

/** The same writes in pieces, in their order; the last one may be empty. */
export function cutWrites(
  writes: StoreWrites,
  { entriesMax, bytesMax } = { entriesMax: ENTRIES_PER_CALL_MAX, bytesMax: BYTES_PER_WRITE_MAX },
): { readonly first: readonly StoreWrites[]; readonly last: StoreWrites } {
  const first: StoreWrites[] = [];
  let piece = empty();
  let entries = 0;
  let bytes = 0;
  for (const kind of KINDS) {
    for (const [key, value] of writes[kind]) {
      const size = Buffer.byteLength(key) + Buffer.byteLength(value ?? '');
      if (entries > 0 && (entries >= entriesMax || bytes + size > bytesMax)) {
        first.push(piece);
        [piece, entries, bytes] = [empty(), 0, 0];
      }
      (piece[kind] as Map<string, string | null>).set(key, value);
      entries += 1;
      bytes += size;
    }
  }
  return { first, last: piece };
}

const empty = (): Mutable => ({ states: new Map(), owners: new Map(), parked: new Map() });

/**
 * Asks until everything is answered.
 * @param load gives the first of its answers, as many as one reply may hold, and at least one (`StateStore.loadStates`).
 */
export async function loadAll(
  keys: readonly string[],
  load: (keys: readonly string[]) => Promise<readonly (string | null)[]>,
): Promise<(string | null)[]> {
  const loaded: (string | null)[] = [];
  while (loaded.length < keys.length) {
    const answers = await load(keys.slice(loaded.length, loaded.length + ENTRIES_PER_CALL_MAX));
    invariant(answers.length > 0, 'The store answered nothing to a read.');
    loaded.push(...answers);
  }
  return loaded;
}

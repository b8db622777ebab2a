/** What the promises of state stores (`store.ts`, `restore.ts`) are told with. */
import type { Cell, Fields, Marker, StateStore } from '../../src/pipeline/ports.js';
import { loadAll } from '../../src/pipeline/state/cutting.js';

export interface StoreWorld {
  /** An empty store. */
  readonly store: StateStore;
  /** Another connection to the same store, as another member has it. */
  readonly other: StateStore;
  /** What a FLUSHALL does. */
  readonly lose: () => Promise<void>;
}

type Hashes = Readonly<Record<string, Readonly<Record<string, string | null>>>>;

export const cellsOf = (hashes: Hashes): Cell[] =>
  Object.entries(hashes).flatMap(([hash, fields]) =>
    Object.entries(fields).map(([field, value]) => ({ hash, field, value })),
  );
export const fieldsOf = (fields: Readonly<Record<string, string>>): Fields => new Map(Object.entries(fields));
export const ONE: Marker = 'one';
export const TWO: Marker = 'two';
export const RESTORE: Marker = 'restore';
export const moved = { code: 'MARKER_MOVED', disposition: 'corrupt' };

/** Everything that is asked for, in as many calls as that takes. */
export function readingOf(store: () => StateStore) {
  const loaded = (expected: Marker, ...hashes: string[]): Promise<Fields[]> =>
    loadAll(hashes, (some) => store().load(expected, some));

  async function scanned(
    expected: Marker,
    each: (fields: Fields) => void = () => undefined,
  ): Promise<Map<string, Fields>> {
    const found = new Map<string, Fields>();
    for (let from: string | null = null; ;) {
      const { hashes, next }: Awaited<ReturnType<StateStore['scan']>> = await store().scan(expected, from);
      for (const [hash, fields] of hashes) {
        found.set(hash, fields);
        each(fields);
      }
      if (next === null) return found;
      from = next;
    }
  }

  async function scannedFields(expected: Marker, hash: string): Promise<Fields> {
    const found = new Map<string, string>();
    for (let from: string | null = null; ;) {
      const { fields, next }: Awaited<ReturnType<StateStore['scanFields']>> = await store().scanFields(
        expected,
        hash,
        from,
      );
      for (const [field, value] of fields) found.set(field, value);
      if (next === null) return found;
      from = next;
    }
  }

  return { loaded, scanned, scannedFields };
}

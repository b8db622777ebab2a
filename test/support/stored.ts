/** What is stored of a pipeline, as the records of its state topic say. */
import { expect } from 'vitest';
import type { AggregateState } from '../../src/domain/state/aggregate-state.js';
import type { ChangeSet } from '../../src/domain/change-set.js';
import type { ScannedHashes, StateStore } from '../../src/pipeline/ports.js';
import { cellOf, COLUMNS, PARKED, queueOf, STUBS } from '../../src/pipeline/state/cells.js';
import { ColumnLists } from '../../src/pipeline/state/column-lists.js';
import { assembled, changedParts } from '../../src/pipeline/state/parts.js';
import { queued } from '../../src/pipeline/state/queues.js';
import { StoredStates } from '../../src/pipeline/state/stored-states.js';

export type Hashes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** The last text of each cell. @param records in the order of their partitions. */
export function hashesOf(records: Iterable<{ readonly key: string | null; readonly value: string | null }>): Hashes {
  const hashes = new Map<string, Map<string, string>>();
  for (const { key, value } of records) {
    const { hash, field } = cellOf({ key: key ?? '', value });
    let fields = hashes.get(hash);
    if (fields === undefined) hashes.set(hash, (fields = new Map<string, string>()));
    if (value === null) fields.delete(field);
    else fields.set(field, value);
    if (fields.size === 0) hashes.delete(hash);
  }
  return hashes;
}

/** By `aggregate:id`. */
export function statesIn(hashes: Hashes): Map<string, AggregateState> {
  const lists = new ColumnLists();
  lists.reset(hashes.get(COLUMNS) ?? []);
  const states = new Map<string, AggregateState>();
  for (const [key, text] of hashes.get(STUBS) ?? []) {
    const stub = assembled(new Map([['', text]]), [], lists);
    if (stub !== null) states.set(key, stub);
  }
  for (const [hash, fields] of hashes) {
    if (hash.startsWith('~')) continue;
    const waiting = [...(hashes.get(queueOf(hash)) ?? [])].sort(([a], [b]) => Number(a) - Number(b));
    const state = assembled(
      fields,
      waiting.map(([, text]) => JSON.parse(text) as ChangeSet),
      lists,
    );
    if (state !== null) states.set(hash, state);
  }
  return states;
}

/** Refusal code by `aggregate:id`. */
export const parkedIn = (hashes: Hashes): Record<string, string> => Object.fromEntries(hashes.get(PARKED) ?? []);

/** States that go through their cells at every step: what is read back is put together from what each change wrote. */
export class CellStates {
  readonly #hashes = new Map<string, Map<string, string>>();
  readonly #read = new Map<string, AggregateState>();
  readonly #lists = new ColumnLists();

  get(key: string): AggregateState | null {
    return this.#read.get(key) ?? null;
  }

  set(key: string, state: AggregateState): void {
    const before = this.get(key);
    this.#write(key, changedParts(before, state, this.#lists).parts);
    this.#write(queueOf(key), queued(before?.parked, state.parked));
    // Stores give fields in any order.
    const fields = new Map([...(this.#hashes.get(key) ?? [])].reverse());
    const waiting = [...(this.#hashes.get(queueOf(key)) ?? [])].sort(([a], [b]) => Number(a) - Number(b));
    const read = assembled(
      fields,
      waiting.map(([, text]) => JSON.parse(text) as ChangeSet),
      this.#lists,
    );
    expect(read).toEqual(JSON.parse(JSON.stringify(state)));
    if (read !== null) this.#read.set(key, read);
  }

  keys(): Iterable<string> {
    return this.#read.keys();
  }

  [Symbol.iterator](): Iterator<[string, AggregateState]> {
    return this.#read.entries();
  }

  #write(hash: string, parts: ReadonlyMap<string, string | null>): void {
    let fields = this.#hashes.get(hash);
    if (fields === undefined) this.#hashes.set(hash, (fields = new Map<string, string>()));
    for (const [field, text] of parts) {
      if (text === null) expect(fields.delete(field), `${hash} ${field} was stored`).toBe(true);
      else fields.set(field, text);
    }
  }
}

/** What a store holds: every aggregate, and of other hashes those that are named. */
export async function hashesInStore(store: StateStore, others: Iterable<string> = []): Promise<Hashes> {
  const marker = (await store.marker()) ?? '';
  const hashes = new Map<string, ReadonlyMap<string, string>>();
  let from: string | null = null;
  do {
    const { hashes: some, next }: ScannedHashes = await store.scan(marker, from);
    for (const [hash, fields] of some) hashes.set(hash, fields);
    from = next;
  } while (from !== null);
  for (const hash of others) {
    if (!hash.startsWith('~')) continue;
    const all = new Map<string, string>();
    for await (const fields of new StoredStates(store).fields(marker, hash))
      for (const [name, text] of fields) all.set(name, text);
    if (all.size > 0) hashes.set(hash, all);
  }
  return hashes;
}

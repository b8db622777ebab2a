/** A state store in memory, with the same compare-and-set as the one in Redis. */
import { DragomanError } from '../../errors.js';
import type { Marker, ScannedStates, StateStore, StoreWrites } from '../../pipeline/ports.js';

const STATES_PER_SCAN = 1_000;

export class MemoryStore implements StateStore {
  #marker: Marker | null = null;
  readonly #states = new Map<string, string>();
  readonly #owners = new Map<string, string>();
  readonly #parked = new Map<string, string>();

  marker(): Promise<Marker | null> {
    return Promise.resolve(this.#marker);
  }

  loadStates(expected: Marker, keys: readonly string[]): Promise<(string | null)[]> {
    return this.#load(expected, keys, this.#states);
  }

  loadOwners(expected: Marker, keys: readonly string[]): Promise<(string | null)[]> {
    return this.#load(expected, keys, this.#owners);
  }

  #load(expected: Marker, keys: readonly string[], from: ReadonlyMap<string, string>): Promise<(string | null)[]> {
    if (this.#marker !== expected) return Promise.reject(moved(expected, this.#marker));
    return Promise.resolve(keys.map((key) => from.get(key) ?? null));
  }

  scan(expected: Marker, from: string | null): Promise<ScannedStates> {
    if (this.#marker !== expected) return Promise.reject(moved(expected, this.#marker));
    const start = Number(from ?? 0);
    const states: [string, string][] = [];
    let place = 0;
    for (const state of this.#states) {
      if (place >= start + STATES_PER_SCAN) return Promise.resolve({ states, next: String(place) });
      if (place >= start) states.push(state);
      place += 1;
    }
    return Promise.resolve({ states, next: null });
  }

  parked(): Promise<ReadonlyMap<string, string>> {
    return Promise.resolve(this.#parked);
  }

  save(expected: Marker | null, next: Marker, { states, owners, parked }: StoreWrites): Promise<void> {
    if (this.#marker === next) return Promise.resolve();
    if (this.#marker !== expected) return Promise.reject(moved(expected, this.#marker));
    for (const [key, text] of states) this.#states.set(key, text);
    put(this.#owners, owners);
    put(this.#parked, parked);
    this.#marker = next;
    return Promise.resolve();
  }

  /** What a FLUSHALL does. */
  clear(): void {
    this.#marker = null;
    this.#states.clear();
    this.#owners.clear();
    this.#parked.clear();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function put(into: Map<string, string>, changes: ReadonlyMap<string, string | null>): void {
  for (const [key, value] of changes) {
    if (value === null) into.delete(key);
    else into.set(key, value);
  }
}

const moved = (expected: Marker | null, found: Marker | null): DragomanError =>
  new DragomanError('MARKER_MOVED', 'The store is not where it was left.', { details: { expected, found } });

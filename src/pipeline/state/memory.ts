/** What a task holds of the store: states and row owners, each behind a cache that pins what is not stored yet. */
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { OwnerLookup } from '../../changeset/owners.js';
import type { Clock, Marker, ScannedStates, StateStore, StoreWrites } from '../ports.js';
import type { Observer } from '../events.js';
import { cutWrites, loadAll } from './cutting.js';
import { decodeMarker, encodeMarker } from './marker.js';
import { WriteBehindCache } from './write-behind-cache.js';

/** A state that is in the store, or known not to be there. */
interface Known {
  readonly state: AggregateState | null;
  readonly bytes: number;
}

/** A parsed state takes about four times its text. */
const BYTES_PER_CHAR = 4;
const OWNER_BYTES = 200;
/** Nothing to store but the marker. */
export const NO_WRITES: StoreWrites = { states: new Map(), owners: new Map(), parked: new Map() };

const ABSENT: Known = { state: null, bytes: OWNER_BYTES };

export interface MemoryPorts {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly observe: Observer;
  readonly bytesMax: number;
}

export class Memory {
  readonly #ports: MemoryPorts;
  readonly #states: WriteBehindCache<Known>;
  readonly #owners: WriteBehindCache<{ readonly owner: string | null }>;
  /** Marker after the last write that was asked for: reads queue behind it. */
  #expected: Marker = '';
  #writes = 0;

  constructor(ports: MemoryPorts) {
    this.#ports = ports;
    this.#states = new WriteBehindCache(Math.ceil(ports.bytesMax * 0.8), ({ bytes }) => bytes);
    this.#owners = new WriteBehindCache(Math.ceil(ports.bytesMax * 0.2), () => OWNER_BYTES);
  }

  /** Forgets everything; the store stands at `marker`. */
  reset(marker: Marker): void {
    this.#states.clear();
    this.#owners.clear();
    this.#expected = marker;
  }

  get owners(): OwnerLookup {
    return { get: (rowKey) => this.#owners.get(rowKey)?.owner };
  }

  state(aggregate: string): AggregateState | null {
    return this.#states.get(aggregate)?.state ?? null;
  }

  /** Brings missing states into memory. @throws DragomanError MARKER_MOVED when the store is not where it was left. */
  async loadStates(aggregates: Iterable<string>): Promise<void> {
    const missing = this.#states.hold(aggregates);
    const texts = await this.#load(missing, (keys) => this.#ports.store.loadStates(this.#expected, keys));
    missing.forEach((key, i) => {
      const text = texts[i] ?? null;
      const known =
        text === null ? ABSENT : { state: JSON.parse(text) as AggregateState, bytes: text.length * BYTES_PER_CHAR };
      this.#states.remember(key, known);
    });
  }

  async loadOwners(rowKeys: Iterable<string>): Promise<void> {
    const missing = this.#owners.hold(rowKeys);
    const owners = await this.#load(missing, (keys) => this.#ports.store.loadOwners(this.#expected, keys));
    missing.forEach((key, i) => this.#owners.remember(key, { owner: owners[i] ?? null }));
  }

  async #load(
    missing: readonly string[],
    load: (keys: readonly string[]) => Promise<readonly (string | null)[]>,
  ): Promise<(string | null)[]> {
    return loadAll(missing, async (keys) => {
      const started = this.#ports.clock.nowMs();
      const loaded = await load(keys);
      const seconds = (this.#ports.clock.nowMs() - started) / 1_000;
      this.#ports.observe({ kind: 'stored', operation: 'load', seconds, keys: loaded.length });
      return loaded;
    });
  }

  /** Some of the states that are stored, past the cache. @param from null: begins. */
  async scan(from: string | null): Promise<ScannedStates> {
    const started = this.#ports.clock.nowMs();
    const scanned = await this.#ports.store.scan(this.#expected, from);
    const seconds = (this.#ports.clock.nowMs() - started) / 1_000;
    this.#ports.observe({ kind: 'stored', operation: 'load', seconds, keys: scanned.states.length });
    return scanned;
  }

  /** Number for the next write; changes made under it stay in memory until it is stored. */
  nextWrite(): number {
    this.#writes += 1;
    return this.#writes;
  }

  changeState(aggregate: string, state: AggregateState, textLength: number, write: number): void {
    this.#states.change(aggregate, { state, bytes: textLength * BYTES_PER_CHAR }, write);
  }

  changeOwner(rowKey: string, owner: string | null, write: number): void {
    this.#owners.change(rowKey, { owner }, write);
  }

  /** Stores a write in calls of bounded size, each moving the marker; the journal offsets move with the last one. */
  async save(writes: StoreWrites, next: Marker, write: number): Promise<void> {
    const { store, clock, observe } = this.#ports;
    const started = clock.nowMs();
    const { cluster, journal } = decodeMarker(this.#expected);
    const { first, last } = cutWrites(writes);
    for (const [i, piece] of first.entries())
      await this.#saveOne(encodeMarker({ cluster, journal, part: i + 1 }), piece, store);
    await this.#saveOne(next, last, store);
    this.#states.stored(writes.states.keys(), write);
    this.#owners.stored(writes.owners.keys(), write);
    const seconds = (clock.nowMs() - started) / 1_000;
    observe({ kind: 'stored', operation: 'save', seconds, keys: writes.states.size + writes.owners.size });
  }

  /** The expectation moves when the write is asked for: reads that follow on the same connection see it done. */
  #saveOne(next: Marker, writes: StoreWrites, store: StateStore): Promise<void> {
    const expected = this.#expected;
    this.#expected = next;
    return store.save(expected, next, writes);
  }
}

/** What a task holds of the store: states and row owners, each behind a cache that pins what is not stored yet. */
import { type AggregateState, EMPTY_STATE, type Parked } from '../../domain/state/aggregate-state.js';
import type { OwnerLookup } from '../../changeset/owners.js';
import type { Cell, Clock, Ends, Fields, Marker, Random, StateStore } from '../ports.js';
import type { Observer } from '../events.js';
import { cutCells, loadAll } from './cutting.js';
import { type Bundle, KeptRules, RULES } from '../kept/kept-rules.js';
import { OWNERSHIP, OwnershipCounts } from '../kept/ownership-counts.js';
import { PINNED } from '../kept/pin-counts.js';
import { NO_PINNING, PinnedRules, type Pinning } from '../kept/pinned-rules.js';
import { OWED, ROWS } from './cells.js';
import { DUE } from '../timers/due-hours.js';
import type { ColumnLists } from './column-lists.js';
import { CHECKS, Checks } from '../discrepancies/checks.js';
import { Discrepancies, DISCREPANCIES } from '../discrepancies/register.js';
import { EXAMPLES, ParityExamples } from '../parity/examples.js';
import { PARITY, ParityFigures } from '../parity/figures.js';
import { FIGURES, Sentinel, type Tables } from '../sentinel/sentinel.js';
import { DueTimers } from '../timers/due-timers.js';
import { Ledger, type LedgerPorts } from './ledger.js';
import { type Scanned, type StoredState, StoredStates } from './stored-states.js';
import { decodeMarker, encodeMarker } from './marker.js';
import { filled, type PartLimits } from '../../domain/state/queue.js';
import { Queues } from './queues.js';
import { WriteBehindCache } from './write-behind-cache.js';

/** A state that is in the store, or known not to be there. */
export interface Known {
  readonly state: AggregateState | null;
  readonly bytes: number;
}

/** A parsed state takes about four times its text. */
const BYTES_PER_CHAR = 4;
const OWNER_BYTES = 200;

const NO_TABLES: Tables = new Map();

const ABSENT: Known = { state: null, bytes: OWNER_BYTES };

const knownOf = ({ state, chars }: StoredState): Known =>
  state === null ? ABSENT : { state, bytes: chars * BYTES_PER_CHAR };

export interface MemoryPorts extends LedgerPorts {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly observe: Observer;
  readonly bytesMax: number;
  /** Of what waits while an aggregate is parked, what is in its state. */
  readonly parts: PartLimits;
  /** Of which the sentinel learns; absent: of none. */
  readonly tables?: Tables;
  /** Absent: no rules are asked, so none are kept. */
  readonly pinning?: Pinning;
}

/** What one draft wrote: its cells, and whose they are. */
export interface Writes {
  readonly cells: readonly Cell[];
  readonly states: readonly string[];
  readonly owners: readonly string[];
  /** See `Memory.nextWrite`. */
  readonly write: number;
}

export class Memory {
  readonly #ports: MemoryPorts;
  readonly #stored: StoredStates;
  readonly #states: WriteBehindCache<Known>;
  readonly #owners: WriteBehindCache<{ readonly owner: string | null }>;
  readonly queues: Queues;
  #ledger: Ledger;
  readonly timers = new DueTimers();
  readonly #rules = new KeptRules();
  readonly sentinel: Sentinel;
  readonly ownership = new OwnershipCounts();
  /** What was compared with events of the new service. */
  readonly figures = new ParityFigures();
  readonly examples = new ParityExamples();
  /** What checks found. */
  readonly discrepancies = new Discrepancies();
  readonly checks = new Checks();
  /** Rules that aggregates keep. */
  readonly pinned: PinnedRules;
  /** Marker after the last write that was asked for: reads queue behind it. */
  #expected: Marker = '';
  /** A save may be asked for between two calls of one read. */
  readonly #asExpected = (): Marker => this.#expected;
  #writes = 0;

  constructor(ports: MemoryPorts) {
    this.#ports = ports;
    this.sentinel = new Sentinel(ports.tables ?? NO_TABLES);
    this.pinned = new PinnedRules(ports.pinning ?? NO_PINNING);
    this.#stored = new StoredStates(ports.store, ports.parts);
    this.queues = new Queues(
      (places) => this.#timed(places.length, () => this.#stored.queue(this.#asExpected, places)),
      ports.parts,
    );
    this.#ledger = new Ledger(ports, { state: [], journal: [] });
    this.#states = new WriteBehindCache(Math.ceil(ports.bytesMax * 0.8), ({ bytes }) => bytes);
    this.#owners = new WriteBehindCache(Math.ceil(ports.bytesMax * 0.2), () => OWNER_BYTES);
  }

  /**
   * Forgets everything; the store stands at `marker`, state and journal end at `ends`.
   * @throws DragomanError RULES_PINNED, MARKER_MOVED
   */
  async reset(marker: Marker, ends: Ends): Promise<void> {
    this.#states.clear();
    this.#owners.clear();
    this.queues.clear();
    this.#expected = marker;
    this.#ledger = new Ledger(this.#ports, ends);
    await this.#stored.open(marker);
    const hours: number[] = [];
    for await (const fields of this.#stored.fields(marker, DUE))
      for (const hour of fields.keys()) hours.push(Number(hour));
    this.timers.reset(hours);
    this.#rules.reset(await this.#allIn(marker, RULES));
    this.sentinel.reset(await this.#allIn(marker, FIGURES));
    this.ownership.reset(await this.#allIn(marker, OWNERSHIP));
    this.figures.reset(await this.#allIn(marker, PARITY));
    this.examples.reset(await this.#allIn(marker, EXAMPLES));
    this.discrepancies.reset(await this.#allIn(marker, DISCREPANCIES));
    this.checks.reset(await this.#allIn(marker, CHECKS));
    const pins = await this.#allIn(marker, PINNED);
    const { store } = this.#ports;
    const loadFields = (hash: string, fields: readonly string[]): Promise<readonly (string | null)[]> =>
      loadAll(fields, (some) => store.loadFields(marker, hash, some));
    this.pinned.load(await this.#rules.bundles(this.pinned.begin(pins, this.#rules.newest), loadFields));
  }

  async #allIn(marker: Marker, hash: string): Promise<Map<string, string>> {
    const all = new Map<string, string>();
    for await (const fields of this.#stored.fields(marker, hash))
      for (const [field, text] of fields) all.set(field, text);
    return all;
  }

  /** Which timers are next, out of the store: everything that was decided is stored. @throws DragomanError MARKER_MOVED */
  async readTimers(): Promise<void> {
    await this.timers.read((hash) => this.#stored.fields(this.#asExpected, hash));
  }

  /** Names of aggregates of which a service owes something, in parts; everything that was decided is stored. @throws DragomanError MARKER_MOVED */
  owing(): AsyncIterable<Fields> {
    return this.#stored.fields(this.#asExpected, OWED);
  }

  get owners(): OwnerLookup {
    return { get: (rowKey) => this.#owners.get(rowKey)?.owner };
  }

  /** Offsets of what is decided. */
  get ledger(): Ledger {
    return this.#ledger;
  }

  /** What is to be stored of the rules that decide. */
  freshRules(bundle: Bundle): readonly Cell[] {
    const { counts } = this.pinned;
    return this.#rules.takeFresh(bundle, this.#ports.clock.nowMs(), (digest) => counts.isInUse(digest));
  }

  get random(): Random {
    return this.#ports.random;
  }

  get lists(): ColumnLists {
    return this.#stored.lists;
  }

  state(aggregate: string): AggregateState | null {
    return this.#states.get(aggregate)?.state ?? null;
  }

  /** What is in memory of it; undefined: nothing, so it may be stored. */
  known(aggregate: string): Known | undefined {
    return this.#states.get(aggregate);
  }

  /** Brings missing states into memory. @throws DragomanError MARKER_MOVED when the store is not where it was left. */
  async loadStates(aggregates: Iterable<string>): Promise<void> {
    const missing = this.#states.hold(aggregates);
    if (missing.length === 0) return;
    const states = await this.#timed(missing.length, () => this.#stored.load(this.#asExpected, missing));
    for (const [i, stored] of states.entries()) this.#states.remember(missing[i] ?? '', knownOf(stored));
  }

  /**
   * States that are not in memory, beside those that are held: they stay as long as there is room.
   * @returns the first of them, at least one, as many as one answer of the store holds. @throws DragomanError MARKER_MOVED
   */
  async fetch(aggregates: readonly string[]): Promise<Map<string, Known>> {
    const states = await this.#timed(
      ({ length }) => length,
      () => this.#stored.loadFirst(this.#asExpected, aggregates),
    );
    const fetched = new Map(states.map((stored, i) => [aggregates[i] ?? '', knownOf(stored)]));
    for (const [aggregate, known] of fetched) this.#states.keep(aggregate, known);
    return fetched;
  }

  /** Of what waits behind one that is parked, whose state is in memory, as much comes into the state as has room. */
  async fillPart(aggregate: string): Promise<void> {
    const known = this.#states.get(aggregate);
    const { parked } = known?.state ?? EMPTY_STATE;
    if (known?.state == null || parked?.spilled === undefined) return;
    const next = await this.queues.next(aggregate, parked);
    const chars = next.reduce((sum, each) => sum + JSON.stringify(each).length, 0);
    const state = { ...known.state, parked: filled(parked, next) };
    this.#states.reform(aggregate, { state, bytes: known.bytes + chars * BYTES_PER_CHAR });
  }

  /** All that waits of these, as far as they are parked. Their states are in memory. */
  async loadQueues(aggregates: Iterable<string>): Promise<void> {
    const all = [...new Set(aggregates)].flatMap((aggregate): [string, Parked][] => {
      const parked = this.state(aggregate)?.parked;
      return parked?.spilled === undefined ? [] : [[aggregate, parked]];
    });
    await this.queues.hold(all);
  }

  async loadOwners(rowKeys: Iterable<string>): Promise<void> {
    const missing = this.#owners.hold(rowKeys);
    if (missing.length === 0) return;
    const { store } = this.#ports;
    const owners = await this.#timed(missing.length, () =>
      loadAll(missing, (keys) => store.loadFields(this.#expected, ROWS, keys)),
    );
    missing.forEach((key, i) => this.#owners.remember(key, { owner: owners[i] ?? null }));
  }

  async #timed<T>(keys: number | ((loaded: T) => number), load: () => Promise<T>): Promise<T> {
    const started = this.#ports.clock.nowMs();
    const loaded = await load();
    const seconds = (this.#ports.clock.nowMs() - started) / 1_000;
    const count = typeof keys === 'number' ? keys : keys(loaded);
    this.#ports.observe({ kind: 'stored', operation: 'load', seconds, keys: count });
    return loaded;
  }

  /** Some of the states that are stored, past the cache. @param from null: begins. */
  scan(from: string | null): Promise<Scanned> {
    return this.#timed(
      ({ states }) => states.length,
      () => this.#stored.scan(this.#asExpected, from),
    );
  }

  /** Number for the next write; changes made under it stay in memory until it is stored. */
  nextWrite(): number {
    this.#writes += 1;
    return this.#writes;
  }

  /** @param grownChars characters that are stored of it, more than before. */
  changeState(aggregate: string, state: AggregateState, grownChars: number, write: number): void {
    const before = this.#states.get(aggregate)?.bytes ?? 0;
    this.#states.change(aggregate, { state, bytes: Math.max(1, before + grownChars * BYTES_PER_CHAR) }, write);
  }

  changeOwner(rowKey: string, owner: string | null, write: number): void {
    this.#owners.change(rowKey, { owner }, write);
  }

  /** Stores a write in calls of bounded size, each moving the marker; its offsets move with the last one. */
  async save({ cells, states, owners, write }: Writes, next: Marker): Promise<void> {
    const { store, clock, observe } = this.#ports;
    const started = clock.nowMs();
    const { first, last } = cutCells(cells);
    if (first.length > 0) await this.#saveParts(first, store);
    await this.#saveOne(next, last, store);
    this.#states.stored(states, write);
    this.#owners.stored(owners, write);
    this.queues.stored(cells, write);
    const seconds = (clock.nowMs() - started) / 1_000;
    observe({ kind: 'stored', operation: 'save', seconds, keys: cells.length });
  }

  /** All but the last piece of a big write: the marker says which of them are done. */
  async #saveParts(pieces: readonly (readonly Cell[])[], store: StateStore): Promise<void> {
    const stands = decodeMarker(this.#expected);
    for (const [i, piece] of pieces.entries())
      await this.#saveOne(encodeMarker({ ...stands, part: i + 1 }), piece, store);
  }

  /** The expectation moves when the write is asked for: reads that follow on the same connection see it done. */
  #saveOne(next: Marker, cells: readonly Cell[], store: StateStore): Promise<void> {
    const expected = this.#expected;
    this.#expected = next;
    return store.save(expected, next, cells);
  }
}

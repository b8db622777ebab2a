/**
 * Copies states out of the journal into the store, and brings the row index after them (SPEC T5). Memory is bounded, however long the
 * journal is: a chunk of it, the write before, and the rows that it touched as long as they are few. When they are many, the index is not
 * kept in memory: touched rows lose their owner as they are read, and at the end every state that the store then holds, being the last one
 * of its aggregate, writes the rows that it owns.
 */
import { ownedRows, touchedRows } from '../../changeset/owners.js';
import { aggregateRef, type AggregateState } from '../../domain/state/aggregate-state.js';
import { invariant } from '../../invariant.js';
import type { CompiledRules } from '../../rules/compile.js';
import type { Observer } from '../events.js';
import type { Clock, JournalOffsets, JournalRecord, Marker, Sink, StateStore, StoreWrites } from '../ports.js';
import { cutWrites, ENTRIES_PER_CALL_MAX } from '../state/cutting.js';
import { encodeMarker } from '../state/marker.js';
import { journalEntry } from '../state/records.js';

export interface CopyPorts {
  readonly sink: Pick<Sink, 'clusterId' | 'readJournal'>;
  readonly store: StateStore;
  readonly rules: CompiledRules;
  readonly clock: Clock;
  readonly observe: Observer;
  /** Told to end: asked between two parts. */
  readonly isStopping?: () => boolean;
}

export interface CopyPlan {
  readonly from: JournalOffsets;
  readonly to: JournalOffsets;
  readonly current: Marker | null;
  readonly target: Marker;
  readonly whole: boolean;
}

/** Entries of the row index, touched or owned, that are kept in memory: some 50 MB. */
export const INDEX_IN_MEMORY_MAX = 200_000;
const TOLD_EVERY_MS = 2_000;
/** Parts of a writer are counted from 1; those of a copy are numbers from here on, so that no two copies share one. */
const PARTS_FROM = 2 ** 48;

/**
 * @returns false when it was broken off; the marker then says so, and another copy begins where it began.
 * @throws DragomanError MARKER_MOVED, and what reading throws.
 */
export async function copyJournal(
  ports: CopyPorts,
  plan: CopyPlan,
  indexInMemoryMax = INDEX_IN_MEMORY_MAX,
): Promise<boolean> {
  const { sink, rules, clock, observe, isStopping = () => false } = ports;
  const { from, to, target, whole } = plan;
  const extent = new Extent(from, to);
  const isIndexed = [...rules.feeds.values()].some((feeds) => feeds.some(({ keyPlaces }) => keyPlaces === null));
  const index = isIndexed ? new Index(rules, indexInMemoryMax) : null;
  const writes = new Writes(ports, plan);
  const started = clock.nowMs();
  const seconds = (): number => (clock.nowMs() - started) / 1_000;
  let toldMs = started;
  for await (const records of sink.readJournal(from, to)) {
    if (isStopping()) return await writes.brokenOff();
    extent.read(records);
    for (let i = 0; i < records.length; i += ENTRIES_PER_CALL_MAX) {
      const slice = records.slice(i, i + ENTRIES_PER_CALL_MAX);
      await writes.save(writesOf(slice, index));
    }
    if (clock.nowMs() - toldMs < TOLD_EVERY_MS) continue;
    toldMs = clock.nowMs();
    observe({ kind: 'restoring', ...extent.progress(writes.states, seconds()), whole });
  }
  if (index !== null && !index.isInMemory && !(await ownersOfAll(ports, writes))) return await writes.brokenOff();
  await writes.save({ ...NOTHING, owners: index?.owners ?? new Map<string, string | null>() }, target);
  await writes.done();
  observe({ kind: 'restored', states: writes.states, seconds: seconds(), whole });
  return true;
}

const NOTHING: StoreWrites = { states: new Map(), owners: new Map(), parked: new Map() };

/** Of several entries of one aggregate only the last is copied. */
function writesOf(records: readonly JournalRecord[], index: Index | null): StoreWrites {
  const last = new Map(records.map((record) => [record.key, record]));
  const states = new Map<string, string>();
  const parked = new Map<string, string | null>();
  for (const record of records) {
    const isLast = last.get(record.key) === record;
    if (!isLast && index === null) continue;
    const entry = journalEntry(record.value);
    index?.touch(entry);
    if (!isLast) continue;
    states.set(record.key, JSON.stringify(entry.state));
    parked.set(record.key, entry.state.parked?.code ?? null);
  }
  return { states, owners: index?.lost() ?? new Map<string, string | null>(), parked };
}

/** The row index as far as it is known: whole in memory, until it has too many entries for that. */
class Index {
  readonly #rules: CompiledRules;
  readonly #entriesMax: number;
  #isInMemory = true;
  #touched = new Set<string>();
  /** By aggregate, out of its last entry: partitions of the journal come one after the other, whatever was decided first. */
  #owned = new Map<string, ReadonlyMap<string, string>>();
  #ownedCount = 0;

  constructor(rules: CompiledRules, entriesMax: number) {
    this.#rules = rules;
    this.#entriesMax = entriesMax;
  }

  get isInMemory(): boolean {
    return this.#isInMemory;
  }

  touch(entry: ReturnType<typeof journalEntry>): void {
    for (const row of touchedRows(entry, this.#rules)) this.#touched.add(row);
    if (this.#isInMemory) this.#own(`${entry.aggregate}:${entry.id}`, ownedRows(entry, entry.state, this.#rules));
  }

  #own(aggregate: string, rows: ReadonlyMap<string, string>): void {
    const before = this.#owned.get(aggregate)?.size ?? 0;
    if (rows.size > 0) this.#owned.set(aggregate, rows);
    else this.#owned.delete(aggregate);
    this.#ownedCount += rows.size - before;
    this.#isInMemory = this.#touched.size + this.#ownedCount <= this.#entriesMax;
    if (!this.#isInMemory) this.#owned = new Map();
  }

  /** Rows touched since the last call, which have no owner until the end. */
  lost(): Map<string, string | null> {
    if (this.#isInMemory) return new Map();
    const rows = new Map([...this.#touched].map((row) => [row, null]));
    this.#touched = new Set();
    return rows;
  }

  /** Owners of all touched rows, where they are in memory. */
  get owners(): Map<string, string | null> {
    const owners = new Map<string, string | null>();
    for (const row of this.#touched) owners.set(row, null);
    for (const rows of this.#owned.values()) for (const [row, owner] of rows) owners.set(row, owner);
    return owners;
  }
}

/** Every state of the store writes the rows that it owns. @returns false when it was told to end before */
async function ownersOfAll({ store, rules, isStopping = () => false }: CopyPorts, writes: Writes): Promise<boolean> {
  await writes.save(NOTHING);
  let owners = new Map<string, string | null>();
  for (let from: string | null = null; ;) {
    if (isStopping()) return false;
    const { states, next } = await store.scan(writes.expected ?? '', from);
    for (const [key, text] of states) {
      const owned = ownedRows(aggregateRef(key), JSON.parse(text) as AggregateState, rules);
      for (const [row, owner] of owned) owners.set(row, owner);
    }
    if (owners.size >= ENTRIES_PER_CALL_MAX || next === null) {
      await writes.save({ ...NOTHING, owners });
      owners = new Map();
    }
    if (next === null) return true;
    from = next;
  }
}

/** Writes under one marker after the other. One is under way while the next is prepared, on the same connection, so their order is kept. */
class Writes {
  states = 0;
  expected: Marker | null;
  readonly #ports: CopyPorts;
  readonly #journal: JournalOffsets;
  /**
   * Never a part that the store stands at: a write under its marker would count as done already. Drawn, because a former owner may be
   * copying at the same time, from the same place, in parts that are cut elsewhere.
   */
  #part: number;
  #pending: Promise<void> = Promise.resolve();

  constructor(ports: CopyPorts, { from, current }: CopyPlan) {
    this.#ports = ports;
    this.#journal = from;
    this.expected = current;
    this.#part = PARTS_FROM + Math.floor(Math.random() * PARTS_FROM);
  }

  /** In calls of bounded size; `target` comes with the last one. */
  async save(writes: StoreWrites, target?: Marker): Promise<void> {
    const { first, last } = cutWrites(writes);
    for (const piece of first) await this.#saveOne(piece);
    await this.#saveOne(last, target);
  }

  async #saveOne(writes: StoreWrites, target?: Marker): Promise<void> {
    await this.#pending;
    const { store, sink } = this.#ports;
    this.#part += 1;
    const next = target ?? encodeMarker({ cluster: sink.clusterId, journal: this.#journal, part: this.#part });
    const expected = this.expected;
    this.states += writes.states.size;
    this.expected = next;
    this.#pending = store.save(expected, next, writes);
    this.#pending.catch(() => undefined); // seen by the next call
  }

  done(): Promise<void> {
    return this.#pending;
  }

  async brokenOff(): Promise<false> {
    await this.#pending;
    return false;
  }
}

/** How much of a piece of journal is read. */
class Extent {
  readonly offsets: number;
  readonly #from: JournalOffsets;
  readonly #next: number[];

  constructor(from: JournalOffsets, to: JournalOffsets) {
    this.#from = from;
    this.#next = [...from];
    this.offsets = to.reduce((sum, end, partition) => sum + Math.max(0, end - (from[partition] ?? 0)), 0);
  }

  /** @throws DragomanError INVARIANT_BROKEN: an older state would be copied over a newer one, under a marker that says all is well. */
  read(records: readonly JournalRecord[]): void {
    for (const { partition, offset } of records) {
      const next = this.#next[partition] ?? 0;
      invariant(offset >= next, 'the journal is read in order, each record once', { partition, offset, next });
      this.#next[partition] = offset + 1;
    }
  }

  progress(states: number, seconds: number): Progress {
    const read = this.#next.reduce((sum, next, partition) => sum + next - (this.#from[partition] ?? 0), 0);
    const share = this.offsets === 0 ? 1 : read / this.offsets;
    const leftSeconds = share === 0 ? 0 : Math.round((seconds * (1 - share)) / share);
    return { states, share, statesPerSecond: Math.round(states / seconds), leftSeconds };
  }
}

interface Progress {
  readonly states: number;
  readonly share: number;
  readonly statesPerSecond: number;
  readonly leftSeconds: number;
}

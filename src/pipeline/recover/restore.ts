/**
 * Copies cells out of the state topic into the store (SPEC T5, T13): each partition in its own order, all at once, nothing parsed but the
 * keys. Broken off at any instant it goes on where each partition stands. What it holds at a time is bounded: chunks as they are
 * read, and a few writes under way on one connection, which keeps their order.
 */
import { invariant } from '../../invariant.js';
import type { Observer } from '../events.js';
import type { Clock, CopiedTo, Marker, PackedCells, Sink, StateStore } from '../ports.js';
import { type Piece, pieces } from './packing.js';

export interface RestorePorts {
  readonly sink: Pick<Sink, 'walk'>;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly observe: Observer;
  /** Told to end: asked between two chunks. */
  readonly isStopping?: () => boolean;
}

export interface RestorePlan {
  readonly current: Marker | null;
  /** While it is under way. */
  readonly restoring: Marker;
  readonly target: Marker;
  /** Offsets up to which the store has everything; null: it has nothing, or nothing that can be built upon. */
  readonly from: readonly number[] | null;
  readonly ends: readonly number[];
}

const TOLD_EVERY_MS = 2_000;
const WRITES_UNDER_WAY_MAX = 8;

/**
 * @returns false when it was broken off.
 * @throws DragomanError MARKER_MOVED, and what reading throws.
 */
export async function restore(ports: RestorePorts, plan: RestorePlan): Promise<boolean> {
  const { sink, store, clock, observe, isStopping = () => false } = ports;
  const { current, restoring, target, from, ends } = plan;
  const places = await store.beginRestore(current, restoring, from);
  const next = ends.map((_, partition) => Math.max(places.get(partition) ?? 0, from?.[partition] ?? 0));
  const copying = new Copying(store, restoring, next);
  const progress = new Extent(next, ends);
  const started = clock.nowMs();
  const seconds = (): number => (clock.nowMs() - started) / 1_000;
  const whole = from === null;
  let toldMs = started;
  for await (const records of sink.walk('state', next, ends)) {
    if (isStopping()) return copying.end().then(() => false);
    for (const piece of pieces(records)) {
      await copying.copy(records.partition, piece);
      progress.read(records.partition, piece);
    }
    if (clock.nowMs() - toldMs < TOLD_EVERY_MS) continue;
    toldMs = clock.nowMs();
    observe({ kind: 'restoring', ...progress.at(seconds()), whole });
  }
  await copying.end();
  await store.endRestore(restoring, target, copying.copied);
  observe({ kind: 'restored', states: progress.states, seconds: seconds(), whole });
  return true;
}

class Copying {
  readonly #store: StateStore;
  readonly #marker: Marker;
  /** Next offset by partition. */
  readonly #next: number[];
  readonly #underWay: Promise<void>[] = [];

  constructor(store: StateStore, marker: Marker, next: readonly number[]) {
    this.#store = store;
    this.#marker = marker;
    this.#next = [...next];
  }

  async copy(partition: number, { cells, from, to }: Piece): Promise<void> {
    const place = this.#next[partition] ?? 0;
    invariant(from >= place, 'the state topic is read in order, each record once', { partition, place, from });
    await this.#write({ partition, from: place, to }, cells);
    this.#next[partition] = to;
  }

  get copied(): ReadonlyMap<number, number> {
    return new Map(this.#next.entries());
  }

  async #write(at: CopiedTo, cells: readonly PackedCells[]): Promise<void> {
    if (this.#underWay.length >= WRITES_UNDER_WAY_MAX) await this.#underWay.shift();
    const write = this.#store.copy(this.#marker, at, cells);
    write.catch(() => undefined); // seen by whoever waits for it
    this.#underWay.push(write);
  }

  async end(): Promise<void> {
    for (let write = this.#underWay.shift(); write !== undefined; write = this.#underWay.shift()) await write;
  }
}

/** How much is read. */
class Extent {
  /** Memories of aggregates, which each of their decisions writes. */
  states = 0;
  readonly #offsets: number;
  readonly #from: readonly number[];
  readonly #next: number[];

  constructor(from: readonly number[], to: readonly number[]) {
    this.#from = from;
    this.#next = [...from];
    this.#offsets = to.reduce((sum, end, partition) => sum + Math.max(0, end - (from[partition] ?? 0)), 0);
  }

  read(partition: number, { to, memories }: Piece): void {
    this.#next[partition] = to;
    this.states += memories;
  }

  at(seconds: number): Progress {
    const read = this.#next.reduce((sum, next, partition) => sum + next - (this.#from[partition] ?? 0), 0);
    const share = this.#offsets === 0 ? 1 : read / this.#offsets;
    const leftSeconds = share === 0 ? 0 : Math.round((seconds * (1 - share)) / share);
    return { states: this.states, share, statesPerSecond: Math.round(this.states / seconds), leftSeconds };
  }
}

interface Progress {
  readonly states: number;
  readonly share: number;
  readonly statesPerSecond: number;
  readonly leftSeconds: number;
}

/**
 * Snapshot rows of one source: when they leave, and where a snapshot begins and ends between the transactions (SPEC S4, S11, S12).
 * They stand in the queues of their partitions; a snapshot is named by the place of the log at which it was taken (generation).
 */
import type { ChangeEvent } from '../domain/change-event.js';
import type { Position } from '../domain/position.js';
import type { Baseline, SnapshotEnd } from '../domain/transaction.js';
import type { CommitOrder } from './commit-order.js';
import type { SnapshotProgress } from './frontier.js';
import type { OpenTransaction } from './open-transaction.js';
import type { PartitionQueue } from './partition-queue.js';
import type { Partitions } from './partitions.js';

/** Snapshot rows handed on at once. */
const ROWS_MAX = 1_000;

export class Snapshots {
  readonly #source: string;
  readonly #partitions: Partitions;
  readonly #order: CommitOrder;
  #progress: SnapshotProgress | null;
  /** By generation, when its first row was read. */
  readonly #firstReadAt = new Map<Position, number>();
  #lastReadAt = 0;
  readonly #shownByPartition = new Map<string, number>();

  constructor(source: string, partitions: Partitions, order: CommitOrder, progress: SnapshotProgress | null) {
    this.#source = source;
    this.#partitions = partitions;
    this.#order = order;
    this.#progress = progress;
  }

  get progress(): SnapshotProgress | null {
    return this.#progress;
  }

  push(change: ChangeEvent, queue: PartitionQueue): void {
    this.#partitions.snapshotRows += 1;
    queue.push({ kind: 'snapshot', offset: change.offset, change });
    const generation = generationOf(change);
    if (generation === null) return;
    const { now } = this.#partitions;
    if (generation !== this.#progress?.generation && !this.#firstReadAt.has(generation))
      this.#firstReadAt.set(generation, now);
    this.#lastReadAt = now;
  }

  /** Rows that stand first in their partition and belong to no snapshot that has yet to begin. */
  rows(): Baseline | undefined {
    if (this.#partitions.snapshotRows === 0) return undefined;
    const changes: ChangeEvent[] = [];
    let generation = null as Position | null;
    this.#shownByPartition.clear();
    for (const queue of this.#partitions.all()) {
      for (const entry of queue.entries()) {
        if (entry.kind !== 'snapshot' || changes.length >= ROWS_MAX) break;
        const own = generationOf(entry.change);
        if (this.#isNew(own) || (changes.length > 0 && own !== generation)) break;
        generation = own;
        changes.push(entry.change);
        this.#shownByPartition.set(queue.name, (this.#shownByPartition.get(queue.name) ?? 0) + 1);
      }
    }
    return changes.length === 0 ? undefined : { kind: 'baseline', source: this.#source, generation, changes };
  }

  #isNew(generation: Position | null): generation is Position {
    return generation !== null && (this.#progress === null || generation > this.#progress.generation);
  }

  /** Takes the rows that `rows` showed; rows read since then stand behind them. */
  take({ changes, generation }: Baseline): void {
    this.#partitions.snapshotRows -= changes.length;
    for (const [name, taken] of this.#shownByPartition) {
      const queue = this.#partitions.get(name);
      for (let i = 0; i < taken; i += 1) queue.shift();
      queue.release();
    }
    this.#shownByPartition.clear();
    if (this.#progress === null || generation !== this.#progress.generation) return;
    const tables = new Set([...this.#progress.tables, ...changes.map(({ table }) => table)]);
    const isLastSeen = this.#progress.isLastSeen || changes.some(({ snapshot }) => snapshot?.isLast === true);
    if (tables.size > this.#progress.tables.length || isLastSeen !== this.#progress.isLastSeen)
      this.#progress = { ...this.#progress, tables: [...tables], isLastSeen };
  }

  /**
   * S11: begins the oldest snapshot whose rows stand first somewhere, unless `head` goes first. That nothing was before it is true only
   * when no partition is left of which nothing was read. @returns false to wait.
   */
  begin(head: OpenTransaction | undefined, hasHistory: boolean): 'begun' | 'waits' | 'none' {
    const oldest = this.#oldestNew();
    if (oldest === null) return 'none';
    const { generation, timeMs } = oldest;
    if (head !== undefined && !this.#isAfter(head, generation)) return 'none';
    const replaces = hasHistory || this.#progress !== null;
    const isReached = ({ newestGeneration }: PartitionQueue): boolean =>
      newestGeneration !== null && newestGeneration >= generation;
    const since = this.#firstReadAt.get(generation) ?? 0;
    if (!this.#partitions.isSettled(since, replaces ? isReached : this.#isBegun)) return 'waits';
    this.#firstReadAt.delete(generation);
    this.#progress = { generation, timeMs, tables: [], replaces, isLastSeen: false, isOver: false };
    return 'begun';
  }

  /** Rows of an older snapshot would stand first in it, and would have been seen. */
  readonly #isBegun = (queue: PartitionQueue): boolean => {
    const { boundaries, messages } = this.#partitions;
    if (queue === boundaries || messages.includes(queue)) return true;
    return queue.newest !== null || queue.newestGeneration !== null;
  };

  #oldestNew(): { readonly generation: Position; readonly timeMs: number } | null {
    if (this.#partitions.snapshotRows === 0) return null;
    let oldest: { readonly generation: Position; readonly timeMs: number } | null = null;
    for (const { first } of this.#partitions.all()) {
      if (first?.kind !== 'snapshot') continue;
      const generation = generationOf(first.change);
      if (this.#isNew(generation) && (oldest === null || generation < oldest.generation))
        oldest = { generation, timeMs: first.change.sourceTimeMs };
    }
    return oldest;
  }

  /**
   * The order inside a partition decides, where a row of `transaction` and snapshot rows stand in one; otherwise its place, or
   * that of its predecessor. One that has neither follows a snapshot; one that is only numbered follows what was read.
   */
  #isAfter(transaction: OpenTransaction, generation: Position): boolean {
    const sides = new Set(
      [...new Set(transaction.rows.map(({ partition }) => partition))].map((name) =>
        this.#partitions.get(name).sideOf(transaction, (row) => generationOf(row) === generation),
      ),
    );
    if (sides.has('before')) return false;
    if (sides.has('behind')) return true;
    const { position, predecessor = null, isNumbered, isLinked } = transaction;
    if (isNumbered) return true;
    if (position !== null) return position > generation;
    return isLinked && (predecessor === null || predecessor >= generation);
  }

  /** S12: whether the snapshot that has begun ends before `ready` (or now, when nothing is ready), or `ready` has to wait for it. */
  end(ready: OpenTransaction | undefined): SnapshotEnd | 'again' | 'over' | 'waits' | 'none' {
    const progress = this.#progress;
    if (progress === null || progress.isOver) return 'none';
    if (ready !== undefined && !this.#isAfter(ready, progress.generation)) return 'none';
    if (ready === undefined) {
      if (!progress.isLastSeen || this.#isBlocked(progress.generation)) return 'none';
      const isPast = ({ newest }: PartitionQueue): boolean => newest !== null && newest > progress.generation;
      if (!this.#partitions.isSettled(this.#lastReadAt, isPast)) return 'none';
    } else if (!this.#order.isSettled(ready)) return 'waits';
    else if (this.#dropTorn(ready, progress.generation)) return 'again';
    if (!progress.replaces) {
      this.over();
      return 'over';
    }
    const { generation, tables, timeMs: commitTimeMs } = progress;
    return { kind: 'snapshot-end', source: this.#source, generation, tables, commitTimeMs };
  }

  over(): void {
    if (this.#progress !== null) this.#progress = { ...this.#progress, isOver: true };
  }

  /** A row of the snapshot stands behind one of a transaction. */
  #isBlocked(generation: Position): boolean {
    if (this.#partitions.snapshotRows === 0) return false;
    for (const queue of this.#partitions.all())
      for (const entry of queue.entries())
        if (entry.kind === 'snapshot' && generationOf(entry.change) === generation) return true;
    return false;
  }

  /**
   * Transactions before `ready` that stand before rows of the snapshot and have no END: ENDs are in commit order, so theirs will never
   * come. The connector was replaced in the middle of them; the snapshot shows what became of them, and what was missed. One without
   * predecessor is left alone: its place is not known.
   */
  #dropTorn(ready: OpenTransaction, generation: Position): boolean {
    if (this.#partitions.snapshotRows === 0) return false;
    const blocking = this.#partitions.beforeSnapshotRows((row) => generationOf(row) === generation);
    const torn = [...blocking].filter(({ endedAt, position, predecessor }) => {
      const place = position ?? predecessor ?? null;
      return endedAt === 0 && place !== null && place < (ready.position ?? '');
    });
    return torn.filter((transaction) => this.#order.drop(transaction, 'transaction-superseded')).length > 0;
  }
}

const generationOf = ({ snapshot }: ChangeEvent): Position | null => snapshot?.generation ?? null;

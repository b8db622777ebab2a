/**
 * Snapshot rows of one source: when they leave, and where a snapshot begins and ends between the transactions (SPEC S4, S11, S12).
 * They stand in the queues of their partitions; a snapshot is named by the place of the log at which it was taken (generation).
 */
import type { ChangeEvent } from '../../domain/source/change-event.js';
import type { Position } from '../../domain/source/position.js';
import type { Baseline, SnapshotEnd } from '../../domain/source/transaction.js';
import type { CommitOrder } from '../commit-order.js';
import type { Frontier, SnapshotProgress } from '../frontier/frontier.js';
import { inLog, isPlace, logOf, placeOf } from '../frontier/log-place.js';
import type { OpenTransaction } from '../open-transaction.js';
import type { PartitionQueue } from '../partition-queue.js';
import type { Partitions } from '../partitions.js';
import { snapshotWentBack } from '../refuse.js';

/** Snapshot rows handed on at once. */
const ROWS_MAX = 1_000;

export class Snapshots {
  readonly #source: string;
  readonly #partitions: Partitions;
  readonly #order: CommitOrder;
  #progress: SnapshotProgress | null;
  /** Position of the last transaction handed on. */
  #frontier: Position | null;
  /** By generation, when its first row was read. */
  readonly #firstReadAt = new Map<Position, number>();
  /** Of which rows may be left, though a newer one has begun: it was broken off. */
  readonly #passedOver = new Set<Position>();
  /** They stand behind rows of one that was taken higher in the log. */
  readonly #wentBack = new Set<Position>();
  /** Where the snapshots were taken of which a row was read: one for each that was ever taken meanwhile. */
  readonly #places = new Set<Position>();
  #lastReadAt = 0;
  readonly #shownByPartition = new Map<string, number>();

  constructor(source: string, partitions: Partitions, order: CommitOrder, { position, snapshot }: Frontier) {
    this.#source = source;
    this.#partitions = partitions;
    this.#order = order;
    this.#progress = snapshot;
    this.#frontier = position;
  }

  get progress(): SnapshotProgress | null {
    return this.#progress;
  }

  /** For the frontier, where room is short: nobody asks for the tables of one that is over. */
  get kept(): SnapshotProgress | null {
    return this.#progress?.isOver === true ? { ...this.#progress, tables: [] } : this.#progress;
  }

  /** Nothing after the newest one was handed on: what comes next may name no predecessor (S7). */
  get isUnfollowed(): boolean {
    return this.#progress?.isFollowed === false;
  }

  /** A transaction was handed on. One that stood before the newest snapshot, though that has begun, does not follow it. */
  follow(frontier: Position | null): void {
    this.#frontier = frontier;
    if (this.#progress === null || frontier === null || frontier <= this.#progress.generation) return;
    if (this.isUnfollowed) this.#progress = { ...this.#progress, isFollowed: true };
  }

  push(change: ChangeEvent, queue: PartitionQueue): void {
    this.#partitions.snapshotRows += 1;
    const { newestGeneration: before } = queue;
    queue.push({ kind: 'snapshot', offset: change.offset, change });
    const place = placeIn(change);
    if (place === null) return;
    this.#places.add(place);
    const { now } = this.#partitions;
    if (before !== null && before > place) this.#wentBack.add(place);
    if (!this.#isCurrent(place) && !this.#firstReadAt.has(place)) this.#firstReadAt.set(place, now);
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
        const own = this.#generationOf(entry.change);
        if (this.#isNew(own) || this.#isElsewhere(entry.change) || (changes.length > 0 && own !== generation)) break;
        generation = own;
        changes.push(entry.change);
        this.#shownByPartition.set(queue.name, (this.#shownByPartition.get(queue.name) ?? 0) + 1);
      }
    }
    return changes.length === 0 ? undefined : { kind: 'baseline', source: this.#source, generation, changes };
  }

  #isCurrent(place: Position): boolean {
    return this.#progress !== null && placeOf(this.#progress.generation) === place;
  }

  #generationOf(row: ChangeEvent): Position | null {
    return this.#generationAt(placeIn(row));
  }

  /** Of the snapshot that was taken at that place: in the log that is followed now, unless it has begun. */
  #generationAt(place: Position | null): Position | null {
    if (place === null) return null;
    return this.#progress !== null && this.#isCurrent(place)
      ? this.#progress.generation
      : inLog(logOf(this.#frontier), place);
  }

  /** Its snapshot was taken at a place that was passed, so in another log: that of a server to which transactions did not lead so far. */
  #isElsewhere(row: ChangeEvent): boolean {
    const place = placeIn(row);
    if (place === null || this.#isCurrent(place) || this.#passedOver.has(place)) return false;
    const reached = this.#reached();
    return reached !== null && isPlace(reached) && place < placeOf(reached);
  }

  /** The last transaction, or snapshot, that was handed on. */
  #reached(): Position | null {
    const begun = this.#progress?.generation ?? null;
    return begun === null || (this.#frontier !== null && this.#frontier > begun) ? this.#frontier : begun;
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
   * when no partition is left of which nothing was read.
   * @param hasLearnt rows that are of no full snapshot were handed on before.
   * @throws DragomanError SOURCE_WENT_BACK
   */
  begin(head: OpenTransaction | undefined, hasLearnt: boolean): 'begun' | 'waits' | 'none' {
    const oldest = this.#oldestNew();
    if (oldest === null) return this.#refuseElsewhere(head);
    const { generation, timeMs } = oldest;
    if (head !== undefined && !this.#isAfter(head, generation)) return 'none';
    const replaces = hasLearnt || this.#frontier !== null || this.#progress !== null;
    const place = placeOf(generation);
    // Places of another log do not compare.
    const isReached = ({ newestGeneration: newest }: PartitionQueue): boolean =>
      newest !== null && (newest === place || (place === generation && newest > place));
    const since = this.#firstReadAt.get(place) ?? 0;
    if (!this.#partitions.wantSettled(since, replaces ? isReached : this.#isBegun)) return 'waits';
    this.#firstReadAt.delete(place);
    for (const older of this.#firstReadAt.keys())
      if (older < place && !this.#wentBack.has(older)) this.#passedOver.add(older);
    // What follows it was handed on already, if that has no row that is consumed.
    const isFollowed = this.#frontier !== null && this.#frontier > generation;
    this.#progress = { generation, timeMs, tables: [], replaces, isLastSeen: false, isOver: false, isFollowed };
    return 'begun';
  }

  /** Transactions that lead to that log go first. When there are none, it is not the log that was followed. */
  #refuseElsewhere(head: OpenTransaction | undefined): 'waits' | 'none' {
    const reached = this.#reached();
    if (this.#partitions.snapshotRows === 0 || reached === null) return 'none';
    for (const { first } of this.#partitions.all()) {
      if (first?.kind !== 'snapshot' || !this.#isElsewhere(first.change)) continue;
      const place = placeIn(first.change) ?? reached;
      const sides = head === undefined ? null : this.#sidesOf(head, (row) => placeIn(row) === place);
      if (sides !== null && (sides.has('before') || !sides.has('behind'))) return 'none';
      if (!this.#partitions.wantSettled(this.#firstReadAt.get(place) ?? 0, () => false)) return 'waits';
      throw snapshotWentBack(this.#source, place, reached);
    }
    return 'none';
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
      const generation = this.#generationOf(first.change);
      if (this.#isElsewhere(first.change)) continue;
      if (this.#isNew(generation) && (oldest === null || generation < oldest.generation))
        oldest = { generation, timeMs: first.change.sourceTimeMs };
    }
    return oldest;
  }

  /**
   * The one order between a snapshot and a transaction, where it begins as where it ends (S4, S9, S11). The first line that applies tells:
   *
   * | What is known of `transaction`                                                              | It stands |
   * | ------------------------------------------------------------------------------------------- | --------- |
   * | a row of it is before all rows of the snapshot in a partition                               | before    |
   * | a row of it is behind one of the snapshot, or of a later one, in a partition                | after     |
   * | it is only numbered, as it was read                                                         | after     |
   * | its position, if it were handed on next, is above the generation                            | after     |
   * | it has no position, and follows a snapshot, or a transaction that is not below the generation | after   |
   * | what it lacks can only stand behind rows of a snapshot                                      | after     |
   * | else                                                                                        | before    |
   */
  #isAfter(transaction: OpenTransaction, generation: Position): boolean {
    const sides = this.#sidesOf(transaction, (row) => this.#generationOf(row) === generation);
    if (sides.has('before')) return false;
    if (sides.has('behind') || this.#isBehindLater(transaction, generation)) return true;
    const { predecessor = null, isNumbered, isLinked } = transaction;
    if (isNumbered) return true;
    const position = this.#order.positionOf(transaction);
    const isHigher =
      position === null ? isLinked && (predecessor === null || predecessor >= generation) : position > generation;
    return isHigher || this.#order.isBehindSnapshot(transaction);
  }

  /** Rows of it stand behind one of a snapshot that was taken after that; most often there is none. */
  #isBehindLater(transaction: OpenTransaction, generation: Position): boolean {
    const isLater = (place: Position | null): boolean => (this.#generationAt(place) ?? '') > generation;
    if (![...this.#places].some(isLater)) return false;
    return this.#sidesOf(transaction, (row) => isLater(placeIn(row))).has('behind');
  }

  #sidesOf(transaction: OpenTransaction, isMeant: (row: ChangeEvent) => boolean): Set<'before' | 'behind' | null> {
    const partitions = new Set(transaction.rows.map(({ partition }) => partition));
    return new Set([...partitions].map((name) => this.#partitions.get(name).sideOf(transaction, isMeant)));
  }

  /** S12: whether the snapshot that has begun ends before `ready` (or now, when nothing is ready), or `ready` has to wait for it. */
  end(ready: OpenTransaction | undefined): SnapshotEnd | 'again' | 'over' | 'waits' | 'none' {
    const progress = this.#progress;
    if (progress === null || progress.isOver) return 'none';
    if (ready !== undefined && !this.#isAfter(ready, progress.generation)) return 'none';
    if (ready === undefined) {
      if (!progress.isLastSeen || this.#isBlocked(progress.generation)) return 'none';
      const isPast = ({ newest }: PartitionQueue): boolean => newest !== null && newest > progress.generation;
      if (!this.#partitions.wantSettled(this.#lastReadAt, isPast)) return 'none';
    } else if (!this.#order.wantSettled(ready)) return 'waits';
    else if (this.#dropTorn(ready, progress.generation)) return 'again';
    if (!progress.replaces) {
      this.over();
      return 'over';
    }
    const { generation, tables, timeMs: commitTimeMs } = progress;
    return { kind: 'snapshot-end', source: this.#source, generation, tables, commitTimeMs };
  }

  /** Somebody knows that no row of it will come. @returns false when its end is to be handed on. */
  conclude(): boolean {
    if (this.#progress === null || this.#progress.isOver) return true;
    this.#progress = { ...this.#progress, isLastSeen: true };
    return false;
  }

  over(): void {
    if (this.#progress !== null) this.#progress = { ...this.#progress, isOver: true };
  }

  /** A row of the snapshot stands behind one of a transaction. */
  #isBlocked(generation: Position): boolean {
    if (this.#partitions.snapshotRows === 0) return false;
    for (const queue of this.#partitions.all())
      for (const entry of queue.hasSnapshotRows ? queue.entries() : [])
        if (entry.kind === 'snapshot' && this.#generationOf(entry.change) === generation) return true;
    return false;
  }

  /**
   * Transactions before `ready` that stand before rows of the snapshot and have no END: ENDs are in commit order, so theirs will never
   * come. The connector was replaced in the middle of them; the snapshot shows what became of them, and what was missed. One without
   * predecessor is left alone: its place is not known.
   */
  #dropTorn(ready: OpenTransaction, generation: Position): boolean {
    if (this.#partitions.snapshotRows === 0) return false;
    const blocking = this.#partitions.beforeSnapshotRows((row) => this.#generationOf(row) === generation);
    const torn = [...blocking].filter((open) => open.endedAt === 0 && this.#order.isBefore(open, ready));
    return torn.filter((transaction) => this.#order.drop(transaction, 'transaction-superseded')).length > 0;
  }
}

/** Where the log stood when its snapshot was taken; null: incremental. */
const placeIn = ({ snapshot }: ChangeEvent): Position | null => snapshot?.generation ?? null;

/**
 * The partitions of one source: how far each was read, and the question on which SPEC S4 to S6, S10 and P2 rest: was everything
 * read that was written before a given moment? It is, once every partition was read past what is asked about, or to the end that
 * it had after that moment (a partition is *settled*).
 */
import type { ChangeEvent } from '../domain/source/change-event.js';
import type { Position } from '../domain/source/position.js';
import { DragomanError } from '../errors.js';
import type { OpenTransaction } from './open-transaction.js';
import { PartitionQueue } from './partition-queue.js';
import type { SequencerSettings } from './settings.js';

export class Partitions {
  /** Rows of transactions that are not handed on. */
  heldRows = 0;
  /** Snapshot rows, and unreadable records that leave by themselves, that are not handed on. */
  snapshotRows = 0;
  /** Of the transaction topic; null in modes without it. */
  readonly boundaries: PartitionQueue | null;
  /** Of the topic of logical messages. */
  readonly messages: readonly PartitionQueue[];
  readonly #source: string;
  readonly #queues = new Map<string, PartitionQueue>();
  readonly #byTable: SequencerSettings['partitionsByTable'];
  readonly #heldRowsMax: number;
  #reads = 1;
  #ends: ReadonlyMap<string, number> | null = null;
  #endsAskedAt = 0;
  #wantsEnds = false;
  /** The first one of which the next record cannot be gone on over, and when that was found. */
  #refused: { readonly queue: PartitionQueue; readonly at: number } | null = null;
  /** Of which more is to be read before a question is answered, since `forget`. */
  readonly #awaited = new Set<PartitionQueue>();

  constructor({ source, partitionsByTable, messagePartitions, transactionPartition, heldRowsMax }: SequencerSettings) {
    this.#source = source;
    this.#heldRowsMax = heldRowsMax;
    this.#byTable = partitionsByTable;
    for (const partition of [...partitionsByTable.values()].flat()) this.#add(partition);
    this.messages = messagePartitions.map((partition) => this.#add(partition));
    this.boundaries = transactionPartition === null ? null : this.#add(transactionPartition);
  }

  #add(partition: string): PartitionQueue {
    const queue = this.#queues.get(partition) ?? new PartitionQueue(partition);
    this.#queues.set(partition, queue);
    return queue;
  }

  get(partition: string): PartitionQueue {
    const queue = this.#queues.get(partition);
    if (queue === undefined)
      throw new DragomanError('INVARIANT_BROKEN', `${partition} is not a partition of ${this.#source}.`);
    return queue;
  }

  all(): IterableIterator<PartitionQueue> {
    return this.#queues.values();
  }

  *byTable(): Generator<readonly [string, readonly PartitionQueue[]]> {
    for (const [table, partitions] of this.#byTable) yield [table, partitions.map((partition) => this.get(partition))];
  }

  /** `transaction` was handed on or dropped: its places are free. */
  close(transaction: OpenTransaction): void {
    transaction.done = true;
    this.heldRows -= transaction.rows.length;
    this.boundaries?.release();
    for (const partition of new Set(transaction.rows.map((row) => row.partition))) {
      const queue = this.get(partition);
      if (this.snapshotRows > 0) this.snapshotRows -= queue.dropSuperseded(transaction);
      queue.forget(transaction);
      queue.release();
    }
  }

  /** Transactions without END of which logical messages stand before one of `transaction`. */
  saidBefore(transaction: OpenTransaction): Set<OpenTransaction> {
    return new Set(this.messages.flatMap((queue) => queue.unendedBefore(transaction)));
  }

  /** A transaction was handed on: what logical messages before the frontier say is not asked for any more. */
  releaseMessages(frontier: Position | null): void {
    if (frontier !== null) for (const queue of this.messages) queue.releaseMessages(frontier);
  }

  /** Each row of `transaction` leaves by itself, at its place in its partition, as what `as` makes of it. */
  leaveBySelf(transaction: OpenTransaction, as: (row: ChangeEvent) => ChangeEvent): void {
    const rows = transaction.rows.splice(0);
    this.heldRows -= rows.length;
    this.snapshotRows += rows.length;
    for (const queue of new Set(rows.map(({ partition }) => this.get(partition)))) {
      const own = rows.filter(({ partition }) => partition === queue.name);
      queue.forget(transaction);
      queue.putBySelf(
        transaction,
        own.map((row) => ({ ...as(row), transaction: null })),
      );
    }
    this.close(transaction);
  }

  /** Transactions behind whose rows one of those snapshot rows waits. */
  beforeSnapshotRows(isMeant: (row: ChangeEvent) => boolean = () => true): Set<OpenTransaction> {
    const found = new Set<OpenTransaction>();
    for (const queue of this.#queues.values())
      for (const transaction of queue.beforeSnapshotRows(isMeant)) found.add(transaction);
    return found;
  }

  /** The moment, as a number of records read. */
  get now(): number {
    return this.#reads;
  }

  /** A record is read. */
  tick(): void {
    this.#reads += 1;
  }

  /** Ends of all partitions are to be asked now, and given to `settle` before anything more is read. */
  get wantsEnds(): boolean {
    return this.#wantsEnds;
  }

  settle(ends: ReadonlyMap<string, number>): void {
    this.#ends = ends;
    this.#endsAskedAt = this.#reads;
    this.#wantsEnds = false;
  }

  /** The end that this partition had at or after that moment; null when it was not asked since. */
  endSince({ name }: PartitionQueue, since: number): number | null {
    return this.#endsAskedAt >= since ? (this.#ends?.get(name) ?? null) : null;
  }

  /**
   * Wants every partition settled with regard to the moment `since`: of one that is not, `wantsEnds` and `isAwaited` say from now on what it
   * lacks, until `forget`. Whoever wants it again, or twice, changes nothing by that.
   * @param isPast the partition was read past what is asked about.
   * @returns whether all of them are settled.
   */
  wantSettled(since: number, isPast: (queue: PartitionQueue) => boolean): boolean {
    const open = [...this.#queues.values()].filter((queue) => !isPast(queue));
    const unread = open.filter((queue) => this.isUnread(queue));
    for (const queue of unread) this.#awaited.add(queue);
    if (open.length === 0 || (this.#ends !== null && this.#endsAskedAt >= since)) return unread.length === 0;
    this.#wantsEnds = true;
    return false;
  }

  /** It was not read to its end, as far as that is known. */
  isUnread({ name, nextOffset }: PartitionQueue): boolean {
    return this.#ends !== null && nextOffset < (this.#ends.get(name) ?? 0);
  }

  /** The next record of this partition cannot be gone on over: it stays unread. */
  refuse(queue: PartitionQueue, error: DragomanError): void {
    queue.refusal = error;
    this.tick();
    this.#refused ??= { queue, at: this.now };
    this.#wantsEnds = true;
  }

  /**
   * What reading stops at, once everything was read that was there when that was found: nothing more can come before it.
   * @param isAhead a partition that is not read on as long as nothing leaves.
   */
  dueRefusal(isAhead: (queue: PartitionQueue) => boolean): DragomanError | null {
    if (this.#refused === null || this.#endsAskedAt < this.#refused.at) return null;
    for (const queue of this.all()) if (queue.refusal === null && this.isUnread(queue) && !isAhead(queue)) return null;
    return this.#refused.queue.refusal;
  }

  /** What is held is enough (S9). */
  get isFull(): boolean {
    return this.heldRows + this.snapshotRows >= this.#heldRowsMax;
  }

  /** A question waits for it. One that ends with rows of a snapshot, which would all be held, comes after the others. */
  isAwaited(queue: PartitionQueue): boolean {
    if (!this.#awaited.has(queue) || !queue.endsWithSnapshotRow) return this.#awaited.has(queue);
    for (const other of this.#awaited) if (!other.endsWithSnapshotRow && this.#isReadOn(other)) return false;
    return true;
  }

  /** It brings more of what it is awaited for. */
  #isReadOn(queue: PartitionQueue): boolean {
    return this.isUnread(queue) && queue.refusal === null && queue.tooLarge === null;
  }

  /** All questions are asked anew. */
  forget(): void {
    this.#awaited.clear();
  }
}

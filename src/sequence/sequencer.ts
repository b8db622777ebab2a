/**
 * In: decoded records of all partitions of one source, each partition in order, partitions in any order relative to each other.
 * Out: complete source transactions in commit order, and snapshot rows at their place. Exact mode (transaction metadata).
 *
 * Synchronous and deterministic; no clock. Invariants S1-S10 in `SPEC.md` beside this file. `peek` shows what comes next,
 * `advance` hands it on; `needed` are then the offsets from which another process would have to read.
 */
import type { ChangeEvent, DecodedRecord, TransactionEnd } from '../domain/change-event.js';
import type { Position } from '../domain/position.js';
import type { Sequenced } from '../domain/transaction.js';
import { DragomanError } from '../errors.js';
import { Counts } from './counts.js';
import { gap, tooLarge, wentBack } from './refuse.js';
import { EndedQueue } from './ended-queue.js';
import type { Frontier } from './frontier.js';
import { OpenTransaction, type StreamedChange } from './open-transaction.js';
import { PartitionQueue } from './partition-queue.js';
import { Settling } from './settling.js';
import { Unreadable } from './unreadable.js';

export interface SequencerSettings {
  readonly source: string;
  /** Partition of the transaction topic: it has exactly one. */
  readonly transactionPartition: string;
  /** Partitions of each consumed table. */
  readonly partitionsByTable: ReadonlyMap<string, readonly string[]>;
  /** Partitions of the topic of logical messages; empty when there is none. */
  readonly messagePartitions: readonly string[];
  readonly frontier: Frontier;
  /** Rows of one open transaction held in memory. */
  readonly transactionRowsMax: number;
  /** Rows held in memory over all open transactions before partitions that run ahead are left unread. */
  readonly heldRowsMax: number;
  /** `report` goes on over a break in the chain of transactions (non-transactional logical messages make some). */
  readonly gaps: 'refuse' | 'report';
}

/** Snapshot rows handed on at once. */
const BASELINE_ROWS_MAX = 1_000;
/** ENDs read ahead of the rows. */
const ENDS_AHEAD_MAX = 5_000;

export class Sequencer {
  readonly source: string;
  readonly counts = new Counts();
  readonly #settings: SequencerSettings;
  readonly #consumed: ReadonlySet<string>;
  readonly #queues = new Map<string, PartitionQueue>();
  readonly #boundaries: PartitionQueue;
  readonly #messages: readonly PartitionQueue[];
  readonly #open = new Map<string, OpenTransaction>();
  readonly #ended: EndedQueue;
  #frontier: Frontier;
  #heldRows = 0;
  #snapshotRows = 0;
  readonly #unreadable: Unreadable;
  #settling: Settling | null = null;
  #shown: Sequenced | undefined;
  readonly #shownByPartition = new Map<string, number>();

  constructor(settings: SequencerSettings) {
    this.#settings = settings;
    this.source = settings.source;
    this.#frontier = settings.frontier;
    this.#consumed = new Set(settings.partitionsByTable.keys());
    this.#ended = new EndedQueue(this.#consumed);
    this.#unreadable = new Unreadable(settings.source);
    for (const partition of [...settings.partitionsByTable.values()].flat()) {
      this.#queues.set(partition, new PartitionQueue(partition));
    }
    this.#messages = settings.messagePartitions.map((partition) => new PartitionQueue(partition));
    for (const queue of this.#messages) this.#queues.set(queue.name, queue);
    this.#boundaries = new PartitionQueue(settings.transactionPartition);
    this.#queues.set(settings.transactionPartition, this.#boundaries);
  }

  /** Where reading starts in a partition. */
  start(partition: string, offset: number): void {
    this.#queue(partition).nextOffset = offset;
  }

  push(record: DecodedRecord): void {
    const queue = this.#queue(record.partition);
    if (record.offset < queue.nextOffset) return; // read before (S1)
    queue.nextOffset = record.offset + 1;
    switch (record.kind) {
      case 'change':
        if (record.transaction === null) this.#pushSnapshotRow(record, queue);
        else this.#pushRow(record as StreamedChange, queue);
        break;
      case 'begin':
        this.#pushBegin(record.id, record.offset);
        break;
      case 'end':
        this.#pushEnd(record);
        break;
      case 'undecodable':
        this.#unreadable.push(record, queue);
        break;
      case 'message':
        queue.newest = record.position;
        queue.push({ kind: 'message', offset: record.offset, position: record.position });
        break;
      case 'skipped':
        break;
    }
  }

  /** All records of the partition before `offset` were pushed, control records included. */
  readUpTo(partition: string, offset: number): void {
    const queue = this.#queue(partition);
    if (offset > queue.nextOffset) queue.nextOffset = offset;
  }

  /** Answers `wantsBounds`: ends of all partitions, asked after that call. */
  settle(bounds: ReadonlyMap<string, number>): void {
    this.#settling?.answer(bounds);
  }

  #pushRow(row: StreamedChange, queue: PartitionQueue): void {
    const { id, predecessor, position } = row.transaction;
    if (predecessor !== null && (queue.newest === null || predecessor > queue.newest)) queue.newest = predecessor;
    if (this.#isReplay(id, predecessor, position)) return this.counts.duplicate('row-replayed');
    const transaction = this.#opened(id);
    if (transaction.rows.length >= this.#settings.transactionRowsMax)
      throw tooLarge(this.source, transaction.id, this.#settings.transactionRowsMax);
    if (!transaction.add(row)) return this.counts.duplicate('row-repeated');
    this.#heldRows += 1;
    queue.pushTransaction(row.offset, transaction);
  }

  /** S3: rows of a transaction handed on before. With a predecessor it is a comparison; the first after a snapshot is remembered. */
  #isReplay(id: string, predecessor: Position | null, position: Position): boolean {
    const { position: frontier, first } = this.#frontier;
    if (predecessor !== null) return frontier !== null && predecessor < frontier;
    return first !== null && first.id === id && position < first.end;
  }

  #pushSnapshotRow(change: ChangeEvent, queue: PartitionQueue): void {
    this.#snapshotRows += 1;
    queue.push({ kind: 'snapshot', offset: change.offset, change });
  }

  #pushBegin(id: string, offset: number): void {
    const transaction = this.#opened(id);
    if (!transaction.begin()) return this.counts.duplicate('boundary-repeated');
    this.#boundaries.pushTransaction(offset, transaction);
  }

  #pushEnd(counted: TransactionEnd): void {
    const { position } = counted;
    if (position === null) throw new DragomanError('INVARIANT_BROKEN', 'An END without position.');
    const end = { ...counted, position };
    const { position: frontier } = this.#frontier;
    if (frontier !== null && end.position <= frontier) return this.#dropReplayedEnd(end.id);
    const repeated = this.#ended.withId(end.id);
    if (repeated?.end?.position === end.position) {
      if (end.rows > repeated.end.rows) repeated.end = end;
      return this.counts.duplicate('boundary-repeated');
    }
    const last = this.#ended.last?.end;
    if (last != null && end.position <= (last.position ?? '')) throw wentBack(this.source, end, end.position);
    const transaction = this.#opened(end.id);
    transaction.end = end;
    this.#boundaries.newest = last?.position ?? frontier;
    this.#open.delete(end.id);
    this.#ended.push(transaction);
    this.#boundaries.pushTransaction(end.offset, transaction);
  }

  #opened(id: string): OpenTransaction {
    let transaction = this.#open.get(id) ?? this.#ended.withId(id);
    if (transaction === undefined) {
      transaction = new OpenTransaction(id);
      this.#open.set(id, transaction);
    }
    return transaction;
  }

  #dropReplayedEnd(id: string): void {
    this.counts.duplicate('boundary-replayed');
    const opened = this.#open.get(id);
    if (opened === undefined) return;
    this.#open.delete(id);
    this.#close(opened);
    for (let i = 0; i < opened.rows.length; i += 1) this.counts.duplicate('row-replayed');
  }

  /** What is handed on next, or undefined when more must be read (or `wantsBounds` be answered). Stays until `advance`. */
  peek(): Sequenced | undefined {
    this.#shown ??= this.#next();
    return this.#shown;
  }

  /** The result of the last `peek` is in hand: its offsets are free and it will not be shown again. */
  advance(): void {
    const shown = this.#shown;
    this.#shown = undefined;
    if (shown?.kind === 'baseline') this.#dropBaseline(shown.changes.length);
    else if (shown !== undefined && this.#ended.first !== undefined) this.#handOn(this.#ended.first);
  }

  #next(): Sequenced | undefined {
    for (;;) {
      const rows = this.#snapshotRows > 0 ? this.#baselineRows() : [];
      if (rows.length > 0) return { kind: 'baseline', source: this.source, generation: null, changes: rows };
      const head = this.#ended.first;
      if (head === undefined ? !this.#isQuiet() : !this.#isComplete(head)) return undefined;
      if (this.#unreadable.held > 0 && this.#releaseUnreadable(head)) continue;
      if (head === undefined) return undefined;
      if (!this.#isLinked(head)) return undefined;
      if (head.rows.length > 0) return head.sequenced(this.source);
      this.#handOn(head);
    }
  }

  /** Lowest offset still needed, by partition (S8). */
  needed(): Map<string, number> {
    return new Map([...this.#queues].map(([name, queue]) => [name, queue.needed]));
  }

  get frontier(): Frontier {
    return this.#frontier;
  }

  /** Ends of all partitions are to be asked now and given to `settle`. */
  get wantsBounds(): boolean {
    return this.#settling?.wantsBounds === true;
  }

  /** This partition need not be read now: memory is short, and the oldest incomplete transaction does not wait for it (S9). */
  isAhead(partition: string): boolean {
    if (partition === this.#boundaries.name) return this.#ended.length > ENDS_AHEAD_MAX;
    if (this.#heldRows + this.#snapshotRows < this.#settings.heldRowsMax) return false;
    const queue = this.#queue(partition);
    if (this.#messages.includes(queue) || this.#settling?.waitsFor(queue) === true) return false;
    const { position } = this.#frontier;
    return queue.newest !== null && (position === null || queue.newest > position);
  }

  /** What waits to be handed on, as far as is known: snapshot rows, and the first transactions that have all their rows. */
  countReady(): { readonly transactions: number; readonly rows: number } {
    const { transactions, rows } = this.#ended.countFull();
    return { transactions, rows: rows + this.#snapshotRows };
  }

  /** How far in commit order this partition was read: position of, or before, the newest record. */
  place(partition: string): Position | null {
    return this.#queue(partition).newest;
  }

  get status(): { openTransactions: number; heldRows: number; oldestOpenTimeMs: number | null; gaps: number } {
    let oldest: number | null = null;
    for (const transaction of [this.#ended.first, ...this.#open.values()]) {
      const time = transaction?.rows[0]?.sourceTimeMs ?? transaction?.end?.sourceTimeMs;
      if (time !== undefined && (oldest === null || time < oldest)) oldest = time;
    }
    return {
      openTransactions: this.#open.size + this.#ended.length,
      heldRows: this.#heldRows + this.#snapshotRows,
      oldestOpenTimeMs: oldest,
      gaps: this.counts.gaps,
    };
  }

  /** Everything before this offset of the partition was read. */
  readTo(partition: string): number {
    return this.#queue(partition).nextOffset;
  }

  #isComplete(head: OpenTransaction): boolean {
    if (!head.isFull(this.#consumed)) {
      return this.#unreadable.mayFill && this.#isSettled(head) && this.#fillWithUnreadable(head);
    }
    return (!this.#isFirst(head) && !head.isDoubtful) || this.#isSettled(head);
  }

  #isFirst(head: OpenTransaction): boolean {
    return this.#frontier.position === null || head.predecessor === null;
  }

  /** S5, S6: everything that was in the partitions when `head` had its END (null: when this was asked) has been read. */
  #isSettled(head: OpenTransaction | null): boolean {
    if (this.#settling?.transaction !== head) this.#settling = new Settling(head);
    if (!this.#settling.isOver(this.#queues.values())) return false;
    if (head === null || this.#unreadable.held === 0 || !this.#isFirst(head)) return true;
    return this.#settling.last !== head || this.#areLaterSettled(head);
  }

  /** S10: unreadable records before the first transaction may be rows of later ones: the ENDs that are there, and their rows, too. */
  #areLaterSettled(head: OpenTransaction): boolean {
    const { last = head } = this.#ended;
    if (this.#settling?.waitsToEnd(this.#boundaries) === true && !this.isAhead(this.#boundaries.name)) return false;
    if (last !== head) this.#settling = new Settling(head, last);
    return last === head;
  }

  /** S10: rows that END counts and that are nowhere else are unreadable ones. */
  #fillWithUnreadable(head: OpenTransaction): boolean {
    for (const [table, partitions] of this.#settings.partitionsByTable) {
      const queues = partitions.map((partition) => this.#queue(partition));
      this.#heldRows += this.#unreadable.fill(head, table, queues);
    }
    return head.isFull(this.#consumed);
  }

  /** S10: unreadable records are there, and no transaction that they may belong to. */
  #isQuiet(): boolean {
    return this.#unreadable.held > 0 && this.#open.size === 0 && this.#isSettled(null);
  }

  /** S10: those that are no rows of `head`, which is complete, leave by themselves before it. */
  #releaseUnreadable(head: OpenTransaction | undefined): boolean {
    const queues = [...this.#queues.values()];
    let released = 0;
    if (head === undefined) {
      released = this.#unreadable.releaseAll(queues);
      this.#settling = null;
    } else {
      released = this.#unreadable.releaseBefore(head, queues);
      if (this.#isFirst(head))
        released += this.#unreadable.releaseSnapshot(
          head,
          queues,
          this.#ended.afterFirst(this.#settling?.last ?? head),
        );
    }
    this.#snapshotRows += released;
    return released > 0;
  }

  /** S7: each transaction follows the one before it, or a logical message that stands between them. */
  #isLinked(head: OpenTransaction): boolean {
    const { position } = this.#frontier;
    const { predecessor } = head;
    if (position === null || predecessor == null || predecessor === position) return true;
    if (predecessor < position) throw wentBack(this.source, head.end, position);
    if (this.#messages.some((queue) => queue.hasMessage(predecessor))) return true;
    if (this.#messages.length > 0 && !this.#isSettled(head)) return false;
    this.counts.gaps += 1;
    if (this.#settings.gaps === 'report') return true;
    throw gap(this.source, head.id, predecessor, position);
  }

  #handOn(head: OpenTransaction): void {
    const end = head.committed();
    if (end.position === null) throw new DragomanError('INVARIANT_BROKEN', 'An END without position.');
    const first = head.predecessor === null ? { id: head.id, end: end.position } : this.#frontier.first;
    this.#frontier = { position: end.position, first };
    this.counts.handOn({ transactions: 1, baselineRows: 0 });
    for (const queue of this.#messages) queue.releaseMessages(end.position);
    this.#ended.shift();
    if (this.#settling?.transaction === head) this.#settling = null;
    this.#close(head);
  }

  #close(transaction: OpenTransaction): void {
    transaction.done = true;
    this.#heldRows -= transaction.rows.length;
    this.#boundaries.release();
    for (const partition of new Set(transaction.rows.map((row) => row.partition))) {
      const queue = this.#queue(partition);
      if (this.#snapshotRows > 0) this.#snapshotRows -= queue.dropSuperseded(transaction);
      queue.release();
    }
  }

  /** S4: snapshot rows with nothing of a transaction before them in their partition. */
  #baselineRows(): ChangeEvent[] {
    const rows: ChangeEvent[] = [];
    for (const queue of this.#queues.values()) {
      for (const entry of queue.entries()) {
        if (entry.kind !== 'snapshot' || rows.length >= BASELINE_ROWS_MAX) break;
        rows.push(entry.change);
        this.#shownByPartition.set(queue.name, (this.#shownByPartition.get(queue.name) ?? 0) + 1);
      }
    }
    return rows;
  }

  /** Takes the first `rows` that `#baselineRows` showed; rows read since then stand behind them. */
  #dropBaseline(rows: number): void {
    this.#snapshotRows -= rows;
    this.counts.handOn({ transactions: 0, baselineRows: rows });
    for (const queue of this.#queues.values()) {
      const taken = this.#shownByPartition.get(queue.name) ?? 0;
      for (let i = 0; i < taken; i += 1) queue.shift();
      queue.release();
    }
    this.#shownByPartition.clear();
  }

  #queue(partition: string): PartitionQueue {
    const queue = this.#queues.get(partition);
    if (queue === undefined)
      throw new DragomanError('INVARIANT_BROKEN', `${partition} is not a partition of ${this.source}.`);
    return queue;
  }
}

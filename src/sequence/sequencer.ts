/**
 * In: decoded records of all partitions of one source, each partition in order, partitions in any order relative to each other.
 * Out: complete source transactions in commit order, snapshot rows at their place, and the ends of snapshots.
 *
 * Synchronous and deterministic; no clock. Invariants in `SPEC.md` beside this file. `peek` shows what comes next, `advance` hands
 * it on; `needed` are then the offsets from which another process would have to read.
 */
import type { ChangeEvent, DecodedRecord, DuplicateCause, RecordPlace } from '../domain/source/change-event.js';
import { DragomanError } from '../errors.js';
import type { Position } from '../domain/source/position.js';
import type { Step, Transaction } from '../domain/source/transaction.js';
import { ArrivalOrder } from './orders/arrival-order.js';
import { type CommitOrder, type Held, HELD_MAX, type Resolution } from './commit-order.js';
import { Counts } from './counts.js';
import { ExactOrder } from './orders/exact-order.js';
import type { Frontier } from './frontier/frontier.js';
import { withOtherKeys } from './unreadable/key-change-halves.js';
import { Knowledge, type Known } from './snapshots/knowledge.js';
import type { OpenTransaction } from './open-transaction.js';
import type { PartitionQueue } from './partition-queue.js';
import { Partitions } from './partitions.js';
import { PositionOrder } from './orders/position-order.js';
import { withoutBlock } from './refuse.js';
import { bySelf, type StreamedChange } from './row-identity.js';
import type { SequencerSettings } from './settings.js';
import { Snapshots } from './snapshots/snapshots.js';
import { oldestTimeMs, type SequencerStatus } from './status.js';
import { TooLarge } from './held/too-large.js';

const ORDERS = { exact: ExactOrder, position: PositionOrder, arrival: ArrivalOrder } as const;

/** Of a row that belongs to no full snapshot that counts. */
const NO_SNAPSHOT = { generation: null, isLast: false } as const;

export class Sequencer {
  readonly source: string;
  readonly counts = new Counts();
  readonly #settings: SequencerSettings;
  readonly #partitions: Partitions;
  readonly #order: CommitOrder;
  readonly #snapshots: Snapshots;
  readonly #knowledge: Knowledge;
  #frontier: Frontier;
  readonly #tooLarge: TooLarge;
  #shown: Step | undefined;
  /** What comes next cannot be gone on over. */
  #refused: DragomanError | null = null;
  /** Nothing came since it was worked out what comes next: it is still that. */
  #isLookedAt = false;
  /** Null: to be worked out when it is asked for. */
  #held: readonly Held[] | null = null;

  constructor(settings: SequencerSettings) {
    const { source, mode, frontier } = settings;
    this.#settings = settings;
    this.source = source;
    this.#frontier = frontier;
    this.#partitions = new Partitions(settings);
    this.#tooLarge = new TooLarge(settings);
    this.#order = new ORDERS[mode](settings, this.#partitions, this.counts);
    this.#snapshots = new Snapshots(source, this.#partitions, this.#order, frontier);
    this.#knowledge = new Knowledge(source, settings.knowledge);
  }

  /** Where reading starts in a partition. */
  start(partition: string, offset: number): void {
    this.#partitions.get(partition).nextOffset = offset;
  }

  /** @throws DragomanError when the record cannot be gone on over; then it counts as unread. */
  push(record: DecodedRecord): void {
    const queue = this.#partitions.get(record.partition);
    if (record.offset < queue.nextOffset) return; // read before (S1)
    this.#changes();
    this.#partitions.tick();
    this.#add(record, queue);
    queue.nextOffset = record.offset + 1;
  }

  /** S14: the record at this place cannot be gone on over. Everything before it is handed on first, then `peek` throws `error`. */
  refuse({ partition, offset }: RecordPlace, error: DragomanError): void {
    const queue = this.#partitions.get(partition);
    if (offset < queue.nextOffset) return; // read before (S1)
    this.#changes();
    queue.nextOffset = offset;
    this.#partitions.refuse(queue, error);
  }

  #add(record: DecodedRecord, queue: PartitionQueue): void {
    switch (record.kind) {
      case 'change':
        if (record.transaction === null) this.#pushBySelf(record, queue);
        else this.#pushRow(record as StreamedChange, queue);
        break;
      case 'filler':
        queue.reach(record.transaction);
        this.#join(this.#order.addFiller(record, queue), record.offset, queue);
        break;
      case 'begin':
        this.#order.begin(record);
        break;
      case 'end':
        this.#order.end(record);
        break;
      case 'undecodable':
        this.#order.addUnreadable(record, queue);
        break;
      case 'message':
        queue.newest = record.position;
        queue.push({ kind: 'message', offset: record.offset, position: record.position });
        break;
      case 'skipped':
        break;
    }
  }

  /** A row of a snapshot, or of before the metadata was switched on. */
  #pushBySelf(row: ChangeEvent, queue: PartitionQueue): void {
    const isLearnt = !this.#knowledge.hasBegun || this.#knowledge.isUnknown(row.table);
    if (row.op !== 'r' && row.refusal === null && !isLearnt) throw withoutBlock(this.source, row);
    this.#snapshots.push(this.#knowledge.isOfTorn(row) ? { ...row, snapshot: NO_SNAPSHOT } : row, queue);
  }

  #pushRow(row: StreamedChange, queue: PartitionQueue): void {
    queue.reach(row.transaction);
    const joined = this.#order.add(row, queue);
    if (joined === 'row-replayed' && this.#knowledge.isUnknown(row.table)) return this.#learn(row, queue);
    const transaction = this.#join(joined, row.offset, queue);
    if (transaction === null) return;
    this.#partitions.heldRows += 1;
    this.#tooLarge.limit(transaction, queue);
  }

  /**
   * Its transaction was handed on when nobody read its table: it leaves by itself, at its place in its partition, so that what is known of
   * the table is right when the rest of it comes.
   */
  #learn(row: StreamedChange, queue: PartitionQueue): void {
    this.#snapshots.push(bySelf(row), queue);
  }

  #join(joined: OpenTransaction | DuplicateCause, offset: number, queue: PartitionQueue): OpenTransaction | null {
    if (typeof joined === 'string') {
      this.counts.duplicate(joined);
      return null;
    }
    queue.pushTransaction(offset, joined);
    return joined;
  }

  /** All records of the partition before `offset` were pushed, control records included. */
  readUpTo(partition: string, offset: number): void {
    const queue = this.#partitions.get(partition);
    if (offset <= queue.nextOffset) return;
    this.#changes();
    queue.nextOffset = offset;
  }

  /** What comes next, and what is held, is worked out anew when it is asked for. */
  #changes(): void {
    this.#isLookedAt = false;
    this.#held = null;
  }

  /** Ends of all partitions are to be asked now and given to `settle`, before anything more is pushed. */
  get wantsBounds(): boolean {
    return this.#partitions.wantsEnds;
  }

  /** Answers `wantsBounds`. */
  settle(bounds: ReadonlyMap<string, number>): void {
    this.#changes();
    this.#partitions.settle(bounds);
  }

  /** Works out what comes next: something to hand on, a refusal, or nothing until more is read (or `wantsBounds` answered). */
  look(): 'step' | 'refusal' | null {
    if (this.#shown === undefined && this.#refused === null && !this.#isLookedAt) {
      this.#changes();
      try {
        this.#shown = this.#withUnknown(this.#next());
        if (this.#shown === undefined) this.#refused = this.#dueRefusal();
      } catch (error) {
        if (!(error instanceof DragomanError)) throw error;
        this.#refused = error;
      }
      this.#isLookedAt = true;
    }
    return this.#shown !== undefined ? 'step' : this.#refused !== null ? 'refusal' : null;
  }

  /** Reading stops at a record, and nothing that waits for a person stands before it. */
  #dueRefusal(): DragomanError | null {
    const due = this.#partitions.dueRefusal(({ name }) => this.isAhead(name));
    return due === null || this.allHeld.some(({ isWaitedFor }) => isWaitedFor) ? null : due;
  }

  /**
   * What is handed on next, or undefined when more must be read (or `wantsBounds` be answered). Stays until `advance`.
   * @throws DragomanError at every call, when everything before what cannot be gone on over was handed on (S14).
   */
  peek(): Step | undefined {
    this.look();
    if (this.#refused !== null) throw this.#refused;
    return this.#shown;
  }

  #withUnknown(step: Step | undefined): Step | undefined {
    const { unknown } = this.#knowledge;
    return step === undefined || unknown.length === 0 ? step : { ...step, unknown };
  }

  /** The result of the last `peek` is in hand: its offsets are free and it will not be shown again. */
  advance(): void {
    const shown = this.#shown;
    this.#changes();
    this.#shown = undefined;
    if (shown?.kind === 'baseline') {
      this.counts.handOn({ baselineRows: shown.changes.length });
      this.#snapshots.take(shown);
      const last = shown.changes.at(-1);
      if (shown.generation === null && last !== undefined) this.#knowledge.take(last.sourceTimeMs);
    } else if (shown?.kind === 'snapshot-end') {
      this.#snapshots.over();
      this.#endSnapshot();
    } else if (shown !== undefined) this.#take();
  }

  #endSnapshot(): void {
    const { progress } = this.#snapshots;
    if (progress !== null) this.#knowledge.end(progress, this.#frontier.position);
  }

  /**
   * An operator vouches for tables: everything that was there was handed on, and a snapshot of them ended.
   * @returns false, and nothing changes, as long as the end of the snapshot with which the source begins has to be handed on: what that
   * changed is learnt, not missed.
   */
  vouch(tables: readonly string[]): boolean {
    this.#changes();
    if (this.#knowledge.wouldBegin(tables) && !this.#snapshots.conclude()) return false;
    this.#knowledge.vouch(tables, this.#frontier.position);
    this.#shown = undefined; // what is shown says what was known
    return true;
  }

  get known(): Known {
    return this.#knowledge.progress;
  }

  /** Declared tables of which not everything is known. */
  get unknownTables(): readonly string[] {
    return this.#knowledge.missing;
  }

  #next(): Step | undefined {
    this.#partitions.forget();
    for (;;) {
      const rows = this.#snapshots.rows();
      if (rows !== undefined) return rows;
      const begun = this.#snapshots.begin(this.#order.next, this.#knowledge.hasLearnt);
      if (begun === 'begun') continue;
      if (begun === 'waits') return undefined;
      const ready = this.#order.ready(this.#snapshots.isUnfollowed || this.#knowledge.learnsUntilMs !== null);
      if (ready === 'again' || this.#learnsTorn(ready)) continue;
      if (ready !== undefined && this.#tooLarge.has(ready)) return undefined;
      const end = this.#snapshots.end(ready);
      if (typeof end === 'object') return end;
      if (end === 'over') this.#endSnapshot();
      if (end === 'again') continue;
      if (end === 'waits' || ready === undefined || !this.#isAllowed(ready)) return undefined;
      const over = this.#order.passOver(ready);
      if (over === 'again') continue;
      if (over === 'waits') return undefined;
      if (ready.rows.length > 0) return this.#sequenced(ready);
      this.#take();
      this.#settings.onPassed?.(ready.commitTimeMs);
    }
  }

  /** K4. What is left of a transaction of which records had expired before the first start is learnt. */
  #learnsTorn(ready: OpenTransaction | undefined): boolean {
    const { learnsUntilMs } = this.#knowledge;
    return learnsUntilMs !== null && this.#order.learnTorn(learnsUntilMs, ready);
  }

  /** K2. Rows of a snapshot that were not read so far may stand before it. @throws DragomanError BEGINNING_UNKNOWN */
  #isAllowed(ready: OpenTransaction): boolean {
    if (ready.rows.length === 0) return true; // of other tables: nothing to decide, nothing to learn
    const { progress } = this.#snapshots;
    const isFirst = this.#frontier.position === null && progress === null;
    const follows = this.#settings.mode === 'exact' && ready.predecessor != null;
    if (this.#knowledge.allows({ isFirst, follows })) return true;
    if (!this.#order.wantSettled(ready)) return false;
    throw this.#knowledge.refusal(ready, progress);
  }

  #sequenced(transaction: OpenTransaction): Transaction {
    const { id, commitTimeMs, refusal, annotations } = transaction;
    const position = transaction.position ?? ('' as Position);
    const generation = this.#snapshots.progress?.generation ?? null;
    const inOrder = transaction.inOrder();
    const changes = transaction.hasUnreadHalves ? withOtherKeys(inOrder) : inOrder;
    const sequenced = { source: this.source, id, position, generation, commitTimeMs, refusal, changes };
    const learnt = this.#knowledge.hasBegun ? {} : { isLearnt: true as const };
    return { kind: 'transaction', ...sequenced, ...learnt, ...(annotations === undefined ? {} : { annotations }) };
  }

  #take(): void {
    const { next } = this.#order;
    if (next === undefined) return;
    this.#knowledge.take(next.commitTimeMs);
    this.#frontier = this.#order.take(next);
    this.#snapshots.follow(this.#frontier.position);
    this.counts.handOn({ transactions: 1, empty: Number(next.end?.rows === 0), headless: Number(next.lacksFirstRow) });
  }

  /** Lowest offset still needed, by partition (S8). */
  needed(): Map<string, number> {
    const needed = new Map<string, number>();
    for (const { name, needed: offset } of this.#partitions.all()) needed.set(name, offset);
    return needed;
  }

  get frontier(): Frontier {
    const { position, first, serials, recent } = this.#frontier;
    const { left, unended } = this.#order;
    const torn = unended === null ? {} : { unended };
    const frontier = { position, first, serials, recent, snapshot: this.#snapshots.kept, ...torn };
    return left.length > 0 ? { ...frontier, left } : frontier;
  }

  /**
   * This partition need not be read now. What is bounded (S9):
   *
   * - what stands behind what cannot be gone on over, or behind a transaction that is too large: nothing of it is read;
   * - ENDs, by their number: thousands may wait;
   * - rows, by `heldRowsMax`: over it those are read on that the next transaction may have, and nothing else.
   *
   * A partition for which a question waits is read on whatever the bound, so that everything moves on: what that costs is one step of it.
   */
  isAhead(partition: string): boolean {
    const queue = this.#partitions.get(partition);
    if (this.#refused !== null || queue.refusal !== null || this.#tooLarge.has(queue.tooLarge)) return true;
    const isFull = queue === this.#partitions.boundaries ? this.#order.isFarAhead : this.#partitions.isFull;
    return isFull && !this.#partitions.isAwaited(queue) && !this.#mayBringNext(queue);
  }

  /** The next transaction may have more rows in this partition, or a message in it tells what the next one follows. */
  #mayBringNext(queue: PartitionQueue): boolean {
    if (queue === this.#partitions.boundaries) return false;
    if (this.#partitions.messages.includes(queue)) return true;
    if (queue.endsWithSnapshotRow) return this.#order.waitsForAnyRow;
    const { newestTransaction: newest } = queue;
    return newest === null || newest.done || newest === this.#order.next;
  }

  /** Transactions that reading cannot complete: they wait for an operator, or for the policy. At most `HELD_MAX`. */
  get allHeld(): readonly Held[] {
    return (this.#held ??= [...this.#tooLarge.held, ...this.#order.held].slice(0, HELD_MAX));
  }

  /** The first of them. */
  get held(): Held | null {
    return this.allHeld[0] ?? null;
  }

  /** Decides over a transaction that is held. @returns false when it is not, or this is no way out for it. */
  resolve(id: string, how: Resolution): boolean {
    this.#changes();
    return this.#tooLarge.resolve(id, how) || this.#order.resolve(id, how);
  }

  /** What waits to be handed on, as far as is known: snapshot rows, and the first transactions that have all their rows. */
  countReady(): { readonly transactions: number; readonly rows: number } {
    const { transactions, rows } = this.#order.countReady();
    return { transactions, rows: rows + this.#partitions.snapshotRows };
  }

  /** How far in commit order this partition was read: place of, or before, the newest record. */
  place(partition: string): Position | null {
    return this.#partitions.get(partition).place;
  }

  get status(): SequencerStatus {
    return {
      openTransactions: this.#order.openCount,
      heldRows: this.#partitions.heldRows + this.#partitions.snapshotRows,
      oldestOpenTimeMs: oldestTimeMs(this.#order.open()),
      gaps: this.counts.gaps,
      allHeld: this.allHeld,
      held: this.held,
    };
  }

  /** Everything before this offset of the partition was read. */
  readTo(partition: string): number {
    return this.#partitions.get(partition).nextOffset;
  }
}

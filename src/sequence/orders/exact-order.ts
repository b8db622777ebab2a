/**
 * Commit order from the transaction topic: a transaction is whole when its END is there and as many distinct rows as END counts
 * (SPEC S2, S3, S5 to S7, S10).
 */
import type {
  ChangeEvent,
  DuplicateCause,
  Serial,
  TransactionBegin,
  TransactionEnd,
  TransactionFiller,
  Undecodable,
} from '../../domain/source/change-event.js';
import type { Position } from '../../domain/source/position.js';
import { DragomanError } from '../../errors.js';
import type { CommitOrder, Held, Resolution } from '../commit-order.js';
import type { Counts } from '../counts.js';
import type { Frontier, LeftRecord } from '../frontier/frontier.js';
import { continues, isHandedOn, isReplay, passed, seenEnd } from '../frontier/frontier.js';
import { justAfter, placeAfter, placeOf } from '../frontier/log-place.js';
import { Chain } from '../held/chain.js';
import { incomplete, quarantined } from '../held/held.js';
import { Unended } from '../held/unended.js';
import { oldestOf, OpenTransaction, standsBefore } from '../open-transaction.js';
import type { PartitionQueue } from '../partition-queue.js';
import type { Partitions } from '../partitions.js';
import { annotationUncounted, twoLogs, wentBack } from '../refuse.js';
import { bySelf, type StreamedChange, withoutContent } from '../row-identity.js';
import type { SequencerSettings } from '../settings.js';
import { Unreadable } from '../unreadable/unreadable.js';
import { Claims } from './claims.js';
import { EndedQueue } from './ended-queue.js';
import { Settled } from './settled.js';

export class ExactOrder implements CommitOrder {
  readonly waitsForAnyRow = false;
  readonly #settings: SequencerSettings;
  readonly #partitions: Partitions;
  readonly #boundaries: PartitionQueue;
  readonly #counts: Counts;
  readonly #consumed: ReadonlySet<string>;
  readonly #open = new Map<string, OpenTransaction>();
  readonly #ended: EndedQueue;
  readonly #unreadable: Unreadable;
  readonly #chain: Chain;
  readonly #unended: Unended;
  readonly #settled: Settled;
  readonly #claims: Claims;
  /** ENDs so far. */
  #ends = 0;
  /** Offset of the last END that was handed on. */
  #passedAt = -1;
  #frontier: Frontier;
  /** The last transaction had rows: if it was the first after a snapshot, that was seen. */
  #isLinkedTo = false;
  /** Everything was read, and the next transaction lacks rows. */
  #lacking: OpenTransaction | null = null;

  constructor(settings: SequencerSettings, partitions: Partitions, counts: Counts) {
    if (partitions.boundaries === null)
      throw new DragomanError('INVARIANT_BROKEN', 'Exact mode has a transaction topic.');
    this.#settings = settings;
    this.#partitions = partitions;
    this.#boundaries = partitions.boundaries;
    this.#counts = counts;
    this.#frontier = settings.frontier;
    this.#consumed = new Set(settings.partitionsByTable.keys());
    this.#ended = new EndedQueue(this.#consumed);
    this.#unreadable = new Unreadable(settings.source, partitions, this.#boundaries, settings.frontier.left ?? []);
    this.#chain = new Chain(settings, counts);
    this.#unended = new Unended(settings.source, partitions, settings.frontier.unended ?? null);
    this.#settled = new Settled(partitions, this.#ended, this.#unreadable, this.#consumed);
    this.#claims = new Claims(
      partitions,
      this.#boundaries,
      this.#ended,
      this.#unreadable,
      this.#settled,
      this.#consumed,
    );
  }

  add(row: StreamedChange): OpenTransaction | DuplicateCause {
    if (isReplay(row.transaction, this.#frontier)) return 'row-replayed';
    const transaction = this.#opened(row.transaction.id);
    return transaction.add(row) ? transaction : 'row-repeated';
  }

  addFiller(filler: TransactionFiller): OpenTransaction | DuplicateCause {
    const { annotations, transaction: row } = filler;
    if (isReplay(row, this.#frontier)) return 'row-replayed';
    if (annotations !== undefined && row.order === null) throw annotationUncounted(this.#settings.source, filler);
    const transaction = this.#opened(row.id);
    return transaction.addFiller(filler) ? transaction : 'row-repeated';
  }

  addUnreadable(record: Undecodable, queue: PartitionQueue): void {
    this.#unreadable.push(record, queue);
  }

  begin({ id, offset, serial, firstRow }: TransactionBegin): void {
    if (serial !== undefined && isHandedOn(serial, this.#frontier) === 'in')
      return this.#counts.duplicate('boundary-replayed');
    const transaction = this.#opened(id);
    if (!transaction.begin(offset, firstRow)) return this.#counts.duplicate('boundary-repeated');
    this.#boundaries.pushTransaction(offset, transaction);
  }

  end(end: TransactionEnd): void {
    const { id, position, serial } = end;
    const seen = seenEnd(end, this.#frontier);
    if (seen === 'in') return this.#dropReplayedEnd(id);
    const repeated = this.#ended.withId(id)?.end;
    if (repeated != null && repeated.position === position) return this.#repeatEnd(end, repeated);
    const last = this.#ended.last?.end?.position ?? null;
    if (position !== null && last !== null && position <= last) throw this.#wentBack(id, position);
    const transaction = this.#opened(id);
    this.#ends += 1;
    transaction.end = end;
    transaction.endedAt = this.#partitions.now;
    transaction.ordinal = this.#ends;
    transaction.serial = serial;
    transaction.isPerhapsReplayed = seen === 'before';
    this.#boundaries.newest = last ?? this.#frontier.position;
    this.#open.delete(id);
    this.#ended.push(transaction);
    this.#boundaries.pushTransaction(end.offset, transaction);
  }

  /** Connectors that count again in the middle repeat an END with a smaller count; the bigger one stays (S6). */
  #repeatEnd(end: TransactionEnd, repeated: TransactionEnd): void {
    const transaction = this.#ended.withId(end.id);
    if (transaction !== undefined && end.rows > repeated.rows) transaction.end = end;
    this.#counts.duplicate('boundary-repeated');
  }

  #wentBack(id: string, position: OpenTransaction['position']): DragomanError {
    return wentBack(this.#settings.source, id, position, this.#frontier);
  }

  #opened(id: string): OpenTransaction {
    const known = this.#open.get(id) ?? this.#ended.withId(id);
    if (known !== undefined) return known;
    const transaction = new OpenTransaction(id);
    this.#open.set(id, transaction);
    return transaction;
  }

  #dropReplayedEnd(id: string): void {
    this.#counts.duplicate('boundary-replayed');
    const opened = this.#open.get(id);
    if (opened !== undefined) this.drop(opened, 'row-replayed');
  }

  drop(transaction: OpenTransaction, cause: DuplicateCause): boolean {
    this.#open.delete(transaction.id);
    for (let i = 0; i < transaction.rows.length; i += 1) this.#counts.duplicate(cause);
    this.#partitions.close(transaction);
    return true;
  }

  get next(): OpenTransaction | undefined {
    return this.#ended.first ?? oldestOf(this.#open.values());
  }

  ready(isAfterSnapshot: boolean): OpenTransaction | 'again' | undefined {
    const head = this.#ended.first;
    this.#lacking = null;
    this.#unended.look();
    this.#chain.look();
    if (head === undefined ? !this.#claims.areNobodys(this.#open.size) : !this.#isWhole(head)) return undefined;
    if (this.#claims.release(head, head !== undefined && this.#isFirst(head))) return 'again';
    if (head === undefined) return undefined;
    const over = this.#isBroken(head) ? this.passOver(head) : 'none';
    if (over !== 'none') return over === 'again' ? over : undefined;
    if (!this.#isLinked(head, isAfterSnapshot)) return undefined;
    if (!head.isPerhapsReplayed || head.rows.length > 0) return this.#placed(head);
    this.#counts.duplicate('boundary-replayed');
    this.#ended.shift();
    this.#partitions.close(head);
    return 'again';
  }

  /** Positions grow from one transaction to the next, also where several share a place in the log, or another log begins. */
  #placed(head: OpenTransaction): OpenTransaction {
    const { position } = this.#frontier;
    if (position === null || head.position === null) return head;
    if (head.serial !== null) head.assigned = this.#followed(head, head.serial, head.position, position);
    else if (head.position <= position) head.assigned = justAfter(position);
    return head;
  }

  positionOf({ serial, assigned, position }: OpenTransaction): Position | null {
    return serial === null || assigned !== null || position === null
      ? position
      : placeAfter(this.#frontier.position, position);
  }

  /** S7: a GTID that was not handed on, at a place that was passed, comes from the log of another server. */
  #followed(head: OpenTransaction, serial: Serial, place: Position, frontier: Position): Position {
    if (head.assigned === null && place <= placeOf(frontier) && !continues(serial, this.#frontier))
      throw this.#wentBack(head.id, place);
    return head.assigned ?? placeAfter(frontier, place);
  }

  /** It has all rows that END counts, and nothing that is not read yet can change what they are. */
  #isWhole(head: OpenTransaction): boolean {
    const isFirst = this.#isFirst(head);
    if (head.isFull(this.#consumed) && !head.isDoubtful && !isFirst) return true;
    if (!this.#claims.wantSettled(head, isFirst)) return false;
    this.#leaveOneLog(head);
    if (head.isFull(this.#consumed) || (head.isPerhapsReplayed && head.rows.length === 0)) return true;
    if (this.#claims.fill(head)) return true;
    this.#lacking = head;
    return false;
  }

  /** Both servers of a fail-over sent it: what one sent is all of it, or it has no order. @throws DragomanError SOURCE_WENT_BACK */
  #leaveOneLog(head: OpenTransaction): void {
    const { files } = head;
    if (files.length < 2) return;
    const dropped = head.leaveOneFile();
    if (dropped === null) throw twoLogs(this.#settings.source, head.id, files);
    this.#partitions.heldRows -= dropped;
    for (let i = 0; i < dropped; i += 1) this.#counts.duplicate('row-repeated');
  }

  /**
   * Its rows do not link it to rows of the one before, so a snapshot may stand between them: always so with connectors other than
   * PostgreSQL's, and behind a logical message or a transaction of which no row is consumed.
   */
  #isFirst({ predecessor, rows }: OpenTransaction): boolean {
    const { position } = this.#frontier;
    if (position === null || predecessor === null) return true;
    return rows.length > 0 && (!this.#isLinkedTo || predecessor !== position);
  }

  wantSettled(transaction: OpenTransaction): boolean {
    return this.#settled.wantSettled(transaction);
  }

  isBehindSnapshot(transaction: OpenTransaction): boolean {
    return this.#settled.isBehindSnapshot(transaction);
  }

  /** It follows another one than the last: one that lost its END explains that, and is what a person can decide over. */
  #isBroken({ predecessor }: OpenTransaction): boolean {
    const { position } = this.#frontier;
    return position !== null && predecessor != null && predecessor > position;
  }

  /** S7: each transaction follows the one before it, a snapshot, or a logical message that stands between them. */
  #isLinked(head: OpenTransaction, isAfterSnapshot: boolean): boolean {
    const { position } = this.#frontier;
    const { predecessor } = head;
    if (position === null || !head.isLinked || predecessor === position) return true;
    if (predecessor == null) return this.#isFirstOfChain(head, position, isAfterSnapshot);
    if (predecessor < position) throw this.#wentBack(head.id, head.position);
    const { messages } = this.#partitions;
    if (this.#unended.explains(predecessor)) return true;
    if (messages.some((queue) => queue.hasMessage(predecessor))) return true;
    if (messages.length > 0 && !this.wantSettled(head)) return false;
    return this.#chain.isLetThrough(head, position);
  }

  /** S7: it names nothing before it, so it follows a snapshot. The rows of that may wait behind one without END, which is told as held. */
  #isFirstOfChain(head: OpenTransaction, frontier: Position, isAfterSnapshot: boolean): boolean {
    if (isAfterSnapshot) return true;
    const blocking = this.#partitions.beforeSnapshotRows(({ snapshot }) => snapshot?.generation != null);
    const isSnapshotWaiting = [...blocking].some(({ end }) => end === null);
    return !isSnapshotWaiting && this.#chain.isLetThrough(head, frontier);
  }

  /**
   * S13: a connector writes one transaction after the other, so the END of one that began before `head` was lost, or it was never committed
   * (DDL, XA, a connector that was replaced). What of it was consumed is known when everything before END of `head` was read.
   */
  passOver(head: OpenTransaction): 'again' | 'waits' | 'none' {
    const { first } = this.#boundaries;
    if (first?.kind !== 'transaction' || first.transaction.end !== null) return 'none';
    if (!this.#settled.wantUnended(head)) return 'waits';
    const { transaction } = first;
    if (transaction.rows.length > 0) return this.#unended.hold(transaction);
    this.#counts.duplicate('boundary-unended');
    this.drop(transaction, 'transaction-superseded');
    return 'again';
  }

  take(head: OpenTransaction): Frontier {
    this.#frontier = passed(this.#frontier, head);
    this.#passedAt = head.end?.offset ?? this.#passedAt;
    this.#isLinkedTo = head.rows.length > 0;
    this.#unended.passed();
    this.#ended.shift();
    if (head.hasFillers) this.#dropUnannounced(head);
    this.#partitions.close(head);
    this.#partitions.releaseMessages(this.#frontier.position);
    this.#claims.passed(head);
    return this.#frontier;
  }

  /**
   * What stands before `head` among logical messages was committed before it. Of a transaction of which nothing else is there they were read again: it
   * was the first after a snapshot that others followed since, so nobody knows its id any more.
   */
  #dropUnannounced(head: OpenTransaction): void {
    for (const transaction of this.#partitions.saidBefore(head))
      if (transaction.isUnannounced) this.drop(transaction, 'row-replayed');
  }

  get held(): readonly Held[] {
    const lacking = this.#lacking && incomplete(this.#settings.source, this.#lacking, this.#consumed);
    const next = lacking ?? this.#chain.held;
    const unended = this.#unended.held(this.#open.values(), this.#frontier.position, this.#passedAt);
    return next === null ? unended : [next, ...unended];
  }

  isBefore(transaction: OpenTransaction, other: OpenTransaction): boolean {
    return standsBefore(transaction, other.position ?? ('' as Position), other.end?.offset ?? 0);
  }

  learnTorn(untilMs: number, ready: OpenTransaction | undefined): boolean {
    const lacking = this.#lacking;
    if (lacking !== null) return (lacking.isReleased = lacking.commitTimeMs <= untilMs);
    const held = ready === undefined ? this.held : [];
    const torn = [...this.#open.values()].find(
      (open) =>
        open.begunAt === null &&
        (open.rows[0]?.sourceTimeMs ?? Infinity) <= untilMs &&
        (ready === undefined ? held.some((each) => each.transaction === open.id) : this.isBefore(open, ready)),
    );
    return torn !== undefined && this.#leaveBySelf(torn, bySelf);
  }

  #leaveBySelf(transaction: OpenTransaction, as: (row: ChangeEvent) => ChangeEvent): boolean {
    this.#open.delete(transaction.id);
    this.#unended.leave(transaction);
    this.#partitions.leaveBySelf(transaction, as);
    return true;
  }

  resolve(id: string, how: Resolution): boolean {
    if (!this.held.some(({ transaction }) => transaction === id)) return false;
    if (this.#lacking?.id === id) {
      if (how === 'quarantine') this.#lacking.quarantine(quarantined('TRANSACTION_INCOMPLETE', id), true);
      this.#lacking.isReleased = true;
      return true;
    }
    if (this.#chain.held?.transaction === id) return this.#chain.resolve(how);
    const opened = this.#open.get(id);
    if (opened === undefined || how !== 'quarantine') return false;
    const refusal = quarantined('TRANSACTION_WITHOUT_END', id);
    return this.#leaveBySelf(opened, (row) => ({ ...withoutContent(row), refusal }));
  }

  open(): Iterable<OpenTransaction> {
    return this.#ended.first === undefined ? this.#open.values() : [this.#ended.first, ...this.#open.values()];
  }

  get openCount(): number {
    return this.#open.size + this.#ended.length;
  }

  countReady(): { readonly transactions: number; readonly rows: number } {
    return this.#ended.countFull();
  }

  get unended(): Position | null {
    return this.#unended.left;
  }

  get left(): readonly LeftRecord[] {
    return this.#unreadable.left;
  }

  get isFarAhead(): boolean {
    return this.#ended.isFarAhead;
  }
}

/**
 * Commit order from the rows alone, for sources without transaction metadata (SPEC P1 to P4). A transaction is whole when a row of
 * a later one was read and every partition was read to the end that it had after that.
 */
import type { DuplicateCause, RowTransaction, TransactionFiller } from '../../domain/source/change-event.js';
import type { Position } from '../../domain/source/position.js';
import type { CommitOrder, Held, Resolution } from '../commit-order.js';
import type { Counts } from '../counts.js';
import { type Frontier, isReplay, passed } from '../frontier/frontier.js';
import { Chain } from '../held/chain.js';
import { OpenTransaction } from '../open-transaction.js';
import type { PartitionQueue } from '../partition-queue.js';
import type { Partitions } from '../partitions.js';
import { wentBack } from '../refuse.js';
import type { StreamedChange } from '../row-identity.js';
import type { SequencerSettings } from '../settings.js';
import { WithoutBoundaries } from './without-boundaries.js';

/** A transaction with its place in commit order. */
interface Placed {
  readonly place: Position;
  readonly name: string;
  readonly transaction: OpenTransaction;
}

export class PositionOrder extends WithoutBoundaries implements CommitOrder {
  /** In commit order. */
  readonly #placed: Placed[] = [];
  readonly #byName = new Map<string, OpenTransaction>();
  readonly #source: string;
  readonly #chain: Chain;
  #frontier: Frontier;

  constructor(settings: SequencerSettings, partitions: Partitions, counts: Counts) {
    super(settings, partitions);
    const { frontier } = settings;
    this.#frontier = frontier;
    this.#source = settings.source;
    this.#chain = new Chain(settings, counts);
  }

  add(row: StreamedChange, queue: PartitionQueue): OpenTransaction | DuplicateCause {
    if (isReplay(row.transaction, this.#frontier, 'by its rows')) return 'row-replayed';
    this.#checkLog(row, queue);
    const transaction = this.#opened(row, queue);
    return transaction.add(row) ? transaction : 'row-repeated';
  }

  /**
   * P6: a GTID that was not handed on, at a place that was passed or that a later row of its partition left behind, comes from the log of
   * another server. Nothing but places orders transactions here. @throws DragomanError SOURCE_WENT_BACK
   */
  #checkLog({ transaction: row }: StreamedChange, { newest }: PartitionQueue): void {
    const { position, serials } = this.#frontier;
    const { commit, serial } = row;
    if (serial === undefined || commit === null || this.#byName.has(nameOf(row))) return;
    const isPassed = position !== null && commit <= position;
    if (isPassed && Object.keys(serials).length === 0) return; // progress of before GTIDs were kept in this mode
    if (isPassed || (newest !== null && commit < newest))
      throw wentBack(this.#source, row.id, commit, { ...this.#frontier, position: position ?? newest });
  }

  /** A logical message joins its transaction as a row does; nothing counts the records of others. */
  addFiller(filler: TransactionFiller, queue: PartitionQueue): OpenTransaction | DuplicateCause {
    if (filler.annotations === undefined) return 'row-repeated';
    if (isReplay(filler.transaction, this.#frontier, 'by its rows')) return 'row-replayed';
    const transaction = this.#opened(filler, queue);
    return transaction.addFiller(filler) ? transaction : 'row-repeated';
  }

  #opened({ transaction: row }: Pick<TransactionFiller, 'transaction'>, queue: PartitionQueue): OpenTransaction {
    const name = nameOf(row);
    const place = row.commit ?? row.predecessor ?? afterSnapshot(row.position, [queue]);
    let transaction = this.#byName.get(name);
    if (transaction === undefined) {
      transaction = new OpenTransaction(row.id);
      this.#byName.set(name, transaction);
      this.#insert({ place, name, transaction });
    }
    return transaction;
  }

  /** P2: of the last one a row was read, so everything before it has ended. */
  #insert(placed: Placed): void {
    const index = this.#placed.findLastIndex(({ place }) => place < placed.place) + 1;
    const isLast = index === this.#placed.length;
    const ended = isLast ? this.#placed.at(-1)?.transaction : placed.transaction;
    if (ended !== undefined) ended.endedAt = this.partitions.now;
    this.#placed.splice(index, 0, placed);
  }

  get next(): OpenTransaction | undefined {
    return this.#placed[0]?.transaction;
  }

  /** Another one was the first after the snapshot before: it was handed on, or rows of the next snapshot stand behind its own. */
  #followsAnother(next: OpenTransaction): boolean {
    if (this.#frontier.position !== null) return true;
    return this.#placed.some(
      ({ transaction }) => transaction !== next && isFirst(transaction) && this.#isBefore(transaction),
    );
  }

  #isBefore(transaction: OpenTransaction): boolean {
    return this.partitions.beforeSnapshotRows().has(transaction);
  }

  /** Rows of the snapshot that it follows were read after its own: only now is its place known. */
  #isMovedBehindSnapshot(next: OpenTransaction): boolean {
    const [placed] = this.#placed;
    if (placed === undefined || !isFirst(next) || this.#isBefore(next) || !this.#followsAnother(next)) return false;
    const place = afterSnapshot(placed.place, this.partitions.all());
    if (place === placed.place) return false;
    this.#placed.shift();
    next.endedAt = 0;
    this.#insert({ ...placed, place });
    return true;
  }

  ready(isAfterSnapshot: boolean): OpenTransaction | 'again' | undefined {
    const { next } = this;
    this.#chain.look();
    if (next === undefined || next.endedAt === 0 || !this.wantSettled(next)) return undefined;
    if (this.#isMovedBehindSnapshot(next)) return 'again';
    if (!isAfterSnapshot && !this.#isLinked(next)) return undefined;
    next.assigned = next.position ?? next.predecessor ?? next.place;
    return next;
  }

  /** P5: without a snapshot before it, one that names no predecessor follows something that was not read. */
  #isLinked(next: OpenTransaction): boolean {
    const { position } = this.#frontier;
    return position === null || !isFirst(next) || this.#chain.isLetThrough(next, position);
  }

  get waitsForAnyRow(): boolean {
    return this.next?.endedAt === 0;
  }

  get held(): readonly Held[] {
    const { held } = this.#chain;
    return held === null ? [] : [held];
  }

  resolve(id: string, how: Resolution): boolean {
    return this.#chain.held?.transaction === id && this.#chain.resolve(how);
  }

  wantSettled(transaction: OpenTransaction): boolean {
    const place = this.#placed.find((placed) => placed.transaction === transaction)?.place ?? null;
    return this.partitions.wantSettled(
      transaction.endedAt,
      ({ newest }) => newest !== null && place !== null && newest > (transaction.position ?? place),
    );
  }

  take(transaction: OpenTransaction): Frontier {
    this.#frontier = passed(this.#frontier, transaction);
    const [taken] = this.#placed.splice(0, 1);
    if (taken !== undefined) this.#byName.delete(taken.name);
    this.partitions.close(transaction);
    this.partitions.releaseMessages(this.#frontier.position);
    return this.#frontier;
  }

  *open(): Generator<OpenTransaction> {
    for (const { transaction } of this.#placed) yield transaction;
  }

  get openCount(): number {
    return this.#placed.length;
  }

  countReady(): { readonly transactions: number; readonly rows: number } {
    const ended = this.#placed.slice(0, -1);
    return {
      transactions: ended.length,
      rows: ended.reduce((sum, { transaction }) => sum + transaction.rows.length, 0),
    };
  }
}

const nameOf = ({ predecessor, id }: RowTransaction): string => `${predecessor ?? ''} ${id}`;

/** After a snapshot. */
const isFirst = ({ predecessor, isLinked }: OpenTransaction): boolean => isLinked && predecessor === null;

/** P1: the first transaction after a snapshot may have rows that were written before it. */
function afterSnapshot(own: Position, queues: Iterable<PartitionQueue>): Position {
  let newest = own;
  for (const { newestGeneration } of queues)
    if (newestGeneration !== null && newestGeneration > newest) newest = newestGeneration;
  return newest;
}

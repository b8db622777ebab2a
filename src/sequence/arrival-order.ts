/**
 * Each row is a transaction of its own, in the order in which partitions were read: for sources whose rows tell neither their
 * transaction nor their place (SPEC A1 to A3).
 */
import type { DuplicateCause, Undecodable } from '../domain/change-event.js';
import { type Position, positionOf } from '../domain/position.js';
import type { CommitOrder, Held } from './commit-order.js';
import type { Frontier } from './frontier.js';
import { MovingList } from './moving-list.js';
import { OpenTransaction } from './open-transaction.js';
import type { PartitionQueue } from './partition-queue.js';
import type { Partitions } from './partitions.js';
import { unreadableChange } from './refuse.js';
import type { StreamedChange } from './row-identity.js';
import type { SequencerSettings } from './settings.js';

export class ArrivalOrder implements CommitOrder {
  readonly #source: string;
  readonly #partitions: Partitions;
  readonly #transactions = new MovingList<OpenTransaction>();
  /** By partition, the newest place in commit order that was read: what is before it is sent again (A3). */
  readonly #newest = new Map<string, string>();
  /** Rows numbered as they arrived. */
  #arrived: number;
  #frontier: Frontier;

  constructor({ source, frontier }: SequencerSettings, partitions: Partitions) {
    this.#source = source;
    this.#partitions = partitions;
    this.#frontier = frontier;
    this.#arrived = Number(frontier.position ?? 0);
  }

  add(row: StreamedChange): OpenTransaction | DuplicateCause {
    const { predecessor, commit, id } = row.transaction;
    const place = commit ?? predecessor;
    if (place !== null) {
      if (place < (this.#newest.get(row.partition) ?? '')) return 'row-replayed';
      this.#newest.set(row.partition, place);
    }
    const transaction = new OpenTransaction(id);
    transaction.add(row);
    transaction.assigned = this.#number();
    transaction.isNumbered = true;
    transaction.endedAt = this.#partitions.now;
    this.#transactions.push(transaction);
    return transaction;
  }

  #number(): Position {
    this.#arrived += 1;
    return positionOf(String(this.#arrived));
  }

  addFiller(): DuplicateCause {
    return 'row-repeated'; // nothing is counted here
  }

  /** By itself, at its place in its partition. */
  addUnreadable(record: Undecodable, queue: PartitionQueue): void {
    queue.push({ kind: 'snapshot', offset: record.offset, change: unreadableChange(this.#source, record, 'r') });
    this.#partitions.snapshotRows += 1;
  }

  begin(): void {
    // Boundaries are not read in this mode.
  }

  end(): void {
    // Boundaries are not read in this mode.
  }

  get next(): OpenTransaction | undefined {
    return this.#transactions.first;
  }

  ready(): OpenTransaction | undefined {
    return this.#transactions.first;
  }

  /** Asked at the end of a snapshot only: rows do not wait. */
  isSettled({ endedAt }: OpenTransaction): boolean {
    return this.#partitions.isSettled(endedAt, () => false);
  }

  take(transaction: OpenTransaction): Frontier {
    this.#frontier = { ...this.#frontier, position: transaction.assigned };
    this.#transactions.shift();
    this.#partitions.close(transaction);
    return this.#frontier;
  }

  /** Nothing stays without an end here: a later row, or its own, ends it. */
  drop(): boolean {
    return false;
  }

  readonly held: Held | null = null;

  resolve(): boolean {
    return false;
  }

  withId(id: string): OpenTransaction | undefined {
    return this.open().find((transaction) => transaction.id === id);
  }

  open(): OpenTransaction[] {
    return [...this.#transactions];
  }

  get openCount(): number {
    return this.#transactions.length;
  }

  countReady(): { readonly transactions: number; readonly rows: number } {
    return { transactions: this.#transactions.length, rows: this.#transactions.length };
  }

  readonly isFarAhead = false;
}

/**
 * Each row is a transaction of its own, in the order in which partitions were read: for sources whose rows tell neither their
 * transaction nor their place (SPEC A1 to A3).
 */
import type { DuplicateCause } from '../../domain/source/change-event.js';
import { type Position, positionOf } from '../../domain/source/position.js';
import type { CommitOrder, Held } from '../commit-order.js';
import type { Frontier } from '../frontier/frontier.js';
import { MovingList } from '../moving-list.js';
import { OpenTransaction } from '../open-transaction.js';
import type { Partitions } from '../partitions.js';
import type { StreamedChange } from '../row-identity.js';
import type { SequencerSettings } from '../settings.js';
import { WithoutBoundaries } from './without-boundaries.js';

export class ArrivalOrder extends WithoutBoundaries implements CommitOrder {
  readonly held: readonly Held[] = [];
  readonly waitsForAnyRow = false;
  readonly #transactions = new MovingList<OpenTransaction>();
  /** By partition, the newest place in commit order that was read: what is before it is sent again (A3). */
  readonly #newest = new Map<string, string>();
  /** Rows numbered as they arrived. */
  #arrived: number;
  #frontier: Frontier;

  constructor(settings: SequencerSettings, partitions: Partitions) {
    super(settings, partitions);
    const { frontier } = settings;
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
    transaction.endedAt = this.partitions.now;
    this.#transactions.push(transaction);
    return transaction;
  }

  /** Of no row. */
  addFiller(): DuplicateCause {
    return 'row-repeated';
  }

  #number(): Position {
    this.#arrived += 1;
    return positionOf(String(this.#arrived));
  }

  get next(): OpenTransaction | undefined {
    return this.#transactions.first;
  }

  ready(): OpenTransaction | undefined {
    return this.#transactions.first;
  }

  resolve(): boolean {
    return false;
  }

  /** Asked at the end of a snapshot only: rows do not wait. */
  wantSettled({ endedAt }: OpenTransaction): boolean {
    return this.partitions.wantSettled(endedAt, () => false);
  }

  take(transaction: OpenTransaction): Frontier {
    this.#frontier = { ...this.#frontier, position: transaction.assigned };
    this.#transactions.shift();
    this.partitions.close(transaction);
    return this.#frontier;
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
}

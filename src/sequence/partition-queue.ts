/**
 * What was read from one partition and is not handed on yet, in the order of the partition. Each partition is in commit order,
 * so the first entry is an exact boundary: everything before it is done, everything from it on is still needed (SPEC S8).
 */
import type { ChangeEvent, Undecodable } from '../domain/change-event.js';
import type { Position } from '../domain/position.js';
import type { OpenTransaction } from './open-transaction.js';

export type Entry =
  | { readonly kind: 'transaction'; readonly offset: number; readonly transaction: OpenTransaction }
  | { readonly kind: 'snapshot'; readonly offset: number; readonly change: ChangeEvent }
  | { readonly kind: 'message'; readonly offset: number; readonly position: Position }
  | { readonly kind: 'undecodable'; readonly offset: number; readonly record: Undecodable };

export class PartitionQueue {
  readonly name: string;
  /** Everything before this offset was read. */
  nextOffset = 0;
  /** Predecessor of the newest row, or position of the newest message: how far in commit order this partition was read. */
  newest: Position | null = null;
  readonly #entries: Entry[] = [];
  #start = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Consecutive rows of one transaction make one entry. */
  pushTransaction(offset: number, transaction: OpenTransaction): void {
    const last = this.#entries.at(-1);
    const joins =
      this.#entries.length > this.#start && last?.kind === 'transaction' && last.transaction === transaction;
    if (!joins) this.#entries.push({ kind: 'transaction', offset, transaction });
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
  }

  get first(): Entry | undefined {
    return this.#entries[this.#start];
  }

  /** Entries from the first on. */
  *entries(): Generator<Entry> {
    for (let i = this.#start; i < this.#entries.length; i += 1) yield this.#entries[i] as Entry;
  }

  shift(): void {
    this.#start += 1;
    if (this.#start > 1_024 && this.#start * 2 > this.#entries.length) {
      this.#entries.splice(0, this.#start);
      this.#start = 0;
    }
  }

  /** Drops what is done from the front. */
  release(): void {
    for (let entry = this.first; entry?.kind === 'transaction' && entry.transaction.done; entry = this.first)
      this.shift();
  }

  replace(entry: Entry, by: Entry): void {
    this.#entries[this.#entries.indexOf(entry, this.#start)] = by;
  }

  /**
   * Drops snapshot rows that stand between rows of `transaction` and whose row it writes again later: the later one is newer
   * (incremental snapshots; SPEC S4). Never an unreadable record: it may be none of a snapshot. @returns how many.
   */
  dropSuperseded(transaction: OpenTransaction): number {
    const last = this.#entries.findLastIndex(
      (entry) => entry.kind === 'transaction' && entry.transaction === transaction,
    );
    const isSuperseded = (entry: Entry, index: number): boolean =>
      index >= this.#start &&
      index < last &&
      entry.kind === 'snapshot' &&
      entry.change.refusal?.code !== 'RECORD_UNDECODABLE' &&
      transaction.rows.some(
        (row) => row.offset > entry.offset && row.partition === this.name && sameKey(row, entry.change),
      );
    const kept = this.#entries.filter((entry, index) => !isSuperseded(entry, index));
    const dropped = this.#entries.length - kept.length;
    if (dropped > 0) this.#entries.splice(0, this.#entries.length, ...kept);
    return dropped;
  }

  hasMessage(position: Position): boolean {
    for (const entry of this.entries()) if (entry.kind === 'message' && entry.position === position) return true;
    return false;
  }

  /** Messages before the frontier link nothing any more. */
  releaseMessages(frontier: Position): void {
    for (let e = this.first; e?.kind === 'message' && e.position < frontier; e = this.first) this.shift();
  }

  get needed(): number {
    return this.first?.offset ?? this.nextOffset;
  }
}

const sameKey = (left: ChangeEvent, right: ChangeEvent): boolean =>
  left.table === right.table && left.key === right.key;

/**
 * What was read from one partition and is not handed on yet, in the order of the partition. Each partition is in commit order,
 * so the first entry is an exact boundary: everything before it is done, everything from it on is still needed (SPEC S8).
 */
import type { ChangeEvent, RowTransaction, Undecodable } from '../domain/source/change-event.js';
import type { Position } from '../domain/source/position.js';
import type { DragomanError } from '../errors.js';
import { MovingList } from './moving-list.js';
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
  /** How far in commit order this partition was read: predecessor or place of the newest row, position of the newest message. */
  newest: Position | null = null;
  /** The transaction of the newest row that was not a repetition. */
  newestTransaction: OpenTransaction | null = null;
  /** `newest` is a row's own place, not its predecessor: a later transaction is above it, not at it. */
  #isOwnPlace = false;
  /** Snapshot of the newest snapshot row. */
  newestGeneration: Position | null = null;
  /** The newest transaction that had too many rows: nothing more is read here until that is resolved. */
  tooLarge: OpenTransaction | null = null;
  /** Its next record cannot be gone on over: nothing more is read here. */
  refusal: DragomanError | null = null;
  readonly #entries = new MovingList<Entry>();
  /** How many of them are rows of a snapshot, or leave like one. */
  #snapshotRows = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** A row was read. */
  reach({ predecessor, commit }: RowTransaction): void {
    const place = commit ?? predecessor;
    this.#isOwnPlace = commit !== null;
    if (place !== null && (this.newest === null || place > this.newest)) this.newest = place;
  }

  /** `newest`, or where the snapshot was taken of which rows were read last. */
  get place(): Position | null {
    const { newest, newestGeneration } = this;
    return newest === null || (newestGeneration !== null && newestGeneration > newest) ? newestGeneration : newest;
  }

  /** A row of a transaction later than the one at `position` was read: all rows of that one were read here. */
  isPast(position: Position | null): boolean {
    if (this.newest === null || position === null) return false;
    return this.#isOwnPlace ? this.newest > position : this.newest >= position;
  }

  /** Consecutive rows of one transaction make one entry. */
  pushTransaction(offset: number, transaction: OpenTransaction): void {
    this.newestTransaction = transaction;
    const { last } = this.#entries;
    if (last?.kind !== 'transaction' || last.transaction !== transaction)
      this.#entries.push({ kind: 'transaction', offset, transaction });
  }

  push(entry: Entry): void {
    if (entry.kind === 'snapshot') {
      this.newestGeneration = entry.change.snapshot?.generation ?? this.newestGeneration;
      this.#snapshotRows += 1;
    }
    this.#entries.push(entry);
  }

  get first(): Entry | undefined {
    return this.#entries.first;
  }

  /** Most often there is none, and whoever looks for one need not look. */
  get hasSnapshotRows(): boolean {
    return this.#snapshotRows > 0;
  }

  /** What was read last is a row of a snapshot, or leaves like one. */
  get endsWithSnapshotRow(): boolean {
    return this.#entries.last?.kind === 'snapshot';
  }

  /** Entries from the first on. */
  entries(): Generator<Entry> {
    return this.#entries[Symbol.iterator]();
  }

  shift(): void {
    if (this.first?.kind === 'snapshot') this.#snapshotRows -= 1;
    this.#entries.shift();
  }

  /** Drops what is done from the front. */
  release(): void {
    for (let entry = this.first; entry?.kind === 'transaction' && entry.transaction.done; entry = this.first)
      this.shift();
  }

  /** So that its rows are not kept. */
  forget(transaction: OpenTransaction): void {
    if (this.newestTransaction === transaction) this.newestTransaction = null;
    if (this.tooLarge === transaction) this.tooLarge = null;
  }

  replace(entry: Entry, by: Entry): void {
    this.#snapshotRows += Number(by.kind === 'snapshot') - Number(entry.kind === 'snapshot');
    this.#entries.replace(entry, by);
  }

  /**
   * Drops snapshot rows that stand between rows of `transaction` and whose row it writes again later: the later one is newer
   * (incremental snapshots; SPEC S4). Never what leaves by itself: it is none of a snapshot. @returns how many.
   */
  dropSuperseded(transaction: OpenTransaction): number {
    if (!this.hasSnapshotRows) return 0;
    const last = [...this.entries()].findLastIndex(isOf(transaction));
    const rows = transaction.rows.filter(({ partition }) => partition === this.name);
    const isSuperseded = (entry: Entry, index: number): boolean =>
      index < last &&
      entry.kind === 'snapshot' &&
      entry.change.snapshot !== null &&
      rows.some((row) => row.offset > entry.offset && sameKey(row, entry.change));
    const dropped = last === -1 ? 0 : this.#entries.keep((entry, index) => !isSuperseded(entry, index));
    this.#snapshotRows -= dropped;
    return dropped;
  }

  /** The rows of `transaction` leave by themselves, each at its place. */
  putBySelf(transaction: OpenTransaction, rows: readonly ChangeEvent[]): void {
    const others = [...this.entries()].filter((entry) => !isOf(transaction)(entry));
    const own = rows.map((change) => ({ kind: 'snapshot', offset: change.offset, change }) as const);
    const all = [...others, ...own].sort((left, right) => left.offset - right.offset);
    this.#entries.keep(() => false);
    for (const entry of all) this.#entries.push(entry);
    this.#snapshotRows += own.length;
  }

  /** Whether `transaction` stands before all those snapshot rows here, or behind one; null when only one of them is here. */
  sideOf(transaction: OpenTransaction, isMeant: (row: ChangeEvent) => boolean): 'before' | 'behind' | null {
    if (!this.hasSnapshotRows) return null;
    let first: 'before' | 'behind' | null = null;
    for (const entry of this.entries()) {
      const isRow = entry.kind === 'snapshot' && isMeant(entry.change);
      const side = isRow ? 'behind' : isOf(transaction)(entry) ? 'before' : null;
      if (side === null || side === first) continue;
      if (first !== null) return first;
      first = side;
    }
    return null;
  }

  /** Transactions, not handed on, that stand before one of those snapshot rows. */
  beforeSnapshotRows(isMeant: (row: ChangeEvent) => boolean): OpenTransaction[] {
    if (!this.hasSnapshotRows) return [];
    const before: OpenTransaction[] = [];
    let blocking = 0;
    for (const entry of this.entries()) {
      if (entry.kind === 'transaction' && !entry.transaction.done) before.push(entry.transaction);
      if (entry.kind === 'snapshot' && isMeant(entry.change)) blocking = before.length;
    }
    return before.slice(0, blocking);
  }

  /** Transactions without END that stand before the first entry of `transaction`; none when it is not here. Most often that is the very first. */
  unendedBefore(transaction: OpenTransaction): OpenTransaction[] {
    const before: OpenTransaction[] = [];
    for (const entry of this.entries()) {
      if (entry.kind !== 'transaction') continue;
      if (entry.transaction === transaction) return before;
      if (entry.transaction.end !== null) return []; // one after it
      before.push(entry.transaction);
    }
    return [];
  }

  hasMessage(position: Position): boolean {
    for (const entry of this.entries()) if (entry.kind === 'message' && entry.position === position) return true;
    return false;
  }

  /** What is done goes, and so do messages before the frontier, which link nothing any more. */
  releaseMessages(frontier: Position): void {
    this.release();
    for (let e = this.first; e?.kind === 'message' && e.position < frontier; e = this.first) {
      this.shift();
      this.release();
    }
  }

  /** Of the first entry of `transaction`, which is here. */
  offsetOf(transaction: OpenTransaction): number {
    for (const entry of this.entries()) if (isOf(transaction)(entry)) return entry.offset;
    return this.nextOffset;
  }

  get needed(): number {
    return this.first?.offset ?? this.nextOffset;
  }
}

const isOf =
  (transaction: OpenTransaction) =>
  (entry: Entry): boolean =>
    entry.kind === 'transaction' && entry.transaction === transaction;

const sameKey = (left: ChangeEvent, right: ChangeEvent): boolean =>
  left.table === right.table && left.key === right.key;

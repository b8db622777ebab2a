/**
 * One source transaction while its rows arrive from several partitions. Collects distinct rows, compares them with what END
 * counted, and knows when that count cannot be trusted (SPEC S5, S6).
 */
import type { ChangeEvent, RowTransaction, TransactionEnd } from '../domain/change-event.js';
import type { Position } from '../domain/position.js';
import type { Transaction } from '../domain/transaction.js';
import { DragomanError } from '../errors.js';

/** A row of a streamed transaction. */
export type StreamedChange = ChangeEvent & { readonly transaction: RowTransaction };

export class OpenTransaction {
  readonly id: string;
  /** Undefined while only boundaries are known. */
  predecessor: Position | null | undefined;
  end: TransactionEnd | null = null;
  /** Set when the transaction was handed on; its places in the partitions are free. */
  done = false;
  readonly rows: ChangeEvent[] = [];
  readonly #countByTable = new Map<string, number>();
  readonly #lastOrderByPartition = new Map<string, number>();
  #begins = 0;
  #orderMax = 0;
  /** The connector started counting again in the middle: order numbers and END's counts are not to be trusted. */
  #recounted = false;

  constructor(id: string) {
    this.id = id;
  }

  /** @returns false when this BEGIN is a repetition of a transaction that was already whole. */
  begin(): boolean {
    if (this.end !== null) return false;
    this.#begins += 1;
    if (this.#begins > 1) this.#recounted = true;
    return true;
  }

  /** @returns false when the row is here already (sent again by the connector). */
  add(row: StreamedChange): boolean {
    const { order, predecessor } = row.transaction;
    this.predecessor ??= predecessor;
    if (order === null) throw new DragomanError('INVARIANT_BROKEN', 'A row without order number in exact mode.');
    const last = this.#lastOrderByPartition.get(row.partition) ?? 0;
    if (order <= last || this.#recounted) {
      if (this.rows.some((known) => sameRow(known, row))) return false;
      if (order <= last) this.#recounted = true;
    }
    if (order > last) this.#lastOrderByPartition.set(row.partition, order);
    if (order > this.#orderMax) this.#orderMax = order;
    this.rows.push(row);
    this.#countByTable.set(row.table, this.count(row.table) + 1);
    return true;
  }

  /** A row that could not be read, taken for one that END counted. */
  addUnreadable(row: ChangeEvent): void {
    this.rows.push(row);
    this.#countByTable.set(row.table, this.count(row.table) + 1);
  }

  /** A row that END counts, but that left by itself as an unreadable record, is no longer waited for. */
  forgive(table: string): void {
    this.#countByTable.set(table, this.count(table) + 1);
  }

  count(table: string): number {
    return this.#countByTable.get(table) ?? 0;
  }

  /** Rows of consumed tables that END counts and that are not here; negative when there are more than counted. */
  missing(table: string): number {
    return (this.end?.rowsByTable.get(table) ?? 0) - this.count(table);
  }

  /** All rows that END counts are here, table by table. */
  isFull(consumed: ReadonlySet<string>): boolean {
    if (this.end === null) return false;
    for (const table of this.end.rowsByTable.keys()) if (consumed.has(table) && this.missing(table) > 0) return false;
    return true;
  }

  /** END's count is not the whole: there may be rows that it does not count. */
  get isDoubtful(): boolean {
    if (this.end === null) return false;
    if (this.#recounted || this.#orderMax > this.end.rows) return true;
    for (const table of this.#countByTable.keys()) if (this.missing(table) < 0) return true;
    return false;
  }

  committed(): TransactionEnd {
    if (this.end === null) throw new DragomanError('INVARIANT_BROKEN', 'A transaction without END is handed on.');
    return this.end;
  }

  sequenced(source: string): Transaction {
    const { position, sourceTimeMs: commitTimeMs } = this.committed();
    if (position === null) throw new DragomanError('INVARIANT_BROKEN', 'An END without position.');
    const rest = { position, generation: null, commitTimeMs };
    return { kind: 'transaction', source, id: this.id, ...rest, changes: this.inOrder() };
  }

  /** In the order in which the transaction made them: order numbers, or places in the log when these started again. */
  inOrder(): ChangeEvent[] {
    const recounted = this.#recounted;
    return this.rows.sort((left, right) => {
      const a = left.transaction;
      const b = right.transaction;
      if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
      if (recounted && a.position !== b.position) return a.position < b.position ? -1 : 1;
      return (a.order ?? 0) - (b.order ?? 0);
    });
  }
}

/** Identity of a row change inside a transaction: its place in the log, what it touched, and how (rows of one COPY page share a place). */
const sameRow = (known: ChangeEvent, row: StreamedChange): boolean =>
  known.transaction !== null &&
  known.transaction.position === row.transaction.position &&
  known.partition === row.partition &&
  known.table === row.table &&
  known.key === row.key &&
  known.op === row.op;

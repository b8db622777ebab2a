/**
 * The row index (`owners.ts`) while one transaction is placed. A row can be asked for in three ways, and each of them follows parents in its
 * own way. Of a transaction that takes item 7 from shipment 70, which it deletes, and puts it to shipment 71:
 *
 *   view      item 7                 shipment 70     asked for
 *   before    order?:shipment/70     order:1         where a row belonged when the transaction began
 *   now       order?:shipment/71     null            where it belongs, by what the transaction told so far; at its end: after it
 *   former    order?:shipment/71     order:1         the same, but of a row that is gone: where it belonged when it went
 */
import type { OwnerLookup } from './owners.js';

export class ChangingIndex {
  /** What the transaction changes: owner or parent by row key; null: the row is gone. */
  readonly changes = new Map<string, string | null>();
  #deleted: Map<string, string> | null = null;
  readonly now: OwnerLookup;
  readonly former: OwnerLookup;

  constructor(readonly before: OwnerLookup) {
    this.now = { get: (row) => (this.changes.has(row) ? this.changes.get(row) : before.get(row)) };
    this.former = { get: (row) => this.now.get(row) ?? this.lastOf(row) };
  }

  set(row: string, entry: string): void {
    this.changes.set(row, entry);
  }

  /** @param entry what was said of it until now. */
  delete(row: string, entry: string): void {
    this.changes.set(row, null);
    (this.#deleted ??= new Map<string, string>()).set(row, entry);
  }

  /** Of a row that the transaction deleted, be it there again or not: what was said of it then. */
  lastOf(row: string): string | undefined {
    return this.#deleted?.get(row);
  }
}

/**
 * Rows that change their aggregate because the row that they are found via did. `changeset/linking.ts` finds out that they move, from the row
 * index; `translate/moves/carry.ts` takes them out of one state and puts them into another.
 *
 * Example: items are found via their shipment, shipment 70 was of order 1 and comes to order 2. It is written, so its own change tells its
 * place; its items are not: `{ table: shipment, key: 70, what: children, from: order:1, to: order:2 }`. When shipment 70 was not known before,
 * its items waited for it, and `from` is `order?:shipment/70`. An item that is written, and names another shipment than before, is
 * `what: row`.
 */

/*
 * A row of a lookup table that is renumbered, and of which not all columns were sent, goes to the state of its new key in the same way
 * (`changeset/split.ts`), from which it takes what was not sent.
 */

/** What one transaction (or the rows of a snapshot) moves between states that both belong to one kind of aggregate. */
export interface Moves {
  readonly moves: readonly Move[];
  /** Rows (`table:key`) that the transaction itself writes: their place is told by their own changes. */
  readonly written: ReadonlySet<string>;
}

export interface Move {
  /** Name of the aggregate in the rules. */
  readonly aggregate: string;
  readonly table: string;
  /** Primary key of the row. */
  readonly key: string;
  /** The row itself; or those that are found via it, and theirs. */
  readonly what: 'row' | 'children';
  /** `order:4711`; or `order?:public.shipment/77`, where rows wait for a parent that is not known. */
  readonly from: string;
  readonly to: string;
}

export const NO_MOVES: Moves = { moves: [], written: new Set() };

/** Name of a row in {@link Moves.written}. */
export const writtenRow = ({ table, key }: { readonly table: string; readonly key: string }): string =>
  `${table}:${key}`;

/**
 * The row index: which aggregate owns a row of a table whose primary key does not contain the aggregate's key. Kept by the
 * pipeline beside the states; everything here says which keys it has. Pure.
 */
import type { AggregateState } from '../domain/aggregate-state.js';
import type { AggregateRef, ChangeSet } from '../domain/change-set.js';
import type { Feed, Feeds } from '../domain/feed.js';
import type { JournalEntry } from '../domain/journal-entry.js';
import type { Sequenced } from '../domain/transaction.js';

/** Owner (`order:4711`) by row key; null: known to have none; undefined: never heard of. */
export interface OwnerLookup {
  get(rowKey: string): string | null | undefined;
}

/** Name of a row in the index. The aggregate is part of it: one table may feed several. */
export const rowKey = ({ table, aggregate }: Pick<Feed, 'table' | 'aggregate'>, key: string): string =>
  `${table}:${aggregate}:${key}`;

/** Row keys whose owners must be known before `split`, without repetition, in order of appearance. */
export function indexedRows({ changes }: Sequenced, { feeds }: { readonly feeds: Feeds }): string[] {
  const keys = new Set<string>();
  for (const { table, op, key, row, otherKey } of changes) {
    for (const feed of feeds.get(table) ?? []) {
      if (feed.keyPlaces !== null) continue;
      if (op === 'c' && row !== null && feed.keyColumns.every((column) => Object.hasOwn(row, column))) continue;
      keys.add(rowKey(feed, key));
      if (otherKey !== null) keys.add(rowKey(feed, otherKey));
    }
  }
  return [...keys];
}

/** Row keys that a change set would have in the index, whether or not their table is indexed. */
export const changedRows = ({ aggregate, changes }: ChangeSet): string[] =>
  changes.map(({ table, key }) => rowKey({ table, aggregate }, key));

/** Row keys that an aggregate owns after a decision: the rows in its state, and what its queue does to them. */
export function ownedRows(ref: AggregateRef, state: AggregateState, { feeds }: { readonly feeds: Feeds }): string[] {
  const owned = new Set<string>();
  for (const [table, rows] of Object.entries(state.rows)) {
    const feed = indexedFeed(feeds, table, ref.aggregate);
    if (feed) for (const key of Object.keys(rows)) owned.add(rowKey(feed, key));
  }
  for (const { table, key, op } of state.parked?.waiting.flatMap(({ changes }) => changes) ?? []) {
    const feed = indexedFeed(feeds, table, ref.aggregate);
    if (!feed) continue;
    if (op === 'd' || op === 'moved') owned.delete(rowKey(feed, key));
    else owned.add(rowKey(feed, key));
  }
  return [...owned];
}

/**
 * Row keys that one decision touched. To bring the index forward out of the journal, in any order of its partitions: every
 * touched row belongs to the aggregate whose last state owns it ({@link ownedRows}), or to none.
 */
export function touchedRows(entry: JournalEntry, { feeds }: { readonly feeds: Feeds }): string[] {
  return entry.rows.flatMap(({ table, key }) => {
    const feed = indexedFeed(feeds, table, entry.aggregate);
    return feed ? [rowKey(feed, key)] : [];
  });
}

const indexedFeed = (feeds: Feeds, table: string, aggregate: string): Feed | undefined =>
  feeds.get(table)?.find((feed) => feed.aggregate === aggregate && feed.keyPlaces === null);

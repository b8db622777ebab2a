/**
 * The row index: which aggregate owns a row of a table whose primary key does not contain the aggregate's key. Of a row that is
 * found via a parent it tells the parent, by the name of the state where the row would wait for it (`order?:public.shipment/77`):
 * when the parent moves, nothing changes in the index for its children. Kept by the pipeline beside the states; everything here
 * says which keys it has, and what they mean. Pure.
 */
import { aggregateText, type AggregateState, EMPTY_STATE } from '../domain/state/aggregate-state.js';
import type { AggregateRef, ChangeSet } from '../domain/change-set.js';
import { aggregateOfHolder, type Feed, type Feeds, holderOf } from '../domain/tables/feed.js';
import type { Decision } from '../domain/state/journal-entry.js';
import type { Row } from '../domain/tables/table.js';
import type { Sequenced } from '../domain/source/transaction.js';
import { unreadRow } from '../domain/state/unread-row.js';
import { keyInRow, qualifiedId } from './aggregate-key.js';

/** Owner (`order:4711`) or parent by row key; null: known to have none; undefined: never heard of. */
export interface OwnerLookup {
  get(rowKey: string): string | null | undefined;
}

/** Name of a row in the index. The aggregate is part of it: one table may feed several. */
export const rowKey = ({ table, aggregate }: Pick<Feed, 'table' | 'aggregate'>, key: string): string =>
  `${table}:${aggregate}:${key}`;

/** What the index says of a row: its aggregate or its parent, as its columns name it. Null when they did not come. */
export function namedOwner(
  row: Row | null,
  { aggregate, keyColumns, via }: Feed,
  qualifier: string | null,
): string | null {
  const key = keyInRow(row, keyColumns);
  if (key === null) return null;
  return aggregateText(via === null ? { aggregate, id: qualifiedId(key, qualifier) } : holderOf(via, key));
}

/** Primary key of the parent that an entry of the index names; null when it names an aggregate. */
export function parentKey(entry: string, via: Feed): string | null {
  const prefix = aggregateText(holderOf(via, ''));
  return entry.startsWith(prefix) ? entry.slice(prefix.length) : null;
}

/** Where a row belongs: follows parents up to an aggregate, or to one that is not known, for which the row then waits. */
export function ownerOf(entry: string, { via }: Feed, index: OwnerLookup): string {
  if (via === null) return entry;
  const key = parentKey(entry, via);
  const next = key === null ? null : index.get(rowKey(via, key));
  return next === null || next === undefined ? entry : ownerOf(next, via, index);
}

/** Row keys whose owners must be known before `split`, without repetition, in order of appearance. */
export const indexedRows = (sequenced: Sequenced, rules: { readonly feeds: Feeds }): string[] => [
  ...neededRows(sequenced, rules).keys(),
];

/**
 * The same for several transactions, and their parents as far as `index` and the rows tell. To be asked again, after loading,
 * as many times as a row has parents (`viaSteps`); holds all rows of the answers before.
 */
export function linkedRows(
  sequenced: readonly Sequenced[],
  rules: { readonly feeds: Feeds },
  index: OwnerLookup,
): string[] {
  const needed = new Map<string, Feed>();
  for (const next of sequenced) for (const [key, feed] of neededRows(next, rules)) needed.set(key, feed);
  // A map grows while it is walked: parents of parents are found in the same walk.
  for (const [key, { via }] of needed) {
    if (via === null) continue;
    const parent = parentKey(index.get(key) ?? '', via);
    if (parent !== null) needed.set(rowKey(via, parent), via);
  }
  return [...needed.keys()];
}

function neededRows({ changes }: Sequenced, { feeds }: { readonly feeds: Feeds }): Map<string, Feed> {
  const needed = new Map<string, Feed>();
  for (const { table, op, key, row, otherKey } of changes) {
    for (const feed of feeds.get(table) ?? []) {
      if (feed.keyPlaces !== null) continue;
      const isPlain = feed.via === null && feed.children.length === 0;
      if (isPlain && op === 'c' && row !== null && feed.keyColumns.every((column) => Object.hasOwn(row, column)))
        continue;
      needed.set(rowKey(feed, key), feed);
      if (otherKey !== null) needed.set(rowKey(feed, otherKey), feed);
      const parent = feed.via === null ? null : keyInRow(row, feed.keyColumns);
      if (feed.via !== null && parent !== null) needed.set(rowKey(feed.via, parent), feed.via);
    }
  }
  return needed;
}

/** Row keys that a change set would have in the index, whether or not their table is indexed. */
export const changedRows = ({ aggregate, changes }: ChangeSet): string[] =>
  changes.map(({ table, key }) => rowKey({ table, aggregate: aggregateOfHolder(aggregate) }, key));

/**
 * What the index says of the rows that an aggregate, or a state where rows wait, owns after a decision: those in its state, vanished
 * ones too, and of snapshots that are not compared yet, and what its queue does to them.
 */
export function ownedRows(
  ref: AggregateRef,
  state: AggregateState,
  { feeds }: { readonly feeds: Feeds },
): ReadonlyMap<string, string> {
  const owned = new Map<string, string>();
  const own = (feed: Feed, key: string, row: Row | null): void => {
    const index = rowKey(feed, key);
    // Of a row that is found via another, whose parent has no qualifier.
    const named = feed.via === null ? null : namedOwner(row, feed, null);
    owned.set(index, named ?? owned.get(index) ?? aggregateText(ref));
  };
  for (const [table, rows] of [...Object.entries(state.findings?.vanished ?? {}), ...Object.entries(state.rows)]) {
    const feed = indexedFeed(feeds, table, ref.aggregate);
    if (feed) for (const [key, row] of Object.entries(rows)) own(feed, unreadRow(key) ?? key, row);
  }
  for (const { rows } of Object.values(state.snapshots ?? {}).flatMap(({ staged = [] }) => staged)) {
    for (const [table, staged] of Object.entries(rows)) {
      const feed = indexedFeed(feeds, table, ref.aggregate);
      if (!feed) continue;
      for (const [key, row] of Object.entries(staged)) {
        if (row === null) owned.delete(rowKey(feed, key));
        else if (row !== true) own(feed, key, row);
      }
    }
  }
  for (const { table, key, op, row } of state.parked?.waiting.flatMap(({ changes }) => changes) ?? []) {
    const feed = indexedFeed(feeds, table, ref.aggregate);
    if (!feed) continue;
    if (op === 'd' || op === 'moved') owned.delete(rowKey(feed, key));
    else own(feed, key, row);
  }
  return owned;
}

/** Of those, the ones that vanished: a snapshot did not show them. */
export const vanishedRows = (
  ref: AggregateRef,
  { findings }: AggregateState,
  rules: { readonly feeds: Feeds },
): ReadonlyMap<string, string> =>
  findings === undefined
    ? new Map<string, string>()
    : ownedRows(ref, { ...EMPTY_STATE, rows: findings.vanished }, rules);

/**
 * Row keys that one decision touched. To bring the index forward out of the journal, in any order of its partitions: every
 * touched row belongs to the aggregate whose last state owns it ({@link ownedRows}), or to none.
 */
export function touchedRows(entry: Decision, { feeds }: { readonly feeds: Feeds }): string[] {
  return entry.rows.flatMap(({ table, key }) => {
    const feed = indexedFeed(feeds, table, entry.aggregate);
    return feed ? [rowKey(feed, key)] : [];
  });
}

const indexedFeed = (feeds: Feeds, table: string, name: string): Feed | undefined =>
  feeds.get(table)?.find(({ aggregate, keyPlaces }) => aggregate === aggregateOfHolder(name) && keyPlaces === null);

/**
 * What a shard (design 6.3) has of its pipeline: which aggregates are its own, and which rows tell by their primary keys alone that they
 * are of others. Rows of lookup tables are kept by each shard. Pure.
 */
import type { AggregateRef } from '../domain/change-set.js';
import { ownsId, type Shard } from '../domain/shard.js';
import { type Feeds, LOOKUP_AGGREGATE } from '../domain/tables/feed.js';
import { DragomanError } from '../errors.js';
import { idInPrimaryKey } from './aggregate-key.js';

interface SharedRules {
  readonly feeds: Feeds;
  readonly lookups: { has(table: string): boolean };
}

export const ownsAggregate = (shard: Shard, { aggregate, id }: AggregateRef): boolean =>
  aggregate === LOOKUP_AGGREGATE || ownsId(shard, id);

/** Whether a row with this primary key (`keyText`) changes aggregates of other shards only. */
export type IsForeign = (key: string) => boolean;

/** @returns null: rows of the table do not tell by their keys, or every shard needs them. */
export function isForeignOf(
  { feeds, lookups }: SharedRules,
  qualifier: string | null,
  shard: Shard,
): (table: string) => IsForeign | null {
  return (table) => {
    if (shard.count === 1 || lookups.has(table)) return null;
    const all = feeds.get(table) ?? [];
    const places = all.flatMap(({ keyPlaces }) => (keyPlaces === null ? [] : [keyPlaces]));
    if (places.length < all.length) return null;
    return (key) =>
      places.every((each) => {
        const id = idInPrimaryKey(key, each, qualifier);
        return id !== null && !ownsId(shard, id);
      });
  };
}

/**
 * Rows that are found via others follow them from aggregate to aggregate, and only the state that they leave says which they are: of another
 * shard nobody could ask that.
 * @throws DragomanError SHARDS_WITH_VIA
 */
export function checkShared({ feeds }: Pick<SharedRules, 'feeds'>, { count }: Shard): void {
  const found = count === 1 ? undefined : [...feeds.values()].flat().find(({ via }) => via !== null);
  if (found?.via == null) return;
  const { aggregate, member, table, via } = found;
  throw new DragomanError(
    'SHARDS_WITH_VIA',
    `Member ${member} of ${aggregate} (${table}) is found via ${via.member} (${via.table}), and the pipeline has shards: ${count}. Rows that ` +
      'follow their parent to an order of another shard would be lost on the way, so nothing is read. Set shards: 1, or give the member the ' +
      'columns of the key if its table has them (docs/shards.md).',
    { details: { aggregate, member, shards: count } },
  );
}

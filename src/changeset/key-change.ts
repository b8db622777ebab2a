/**
 * Aggregates whose own key changed in a transaction: the primary key of a `one` row, which is the aggregate's key, went from
 * one value to another. Nobody but the aggregate's declaration can say what that means. Pure.
 */
import type { AggregateRef } from '../domain/change-set.js';
import type { Refusal } from '../domain/refusal.js';
import type { ChangeEvent } from '../domain/source/change-event.js';
import { aggregateText } from '../domain/state/aggregate-state.js';
import type { Feeds } from '../domain/tables/feed.js';
import { idInPrimaryKey } from './aggregate-key.js';

export interface KeyChanges {
  /** Aggregates (`order:4711`) to park, the old and the new one. */
  readonly refused: ReadonlySet<string>;
  /** Old aggregates that count as deleted (`onKeyChange: 'new'`). */
  readonly renewed: ReadonlySet<string>;
}

const NO_KEY_CHANGES: KeyChanges = { refused: new Set(), renewed: new Set() };

/** @param isLearnt nothing is decided of these changes, so nothing is asked; but what is refused is parked whatever it is. */
export function findKeyChanges(
  changes: readonly ChangeEvent[],
  feeds: Feeds,
  isLearnt: boolean,
  qualifier: string | null,
): KeyChanges {
  if (changes.every(({ otherKey }) => otherKey === null)) return NO_KEY_CHANGES;
  const refused = new Set<string>();
  const renewed = new Set<string>();
  for (const { table, op, key, otherKey, refusal } of changes) {
    if (otherKey === null) continue;
    for (const { aggregate, cardinality, keyPlaces, onKeyChange } of feeds.get(table) ?? []) {
      if (cardinality !== 'one' || keyPlaces === null) continue;
      const id = idInPrimaryKey(key, keyPlaces, qualifier);
      const otherId = idInPrimaryKey(otherKey, keyPlaces, qualifier);
      if (id === null || otherId === null || id === otherId) continue;
      const texts = [id, otherId].map((each) => aggregateText({ aggregate, id: each }));
      if (onKeyChange !== 'park') renewed.add((op === 'd' ? texts[0] : texts[1]) ?? '');
      else if (!isLearnt || refusal !== null) for (const text of texts) refused.add(text);
    }
  }
  return { refused, renewed };
}

export const keyChangeRefusal = ({ aggregate, id }: AggregateRef): Refusal => ({
  code: 'AGGREGATE_KEY_CHANGED',
  text:
    `The key of ${aggregate} ${id} changed, or another one took this key. Whether it is the same ${aggregate} cannot be ` +
    `known: check it in the legacy system, or declare onKeyChange: 'new' in the rules, then parked retry of both.`,
});

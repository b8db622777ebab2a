/**
 * Splits one source transaction (or snapshot rows) into the change sets of the aggregates that it touches. Pure. In: the
 * changes in their order, the feeds, and the owners of indexed rows. Out: change sets in a fixed order, changes of the index.
 *
 * C1. Every change reaches each aggregate that its table feeds, or is an orphan, or is unplaceable; none is dropped silently.
 * C2. Changes of one row keep the order of the transaction, and so do all changes of one aggregate but for rows that are found via
 *     others, which come last; aggregates come in order of first appearance, lookup tables first.
 * C3. Of a delete only the key is used: its other columns are invented (`recordings/README.md`, 16).
 * C4. The rows of a primary-key change may come in any order; each half alone says enough.
 * C5. Where a row that is found via others belongs depends on the index before and after the transaction, never on the order in it.
 * C6. A shard has the change sets of its own aggregates, and the whole row index: that is made of what each shard sees, of nothing else.
 */
import type { ChangeSet } from '../domain/change-set.js';
import { type Shard, WHOLE } from '../domain/shard.js';
import { type Moves, NO_MOVES } from '../domain/move.js';
import type { Refusal } from '../domain/refusal.js';
import type { ChangeEvent } from '../domain/source/change-event.js';
import type { Sequenced } from '../domain/source/transaction.js';
import { aggregateRef, aggregateText } from '../domain/state/aggregate-state.js';
import { type Feed, type Feeds, LOOKUP_AGGREGATE, lookupText } from '../domain/tables/feed.js';
import type { TableDefinition } from '../domain/tables/table.js';
import { idInPrimaryKey } from './aggregate-key.js';
import { findKeyChanges, keyChangeRefusal, type KeyChanges } from './key-change.js';
import { Linking } from './linking.js';
import { namedOwner, rowKey, type OwnerLookup } from './owners.js';
import { ownsAggregate } from './sharing.js';
import { isLearnt, Placing, rowChange } from './placing.js';

/** What a transaction means for each aggregate. */
export interface SplitResult {
  /** In the order in which the aggregates first appear in the transaction. Without changes: of rows that `moves` may bring. */
  readonly changeSets: readonly ChangeSet[];
  /** Changes of the row index by row key: its owner (`order:4711`) or parent, null when the row is gone. */
  readonly owners: ReadonlyMap<string, string | null>;
  /** Rows that change their aggregate without being written; the states say which they are. Done before the change sets. */
  readonly moves: Moves;
  /** Deletes of rows of which nothing was ever known: ignored, to be counted. */
  readonly orphans: readonly ChangeEvent[];
  /** Changes whose aggregate cannot be found. */
  readonly unplaceable: readonly { readonly change: ChangeEvent; readonly refusal: Refusal }[];
}

/** Neither decided nor remembered: progress is all that comes of it. */
export const isNothing = ({ changeSets, owners, orphans, unplaceable }: SplitResult): boolean =>
  changeSets.length === 0 && owners.size === 0 && orphans.length === 0 && unplaceable.length === 0;

export interface SplitRules {
  readonly feeds: Feeds;
  readonly lookups: ReadonlyMap<string, Pick<TableDefinition, 'columns'>>;
  readonly viaSteps: number;
}

/**
 * @param owners must know the rows that `indexedRows` and `linkedRows` name.
 * @param qualifier of the pipeline: part of the id of each aggregate; null: it has none.
 * @param shard of which the change sets are wanted.
 */
export function split(
  sequenced: Sequenced,
  rules: SplitRules,
  owners: OwnerLookup,
  qualifier: string | null = null,
  shard: Shard = WHOLE,
): SplitResult {
  const isShared = shard.count > 1;
  const changes = isShared ? sequenced.changes.filter(({ isForeign }) => isForeign !== true) : sequenced.changes;
  const keyChanges = findKeyChanges(changes, rules.feeds, isLearnt(sequenced), qualifier);
  const placing = new Placing(sequenced, owners, qualifier);
  const linking = rules.viaSteps === 0 ? null : new Linking(placing);
  for (const change of changes) {
    const lookup = rules.lookups.size === 0 ? undefined : rules.lookups.get(change.table);
    if (lookup !== undefined) placeLookup(change, lookup, placing);
    for (const feed of rules.feeds.get(change.table) ?? []) {
      if (feed.keyPlaces !== null) placeDirect(change, feed, feed.keyPlaces, placing, keyChanges);
      else if (feed.via === null) placeIndexed(change, feed, placing);
      linking?.learn(change, feed);
    }
  }
  const written = linking?.place() ?? NOT_WRITTEN;
  const whole = sequenced.kind === 'transaction' ? sequenced.refusal : null;
  const changeSets = placing.changeSets(
    (text, ref) => whole ?? (keyChanges.refused.has(text) ? keyChangeRefusal(ref) : null),
  );
  return {
    changeSets: isShared ? changeSets.filter((each) => ownsAggregate(shard, each)) : changeSets,
    owners: placing.index.changes,
    moves: placing.moves.length === 0 ? NO_MOVES : { moves: placing.moves, written },
    orphans: placing.orphans,
    unplaceable: placing.unplaceable,
  };
}

/** The primary key names the aggregate. */
function placeDirect(
  change: ChangeEvent,
  feed: Feed,
  places: readonly number[],
  placing: Placing,
  { renewed }: KeyChanges,
): void {
  const id = idInPrimaryKey(change.key, places, placing.qualifier);
  const otherId = change.otherKey === null ? null : idInPrimaryKey(change.otherKey, places, placing.qualifier);
  if (id === null) return placing.refuse(change, feed);
  const ref = { aggregate: feed.aggregate, id };
  const gone = change.op === 'd' && otherId !== null && !renewed.has(aggregateText(ref));
  placing.group(ref, change).push(rowChange(change, gone ? 'moved' : change.op, otherId === id));
  if (otherId !== null && otherId !== id && feed.cardinality === 'one') {
    placing.group({ aggregate: feed.aggregate, id: otherId }, change);
  }
}

/** A column of the row names the aggregate; the row index says which one the row belonged to. */
function placeIndexed(change: ChangeEvent, feed: Feed, placing: Placing): void {
  const { index } = placing;
  const row = rowKey(feed, change.key);
  const owner = index.now.get(row) ?? null;
  if (change.op === 'd') {
    if (owner === null) return placing.ignore(change);
    index.delete(row, owner);
    const op = change.otherKey === null ? 'd' : 'moved';
    placing.group(aggregateRef(owner), change).push(rowChange(change, op, false));
    return;
  }
  const formerOwner = change.otherKey === null ? null : index.former.get(rowKey(feed, change.otherKey));
  const target = namedOwner(change.row, feed, placing.qualifier) ?? owner ?? formerOwner;
  if (target === null || target === undefined) return placing.refuse(change, feed);
  const comes = owner !== null && owner !== target;
  if (comes) {
    const wasGone = change.op === 'c' && !index.changes.has(row);
    const moved = {
      ...{ ...rowChange(change, 'moved', false), row: null, refusal: null },
      ...(wasGone ? { wasGone } : {}),
    };
    placing.group(aggregateRef(owner), change).push(moved);
  }
  if (owner !== target) index.set(row, target);
  const came = comes && change.op === 'u';
  const made = rowChange(change, came ? 'c' : change.op, formerOwner === target);
  placing.group(aggregateRef(target), change).push(came ? { ...made, came } : made);
}

const NOT_WRITTEN: ReadonlySet<string> = new Set();

/** Each row of a lookup table is by itself; a renumbered one keeps the columns that were not sent. */
function placeLookup(change: ChangeEvent, { columns }: Pick<TableDefinition, 'columns'>, placing: Placing): void {
  const { op, row, otherKey } = change;
  const group = placing.lookupGroup(change, change.key);
  const isShort = row !== null && Object.keys(columns).some((column) => !Object.hasOwn(row, column));
  if (op !== 'd' && otherKey !== null && isShort) comeAlong(change, otherKey, placing);
  group.push(rowChange(change, op === 'd' && otherKey !== null ? 'moved' : op, true));
}

/** The row as it was under its former key comes to the state of the new one, where it has that key only until the change itself. */
function comeAlong(change: ChangeEvent, key: string, placing: Placing): void {
  const { table } = change;
  const places = { from: lookupText(table, key), to: lookupText(table, change.key) };
  const former = placing.lookupGroup(change, key).filter(({ op }) => op !== 'd' && op !== 'moved');
  const gone = { table, key, op: 'moved' as const, row: null, refusal: null };
  placing.lookupGroup(change, change.key).push(...former, gone);
  placing.moves.push({ aggregate: LOOKUP_AGGREGATE, table, key, what: 'row', ...places });
}

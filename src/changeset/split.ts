/**
 * Splits one source transaction (or snapshot rows) into the change sets of the aggregates that it touches. Pure. In: the
 * changes in their order, the feeds, and the owners of indexed rows. Out: change sets in a fixed order, changes of the index.
 *
 * C1. Every change reaches each aggregate that its table feeds, or is an orphan, or is unplaceable; none is dropped silently.
 * C2. Changes of one aggregate keep the order of the transaction; aggregates come in order of first appearance.
 * C3. Of a delete only the key is used: its other columns are invented (`recordings/README.md`, 16).
 * C4. The rows of a primary-key change may come in any order; each half alone says enough.
 */
import { aggregateText } from '../domain/aggregate-state.js';
import type { ChangeEvent } from '../domain/change-event.js';
import type { AggregateRef, ChangeSet, Origin, RowChange } from '../domain/change-set.js';
import type { Feed, Feeds } from '../domain/feed.js';
import type { Refusal } from '../domain/refusal.js';
import type { Sequenced } from '../domain/transaction.js';
import { keyInRow, keyInPrimaryKey } from './aggregate-key.js';
import { findKeyChanges, keyChangeRefusal, type KeyChanges } from './key-change.js';
import { rowKey, type OwnerLookup } from './owners.js';

/** What a transaction means for each aggregate. */
export interface SplitResult {
  /** In the order in which the aggregates first appear in the transaction. */
  readonly changeSets: readonly ChangeSet[];
  /** Changes of the row index: owner (`order:4711`) by row key, null when the row is gone. */
  readonly owners: ReadonlyMap<string, string | null>;
  /** Deletes of rows of which nothing was ever known: ignored, to be counted. */
  readonly orphans: readonly ChangeEvent[];
  /** Changes whose aggregate cannot be found. */
  readonly unplaceable: readonly { readonly change: ChangeEvent; readonly refusal: Refusal }[];
}

/** @param owners must know the rows that `indexedRows` names. */
export function split(sequenced: Sequenced, rules: { readonly feeds: Feeds }, owners: OwnerLookup): SplitResult {
  const splitting = new Splitting(sequenced, findKeyChanges(sequenced.changes, rules.feeds), owners);
  for (const change of sequenced.changes) {
    for (const feed of rules.feeds.get(change.table) ?? []) {
      if (feed.keyPlaces === null) splitting.placeIndexed(change, feed);
      else splitting.placeDirect(change, feed, feed.keyPlaces);
    }
  }
  return splitting.result();
}

interface Group {
  readonly ref: AggregateRef;
  readonly origin: Origin;
  readonly changes: RowChange[];
}

/** Accumulates the result of one `split`; never leaves it. */
class Splitting {
  readonly #groups = new Map<string, Group>();
  readonly #owners = new Map<string, string | null>();
  /** Owners of the rows that were deleted in this transaction. */
  readonly #deleted = new Map<string, string>();
  readonly #orphans: ChangeEvent[] = [];
  #last: Group | null = null;
  readonly #unplaceable: { change: ChangeEvent; refusal: Refusal }[] = [];

  constructor(
    private readonly sequenced: Sequenced,
    private readonly keyChanges: KeyChanges,
    private readonly lookup: OwnerLookup,
  ) {}

  /** The primary key names the aggregate. */
  placeDirect(change: ChangeEvent, feed: Feed, places: readonly number[]): void {
    const id = keyInPrimaryKey(change.key, places);
    const otherId = change.otherKey === null ? null : keyInPrimaryKey(change.otherKey, places);
    if (id === null) return this.#refuse(change, feed);
    const ref = { aggregate: feed.aggregate, id };
    const gone = change.op === 'd' && otherId !== null && !this.keyChanges.renewed.has(aggregateText(ref));
    this.#group(ref, change).changes.push(rowChange(change, gone ? 'moved' : change.op, otherId === id));
    if (otherId !== null && otherId !== id && feed.cardinality === 'one') {
      this.#group({ aggregate: feed.aggregate, id: otherId }, change);
    }
  }

  /** A column of the row names the aggregate; the row index says which one the row belonged to. */
  placeIndexed(change: ChangeEvent, feed: Feed): void {
    const index = rowKey(feed, change.key);
    const owner = this.#owner(index);
    if (change.op === 'd') {
      if (owner === null) return this.#ignore(change);
      this.#owners.set(index, null);
      this.#deleted.set(index, owner);
      this.#add(feed, owner, change, rowChange(change, change.otherKey === null ? 'd' : 'moved', false));
      return;
    }
    const formerOwner = change.otherKey === null ? null : this.#formerOwner(rowKey(feed, change.otherKey));
    const named = keyInRow(change.row, feed.keyColumns);
    const target = named === null ? (owner ?? formerOwner) : `${feed.aggregate}:${named}`;
    if (target === null) return this.#refuse(change, feed);
    const comes = owner !== null && owner !== target;
    if (comes) this.#add(feed, owner, change, { ...rowChange(change, 'moved', false), row: null, refusal: null });
    if (owner !== target) this.#owners.set(index, target);
    const op = comes && change.op === 'u' ? 'c' : change.op;
    this.#add(feed, target, change, rowChange(change, op, formerOwner === target));
  }

  result(): SplitResult {
    const changeSets: ChangeSet[] = [];
    for (const [text, { ref, origin, changes }] of this.#groups) {
      const refusal = this.keyChanges.refused.has(text) ? keyChangeRefusal(ref) : null;
      changeSets.push({ ...ref, kind: this.sequenced.kind, origin, changes, refusal });
    }
    return { changeSets, owners: this.#owners, orphans: this.#orphans, unplaceable: this.#unplaceable };
  }

  #add(feed: Feed, owner: string, change: ChangeEvent, made: RowChange): void {
    const ref = { aggregate: feed.aggregate, id: owner.slice(feed.aggregate.length + 1) };
    this.#group(ref, change).changes.push(made);
  }

  /** Rows of one aggregate mostly follow each other. */
  #group(ref: AggregateRef, change: ChangeEvent): Group {
    const last = this.#last;
    if (last?.ref.id === ref.id && last.ref.aggregate === ref.aggregate) return last;
    const text = aggregateText(ref);
    let group = this.#groups.get(text);
    if (!group) this.#groups.set(text, (group = { ref, origin: originOf(this.sequenced, change), changes: [] }));
    return (this.#last = group);
  }

  #owner(index: string): string | null {
    const changed = this.#owners.get(index);
    return changed === undefined ? (this.lookup.get(index) ?? null) : changed;
  }

  /** The owner before a delete in this transaction, which is the other half of a key change and may have come first. */
  #formerOwner(index: string): string | null {
    return this.#owner(index) ?? this.#deleted.get(index) ?? null;
  }

  /** Once, though it may be an orphan for several aggregates. */
  #ignore(change: ChangeEvent): void {
    if (this.#orphans.at(-1) !== change) this.#orphans.push(change);
  }

  #refuse(change: ChangeEvent, feed: Feed): void {
    const text =
      `The ${feed.aggregate} of row ${change.key} of ${change.table} is not known: ` +
      `${feed.keyColumns.join(', ')} did not come with the row, and nothing was known of it before.`;
    this.#unplaceable.push({ change, refusal: { code: 'ROW_OWNER_UNKNOWN', text } });
  }
}

function rowChange(change: ChangeEvent, op: RowChange['op'], stays: boolean): RowChange {
  const { table, key, row, refusal, otherKey } = change;
  const known = refusal !== null || op === 'd' || op === 'moved' ? null : row;
  const made = { table, key, op, row: known, refusal };
  return stays && otherKey !== null && known !== null ? { ...made, from: otherKey } : made;
}

function originOf(sequenced: Sequenced, change: ChangeEvent): Origin {
  const { source } = sequenced;
  if (sequenced.kind === 'baseline') {
    return { source, transactionId: null, position: null, commitTimeMs: change.sourceTimeMs };
  }
  const { id, position, commitTimeMs } = sequenced;
  return { source, transactionId: id, position, commitTimeMs };
}

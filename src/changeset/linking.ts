/**
 * Rows that are found via others, in one transaction. First all are learned: what the index says of them afterwards. Then each row
 * is placed by where it belonged before and where it belongs after, so that the order of parents and children does not matter; and
 * rows that follow a parent without being written themselves become moves.
 *
 * The index tells places, never rows. Which rows a move brings, and what rules hear of it, only the states can say:
 * `translate/moves/carry.ts`, when the change sets are translated.
 */
import { type Move, writtenRow } from '../domain/move.js';
import type { ChangeEvent } from '../domain/source/change-event.js';
import { aggregateRef, aggregateText } from '../domain/state/aggregate-state.js';
import { type Feed, holderOf } from '../domain/tables/feed.js';
import { namedOwner, ownerOf, rowKey, type OwnerLookup } from './owners.js';
import { type Placing, rowChange } from './placing.js';

interface Written {
  readonly feed: Feed;
  /** Of one row, in their order; never empty. */
  readonly changes: ChangeEvent[];
}

export class Linking {
  readonly #placing: Placing;
  /** Rows that are found via others, by row key. */
  readonly #children = new Map<string, Written>();
  /** Rows that others are found via, by row key, with their last change. */
  readonly #parents = new Map<string, { readonly feed: Feed; readonly change: ChangeEvent }>();

  constructor(placing: Placing) {
    this.#placing = placing;
  }

  /** A change of any member; only those that need the index count. */
  learn(change: ChangeEvent, feed: Feed): void {
    if (feed.keyPlaces !== null) return;
    const row = rowKey(feed, change.key);
    if (feed.children.length > 0) this.#parents.set(row, { feed, change });
    if (feed.via === null || !this.#learnEntry(change, feed, row)) return;
    const known = this.#children.get(row);
    if (known) known.changes.push(change);
    else this.#children.set(row, { feed, changes: [change] });
  }

  /** @returns whether the change can be placed. */
  #learnEntry(change: ChangeEvent, feed: Feed, row: string): boolean {
    const { index } = this.#placing;
    const entry = index.now.get(row) ?? null;
    if (change.op === 'd') {
      if (entry === null) this.#placing.ignore(change);
      else index.delete(row, entry);
      return entry !== null;
    }
    const former = change.otherKey === null ? null : (index.former.get(rowKey(feed, change.otherKey)) ?? null);
    const named = namedOwner(change.row, feed, this.#placing.qualifier) ?? entry ?? former;
    if (named === null) this.#placing.refuse(change, feed);
    else index.set(row, named);
    return named !== null;
  }

  /** Adds the changes to their change sets. @returns rows (`table:key`) that the transaction itself writes. */
  place(): ReadonlySet<string> {
    for (const [row, written] of this.#children) this.#placeRow(row, written);
    for (const [row, { feed, change }] of this.#parents) this.#moveChildren(row, feed, change);
    const written = [...this.#children.values()].flatMap(({ changes }) => changes.map(writtenRow));
    return new Set(written);
  }

  #placeRow(row: string, { feed, changes }: Written): void {
    const { index } = this.#placing;
    const before = placeIn(index.before, row, feed);
    const target = placeIn(index.now, row, feed) ?? before ?? placeIn(index.former, row, feed);
    if (target === null) return;
    // A row that was deleted and written anew is two rows; any other keeps what it was.
    const anew = before === null || before === target ? 0 : changes.findLastIndex(({ op }) => op === 'd') + 1;
    changes.forEach((change, i) => {
      const place = before !== null && i < anew ? before : target;
      this.#add(change, feed, place);
    });
    if (before === null || before === target || anew > 0) return;
    const [first] = changes;
    if (first) this.#move({ ...rowOf(feed, first), what: 'row', from: before, to: target }, first);
  }

  #add(change: ChangeEvent, feed: Feed, place: string): void {
    const { op, otherKey } = change;
    const isGone = op === 'd' && otherKey !== null;
    const stays = otherKey !== null && this.#formerPlace(rowKey(feed, otherKey), feed) === place;
    this.#placing.group(aggregateRef(place), change).push(rowChange(change, isGone ? 'moved' : op, stays));
  }

  /** Where a renumbered row belonged under its former key: another row may have that one by now. */
  #formerPlace(row: string, feed: Feed): string | null {
    const { index } = this.#placing;
    const entry = index.before.get(row) ?? index.lastOf(row);
    return entry === undefined ? null : ownerOf(entry, feed, index.former);
  }

  #moveChildren(row: string, feed: Feed, change: ChangeEvent): void {
    const { index } = this.#placing;
    const waiting = aggregateText(holderOf(feed, change.key));
    const from = placeIn(index.before, row, feed) ?? waiting;
    const to = placeIn(index.now, row, feed) ?? waiting;
    if (from !== to) this.#move({ ...rowOf(feed, change), what: 'children', from, to }, change);
  }

  /** Both states get a change set, if only an empty one: that is where the rows will be put in. */
  #move(move: Move, change: ChangeEvent): void {
    this.#placing.moves.push(move);
    for (const place of [move.from, move.to]) this.#placing.group(aggregateRef(place), change);
  }
}

/** The aggregate, or the state where it waits, that a row has in one view of the index; null: it is not there. */
function placeIn(view: OwnerLookup, row: string, feed: Feed): string | null {
  const entry = view.get(row) ?? null;
  return entry === null ? null : ownerOf(entry, feed, view);
}

const rowOf = (feed: Feed, { table, key }: ChangeEvent): Pick<Move, 'aggregate' | 'table' | 'key'> => ({
  aggregate: feed.aggregate,
  table,
  key,
});

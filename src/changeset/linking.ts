/**
 * Rows that are found via others, in one transaction. First all are learned: what the index says of them afterwards. Then each row
 * is placed by where it belonged before and where it belongs after, so that the order of parents and children does not matter; and
 * rows that follow a parent without being written themselves become moves.
 */
import { type Move, type Moves, NO_MOVES, writtenRow } from '../domain/move.js';
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
  readonly #moves: Move[] = [];

  constructor(placing: Placing) {
    this.#placing = placing;
  }

  /** A change of any member; only those that need the index count. */
  learn(change: ChangeEvent, feed: Feed): void {
    if (feed.keyPlaces !== null) return;
    const index = rowKey(feed, change.key);
    if (feed.children.length > 0) this.#parents.set(index, { feed, change });
    if (feed.via === null || !this.#learnEntry(change, feed, index)) return;
    const known = this.#children.get(index);
    if (known) known.changes.push(change);
    else this.#children.set(index, { feed, changes: [change] });
  }

  /** @returns whether the change can be placed. */
  #learnEntry(change: ChangeEvent, feed: Feed, index: string): boolean {
    const placing = this.#placing;
    const entry = placing.owner(index);
    if (change.op === 'd') {
      if (entry === null) {
        placing.ignore(change);
        return false;
      }
      placing.owners.set(index, null);
      placing.deleted.set(index, entry);
      return true;
    }
    const former = change.otherKey === null ? null : placing.formerOwner(rowKey(feed, change.otherKey));
    const named = namedOwner(change.row, feed) ?? entry ?? former;
    if (named === null) placing.refuse(change, feed);
    else placing.owners.set(index, named);
    return named !== null;
  }

  /** Adds the changes to their change sets. */
  place(): Moves {
    for (const [index, written] of this.#children) this.#placeRow(index, written);
    for (const [index, { feed, change }] of this.#parents) this.#moveChildren(index, feed, change);
    if (this.#moves.length === 0) return NO_MOVES;
    const written = [...this.#children.values()].flatMap(({ changes }) => changes.map(writtenRow));
    return { moves: this.#moves, written: new Set(written) };
  }

  #placeRow(index: string, { feed, changes }: Written): void {
    const before = this.#ownerIn(this.#placing.before, index, feed);
    const after = this.#ownerIn(this.#after, index, feed);
    const last = this.#placing.deleted.get(index);
    const target = after ?? before ?? (last === undefined ? null : ownerOf(last, feed, this.#former));
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

  /** Where a renumbered row belonged under its former key. */
  #formerPlace(index: string, feed: Feed): string | null {
    const entry = this.#placing.before.get(index) ?? this.#placing.deleted.get(index);
    return entry === undefined ? null : ownerOf(entry, feed, this.#former);
  }

  #moveChildren(index: string, feed: Feed, change: ChangeEvent): void {
    const waiting = aggregateText(holderOf(feed, change.key));
    const from = this.#ownerIn(this.#placing.before, index, feed) ?? waiting;
    const to = this.#ownerIn(this.#after, index, feed) ?? waiting;
    if (from !== to) this.#move({ ...rowOf(feed, change), what: 'children', from, to }, change);
  }

  /** Both states get a change set, if only an empty one: that is where the rows will be put in. */
  #move(move: Move, change: ChangeEvent): void {
    this.#moves.push(move);
    for (const place of [move.from, move.to]) this.#placing.group(aggregateRef(place), change);
  }

  readonly #after: OwnerLookup = { get: (index) => this.#placing.owner(index) };
  /** As long as they were there: also rows that this transaction deletes. */
  readonly #former: OwnerLookup = { get: (index) => this.#placing.formerOwner(index) };

  #ownerIn(lookup: OwnerLookup, index: string, feed: Feed): string | null {
    const entry = lookup.get(index) ?? null;
    return entry === null ? null : ownerOf(entry, feed, lookup);
  }
}

const rowOf = (feed: Feed, { table, key }: ChangeEvent): Pick<Move, 'aggregate' | 'table' | 'key'> => ({
  aggregate: feed.aggregate,
  table,
  key,
});

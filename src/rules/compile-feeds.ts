/** The members of an aggregate as feeds: key columns, and references to parents resolved as far as the rules tell. Pure. */
import type { Feed } from '../domain/tables/feed.js';
import { DragomanError } from '../errors.js';
import type { AggregateDefinition } from './aggregate.js';
import { firstName } from './named.js';
import { keyColumns } from './check/key-columns.js';

type Growing = Feed & { readonly children: Feed[] };

/** In the order of the members. The aggregate was checked. */
export function feedsOf(aggregate: AggregateDefinition): Feed[] {
  const made = new Map<string, Growing>();
  return Object.keys(aggregate.members).map((member) => feedOf(aggregate, member, made));
}

function feedOf(aggregate: AggregateDefinition, member: string, made: Map<string, Growing>): Growing {
  const known = made.get(member);
  if (known) return known;
  const definition = aggregate.members[member];
  const columns = definition && keyColumns(definition.keyOf);
  if (!definition || !columns) {
    throw new DragomanError('INVARIANT_BROKEN', `Member "${member}" of "${aggregate.name}" was not checked.`);
  }
  const parent =
    definition.parent === null ? null : feedOf(aggregate, memberOf(aggregate, definition.parent.name), made);
  // A parent whose primary key contains the key of the aggregate tells it to its children: nothing has to be looked for.
  const named = parent?.keyPlaces?.map((place) => columns[place] ?? '') ?? columns;
  const places = named.map((column) => definition.table.key.indexOf(column));
  const isDirect = parent === null || parent.keyPlaces !== null;
  const feed: Growing = {
    aggregate: firstName(aggregate),
    member,
    table: definition.table.name,
    cardinality: definition.cardinality,
    keyColumns: named,
    keyPlaces: places.includes(-1) || !isDirect ? null : places,
    via: isDirect ? null : parent,
    children: [],
    onKeyChange: aggregate.onKeyChange,
  };
  if (!isDirect) parent.children.push(feed);
  made.set(member, feed);
  return feed;
}

const memberOf = ({ members }: AggregateDefinition, table: string): string =>
  Object.keys(members).find((member) => members[member]?.table.name === table) ?? '';

/**
 * What rules of one decision see of lookup tables. After the change set: the rows of now, and each one asked for is remembered in
 * the state. Before it: the rows that were remembered, so that what held before is judged as it was then, also in a replay. A row
 * that no decision asked for yet is the one of now on both sides: a lookup change by itself fires nothing. Pure.
 */
import type { AggregateState, Looked, RowsByKey } from '../domain/state/aggregate-state.js';
import { keyText, type Row, type TableDefinition } from '../domain/tables/table.js';
import type { CompiledAggregate } from '../rules/compile.js';
import { NotKnown, TableNotKnown, type LookupViews } from '../rules/fact.js';
import { unreadKey } from '../domain/state/unread-row.js';
import { copyOf, own, ownIn } from './own.js';
import { rowView } from './view.js';

/** Rows of a lookup table as of the commit that is decided; undefined when none was ever read. */
export type LookupRows = (table: string) => RowsByKey | undefined;

export const NO_LOOKUP_ROWS: LookupRows = () => undefined;

/** @param unknown tables of which not everything is known. @throws TableNotKnown when a rule asks for one. */
export const lookupRowsBut =
  (unknown: readonly string[], rows: LookupRows): LookupRows =>
  (table) => {
    if (unknown.includes(table)) throw new TableNotKnown(table);
    return rows(table);
  };

/** The aggregate's lookup tables, on both sides of a decision. */
export interface Looking {
  readonly before: LookupViews;
  readonly after: LookupViews;
  /** What rules asked for about the state after; undefined when they asked for nothing. */
  asked(): Looked | undefined;
}

const NO_VIEWS: LookupViews = Object.freeze({});
/** Of an aggregate that has no lookup tables. */
const NO_LOOKUPS: Looking = { before: NO_VIEWS, after: NO_VIEWS, asked: () => undefined };

export function lookingOf(aggregate: CompiledAggregate, { looked }: AggregateState, rows: LookupRows): Looking {
  if (aggregate.lookups.length === 0) return NO_LOOKUPS;
  const asked: Record<string, Record<string, Row | null>> = {};
  const now: Find = (table, key) => {
    const known = rows(table) ?? {};
    const row = own(known, key);
    if (row === undefined && own(known, unreadKey(key)) !== undefined)
      throw new NotKnown(`whether ${table} has the row ${key} is not known: what was read of it was given up`);
    return row ?? null;
  };
  const then: Find = (table, key) => {
    const remembered = ownIn(looked, table, key);
    return remembered === undefined ? now(table, key) : remembered;
  };
  const remember: Find = (table, key) => {
    const row = now(table, key);
    (asked[table] ??= copyOf({}))[key] = row;
    return row;
  };
  return {
    before: viewsOf(aggregate, then),
    after: viewsOf(aggregate, remember),
    asked: () => (Object.keys(asked).length === 0 ? undefined : asked),
  };
}

/** What was remembered, brought up to date; undefined when nothing ever was asked. */
export function remembered({ looked }: AggregateState, asked: Looked | undefined): Looked | undefined {
  if (asked === undefined || looked === undefined) return asked ?? looked;
  const merged: Record<string, Readonly<Record<string, Row | null>>> = { ...looked };
  for (const [table, rows] of Object.entries(asked)) merged[table] = { ...own(looked, table), ...rows };
  return merged;
}

type Find = (table: string, key: string) => Row | null;

function viewsOf({ lookups }: CompiledAggregate, find: Find): LookupViews {
  const views = lookups.map(({ name, table }) => [name, Object.freeze({ get: getter(table, find) })] as const);
  return Object.freeze(Object.fromEntries(views));
}

type Part = string | number | null | undefined;

const getter =
  (table: TableDefinition, find: Find) =>
  (...key: readonly Part[]): Row | undefined => {
    const parts = key.map((part) => (part === null || part === undefined ? null : String(part)));
    if (parts.length !== table.key.length) {
      throw new TypeError(`${table.name} is asked with ${parts.length} key columns, not ${table.key.length}`);
    }
    const whole = parts.filter((part) => part !== null);
    if (whole.length < parts.length) return undefined;
    const row = find(table.name, keyText(whole));
    return row === null ? undefined : rowView(row, table);
  };

/**
 * What rules of one decision see of lookup tables. After the change set: the rows of now, and each one asked for is remembered in
 * the state. Before it: the rows that were remembered, so that what held before is judged as it was then, also in a replay. Of an aggregate
 * of which only a snapshot told, no decision asked: then a row is what that snapshot had. Any other that no decision asked for yet is the one
 * of now on both sides: a lookup change by itself fires nothing. Pure.
 */
import type { AggregateState, Looked, LookupBaseline, RowsByKey } from '../domain/state/aggregate-state.js';
import { keyText, type Row, type TableDefinition } from '../domain/tables/table.js';
import type { CompiledAggregate } from '../rules/compile.js';
import { NotKnown, TableNotKnown, type LookupViews } from '../rules/fact.js';
import { unreadKey } from '../domain/state/unread-row.js';
import { Refused } from './ask.js';
import { copyOf, own, ownIn } from './own.js';
import { rowView } from './view.js';

/**
 * Of a lookup table the state of the row with this key, as of the commit that is decided; undefined when nothing ever was known of it. Who gives
 * them may not have one at hand, and gives undefined too: then it knows that what the rules come to does not count (`pipeline/decide/lookups.ts`).
 */
export type LookupRows = (table: string, key: string) => LookupRow | undefined;

export type LookupRow = Pick<AggregateState, 'rows' | 'baseline'>;

/** A snapshot of a source. */
export type SnapshotName = Pick<LookupBaseline, 'follower' | 'generation'>;

export const NO_LOOKUP_ROWS: LookupRows = () => undefined;

/** @param unknown tables of which not everything is known. @throws TableNotKnown when a rule asks for one. */
export const lookupRowsBut =
  (unknown: readonly string[], rows: LookupRows): LookupRows =>
  (table, key) => {
    if (unknown.includes(table)) throw new TableNotKnown(table);
    return rows(table, key);
  };

/** Of one decision: different rows that its rules may ask for, and the characters that are in them. */
export const LOOKED_ROWS_MAX = 10_000;
export const LOOKED_CHARS_MAX = 16 * 1024 * 1024;

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

/** @param first the snapshot that all that is known of the aggregate comes from; absent: more is known. */
export function lookingOf(
  aggregate: CompiledAggregate,
  { looked }: AggregateState,
  rows: LookupRows,
  first?: SnapshotName,
): Looking {
  if (aggregate.lookups.length === 0) return NO_LOOKUPS;
  const asked: Tables = {};
  const now = finding(rows);
  const never = first === undefined ? now : finding(asIn(first, rows));
  const then: Find = (table, key) => {
    const remembered = ownIn(looked, table, key);
    return remembered === undefined ? never(table, key) : remembered;
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

const asIn =
  ({ follower, generation }: SnapshotName, rows: LookupRows): LookupRows =>
  (table, key) => {
    const row = rows(table, key);
    const { baseline } = row ?? {};
    return baseline?.follower === follower && baseline.generation === generation ? baseline : row;
  };

/** What was remembered, brought up to date; undefined when nothing ever was asked. */
export function remembered({ looked }: AggregateState, asked: Looked | undefined): Looked | undefined {
  if (asked === undefined || looked === undefined) return asked ?? looked;
  const merged: Record<string, Readonly<Record<string, Row | null>>> = { ...looked };
  for (const [table, rows] of Object.entries(asked)) merged[table] = { ...own(looked, table), ...rows };
  return merged;
}

type Tables = Record<string, Record<string, Row | null>>;
type Find = (table: string, key: string) => Row | null;

/** Each row is asked for once, and counted. @throws Refused LOOKUPS_TOO_LARGE */
function finding(rows: LookupRows): Find {
  const found = copyOf<Record<string, Row | null>>({});
  let [count, chars] = [0, 0];
  return (table, key) => {
    const known = (found[table] ??= copyOf({}));
    const before = known[key];
    if (before !== undefined) return before;
    if (count >= LOOKED_ROWS_MAX || chars > LOOKED_CHARS_MAX) throw tooLarge(count, chars);
    const state = rows(table, key);
    const row = rowIn(state && own(state.rows, table), table, key);
    count += 1;
    chars += row === null ? 0 : charsOf(row);
    known[key] = row;
    return row;
  };
}

function rowIn(known: RowsByKey = {}, table: string, key: string): Row | null {
  const row = own(known, key);
  if (row === undefined && own(known, unreadKey(key)) !== undefined)
    throw new NotKnown(`whether ${table} has the row ${key} is not known: what was read of it was given up`);
  return row ?? null;
}

function charsOf(row: Row): number {
  let chars = 0;
  for (const column in row) {
    const value = row[column];
    if (typeof value === 'string') chars += value.length;
    else if (typeof value === 'object' && value !== null) chars += JSON.stringify(value).length;
  }
  return chars;
}

const tooLarge = (rows: number, chars: number): Refused =>
  new Refused(
    'LOOKUPS_TOO_LARGE',
    `The rules ask for more rows of lookup tables than one decision may: after ${rows} different rows with ${chars} characters, where ` +
      `${LOOKED_ROWS_MAX} rows and ${LOOKED_CHARS_MAX} characters are the most. All of them are kept with the aggregate. Let the rules ask ` +
      'for fewer, or declare fewer columns, then parked retry.',
  );

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

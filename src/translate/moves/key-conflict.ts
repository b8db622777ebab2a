/**
 * Two rows that have one key: each change would be taken for one of the other. Rows of several physical tables that are one table to the
 * rules (one that goes from one table and comes in another within a change set has moved), and rows of a table without primary key, whose
 * key is the author's word. Pure.
 */
import type { ChangeSet, RowChange } from '../../domain/change-set.js';
import type { Refusal } from '../../domain/refusal.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import { type PhysicalTables, physicalTablesOf } from '../../domain/tables/physical-table.js';
import type { Row, TableDefinition } from '../../domain/tables/table.js';
import type { CompiledAggregate } from '../../rules/compile.js';
import { ownIn } from '../own.js';

type Tables = Pick<CompiledAggregate, 'tables'>;

/** Null: no row of the changes has the key of another row. */
export const keyConflict = (changeSet: ChangeSet, before: AggregateState, aggregate: Tables): Refusal | null =>
  ofTwoTables(changeSet.changes, before, aggregate) ??
  (changeSet.kind === 'transaction' ? insertedTwice(changeSet.changes, before, aggregate) : null);

/** An insert of a row that is there: what a snapshot tells is no insert. */
function insertedTwice(changes: readonly RowChange[], before: AggregateState, { tables }: Tables): Refusal | null {
  /** Whether rows are there after the changes so far. */
  const now = new Map<string, boolean>();
  for (const { table, key, op, came } of changes) {
    const definition = tables.get(table);
    if (definition?.isKeyless !== true) continue;
    const name = `${table}:${key}`;
    const isThere = now.get(name) ?? storedRow(before, table, key) !== undefined;
    if (op === 'c' && came !== true && isThere) return twice(definition, key);
    now.set(name, op !== 'd' && op !== 'moved');
  }
  return null;
}

function ofTwoTables(changes: readonly RowChange[], before: AggregateState, { tables }: Tables): Refusal | null {
  /** Where rows are from after the changes so far; null: gone. */
  const now = new Map<string, string | null>();
  for (const { table, key, op, row, physical } of changes) {
    const definition = tables.get(table);
    const known = definition === undefined ? null : physicalTablesOf(definition);
    if (known === null || known.isInKey) continue;
    const name = `${table}:${key}`;
    const stored = now.has(name) ? now.get(name) : textIn(storedRow(before, table, key) ?? null, known);
    const from = physical ?? textIn(row, known);
    if (stored != null && from !== null && stored !== from) return conflict(table, key, [stored, from]);
    if (op === 'd' || op === 'moved') now.set(name, null);
    else if (from !== null) now.set(name, from);
  }
  return null;
}

/** Rows of a snapshot that is not compared yet count too. */
function storedRow({ rows, snapshots = {} }: AggregateState, table: string, key: string): Row | undefined {
  const staged = Object.values(snapshots).flatMap((snapshot) => snapshot.staged ?? []);
  return [rows, ...staged.map((part) => part.rows)]
    .map((part) => ownIn(part, table, key))
    .find((row): row is Row => typeof row === 'object' && row !== null);
}

function textIn(row: Row | null, { column }: PhysicalTables): string | null {
  const value = row?.[column];
  return typeof value === 'string' ? value : null;
}

const conflict = (table: string, key: string, [one, other]: readonly [string, string]): Refusal => ({
  code: 'ROW_KEY_CONFLICT',
  text:
    `The row ${key} of ${table} came from ${one}, and now from ${other}: two physical tables have a row with this key, or one ` +
    `moved without being deleted first. If keys are unique within each physical table only, make the legacy.physicalTable(...) ` +
    `column part of the table's key.`,
});

const twice = ({ name, key: columns }: TableDefinition, key: string): Refusal => ({
  code: 'ROW_KEY_CONFLICT',
  text:
    `A row ${key} of ${name} was inserted, and one with this key is there already. The table has no primary key, and its definition says that ` +
    `(${columns.join(', ')}) tells its rows apart, which is not so; or its delete was never read. Name more columns in its key, or give the table ` +
    `a primary key.`,
});

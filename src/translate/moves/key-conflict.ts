/**
 * Rows of several physical tables that are one table to the rules, and that have one key: each change would be taken for one of the
 * other row. A row that goes from one table and comes in another within a change set has moved. Pure.
 */
import type { RowChange } from '../../domain/change-set.js';
import type { Refusal } from '../../domain/refusal.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import { type PhysicalTables, physicalTablesOf } from '../../domain/tables/physical-table.js';
import type { Row } from '../../domain/tables/table.js';
import type { CompiledAggregate } from '../../rules/compile.js';
import { ownIn } from '../own.js';

/** Null: no row of the changes has the key of another table's row. */
export function keyConflict(
  changes: readonly RowChange[],
  before: AggregateState,
  { tables }: Pick<CompiledAggregate, 'tables'>,
): Refusal | null {
  /** Where rows are from after the changes so far; null: gone. */
  const now = new Map<string, string | null>();
  for (const { table, key, op, row, physical } of changes) {
    const definition = tables.get(table);
    const known = definition === undefined ? null : physicalTablesOf(definition);
    if (known === null || known.isInKey) continue;
    const name = `${table}:${key}`;
    const stored = now.has(name) ? now.get(name) : storedFrom(before, table, key, known);
    const from = physical ?? textIn(row, known);
    if (stored != null && from !== null && stored !== from) return conflict(table, key, [stored, from]);
    if (op === 'd' || op === 'moved') now.set(name, null);
    else if (from !== null) now.set(name, from);
  }
  return null;
}

/** Rows of a snapshot that is not compared yet count too. */
function storedFrom(
  { rows, snapshots = {} }: AggregateState,
  table: string,
  key: string,
  known: PhysicalTables,
): string | null {
  const staged = Object.values(snapshots).flatMap((snapshot) => snapshot.staged ?? []);
  const found = [rows, ...staged.map((part) => part.rows)]
    .map((part) => ownIn(part, table, key))
    .find((row) => typeof row === 'object' && row !== null);
  return typeof found === 'object' ? textIn(found, known) : null;
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

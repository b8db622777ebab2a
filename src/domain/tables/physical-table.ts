/**
 * Several physical tables that are one table to the rules: leaf partitions, yearly tables, shards. The column that tells from which
 * of them a row came is declared like any other, and its declaration lists them. Pure.
 */
import type { ColumnType } from './column-type.js';
import type { TableDefinition } from './table.js';

export interface PhysicalTables {
  /** Of the column. */
  readonly column: string;
  /** As Debezium writes them; `*` stands for any characters but a dot. */
  readonly names: readonly string[];
  /** The column is part of the key, so rows of two physical tables never have one key. */
  readonly isInKey: boolean;
  /** What the column has for rows of a physical table; null: its rows are none of the table. */
  readonly valueOf: (physical: string) => string | null;
}

const known = new WeakMap<TableDefinition, PhysicalTables | null>();

/** Null: the table is a physical one itself. */
export function physicalTablesOf(table: TableDefinition): PhysicalTables | null {
  let tables = known.get(table);
  if (tables === undefined) known.set(table, (tables = made(table)));
  return tables;
}

function made({ columns, key }: TableDefinition): PhysicalTables | null {
  for (const [column, { type }] of Object.entries(columns)) {
    if (type.kind !== 'physicalTable') continue;
    const valueOf = physicalValue(type);
    return { column, names: Object.keys(type.tables), isInKey: key.includes(column), valueOf };
  }
  return null;
}

type PhysicalTableType = Extract<ColumnType, { kind: 'physicalTable' }>;

export function physicalValue({ tables }: PhysicalTableType): (physical: string) => string | null {
  const entries = Object.entries(tables).map(([name, value]) => ({ pattern: wildcard(name), value }));
  return (physical) => {
    const found = entries.find(({ pattern }) => pattern.test(physical));
    return found === undefined ? null : (found.value ?? physical);
  };
}

/** By the name of a physical table, the declared one that its rows are of; undefined: none is. */
export function declaredTables(tables: Iterable<TableDefinition>): (physical: string) => TableDefinition | undefined {
  const declared = [...tables];
  const found = new Map<string, TableDefinition | undefined>();
  return (physical) => {
    if (!found.has(physical)) {
      const own = declared.find(({ name }) => name === physical);
      found.set(physical, own ?? declared.find((table) => physicalTablesOf(table)?.valueOf(physical) != null));
    }
    return found.get(physical);
  };
}

/** A name with `*` in it, for any characters but a dot. */
export const wildcard = (name: string): RegExp =>
  new RegExp(`^${name.replace(/[.$^()[\]{}|+?\\]/g, '\\$&').replaceAll('*', '[^.]*')}$`);

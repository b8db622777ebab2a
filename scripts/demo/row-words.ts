/** The rows of one decision in short words: what was inserted, changed (from what to what), deleted. Pure. */
import type { RowTold } from '../../src/domain/state/journal-entry.js';
import type { ColumnValue, Row, TableDefinition } from '../../src/domain/tables/table.js';
import type { Line } from './lines.js';
import type { ShownEntry } from './remembered.js';

export type Tables = ReadonlyMap<string, TableDefinition>;

interface SeenRow {
  readonly table: string;
  readonly key: string;
  readonly kind: 'insert' | 'update' | 'delete' | 'move';
  /** Values of columns that changed. */
  readonly was: Row;
  readonly is: Row;
}

/** `ord_hdr` for `oms.ord_hdr`. */
export const shortTable = (table: string): string => table.slice(table.lastIndexOf('.') + 1);

/** What names a row inside its aggregate: `2` for `4711/2` of 4711, nothing for the row that has the same key. */
export function rowName(key: string, id: string): string {
  if (key === id) return '';
  return key.startsWith(`${id}/`) ? key.slice(id.length + 1) : key;
}

export function rowLines(entry: ShownEntry, tables: Tables): Line[] {
  const rows = mergeRows(entry.rows);
  const ofKind = (kind: SeenRow['kind']): SeenRow[] => rows.filter((row) => row.kind === kind);
  const listed = (kind: 'insert' | 'delete' | 'move', mark: string, after = ''): Line[] => {
    const found = ofKind(kind);
    return found.length === 0 ? [] : [{ role: kind, text: `${mark} ${listOf(found, entry.id)}${after}` }];
  };
  return [
    ...listed('insert', '+'),
    ...changeLines(ofKind('update'), entry, tables),
    ...listed('delete', '-'),
    ...listed('move', '>', ' moved to another order'),
  ];
}

/** A transaction may change one row several times; what counts is what it left behind. */
function mergeRows(rows: readonly RowTold[]): SeenRow[] {
  const merged = new Map<string, SeenRow>();
  for (const { table, key, op, was, is } of rows) {
    const place = `${table} ${key}`;
    const known = merged.get(place);
    merged.set(place, {
      table,
      key,
      kind: known?.kind === 'insert' && op === 'u' ? 'insert' : kindOf(op),
      was: { ...known?.was, ...was },
      is: { ...known?.is, ...is },
    });
  }
  return [...merged.values()];
}

function kindOf(op: RowTold['op']): SeenRow['kind'] {
  if (op === 'moved') return 'move';
  if (op === 'd') return 'delete';
  return op === 'u' ? 'update' : 'insert';
}

/** `ord_hdr, ord_line ×3, whs_rel 7000061` */
function listOf(rows: readonly SeenRow[], id: string): string {
  const byTable = new Map<string, SeenRow[]>();
  for (const row of rows) byTable.set(row.table, [...(byTable.get(row.table) ?? []), row]);
  return [...byTable].map(([table, found]) => named(table, found, id)).join(', ');
}

function named(table: string, rows: readonly SeenRow[], id: string): string {
  const [first] = rows;
  const name = rows.length === 1 ? rowName(first?.key ?? '', id) : `×${rows.length}`;
  return `${shortTable(table)} ${name}`.trimEnd();
}

/** Rows of one table that changed in the same way share a line; rows without a declared change share the last one. */
function changeLines(rows: readonly SeenRow[], entry: ShownEntry, tables: Tables): Line[] {
  const alike = new Map<string, { table: string; changes: string; rows: SeenRow[] }>();
  for (const row of rows) {
    const changes = changesOf(row, tables.get(row.table));
    const place = changes === '' ? '' : `${row.table} ${changes}`;
    const known = alike.get(place);
    if (known === undefined) alike.set(place, { table: row.table, changes, rows: [row] });
    else known.rows.push(row);
  }
  const unread = alike.get('')?.rows ?? [];
  alike.delete('');
  return [
    ...[...alike.values()].map(({ table, changes, rows: same }) => ({
      role: 'update' as const,
      text: `~ ${named(table, same, entry.id)}: ${changes}`,
    })),
    ...(unread.length === 0
      ? []
      : [{ role: 'quiet' as const, text: `~ ${listOf(unread, entry.id)} (columns no rule reads)` }]),
  ];
}

function changesOf({ was, is }: SeenRow, definition: TableDefinition | undefined): string {
  const words = Object.keys(is).map((column) => {
    if (definition?.columns[column]?.sensitivity !== 'public') return `${column} (hidden)`;
    const [old, now] = [valueText(was[column]), valueText(is[column])];
    return old === now ? `${column} ${now} (as before)` : `${column} ${old} → ${now}`;
  });
  return words.join(', ');
}

const VALUE_LENGTH_MAX = 24;

export function valueText(value: ColumnValue | undefined): string {
  if (value === undefined) return '?';
  if (value === null) return 'empty';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX - 1)}…` : text;
}

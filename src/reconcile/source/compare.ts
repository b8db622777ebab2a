/** Two rows of one key: in which declared columns they differ, and what of them is shown. Pure. */
import { bareGeometry } from '../../decode/sql/spatial.js';
import type { ColumnDefinition, ColumnValue, Row, TableDefinition } from '../../domain/tables/table.js';

/** Columns that both know and that are not the same. What a state does not know of a row is not compared. */
export function differingColumns({ columns }: TableDefinition, ours: Row, theirs: Row): string[] {
  return Object.entries(columns).flatMap(([name, definition]) => {
    const [own, other] = [ours[name], theirs[name]];
    return own === undefined || other === undefined || isSame(definition, own, other) ? [] : [name];
  });
}

function isSame({ type }: ColumnDefinition, left: ColumnValue, right: ColumnValue): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object') return false;
  const value = type.kind === 'geometry' ? bareGeometry : (one: ColumnValue): ColumnValue => one;
  return sortedJson(value(left)) === sortedJson(value(right));
}

/** The same for documents whose members are in another order. */
const sortedJson = (value: ColumnValue): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

/** Of a column, as evidence names it: the path of a document begins with its column. Null: it may be seen. */
export const classOfColumn =
  ({ columns }: TableDefinition) =>
  (path: string): string | null => {
    const sensitivity = (columns[path] ?? columns[path.replace(/[.[].*$/, '')])?.sensitivity ?? 'public';
    return sensitivity === 'public' ? null : sensitivity;
  };

/** These columns of it; all, where none is named. */
export const shownOf = (row: Row, fields: readonly string[]): Row =>
  fields.length === 0 ? row : Object.fromEntries(fields.flatMap((name) => (row[name] === undefined ? [] : [[name, row[name]]]))); // prettier-ignore

/** The key of a row's aggregate, out of its primary key or out of its columns. Pure. */
import { keyText, type Row } from '../domain/tables/table.js';

/** Escaped parts are moved as they are: `keyText` escapes each part by itself. Null when the key has too few parts. */
export function keyInPrimaryKey(key: string, places: readonly number[]): string | null {
  if (places.length === 1 && places[0] === 0) {
    const end = key.indexOf('/');
    return end === -1 ? key : key.slice(0, end);
  }
  const parts = key.split('/');
  const found: string[] = [];
  for (const place of places) {
    const part = parts[place];
    if (part === undefined) return null;
    found.push(part);
  }
  return found.join('/');
}

/** Null when a key column did not come with the row. */
export function keyInRow(row: Row | null, columns: readonly string[]): string | null {
  if (row === null) return null;
  const parts: string[] = [];
  for (const column of columns) {
    const value = Object.hasOwn(row, column) ? row[column] : undefined;
    if (typeof value !== 'string' && typeof value !== 'number') return null;
    parts.push(String(value));
  }
  return keyText(parts);
}

/**
 * The key of a row's aggregate, out of its primary key or out of its columns; and the id that an aggregate has by it. Pure.
 */
import { keyText, type Row } from '../domain/tables/table.js';

/**
 * The key as the legacy database has it, behind the qualifier of the pipeline, if it has one: as if it were the first part of each key.
 * No other key is equal, because `keyText` escapes what parts have of its separator. See decision 0015.
 */
export const qualifiedId = (key: string, qualifier: string | null): string =>
  qualifier === null ? key : `${qualifier}/${key}`;

/** Escaped parts are moved as they are: `keyText` escapes each part by itself. Null when the key has too few parts. */
function keyInPrimaryKey(key: string, places: readonly number[]): string | null {
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

export function idInPrimaryKey(key: string, places: readonly number[], qualifier: string | null): string | null {
  const found = keyInPrimaryKey(key, places);
  return found === null ? null : qualifiedId(found, qualifier);
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

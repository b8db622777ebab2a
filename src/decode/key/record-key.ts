/**
 * Keys of rows in the texts of record keys and of the headers of key changes. Kafka Connect writes these by different converters:
 * the key by `key.converter`, a header by `header.converter`, whose default (SimpleHeaderConverter) has decimals as bare numbers,
 * Connect's dates as bare texts in the worker's time zone, and line breaks as they are. What cannot be read as the key is read is
 * not guessed: the other half of the key change has it as its own key (`sequence/unreadable/key-change-halves.ts`). Pure.
 */
import { isObject } from '../../domain/json-text.js';
import { type PhysicalTables, physicalTablesOf } from '../../domain/tables/physical-table.js';
import type { TableDefinition } from '../../domain/tables/table.js';
import { convertKey, INEXACT } from '../columns.js';
import { type JsonObject, parseExactly } from '../envelope.js';

/** The columns of a key: of an object, or the bare value of a table with one key column. Null when the text is neither. */
export function keyWire(text: string, definition: TableDefinition, physical: string): JsonObject | null {
  const wire = parseExactly(text);
  const tables = physicalTablesOf(definition);
  const [only, ...others] = definition.key.filter((name) => name !== tables?.column);
  const columns = isObject(wire) ? wire : only !== undefined && others.length === 0 ? { [only]: wire } : null;
  return columns === null ? null : withPhysical(columns, tables, physical);
}

/** @returns null when it cannot be read. */
export function keyIn(text: string | null, definition: TableDefinition, physical: string): string[] | null {
  const wire = text === null ? null : keyWire(text, definition, physical);
  if (wire === null) return null;
  const key = convertKey(wire, definition);
  return key === INEXACT ? null : key;
}

/** A wire row, or key, with the column that says from which table it came. */
export const withPhysical = (wire: JsonObject, tables: PhysicalTables | null, physical: string): JsonObject =>
  tables === null ? wire : { ...wire, [tables.column]: physical };

/**
 * Key columns of the table that the text of a record key does not name, though it is an object: then records are keyed by other
 * columns. What is no object may be a text of any form.
 */
export function absentColumns(text: string, definition: TableDefinition): readonly string[] {
  if (!text.startsWith('{')) return NONE;
  const absent = absentIn(text, definition);
  return absent.length === 0 || !isObject(parseExactly(text)) ? NONE : absent;
}

const NONE: readonly string[] = [];

function absentIn(text: string, definition: TableDefinition): readonly string[] {
  for (const name of definition.key) if (!text.includes(`"${name}"`)) return absentNames(text, definition);
  return NONE;
}

const absentNames = (text: string, definition: TableDefinition): string[] => {
  const column = physicalTablesOf(definition)?.column;
  return definition.key.filter((name) => name !== column && !text.includes(JSON.stringify(name)));
};

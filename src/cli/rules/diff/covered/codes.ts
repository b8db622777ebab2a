/** Which listed codes of which columns a recording has never: a rule that asks for their meaning was not tried. */
import { isObject } from '../../../../domain/json-text.js';
import type { RecordedRecord } from '../../../../adapters/files/recording.js';
import { parseObject, SchemaPrefixes } from '../../../../decode/envelope.js';
import type { TableDefinition } from '../../../../domain/tables/table.js';
import { type TableOf, topicOfPartition } from '../../drift-records.js';

export interface UnseenCodes {
  readonly table: string;
  readonly column: string;
  readonly codes: readonly string[];
}

interface Looked {
  readonly table: string;
  readonly column: string;
  readonly listed: readonly string[];
  /** Without the blanks at their end, which never matter. */
  readonly unseen: Set<string>;
}

/** Of columns that list codes, in the order of the tables; columns of which every code came are left out. */
export function unseenCodes(
  records: readonly RecordedRecord[],
  tables: ReadonlyMap<string, TableDefinition>,
  tableOf: TableOf,
): UnseenCodes[] {
  const columns = [...tables.values()].flatMap(codeColumns);
  const open = new Map<string, Looked[]>();
  for (const column of columns) open.set(column.table, [...(open.get(column.table) ?? []), column]);
  const tablesByTopic = new Map<string, string | undefined>();
  const prefixes = new SchemaPrefixes();
  for (const { topic, partition, value } of records) {
    if (!tablesByTopic.has(topic)) tablesByTopic.set(topic, tableOf(topicOfPartition(partition)));
    const table = tablesByTopic.get(topic) ?? '';
    const looked = open.get(table);
    if (looked === undefined || value === null) continue;
    const row = parseObject(value, prefixes)?.after;
    if (!isObject(row)) continue;
    for (const { column, unseen } of looked) for (const code of codesIn(row[column])) unseen.delete(code);
    const left = looked.filter(({ unseen }) => unseen.size > 0);
    if (left.length === 0) open.delete(table);
    else if (left.length < looked.length) open.set(table, left);
  }
  return columns.flatMap(({ table, column, listed, unseen }) => {
    const codes = listed.filter((code) => unseen.has(code.trimEnd()));
    return codes.length === 0 ? [] : [{ table, column, codes }];
  });
}

const codeColumns = ({ name, columns }: TableDefinition): Looked[] =>
  Object.entries(columns).flatMap(([column, { type }]) => {
    if (type.kind !== 'code' && type.kind !== 'set') return [];
    const listed = Object.keys(type.codes);
    return [{ table: name, column, listed, unseen: new Set(listed.map((code) => code.trimEnd())) }];
  });

/** Of a code, and of each member of a set. */
function codesIn(value: unknown): string[] {
  if (typeof value === 'number' || typeof value === 'boolean') return [String(value)];
  return typeof value === 'string' ? [value.trimEnd(), ...value.split(',')] : [];
}

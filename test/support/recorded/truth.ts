/**
 * What the database itself wrote down beside a recording, as change events would tell it: one `table op key` for each change, a
 * key change as its delete and its create. Numbers stay digits.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'lossless-json';
import { keyText, type TableDefinition } from '../../../src/domain/tables/table.js';
import { truthPath } from '../recordings.js';

export interface TrueTransaction {
  /** Transaction id (PostgreSQL) or GTID (MariaDB). */
  readonly id: string;
  /** Of the given tables, sorted: inside a transaction only the order of changes of one key is certain. */
  readonly changes: readonly string[];
}

type Columns = Readonly<Record<string, string | boolean | null>>;

interface TruthLine {
  readonly txid?: string;
  readonly gtid?: string;
  readonly changes?: readonly TrueChange[];
}

interface TrueChange {
  readonly table: string;
  readonly op: string;
  readonly before?: Columns | null;
  readonly key?: Columns | null;
  readonly row?: Columns | null;
}

/** Committed transactions in commit order. */
export const trueTransactions = (name: string, tables: readonly TableDefinition[]): TrueTransaction[] =>
  readFileSync(truthPath(name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parse(line, undefined, (digits) => digits) as TruthLine)
    .flatMap(({ txid, gtid, changes = [] }) => {
      const id = txid ?? gtid;
      return id === undefined ? [] : [{ id, changes: changes.flatMap((change) => told(change, tables)).sort() }];
    });

function told({ table, op, before, key, row }: TrueChange, tables: readonly TableDefinition[]): string[] {
  const definition = tables.find(({ name }) => name === `oms.${table}`);
  if (definition === undefined || op === 't') return [];
  const after = op === 'd' ? null : keyOf(definition, row ?? key);
  const old = op === 'c' ? null : keyOf(definition, before ?? key);
  if (op === 'u' && old !== after) return [`oms.${table} d ${old ?? ''}`, `oms.${table} c ${after ?? ''}`];
  return [`oms.${table} ${op} ${(after ?? old)!}`];
}

/** Null when only other columns were written down. */
function keyOf({ key }: TableDefinition, columns: Columns | null | undefined): string | null {
  const parts = key.map((name) => columns?.[name]);
  return parts.some((part) => typeof part !== 'string') ? null : keyText(parts.map((part) => String(part).trimEnd()));
}

/**
 * Change events of any tables -> what their tables look like. Knows no declaration: names come from the source blocks, keys from the record
 * keys, types from the schema beside a row where it has one, else from the values. In any order of the partitions. Pure.
 */
import { isObject } from '../domain/json-text.js';
import { CONNECTOR_NAMES, CONNECTORS } from '../decode/connectors/connectors.js';
import { DriftForms, type Presence } from '../decode/drift/forms.js';
import { type DriftRecord, type RowRecord, RowRecords } from '../decode/drift/row-records.js';
import type { ColumnSchema } from '../decode/drift/row-schemas.js';
import { type JsonObject, parseObject, SchemaPrefixes } from '../decode/envelope.js';
import { isUnavailable, REDACTED } from '../decode/types/unavailable.js';
import { counted, observedColumn } from './column.js';
import type { ObservedColumn, ObservedTable } from './form.js';
import { withTwinsAsked } from './twins.js';
import { askedOf, type GuessedType, TypeGuess } from './guessed-type.js';
import { schemaType } from './schema-type.js';
import { ColumnValues } from './values.js';

export interface SeenRecord extends DriftRecord {
  readonly key: string | null;
}

export class RecordsScan {
  /** Records with a row or a delete of a table. */
  changes = 0;
  /** Records with a value that is no change event: boundaries, schema changes, or rows without envelope. */
  others = 0;
  readonly #tables = new Map<string, TableScan>();
  readonly #records = new Map<string, RowRecords>();
  readonly #keys = new SchemaPrefixes();

  add(record: SeenRecord): void {
    const topic = record.partition.slice(0, record.partition.lastIndexOf('/'));
    let records = this.#records.get(topic);
    if (records === undefined) this.#records.set(topic, (records = new RowRecords()));
    const read = records.read(record);
    if (read.kind === 'unreadable') this.others += 1;
    if (read.kind === 'unreadable' || read.source === null) return;
    const name = tableOf(read.source);
    if (name === null) return;
    this.changes += 1;
    const table = this.#tables.get(name) ?? new TableScan(name);
    this.#tables.set(name, table);
    const key = record.key === null ? null : parseObject(record.key, this.#keys);
    if (read.kind === 'row') table.addRow(read, key);
    else if (read.op === 'd') table.addDelete(key);
  }

  /** Those of which a row was seen. */
  end(): ObservedTable[] {
    const tables = [...this.#tables.values()].map((table) => table.end()).filter(({ columns }) => columns.length > 0);
    return withTwinsAsked(tables.sort((a, b) => (a.name < b.name ? -1 : 1)));
  }
}

/** By a source block, as END names it; null: the record is no change of a row. */
export function tableOf(source: JsonObject): string | null {
  const connector = CONNECTOR_NAMES.find((known) => CONNECTORS[known].names.includes(String(source.connector)));
  if (connector === undefined || typeof source.table !== 'string' || source.table === '') return null;
  return CONNECTORS[connector].tableName(source);
}

interface ColumnScan {
  readonly guess: TypeGuess;
  readonly values: ColumnValues;
  /** The newest. */
  schema: ColumnSchema | null;
  isRedacted: boolean;
}

class TableScan {
  readonly #name: string;
  readonly #columns = new Map<string, ColumnScan>();
  readonly #forms = new DriftForms();
  readonly #counts = { r: 0, c: 0, u: 0, d: 0 };
  #key: readonly string[] | null = null;

  constructor(name: string) {
    this.#name = name;
  }

  addRow({ op, row, isSnapshot, place, schemas }: RowRecord, key: JsonObject | null): void {
    this.#counts[op] += 1;
    this.#key ??= key && Object.keys(key);
    this.#forms.add(row, isSnapshot, place);
    for (const [name, value] of Object.entries(row)) {
      const column = this.#column(name);
      column.schema = schemas?.get(name) ?? column.schema;
      column.isRedacted ||= value === REDACTED;
      if (isUnavailable(value)) continue;
      column.values.add(value === null ? null : textOf(value));
      if (value !== null) column.guess.add(value);
    }
  }

  addDelete(key: JsonObject | null): void {
    this.#counts.d += 1;
    this.#key ??= key && Object.keys(key);
  }

  end(): ObservedTable {
    const columns = [...this.#columns].map(([name, column]) => this.#observed(name, column));
    const key = this.#key ?? [];
    const { r, c, u, d } = this.#counts;
    const rows = r + c + u;
    const kinds = [`${r} of a snapshot`, `${c} inserted`, `${u} updated`].filter((text) => !text.startsWith('0 '));
    return {
      name: this.#name,
      key: key.every((name) => this.#columns.has(name)) ? key : [],
      columns,
      rows,
      evidence: `${counted(rows, 'row')}: ${kinds.join(', ')}${d === 0 ? '' : `; ${counted(d, 'delete')}`}`,
      questions: [],
    };
  }

  #column(name: string): ColumnScan {
    let column = this.#columns.get(name);
    if (column === undefined) {
      column = { guess: new TypeGuess(name), values: new ColumnValues(), schema: null, isRedacted: false };
      this.#columns.set(name, column);
    }
    return column;
  }

  #observed(name: string, { guess, values, schema, isRedacted }: ColumnScan): ObservedColumn {
    const isInKey = this.#key?.includes(name) === true;
    const presence = this.#forms.presence(name);
    return observedColumn({
      ...{ table: this.#name, name, values, isInKey },
      guess: asKey(typeOf(schema, guess.end()), isInKey || (schema === null && isId(name))),
      saidNullable: schema && schema.isOptional,
      onlyIn: ONLY_IN[presence],
      leftOut: presence === 'snapshot-only' ? GENERATED : unseen(schema, values, isRedacted),
    });
  }
}

const GENERATED =
  'only rows of snapshots carry it: the database generates it, so the stream never has it (or it was dropped)';
const UNSEEN = 'nobody can tell its type, and a declared column that is of another type parks its aggregate';
const HIDDEN = 'it is redacted in the recording, so nobody can tell its type';

const unseen = (schema: ColumnSchema | null, values: ColumnValues, isRedacted: boolean): string | null =>
  schema !== null || values.count > 0 ? null : isRedacted ? HIDDEN : UNSEEN;

const ONLY_IN: Readonly<Record<Presence, string | null>> = {
  always: null,
  never: null,
  'snapshot-only': null,
  appeared: 'only newer rows carry it',
  vanished: 'only older rows carry it: renamed or dropped?',
};

function typeOf(schema: ColumnSchema | null, guess: GuessedType | null): GuessedType {
  const said = schema === null ? null : schemaType(schema);
  if (said !== null && schema !== null)
    return { type: said, evidence: `the connector's schema says ${schema.type}`, questions: askedOf(said) };
  if (guess !== null) return guess;
  return {
    type: { kind: 'text', trim: false },
    evidence: schema === null ? 'no value of it was seen' : `the connector's schema says ${schema.type}`,
    questions: [],
  };
}

const isId = (name: string): boolean => /(^|_|[a-z])(id|no|nr|num|number|key|ref|ID|Id|No|Nr)$/.test(name);

/** Keys join tables by their texts, and grow: no digit may ever be lost. */
function asKey(guess: GuessedType, isKey: boolean): GuessedType {
  if (!isKey || guess.type.kind !== 'integer') return guess;
  return { ...guess, type: { kind: 'bigint' }, evidence: `${guess.evidence}, of a key by its place or name` };
}

const textOf = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : typeof value === 'bigint' || !isNested(value)
      ? String(value)
      : JSON.stringify(value);

const isNested = (value: unknown): value is object => Array.isArray(value) || isObject(value);

/**
 * Types of a row's columns by the schema that came with it (`schemas.enable=true`): the semantic name where it has one
 * (`io.debezium.time.MicroTimestamp`), else Connect's type (`int64`). Each different schema is read once.
 */
import { isObject } from '../envelope.js';

type ColumnTypes = ReadonlyMap<string, string>;

const BODY_START = ',"payload":';
/** As many forms as a table takes while its records are still kept, and some more. */
const SCHEMAS_MAX = 100;

export class RowSchemas {
  readonly #known = new Map<string, ColumnTypes | null>();

  /** @returns null for a record without schema, or with one that is not an envelope's. */
  of(text: string): ColumnTypes | null {
    const end = text.startsWith('{"schema":') ? text.indexOf(BODY_START) : -1;
    if (end === -1) return null;
    const schema = text.slice(0, end);
    let types = this.#known.get(schema);
    if (types === undefined) {
      if (this.#known.size >= SCHEMAS_MAX) this.#known.clear();
      this.#known.set(schema, (types = typesOf(`${schema}}`)));
    }
    return types;
  }
}

function typesOf(text: string): ColumnTypes | null {
  const row = fieldsOf(parsed(text)).find(({ field }) => field === 'after');
  if (row === undefined) return null;
  return new Map(fieldsOf(row).map(({ field, type, name }) => [String(field), textOf(name) ?? textOf(type) ?? '']));
}

function parsed(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly schema: unknown }).schema;
  } catch {
    return null;
  }
}

const fieldsOf = (schema: unknown): readonly Readonly<Record<string, unknown>>[] =>
  isObject(schema) && Array.isArray(schema.fields) ? schema.fields.filter(isObject) : [];

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

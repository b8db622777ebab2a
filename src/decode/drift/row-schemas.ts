/**
 * What is said of a row's columns by the schema that came with it (`schemas.enable=true`). Each different schema is read once.
 */
import { isObject } from '../../domain/json-text.js';

export interface ColumnSchema {
  /** The semantic name where it has one (`io.debezium.time.MicroTimestamp`), else Connect's type (`int64`). */
  readonly type: string;
  readonly isOptional: boolean;
  /** `scale`, `allowed`, `length`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Of an array; null: it is none. */
  readonly element: ColumnSchema | null;
}

export type ColumnSchemas = ReadonlyMap<string, ColumnSchema>;

const BODY_START = ',"payload":';
/** As many forms as a table takes while its records are still kept, and some more. */
const SCHEMAS_MAX = 100;

export class RowSchemas {
  readonly #known = new Map<string, ColumnSchemas | null>();

  /** @returns null for a record without schema, or with one that is not an envelope's. */
  of(text: string): ColumnSchemas | null {
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

function typesOf(text: string): ColumnSchemas | null {
  const row = fieldsOf(parsed(text)).find(({ field }) => field === 'after');
  if (row === undefined) return null;
  return new Map(fieldsOf(row).map((field) => [String(field.field), schemaOf(field)]));
}

function schemaOf({ type, name, optional, parameters, items }: Readonly<Record<string, unknown>>): ColumnSchema {
  const texts = isObject(parameters) ? Object.entries(parameters).map(([key, value]) => [key, String(value)]) : [];
  return {
    type: textOf(name) ?? textOf(type) ?? '',
    isOptional: optional === true,
    parameters: Object.fromEntries(texts) as Record<string, string>,
    element: isObject(items) ? schemaOf(items) : null,
  };
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

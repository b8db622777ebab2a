/**
 * Records whose columns of some classes are taken out: by what the rules declare, else by what their names suggest. Everything else stays as it
 * came, each digit of it; null stays null, and a key is never changed, because rows are known by it. Pure.
 */
import { parse, stringify } from 'lossless-json';
import { CONNECTOR_NAMES, CONNECTORS } from '../decode/connectors/connectors.js';
import { isObject, type JsonObject, parseObject, SchemaPrefixes } from '../decode/envelope.js';
import { REDACTED } from '../decode/types/unavailable.js';
import type { TableDefinition } from '../domain/tables/table.js';
import { suspicionOf } from './column-names.js';

/** `undeclared`: all that no rule declares, whatever it is called. */
export const REDACTION_CLASSES = ['personal', 'secret', 'undeclared'] as const;
export type RedactionClass = (typeof REDACTION_CLASSES)[number];

export interface Redacted {
  readonly value: string;
  /** Columns that are taken out for the first time, of the table: what the recording has to say before this record. */
  readonly news: { readonly table: string; readonly columns: readonly string[] } | null;
}

export class Redaction {
  readonly #classes: ReadonlySet<RedactionClass>;
  readonly #tables: ReadonlyMap<string, TableDefinition>;
  readonly #told = new Map<string, Set<string>>();
  readonly #values = new SchemaPrefixes();
  readonly #keys = new SchemaPrefixes();

  /** @param tables as the rules declare them; empty: there are no rules. */
  constructor(classes: readonly RedactionClass[], tables: ReadonlyMap<string, TableDefinition>) {
    this.#classes = new Set(classes);
    this.#tables = tables;
  }

  /** What a recording says already: columns by table. */
  learn(redacted: Readonly<Record<string, readonly string[]>>): void {
    for (const [table, columns] of Object.entries(redacted)) this.#new(table, columns);
  }

  /** By table. */
  get columns(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#told;
  }

  of(key: string | null, value: string): Redacted {
    const envelope = this.#classes.size === 0 ? null : parseObject(value, this.#values);
    const table = envelope === null || !isObject(envelope.source) ? null : tableName(envelope.source);
    if (envelope === null || table === null) return { value, news: null };
    const keys = key === null ? {} : (parseObject(key, this.#keys) ?? {});
    const images = [envelope.before, envelope.after].filter(isObject);
    const columns = [...new Set(images.flatMap((image) => this.#columnsOf(table, image, keys)))];
    if (columns.length === 0) return { value, news: null };
    const news = this.#new(table, columns);
    return { value: without(value, columns), news: news.length === 0 ? null : { table, columns: news } };
  }

  #columnsOf(table: string, image: JsonObject, keys: JsonObject): string[] {
    return Object.keys(image).filter(
      (name) => image[name] !== null && !Object.hasOwn(keys, name) && this.#isHidden(table, name),
    );
  }

  #isHidden(table: string, name: string): boolean {
    const definition = this.#tables.get(table);
    if (definition?.key.includes(name) === true) return false;
    const declared =
      definition !== undefined && Object.hasOwn(definition.columns, name) ? definition.columns[name] : undefined;
    const classes = declared === undefined ? ['undeclared', suspicionOf(name)?.sensitivity] : [declared.sensitivity];
    return classes.some((one) => one !== undefined && isClass(one) && this.#classes.has(one));
  }

  #new(table: string, columns: readonly string[]): string[] {
    const told = this.#told.get(table) ?? new Set<string>();
    this.#told.set(table, told);
    const news = columns.filter((column) => !told.has(column));
    for (const column of news) told.add(column);
    return news;
  }
}

const isClass = (name: string): name is RedactionClass => (REDACTION_CLASSES as readonly string[]).includes(name);

function tableName(source: JsonObject): string | null {
  const connector = CONNECTOR_NAMES.find((known) => CONNECTORS[known].names.includes(String(source.connector)));
  return connector === undefined || typeof source.table !== 'string' ? null : CONNECTORS[connector].tableName(source);
}

/** Numbers keep their digits: they stay texts on the way. */
function without(text: string, columns: readonly string[]): string {
  const whole = parse(text);
  const envelope = isObject(whole) && isObject(whole.payload) ? whole.payload : whole;
  if (isObject(envelope)) for (const image of [envelope.before, envelope.after]) hide(image, columns);
  return stringify(whole) ?? text;
}

function hide(image: unknown, columns: readonly string[]): void {
  if (!isObject(image)) return;
  const row = image as Record<string, unknown>;
  for (const column of columns) if (row[column] !== null && row[column] !== undefined) row[column] = REDACTED;
}

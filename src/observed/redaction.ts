/**
 * Records whose columns of some classes are taken out: by what the rules declare, else by what their names suggest. Everything else stays as it
 * came, each digit of it; null stays null, and a key is never changed, because rows are known by it. Pure.
 */
import { isObject } from '../domain/json-text.js';
import { parse, stringify } from 'lossless-json';
import { type JsonObject, parseObject, SchemaPrefixes } from '../decode/envelope.js';
import { REDACTED } from '../decode/types/unavailable.js';
import { declaredTables } from '../domain/tables/physical-table.js';
import type { TableDefinition } from '../domain/tables/table.js';
import { suspicionOf } from './column-names.js';
import { tableOf } from './records.js';

/** What is taken out besides classes by their names. `classed`: of all classes; `undeclared`: all that no rule declares, whatever it is called. */
export const CLASSED = 'classed';
export const UNDECLARED = 'undeclared';

export interface Redacted {
  readonly value: string;
  /** There is nothing to tell columns by: a logical message, a change of schema, a row without its envelope. */
  readonly isOpaque: boolean;
  /** Columns that are taken out for the first time, of the table: what the recording has to say before this record. */
  readonly news: { readonly table: string; readonly columns: readonly string[] } | null;
}

export class Redaction {
  readonly #classes: ReadonlySet<string>;
  readonly #declared: (table: string) => TableDefinition | undefined;
  readonly #told = new Map<string, Set<string>>();
  readonly #values = new SchemaPrefixes();
  readonly #keys = new SchemaPrefixes();

  /** @param classes names, {@link CLASSED}, {@link UNDECLARED}; none: nothing is taken out. @param tables as the rules declare them; empty: there are no rules. */
  constructor(classes: readonly string[], tables: ReadonlyMap<string, TableDefinition>) {
    this.#classes = new Set(classes);
    this.#declared = declaredTables(tables.values());
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
    const asItCame = { value, isOpaque: false, news: null };
    if (this.#classes.size === 0) return asItCame;
    const envelope = parseObject(value, this.#values);
    const physical = isObject(envelope?.source) ? tableOf(envelope.source) : null;
    if (envelope === null || physical === null) return { ...asItCame, isOpaque: !isBoundary(envelope) };
    const keys = key === null ? {} : (parseObject(key, this.#keys) ?? {});
    const images = [envelope.before, envelope.after].filter(isObject);
    const definition = this.#declared(physical);
    const names = new Set(images.flatMap((image) => namesIn(image, keys)));
    const columns = [...names].filter((name) => this.#isHidden(physical, definition, name));
    if (columns.length === 0) return asItCame;
    const table = definition?.name ?? physical;
    const news = this.#new(table, columns);
    return {
      ...{ value: without(value, columns), isOpaque: false },
      news: news.length === 0 ? null : { table, columns: news },
    };
  }

  #isHidden(physical: string, definition: TableDefinition | undefined, name: string): boolean {
    if (definition?.key.includes(name) === true) return false;
    const declared =
      definition !== undefined && Object.hasOwn(definition.columns, name) ? definition.columns[name] : undefined;
    const guessed = suspicionOf(name, physical)?.sensitivity;
    const called = declared === undefined ? guessed : declared.sensitivity;
    if (declared === undefined && this.#classes.has(UNDECLARED)) return true;
    if (called === undefined || called === 'public') return false;
    return this.#classes.has(CLASSED) || this.#classes.has(called);
  }

  #new(table: string, columns: readonly string[]): string[] {
    const told = this.#told.get(table) ?? new Set<string>();
    this.#told.set(table, told);
    const news = columns.filter((column) => !told.has(column));
    for (const column of news) told.add(column);
    return news;
  }
}

/** Columns that have a value, and are not of the key. */
const namesIn = (image: JsonObject, keys: JsonObject): string[] =>
  Object.keys(image).filter((name) => image[name] !== null && !Object.hasOwn(keys, name));

/** BEGIN and END of transactions only count. */
const isBoundary = (envelope: JsonObject | null): boolean =>
  envelope !== null && typeof envelope.status === 'string' && typeof envelope.id === 'string';

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

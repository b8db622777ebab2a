/**
 * Value of a record -> JSON: the general way, for whatever `scan/row-reader.ts` does not tell. With `schemas.enable=true` every record carries its
 * schema again; a schema seen before is skipped by comparing text, and only the rest is parsed. Integers beyond 2^53 need the exact parse, which
 * is about ten times slower and used only for records that hold one in a declared column.
 */
import { isObject } from '../domain/json-text.js';
import { parse } from 'lossless-json';
import { type Scaler, scalerOf } from './schema-scales.js';

export type JsonObject = Readonly<Record<string, unknown>>;

const SCHEMA_START = '{"schema":';
const SCHEMA_START_BYTES = Buffer.from(SCHEMA_START);
const BODY_START = ',"payload":';
/** Each table has one schema at a time; old ones stay while their records are still read. */
const PREFIXES_MAX = 8;

export interface Wrapper {
  readonly prefix: string;
  readonly prefixBytes: Buffer;
  readonly scaler: Scaler | null;
}

/** Known schema prefixes of one topic's keys or values. */
export class SchemaPrefixes {
  readonly #known: Wrapper[] = [];

  static isWrapped(bytes: Buffer): boolean {
    return SCHEMA_START_BYTES.equals(bytes.subarray(0, SCHEMA_START_BYTES.length));
  }

  /** The wrapper of a text, when it is known. */
  find(text: string): Wrapper | undefined {
    return this.#known.find(({ prefix }) => text.startsWith(prefix));
  }

  /** The same of its bytes. */
  findIn(bytes: Buffer): Wrapper | undefined {
    return this.#known.find(({ prefixBytes: { length }, prefixBytes }) =>
      prefixBytes.equals(bytes.subarray(0, length)),
    );
  }

  /** Learns the wrapper of a text that was parsed whole and is `{schema, payload}`. */
  learn(text: string, body: unknown, scaler: Scaler | null): void {
    const start = text.indexOf(BODY_START);
    if (start === -1) return;
    const prefix = text.slice(0, start + BODY_START.length);
    try {
      if (JSON.stringify(JSON.parse(text.slice(prefix.length, -1))) !== JSON.stringify(body)) return;
    } catch {
      return;
    }
    if (this.#known.length >= PREFIXES_MAX) this.#known.shift();
    this.#known.push({ prefix, prefixBytes: Buffer.from(prefix), scaler });
  }
}

/** Bytes that are no UTF-8 would become other characters silently. The first alone is no JSON, and tells Avro from damage. */
export function textOf(value: Buffer): string {
  const text = value.toString();
  return !text.includes('\ufffd') || Buffer.from(text).equals(value) ? text : value.toString('latin1', 0, 1);
}

/** @returns the object without schema wrapper, or null when the text is not a JSON object. */
export function parseObject(text: string, prefixes: SchemaPrefixes): JsonObject | null {
  if (!text.startsWith(SCHEMA_START)) return unwrapped(objectOf(text));
  const known = prefixes.find(text);
  if (known !== undefined) return scaled(objectOf(text.slice(known.prefix.length, -1)), known.scaler);
  const whole = objectOf(text);
  if (whole === null || !isWrapper(whole)) return whole;
  const { schema, payload: body } = whole;
  const scaler = scalerOf(schema);
  prefixes.learn(text, body, scaler);
  return isObject(body) ? scaled(body, scaler) : null;
}

const scaled = (body: JsonObject | null, scaler: Scaler | null): JsonObject | null =>
  body === null || scaler === null ? body : (scaler(body) as JsonObject);

/** The same with integers beyond 2^53 as bigint. */
export function parseObjectExactly(text: string): JsonObject | null {
  const body = parseExactly(text);
  return isObject(body) ? body : null;
}

/** Any JSON value without schema wrapper, integers beyond 2^53 as bigint; undefined when the text is not JSON. */
export function parseExactly(text: string): unknown {
  try {
    const whole = parse(text, undefined, exactNumber);
    if (!isObject(whole) || !isWrapper(whole)) return whole;
    const scaler = scalerOf(whole.schema);
    return scaler === null ? whole.payload : scaler(whole.payload);
  } catch {
    return undefined;
  }
}

/** `{"schema":..,"payload":null}` */
export const isEmptyWrapper = (text: string): boolean =>
  text.startsWith(SCHEMA_START) && text.endsWith(`${BODY_START}null}`);

/** Old converters wrap it; a schema around nothing, or the word `null`, is how a flattening transform says deleted. */
export const isWrappedTombstone = (text: string): boolean => text === '{"schema":null,"payload":null}';

/** A flattened row may have columns of these names, but not all of them. */
export const isEnvelope = (wire: JsonObject): boolean => 'op' in wire && 'source' in wire && 'after' in wire;

const exactNumber = (digits: string): number | bigint => {
  const number = Number(digits);
  return Number.isInteger(number) && !Number.isSafeInteger(number) && /^-?\d+$/.test(digits) ? BigInt(digits) : number;
};

function objectOf(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Converters write the schema first; other writers of the format write it last, or leave it out. */
const isWrapper = (value: JsonObject): boolean =>
  'payload' in value && Object.keys(value).every((name) => name === 'payload' || name === 'schema');

function unwrapped(whole: JsonObject | null): JsonObject | null {
  if (whole === null || !('payload' in whole) || !isWrapper(whole)) return whole;
  const { schema, payload: body } = whole;
  return isObject(body) ? scaled(body, scalerOf(schema)) : null;
}

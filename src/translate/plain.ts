/**
 * What user code gives back -> plain JSON: a frozen copy of texts, finite numbers, true, false, null, arrays and records, and nothing
 * else. Bounded, so that a circle or a giant is refused instead of followed. A property without a value is left out, as JSON does.
 *
 * What is given may be anything: getters that throw, proxies, instances of classes. Each property is read once. Pure, apart from what
 * the getters do; to be called where exceptions of user code are caught (`ask.ts`).
 */
import { AUTHORED_NAME, pathText } from '../domain/words/path-text.js';
import type { JsonObject, JsonValue } from '../rules/fact.js';
import { put } from './own.js';

/** Arrays and records in each other. */
export const PLAIN_DEPTH_MAX = 32;
/** Values in one answer. */
export const PLAIN_VALUES_MAX = 100_000;
/** Characters of all texts and names in one answer. */
export const PLAIN_CHARS_MAX = 4_000_000;

/** The answer is no plain JSON; the text says what stands where, never a value. */
export class NotPlain extends Error {
  override readonly name = 'NotPlain';
}

/** @throws NotPlain, and whatever getters throw. */
export function plainObject(answer: unknown): JsonObject {
  const plain = plainOf(answer);
  if (typeof plain === 'object' && plain !== null && !isArray(plain)) return plain;
  throw new NotPlain(`${kindOf(answer)}, where a record of fields is needed`);
}

/** @throws NotPlain, and whatever getters throw. */
export const plainOf = (answer: unknown): JsonValue => new Copying().copy(answer);

type Path = readonly (string | number)[];

class Copying {
  /** To the value that is copied now. */
  readonly #path: (string | number)[] = [];
  #values = 0;
  #chars = 0;

  copy(value: unknown): JsonValue {
    this.#values += 1;
    if (this.#values > PLAIN_VALUES_MAX) throw new NotPlain(`more than ${PLAIN_VALUES_MAX} values`);
    switch (typeof value) {
      case 'string':
        return this.#counted(value);
      case 'boolean':
        return value;
      case 'number':
        if (!Number.isFinite(value)) throw notPlain(String(value), this.#path);
        return value === 0 ? 0 : value; // -0 does not survive JSON
      case 'object':
        return value === null ? null : this.#nested(value);
      case 'undefined':
      case 'bigint':
      case 'symbol':
      case 'function':
        throw notPlain(kindOf(value), this.#path);
    }
  }

  #counted(text: string): string {
    this.#chars += text.length;
    if (this.#chars > PLAIN_CHARS_MAX) throw new NotPlain(`texts of more than ${PLAIN_CHARS_MAX} characters`);
    return text;
  }

  #nested(value: object): JsonValue {
    if (this.#path.length >= PLAIN_DEPTH_MAX)
      throw new NotPlain(`values nested more than ${PLAIN_DEPTH_MAX} deep, or in a circle, ${placeOf(this.#path)}`);
    if (Array.isArray(value)) return this.#array(value);
    if (!isRecord(value)) {
      settleQuietly(value);
      throw notPlain(kindOf(value), this.#path);
    }
    return this.#record(value);
  }

  #array(values: readonly unknown[]): JsonValue {
    const copy: JsonValue[] = [];
    for (let i = 0; i < values.length; i += 1) {
      this.#path.push(i);
      copy.push(this.copy(values[i]));
      this.#path.pop();
    }
    return Object.freeze(copy);
  }

  #record(record: object): JsonValue {
    if (Object.getOwnPropertySymbols(record).length > 0) throw notPlain('a symbol as a name', this.#path);
    const copy: Record<string, JsonValue> = {};
    for (const name of Object.keys(record)) {
      const value = (record as Readonly<Record<string, unknown>>)[name];
      if (value === undefined) continue;
      this.#path.push(this.#counted(name));
      put(copy, name, this.copy(value));
      this.#path.pop();
    }
    return Object.freeze(copy);
  }
}

/** A promise is no answer, and if it fails nobody waits for it: that would end the process. */
export function settleQuietly(answer: unknown): void {
  if (typeof answer !== 'object' || answer === null) return;
  if (Object.prototype.toString.call(answer) !== '[object Promise]') return;
  void Promise.prototype.then.call(answer, undefined, () => undefined);
}

/** Of this realm or that of the rules: its prototype is the last of its chain. */
function isRecord(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty');
}

const isArray = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);

const notPlain = (what: string, path: Path): NotPlain => new NotPlain(`${what} ${placeOf(path)}`);

/** `undefined`, `a bigint`, `a Map`: never the value itself. */
function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (Array.isArray(value)) return 'an array';
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1);
  return tag === 'Object' || !AUTHORED_NAME.test(tag) ? 'an object of a class' : `a ${tag}`;
}

const placeOf = (path: Path): string => (path.length === 0 ? 'as the whole' : `in ${pathText(path)}`);

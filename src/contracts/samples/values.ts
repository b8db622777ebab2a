/**
 * Values that a schema of a contract takes. What cannot be made up (a pattern that looks ahead, `allOf`, `not`) is taken from the example; where
 * that has nothing, an optional field stays away. Pure.
 */
import {
  type Json,
  type JsonSchema,
  type JsonType,
  patternOf,
  resolved,
  typesOf,
} from '../../rules/contracts/json-schema.js';
import type { Dice } from './dice.js';
import { formatText } from './format-text.js';
import { patternText } from './pattern-text.js';

/** How long a text, how many parts a list is made where the schema sets no end. */
export const TEXT_MAX = 200;
export const PARTS_MAX = 20;
/** A schema that refers to itself is not followed for ever. */
const DEPTH_MAX = 8;
/** Below, lists are short: a long list of long lists has no end. */
const DEEP = 2;
const TRIES = 20;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/** Of any size; `full`: with all fields; `least`: with no optional one, the shortest of all; `most`: with all, and long ones. */
export type Extent = 'any' | 'full' | 'least' | 'most';

export class Values {
  readonly #root: JsonSchema;
  readonly #dice: Dice;
  readonly #extent: Extent;

  constructor(root: JsonSchema, dice: Dice, extent: Extent) {
    this.#root = root;
    this.#dice = dice;
    this.#extent = extent;
  }

  /** Undefined: nothing could be made up, and the example has nothing. */
  of(schema: JsonSchema, example: Json | undefined, depth = 0): Json | undefined {
    const at = resolved(schema, this.#root);
    if (at === undefined || depth > DEPTH_MAX || at.allOf !== undefined || at.not !== undefined) return example;
    if (at.const !== undefined) return at.const;
    if (at.enum !== undefined) return this.#dice.pick(at.enum);
    const branches = at.anyOf ?? at.oneOf;
    if (branches !== undefined) return this.#ofBranch(branches, depth);
    const types = typesOf(at);
    if (types.length === 0) return example ?? null;
    const wanted = this.#isWhole ? types.filter((type) => type !== 'null') : types;
    return this.#ofType(this.#dice.pick(wanted.length === 0 ? types : wanted), at, example, depth);
  }

  /** The example may be of another branch. */
  #ofBranch(branches: readonly JsonSchema[], depth: number): Json | undefined {
    const first = this.#dice.between(0, branches.length - 1);
    const turned = [...branches.slice(first), ...branches.slice(0, first)];
    const isNull = ({ type }: JsonSchema): boolean => type === 'null';
    const inTurn = this.#isWhole ? [...turned.filter((each) => !isNull(each)), ...turned.filter(isNull)] : turned;
    for (const branch of inTurn) {
      const value = this.of(branch, undefined, depth);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** Something rather than null. */
  get #isWhole(): boolean {
    return this.#extent === 'full' || this.#extent === 'most';
  }

  /** Of what may be between two numbers. */
  #between(least: number, usual: number, most: number): number {
    if (this.#extent === 'least') return least;
    return this.#extent === 'most' ? Math.max(least, most) : this.#dice.between(least, usual);
  }

  #ofType(type: JsonType, schema: JsonSchema, example: Json | undefined, depth: number): Json | undefined {
    switch (type) {
      case 'null':
        return null;
      case 'boolean':
        return this.#dice.isHeads();
      case 'integer':
      case 'number':
        return this.#number(schema, type === 'integer');
      case 'string':
        return this.#text(schema, typeof example === 'string' ? example : undefined);
      case 'array':
        return this.#list(schema, isList(example) ? example : [], depth);
      case 'object':
        return this.#object(schema, isObject(example) ? example : {}, depth);
    }
  }

  #number(schema: JsonSchema, isWhole: boolean): number {
    const { multipleOf } = schema;
    const step = multipleOf ?? (isWhole ? 1 : 0.25);
    const { least, most } = rangeOf(schema, step);
    const [low, high] = [Math.ceil(least / step), Math.floor(most / step)];
    if (low > high) return least;
    // A step below one is a decimal: its multiple is rounded to as many places, and not each is one to those who divide again.
    const places = Math.min(20, String(step).split('.')[1]?.length ?? 0);
    const multiple = (count: number): number => Number((count * step).toFixed(places));
    for (let i = 0; i < TRIES; i += 1) {
      const made = multiple(this.#between(low, high, high - i));
      if (Number.isInteger(made / step)) return made;
    }
    return multiple(low);
  }

  #text(schema: JsonSchema, example: string | undefined): string | undefined {
    const { format, pattern, minLength = 0, maxLength = Math.max(minLength, TEXT_MAX) } = schema;
    const fits = (text: string): boolean => text.length >= minLength && text.length <= maxLength;
    if (format === undefined && pattern === undefined) return this.#plain(minLength, maxLength);
    for (let i = 0; i < TRIES; i += 1) {
      const text =
        format === undefined
          ? patternText(pattern ?? '', this.#dice, this.#extent === 'full' ? 'any' : this.#extent)
          : formatText(format, this.#dice);
      if (text === null) break;
      if (fits(text) && (pattern === undefined || patternOf(pattern)?.test(text) === true)) return text;
    }
    return example;
  }

  #plain(minLength: number, maxLength: number): string {
    const usual = Math.min(maxLength, minLength + 12);
    return this.#dice.text(
      LETTERS,
      this.#between(Math.min(maxLength, Math.max(minLength, this.#extent === 'least' ? 0 : 1)), usual, maxLength),
    );
  }

  #list(schema: JsonSchema, example: readonly Json[], depth: number): Json[] | undefined {
    const { items, minItems = 0, maxItems = minItems + (depth > DEEP ? 1 : PARTS_MAX), uniqueItems } = schema;
    if (isPlaces(items)) return this.#places(items, example, depth);
    const least = this.#extent === 'full' ? Math.min(maxItems, Math.max(minItems, 1)) : minItems;
    const count = this.#between(least, Math.min(maxItems, least + 3), Math.min(maxItems, least + PARTS_MAX));
    const parts: Json[] = [];
    for (let i = 0; i < count + TRIES && parts.length < count; i += 1) {
      const part = this.of(items ?? {}, example[i % Math.max(1, example.length)], depth + 1);
      if (part === undefined) break;
      if (uniqueItems !== true || !parts.some((each) => JSON.stringify(each) === JSON.stringify(part)))
        parts.push(part);
    }
    return parts.length < minItems ? undefined : parts;
  }

  #places(items: readonly JsonSchema[], example: readonly Json[], depth: number): Json[] | undefined {
    const parts = items.map((each, i) => this.of(each, example[i], depth + 1));
    return parts.every((part) => part !== undefined) ? parts : undefined;
  }

  #object(schema: JsonSchema, example: Readonly<Record<string, Json>>, depth: number): Json | undefined {
    const { properties = {}, required = [], additionalProperties } = schema;
    const made: Record<string, Json> = {};
    for (const name of namesIn(properties, required)) {
      const isRequired = required.includes(name);
      const isLeftOut = this.#extent === 'least' || (this.#extent === 'any' && this.#dice.isHeads());
      if (!isRequired && (isLeftOut || depth >= DEPTH_MAX)) continue;
      const other = typeof additionalProperties === 'object' ? additionalProperties : {};
      const value = this.of(properties[name] ?? other, example[name], depth + 1);
      if (value !== undefined) made[name] = value;
      else if (isRequired) return undefined;
    }
    return typeof additionalProperties === 'object' ? this.#map(schema, made, example, depth) : made;
  }

  /** Names are made up where nothing is said of them; else they are those of the example. */
  #map(schema: JsonSchema, made: Record<string, Json>, example: Readonly<Record<string, Json>>, depth: number): Json {
    const { additionalProperties, propertyNames, properties = {} } = schema;
    const names = propertyNames?.enum ?? (propertyNames === undefined ? ['one', 'two'] : Object.keys(example));
    for (const name of names.map(String).filter((each) => !Object.hasOwn(properties, each))) {
      const value = this.of(additionalProperties as JsonSchema, example[name], depth + 1);
      if (value !== undefined) made[name] = value;
    }
    return made;
  }
}

/** Those that are required are there, whatever is said of them. */
const namesIn = (properties: Readonly<Record<string, JsonSchema>>, required: readonly string[]): string[] => [
  ...new Set([...Object.keys(properties), ...required]),
];

/** Both ends included. Where nothing is said, or an end that only a machine has (of a double), up to a thousand away from what is. */
export function rangeOf(schema: JsonSchema, step: number): { readonly least: number; readonly most: number } {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const lows = [minimum, exclusiveMinimum === undefined ? undefined : exclusiveMinimum + step]
    .filter(isThere)
    .filter((low) => low > -Number.MAX_SAFE_INTEGER);
  const highs = [maximum, exclusiveMaximum === undefined ? undefined : exclusiveMaximum - step]
    .filter(isThere)
    .filter((high) => high < Number.MAX_SAFE_INTEGER);
  const least =
    lows.length > 0 ? Math.max(...lows) : highs.length > 0 ? Math.min(0, ...highs.map((high) => high - 1_000)) : 0;
  return { least, most: highs.length > 0 ? Math.min(...highs) : least + 1_000 };
}

const isThere = (value: number | undefined): value is number => value !== undefined;
const isPlaces = (items: JsonSchema['items']): items is readonly JsonSchema[] => Array.isArray(items);
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
export const isObject = (value: Json | undefined): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

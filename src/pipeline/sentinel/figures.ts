/**
 * What one column was like, over so many rows: how often it was null, which values it had while they were few, and what its values look like. Counted
 * row by row, so nothing here takes more than a few steps. Bounded, and without values of personal and secret columns.
 */
import type { ColumnValue } from '../../domain/tables/table.js';

/** Different values that are told apart; a column with more is known by what its values look like. */
export const VALUES_MAX = 24;
/** Of a text that counts as one of few values. */
const VALUE_CHARS_MAX = 40;

type Counts = Readonly<Record<string, number>>;

export interface Figures {
  readonly rows: number;
  readonly nulls: number;
  /** Null: there are too many, or nobody may know them. */
  readonly values: Counts | null;
  readonly shapes: Counts;
}

/** What a value is the first of in its window: not null; and like this, as long as there are few values. */
export interface First {
  readonly isInUse: boolean;
  readonly isOther: boolean;
}

type Scalar = string | number | boolean;

interface Count {
  n: number;
}

/** A window while it is being filled. */
export class Counting {
  #rows = 0;
  #nulls = 0;
  #values: Map<Scalar, Count> | null;
  readonly #shapes = new Int32Array(KINDS.length * LENGTHS);

  /** @param hasValues its values may be known. */
  constructor(hasValues: boolean) {
    this.#values = hasValues ? new Map() : null;
  }

  add(value: ColumnValue): First {
    this.#rows += 1;
    if (value === null) {
      this.#nulls += 1;
      return SEEN;
    }
    const isInUse = this.#rows === this.#nulls + 1;
    const isOther = this.#values !== null && this.#addValue(this.#values, value);
    if (this.#values === null) this.#addShape(value, 1);
    return isInUse || isOther ? { isInUse, isOther } : SEEN;
  }

  #addValue(values: Map<Scalar, Count>, value: ColumnValue): boolean {
    const count = isShort(value) ? values.get(value) : undefined;
    if (count !== undefined) {
      count.n += 1;
      return false;
    }
    if (isShort(value) && values.size < VALUES_MAX) {
      values.set(value, { n: 1 });
      return true;
    }
    // From now on it is known by what its values look like, those that it had among them.
    this.#values = null;
    for (const [one, { n }] of values) this.#addShape(one, n);
    return isShort(value);
  }

  #addShape(value: NonNullable<ColumnValue>, times: number): void {
    const shape = shapeOf(value);
    this.#shapes[shape] = (this.#shapes[shape] ?? 0) + times;
  }

  figures(): Figures {
    const values = this.#values && Object.fromEntries([...this.#values].map(([value, { n }]) => [String(value), n]));
    const shapes: Record<string, number> = {};
    const count = (shape: number, times: number): void => {
      shapes[shapeName(shape)] = (shapes[shapeName(shape)] ?? 0) + times;
    };
    for (const [value, { n }] of this.#values ?? []) count(shapeOf(value), n);
    for (const [shape, times] of this.#shapes.entries()) if (times > 0) count(shape, times);
    return { rows: this.#rows, nulls: this.#nulls, values, shapes };
  }
}

/** Nothing new, of nearly all values. */
const SEEN: First = { isInUse: false, isOther: false };

const isShort = (value: ColumnValue): value is Scalar =>
  typeof value === 'string' ? value.length <= VALUE_CHARS_MAX : typeof value === 'number' || typeof value === 'boolean';

/** What a value begins with: nothing, a digit, a capital letter, a small one, another character of ASCII, any other. */
const KINDS = ['', '9', 'A', 'a', '-', 'x'] as const;
/** Of texts 0, 1, 2, 4, 8, ... characters; of numbers as many bits. */
const LENGTHS = 33;

/** What its first character is, and about how long it is. No text is made for it: it is asked for every value of a column with many. */
function shapeOf(value: NonNullable<ColumnValue>): number {
  if (typeof value === 'string') return kindOf(value) * LENGTHS + 32 - Math.clz32(value.length);
  if (typeof value === 'number') return (value < 0 ? 4 : 1) * LENGTHS + 32 - Math.clz32(Math.abs(value));
  return typeof value === 'boolean' ? 3 * LENGTHS + Number(value) : 0;
}

function kindOf(text: string): number {
  if (text.length === 0) return 0;
  const code = text.charCodeAt(0);
  if (code >= 0x30 && code <= 0x39) return 1;
  if (code >= 0x41 && code <= 0x5a) return 2;
  if (code >= 0x61 && code <= 0x7a) return 3;
  return code < 0x80 ? 4 : 5;
}

/** `9:3` for a text of four to seven characters that begins with a digit. */
const shapeName = (shape: number): string => `${KINDS[Math.floor(shape / LENGTHS)] ?? ''}:${shape % LENGTHS}`;

/** It had few values, and this was none of them. */
export const isNewTo = ({ values }: Figures, value: ColumnValue): boolean =>
  values !== null && isShort(value) && !Object.hasOwn(values, String(value));

/** Both together. */
export function together(one: Figures, other: Figures): Figures {
  const values = one.values === null || other.values === null ? null : sum(one.values, other.values);
  return {
    rows: one.rows + other.rows,
    nulls: one.nulls + other.nulls,
    values: values !== null && Object.keys(values).length > VALUES_MAX ? null : values,
    shapes: sum(one.shapes, other.shapes),
  };
}

function sum(one: Counts, other: Counts): Counts {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, countIn(one, name) + countIn(other, name)]));
}

/** Each object has something called `constructor`, whether or not it was counted. */
export const countIn = (counts: Counts, name: string): number =>
  Object.hasOwn(counts, name) ? (counts[name] ?? 0) : 0;

/** Half of it, so that what was long ago counts less; what was there once stays. */
export const halved = ({ rows, nulls, values, shapes }: Figures): Figures => ({
  rows: half(rows),
  nulls: half(nulls),
  values: values && halves(values),
  shapes: halves(shapes),
});

const half = (count: number): number => Math.ceil(count / 2);
const halves = (counts: Counts): Counts =>
  Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, half(count)]));

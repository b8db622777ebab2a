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

/** A window while it is being filled. */
export class Counting {
  #rows = 0;
  #nulls = 0;
  #values: Map<string, number> | null;
  readonly #shapes = new Map<string, number>();

  /** @param hasValues its values may be known. */
  constructor(hasValues: boolean) {
    this.#values = hasValues ? new Map() : null;
  }

  get isAlwaysNull(): boolean {
    return this.#nulls === this.#rows;
  }

  /** A value that neither this window had, nor what was learnt, where that has few. */
  isNew(value: ColumnValue, learnt: Figures): boolean {
    if (learnt.values === null || this.#values === null) return false;
    const text = valueText(value);
    return text !== null && !Object.hasOwn(learnt.values, text) && !this.#values.has(text);
  }

  add(value: ColumnValue): void {
    this.#rows += 1;
    if (value === null) {
      this.#nulls += 1;
      return;
    }
    const shape = shapeOf(value);
    this.#shapes.set(shape, (this.#shapes.get(shape) ?? 0) + 1);
    if (this.#values !== null) this.#addValue(this.#values, value);
  }

  #addValue(values: Map<string, number>, value: ColumnValue): void {
    const text = valueText(value);
    const count = text === null ? undefined : values.get(text);
    if (text === null || (count === undefined && values.size >= VALUES_MAX)) this.#values = null;
    else values.set(text, (count ?? 0) + 1);
  }

  figures(): Figures {
    const values = this.#values === null ? null : Object.fromEntries(this.#values);
    return { rows: this.#rows, nulls: this.#nulls, values, shapes: Object.fromEntries(this.#shapes) };
  }
}

const valueText = (value: ColumnValue): string | null => {
  if (typeof value === 'string') return value.length <= VALUE_CHARS_MAX ? value : null;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
};

/** What its first character is, and about how long it is: `9:3` for a number of three or four digits. */
function shapeOf(value: ColumnValue): string {
  const text = typeof value === 'string' ? value : typeof value === 'object' ? '' : String(value);
  return `${kindOf(text.charCodeAt(0))}:${32 - Math.clz32(text.length)}`;
}

function kindOf(code: number): string {
  if (code >= 0x30 && code <= 0x39) return '9';
  if (code >= 0x41 && code <= 0x5a) return 'A';
  if (code >= 0x61 && code <= 0x7a) return 'a';
  return Number.isNaN(code) ? '' : code < 0x80 ? '-' : 'x';
}

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
  const all: Record<string, number> = { ...one };
  for (const [name, count] of Object.entries(other)) all[name] = (all[name] ?? 0) + count;
  return all;
}

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

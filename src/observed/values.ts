/** The values of one column as they come by: how many, how often each while there are few, and a sample of the different ones. Pure. */
import type { ValueSample } from './form.js';

/** More different values are no list of codes. */
export const CODES_MAX = 24;
const SAMPLE_MAX = 256;
const TEXT_LENGTH_MAX = 60;

export class ColumnValues {
  /** Not null. */
  count = 0;
  nulls = 0;
  #codes: Map<string, number> | null = new Map<string, number>();
  readonly #sample = new Map<number, string>();
  #upTo = Infinity;

  /** @param value as text; null: SQL's. @param times so many rows have it. */
  add(value: string | null, times = 1): void {
    if (value === null) {
      this.nulls += times;
      return;
    }
    this.count += times;
    const text = withoutBlanks(value.slice(0, TEXT_LENGTH_MAX));
    this.#countCode(text, times);
    const hash = hashOf(text);
    if (hash > this.#upTo || this.#sample.has(hash)) return;
    this.#sample.set(hash, text);
    if (this.#sample.size <= SAMPLE_MAX) return;
    const hashes = [...this.#sample.keys()].sort((a, b) => a - b);
    this.#upTo = hashes[SAMPLE_MAX - 1] ?? 0;
    for (const above of hashes.slice(SAMPLE_MAX)) this.#sample.delete(above);
  }

  /** How often each value was there, the most frequent first; null: there are too many different ones. */
  get codes(): ReadonlyMap<string, number> | null {
    if (this.#codes === null) return null;
    return new Map([...this.#codes].sort(([a, times], [b, others]) => others - times || (a < b ? -1 : 1)));
  }

  get sample(): ValueSample {
    return { byHash: this.#sample, upTo: this.#upTo };
  }

  /** The different values that were kept. */
  texts(): string[] {
    return [...this.#sample.values()];
  }

  /** Share of the different values that were kept for which it holds, from 0 to 1. */
  shareOf(holds: (text: string) => boolean): number {
    const texts = this.texts();
    return texts.length === 0 ? 0 : texts.filter(holds).length / texts.length;
  }

  #countCode(text: string, times: number): void {
    if (this.#codes === null) return;
    this.#codes.set(text, (this.#codes.get(text) ?? 0) + times);
    if (this.#codes.size > CODES_MAX) this.#codes = null;
  }
}

/** Of `char(n)` some sources send the blanks at the end and some do not. A value of blanks alone is one blank. */
function withoutBlanks(text: string): string {
  const trimmed = text.trimEnd();
  return trimmed === '' && text !== '' ? ' ' : trimmed;
}

/** FNV-1a, 32 bits, mixed so that neighbours are far apart. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Whether the values of one column are among those of another, as far as both samples can say.
 * @returns of how many values that is known, and how many are; null: nothing can be compared.
 */
export function contained(
  inner: ValueSample,
  outer: ValueSample,
): { readonly of: number; readonly found: number } | null {
  const limit = Math.min(inner.upTo, outer.upTo);
  const comparable = [...inner.byHash.keys()].filter((hash) => hash <= limit);
  if (comparable.length === 0) return null;
  return { of: comparable.length, found: comparable.filter((hash) => outer.byHash.has(hash)).length };
}

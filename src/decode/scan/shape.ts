/**
 * Bytes of JSON -> the wanted values of an object (`cell.ts`), without making the object or anything else of it: most of an envelope is
 * read by nobody. Objects of one shape mostly have the same names in the same order, so these are only compared.
 */
import type { Cell } from './cell.js';
import { CLOSE, COLON, COMMA, endOf, isAt, LOWER_N, NOT, NULL, OPEN, QUOTE, stringEnd } from './bytes.js';
import { type Memory, Words } from './memory.js';

class Place {
  /** `{"name":` or `,"name":` as it stands in the bytes. */
  readonly start: Words;
  readonly cell: Cell | null;
  readonly shape: Shape | null;
  /** The same with the value behind it, as long as that stays what it was. */
  steady: Words | null = null;
  #reads = 0;

  constructor(start: Words, wanted: Cell | Shape | null) {
    this.start = start;
    this.cell = wanted instanceof Shape ? null : wanted;
    this.shape = wanted instanceof Shape ? wanted : null;
  }

  /** A value was read: now and then it is looked at whether it stays. One that could be changed is made anew each time. */
  wasRead(bytes: Buffer, at: number, end: number): void {
    this.#reads = (this.#reads + 1) & (READS - 1);
    if (this.#reads !== 1 || end - at > STEADY_MAX || this.shape !== null) return;
    if (typeof this.cell?.value !== 'object' || this.cell.value === null)
      this.steady = new Words(bytes.subarray(at, end));
  }
}

const READS = 256;
const STEADY_MAX = 200;

const NAMES_MAX = 5_000;
const NAME_LENGTH_MAX = 500;

type Wanted = Iterable<readonly [name: string, wanted: Cell | Shape]>;

export class Shape {
  /** False: null stands in its place, or nothing; then its cells say nothing. */
  isThere = false;
  readonly #wanted: ReadonlyMap<string, Cell | Shape>;
  readonly #others: ReadonlySet<string> | null;
  readonly #needed: readonly string[];
  /** As the last object had them; null: none was read. */
  #places: readonly Place[] | null = null;

  /**
   * @param needed an object without one of these names is not told.
   * @param others names that may be there too; null: any.
   */
  constructor(wanted: Wanted, needed: readonly string[] = [], others: readonly string[] | null = null) {
    this.#wanted = new Map(wanted);
    this.#needed = needed;
    this.#others = others && new Set(others);
  }

  /** @returns where the object ends that begins at `at`, or null in its place; NOT: it is not told what it is. */
  read(memory: Memory, at: number, to: number): number {
    const { bytes } = memory;
    if (bytes[at] !== OPEN) {
      this.isThere = false;
      return bytes[at] === LOWER_N && isAt(NULL, bytes, at) ? at + NULL.length : NOT;
    }
    this.isThere = true;
    const end = this.#places === null ? OTHER_NAMES : this.#readKnown(memory, at, to, this.#places);
    return end === OTHER_NAMES ? this.#learn(memory, at, to) : end;
  }

  #readKnown(memory: Memory, start: number, to: number, places: readonly Place[]): number {
    const { bytes, view } = memory;
    let at = start;
    for (let i = 0; i < places.length; i += 1) {
      const place = places[i] as Place;
      const {
        steady,
        start: { length },
      } = place;
      if (steady !== null) {
        const end = at + steady.length;
        const next = bytes[end];
        if ((next === COMMA || next === CLOSE) && steady.isAt(view, at, to)) {
          place.cell?.moveTo(at + length, end);
          at = end;
          continue;
        }
        place.steady = null;
      }
      if (!place.start.isAt(view, at, to)) return OTHER_NAMES;
      const begin = at;
      at += length;
      if (place.cell !== null) at = place.cell.read(bytes, at, to);
      else if (place.shape !== null) at = place.shape.read(memory, at, to);
      else at = endOf(bytes, at, to);
      if (at === NOT) return NOT;
      place.wasRead(bytes, begin, at);
    }
    if (places.length === 0) at += 1;
    return bytes[at] === CLOSE ? at + 1 : OTHER_NAMES;
  }

  #learn(memory: Memory, start: number, to: number): number {
    const { bytes } = memory;
    this.#forget();
    const places: Place[] = [];
    const names = new Set<string>();
    let at = start;
    if (bytes[at + 1] === CLOSE) at += 1;
    while (at < to && bytes[at] !== CLOSE) {
      const place = bytes[at] === (at === start ? OPEN : COMMA) ? this.#placeAt(bytes, at, to, names) : null;
      if (place === null || names.size > NAMES_MAX) return NOT;
      places.push(place);
      at += place.start.length;
      if (place.shape !== null) at = place.shape.read(memory, at, to);
      else at = place.cell?.read(bytes, at, to) ?? endOf(bytes, at, to);
      if (at === NOT) return NOT;
    }
    if (at >= to || !this.#needed.every((name) => names.has(name))) return NOT;
    this.#places = places;
    return at + 1;
  }

  #placeAt(bytes: Buffer, at: number, to: number, names: Set<string>): Place | null {
    if (bytes[at + 1] !== QUOTE) return null;
    const end = stringEnd(bytes, at + 2, to);
    if (end === NOT || bytes[end] !== COLON) return null;
    const name = bytes.toString('utf8', at + 2, end - 1);
    const wanted = this.#wanted.get(name) ?? null;
    const isKnown = wanted !== null || (this.#others?.has(name) ?? true);
    const isPlain = !name.includes('\\') && name !== '__proto__' && name.length <= NAME_LENGTH_MAX;
    if (!isKnown || !isPlain || names.has(name)) return null;
    names.add(name);
    return new Place(new Words(bytes.subarray(at, end + 1)), wanted);
  }

  #forget(): void {
    this.#places = null;
    for (const wanted of this.#wanted.values()) {
      if (wanted instanceof Shape) wanted.isThere = false;
      else wanted.value = undefined;
    }
  }
}

/** Not those of the last object. */
const OTHER_NAMES = -2;

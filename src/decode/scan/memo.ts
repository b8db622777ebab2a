/**
 * What short values came to, by their bytes: codes, keys, amounts and times come again and again, and are then neither made nor converted
 * again, and stand in memory once. Bounded: the newest value of each place stays.
 */
import { CLOSE, COMMA, NOT } from './bytes.js';

const PLACES = 2_048;
const BYTES_MAX = 32;

export class Memo {
  readonly #bytes = new Uint8Array(PLACES * BYTES_MAX);
  /** 0: nothing is there. */
  readonly #lengths = new Uint8Array(PLACES);
  readonly #owners = new Uint32Array(PLACES);
  readonly #values: unknown[] = Array<unknown>(PLACES).fill(undefined);
  readonly #ownerOf = new Map<object, number>();

  /** Values are told apart by what makes them. */
  ownerOf(maker: object): number {
    const known = this.#ownerOf.get(maker);
    if (known !== undefined) return known;
    const owner = this.#ownerOf.size;
    this.#ownerOf.set(maker, owner);
    return owner;
  }

  valueAt(place: number): unknown {
    return this.#values[place];
  }

  /** Where the value ends that begins here, when it is the one of this place; NOT: it is another. */
  endAt(place: number, owner: number, bytes: Buffer, at: number): number {
    const length = this.#lengths[place] as number;
    if (length === 0 || this.#owners[place] !== owner) return NOT;
    const end = at + length;
    const next = bytes[end];
    return (next === COMMA || next === CLOSE) && this.#isSame(place, bytes, at, length) ? end : NOT;
  }

  #isSame(place: number, bytes: Buffer, at: number, length: number): boolean {
    const known = this.#bytes;
    const begin = place * BYTES_MAX;
    for (let i = 0; i < length; i += 1) if (known[begin + i] !== bytes[at + i]) return false;
    return true;
  }

  /** The place of a value's bytes; the value is there if `has` says so. NOT: it is too long. */
  placeOf(hash: number, owner: number, length: number): number {
    if (length > BYTES_MAX) return NOT;
    const mixed = Math.imul(hash ^ Math.imul(owner, 0x9e3779b1), 0x85ebca6b);
    return (mixed ^ (mixed >>> 15)) & (PLACES - 1);
  }

  has(place: number, owner: number, bytes: Buffer, at: number, length: number): boolean {
    return this.#lengths[place] === length && this.#owners[place] === owner && this.#isSame(place, bytes, at, length);
  }

  /** @param value none that could be changed. */
  keep(place: number, owner: number, value: unknown, bytes: Buffer, at: number, length: number): void {
    const begin = place * BYTES_MAX;
    for (let i = 0; i < length; i += 1) this.#bytes[begin + i] = bytes[at + i] as number;
    this.#lengths[place] = length;
    this.#owners[place] = owner;
    this.#values[place] = value;
  }
}

/**
 * What the state topic says of every cell, in bounded memory: a 53-bit hash of its value by a 53-bit hash of its key, 26 to 51 bytes
 * each. When there are more than are held at once, each pass over everything looks at those of its own.
 *
 * Two of 8,000,000 keys are one by chance once in 280 such runs, and then one of them is called different; a difference is missed once
 * in 10^16 cells.
 */
import { DragomanError } from '../../errors.js';
import type { Cell, OwnRecord } from '../../pipeline/ports.js';
import { cellKey, cellOf } from '../../pipeline/state/cells.js';

/** Cells that one pass looks at, at most: 280 MB. */
export const CELLS_PER_PASS = 8_000_000;

/** Which part of all cells is looked at. */
export interface Pass {
  readonly number: number;
  readonly of: number;
}

export const ONE_PASS: Pass = { number: 0, of: 1 };

export type Difference = 'differing' | 'missing' | 'extra';

const FREE = 0;
const GONE = 0;
const NEW = 0;
const EQUAL = 1;
const TOLD = 2;
/** Beyond this share of slots, looking for a free one takes long. */
const FULL = 0.9;

export class CellHashes {
  readonly #pass: Pass;
  readonly #keys: Float64Array;
  readonly #values: Float64Array;
  readonly #looks: Uint8Array;
  #count = 0;

  /** @param cells so many and a third more have room. */
  constructor(cells: number, pass = ONE_PASS) {
    this.#pass = pass;
    const slots = 2 ** Math.ceil(Math.log2(Math.max(1_024, cells * 1.5)));
    this.#keys = new Float64Array(slots);
    this.#values = new Float64Array(slots);
    this.#looks = new Uint8Array(slots);
  }

  /** Later records of a cell win. @throws DragomanError STATE_DAMAGED, COMMAND_REFUSED when there is no room left */
  learn(records: readonly OwnRecord[]): void {
    for (const record of records) {
      cellOf(record);
      const key = keyHash(record.key);
      if (this.#isOfPass(key)) this.#values[this.#slotFor(key)] = valueHash(record.value);
    }
  }

  isOfPass(cell: Cell): boolean {
    return this.#isOfPass(keyHash(cellKey(cell)));
  }

  /** Whether the store has it as the topic does; one that was told of does not count again. */
  isAsKnown(cell: Cell): boolean {
    const slot = this.#slotOf(keyHash(cellKey(cell)));
    if (this.#keys[slot] === FREE) return false;
    if (this.#looks[slot] === TOLD) return true;
    if (this.#values[slot] !== valueHash(cell.value)) return false;
    this.#looks[slot] = EQUAL;
    return true;
  }

  /** How a cell differs, as it is in the store (null: it is not there). Told once, unless the topic never had it. */
  difference(cell: Cell): Difference | null {
    const slot = this.#slotOf(keyHash(cellKey(cell)));
    const [known, value] = [this.#values[slot], valueHash(cell.value)];
    if (this.#keys[slot] === FREE) return value === GONE ? null : 'extra';
    if (this.#looks[slot] === TOLD) return null;
    this.#looks[slot] = known === value ? EQUAL : TOLD;
    if (known === value) return null;
    return value === GONE ? 'missing' : known === GONE ? 'extra' : 'differing';
  }

  /** The topic has it, and the store was not seen to. */
  isUnseen(key: string): boolean {
    const hash = keyHash(key);
    const slot = this.#slotOf(hash);
    return this.#keys[slot] === hash && this.#values[slot] !== GONE && this.#looks[slot] === NEW;
  }

  #isOfPass(key: number): boolean {
    return key % this.#pass.of === this.#pass.number;
  }

  /** Its own, or the free one where it would be. */
  #slotOf(key: number): number {
    const mask = this.#keys.length - 1;
    let slot = Math.floor(key / this.#pass.of) & mask;
    while (this.#keys[slot] !== FREE && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  #slotFor(key: number): number {
    const slot = this.#slotOf(key);
    if (this.#keys[slot] === key) return slot;
    if (this.#count >= this.#keys.length * FULL)
      throw new DragomanError(
        'COMMAND_REFUSED',
        `More than ${this.#count} cells came to be while this ran. Repeat it when the pipeline is calmer, or stopped.`,
      );
    this.#count += 1;
    this.#keys[slot] = key;
    return slot;
  }
}

const keyHash = (key: string): number => hashOf(key) || 1;

const valueHash = (value: string | null): number => (value === null ? GONE : hashOf(value) || 1);

/** cyrb53 (public domain). */
export function hashOf(text: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charCodeAt(i);
    high = Math.imul(high ^ char, 2_654_435_761);
    low = Math.imul(low ^ char, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0);
}

/** What an envelope tells besides its row: where that stands, and what became of it. Read with the images that are wanted, or without. */
import type { JsonObject, SchemaPrefixes } from '../envelope.js';
import { Cell } from './cell.js';
import { asItIs, Fields, type Ground } from './ground.js';
import type { Memory } from './memory.js';
import { Shape } from './shape.js';

/** What an envelope has besides, and nobody looks at. With any other name it may be none. */
const OTHER_FIELDS = ['before', 'after', 'ts_ms', 'ts_us', 'ts_ns'];

export class EnvelopeReader {
  readonly #prefixes: SchemaPrefixes;
  readonly #memory: Memory;
  readonly #envelope: Shape;
  readonly #block: Fields;
  readonly #op: Cell;

  constructor(
    { memo, memory, source }: Ground,
    prefixes: SchemaPrefixes,
    images: readonly (readonly [name: string, image: Shape])[] = [],
  ) {
    this.#prefixes = prefixes;
    this.#memory = memory;
    this.#op = new Cell(memo, asItIs);
    this.#block = new Fields(memo, ['id', 'total_order']);
    const parts: readonly (readonly [string, Cell | Shape])[] = [
      ...images,
      ['source', source.shape],
      ['transaction', this.#block.shape],
      ['op', this.#op],
    ];
    this.#envelope = new Shape(parts, ['op', 'source', 'after'], OTHER_FIELDS);
  }

  /** @returns false: it is not told what these bytes are. */
  read(bytes: Buffer): boolean {
    const wrapper = this.#prefixes.findIn(bytes);
    if (wrapper !== undefined && wrapper.scaler !== null) return false;
    const begin = this.#memory.reach(bytes);
    const from = wrapper === undefined ? begin : begin + wrapper.prefixBytes.length;
    const to = begin + (wrapper === undefined ? bytes.length : bytes.length - 1);
    return this.#envelope.read(this.#memory, from, to) === to && this.#envelope.isThere;
  }

  get op(): unknown {
    return this.#op.value;
  }

  /** Of the transaction, as the general way has it, until the next row is read. */
  get block(): JsonObject | null {
    return this.#block.shape.isThere ? this.#block.values : null;
  }
}

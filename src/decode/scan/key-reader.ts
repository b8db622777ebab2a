/** The columns of a record key in their cells, out of its bytes: with the schema that Kafka Connect's converter may have put around it, or without. */
import { parseObject, SchemaPrefixes, type Wrapper } from '../envelope.js';
import type { Cell } from './cell.js';
import type { Memory } from './memory.js';
import { Shape } from './shape.js';

export class KeyReader {
  readonly #memory: Memory;
  readonly #prefixes = new SchemaPrefixes();
  readonly #columns: Shape;

  /** @param names of the columns that it has to have. */
  constructor(memory: Memory, columns: Iterable<readonly [name: string, cell: Cell]>, names: readonly string[]) {
    this.#memory = memory;
    this.#columns = new Shape(columns, names);
  }

  /** @returns false: it is not told. */
  read(bytes: Buffer): boolean {
    const wrapper = this.#wrapperOf(bytes);
    if (wrapper !== undefined && wrapper.scaler !== null) return false;
    const begin = this.#memory.reach(bytes);
    const from = begin + (wrapper?.prefixBytes.length ?? 0);
    const to = begin + (wrapper === undefined ? bytes.length : bytes.length - 1);
    return this.#columns.read(this.#memory, from, to) === to && this.#columns.isThere;
  }

  #wrapperOf(bytes: Buffer): Wrapper | undefined {
    const known = this.#prefixes.findIn(bytes);
    if (known !== undefined || !SchemaPrefixes.isWrapped(bytes)) return known;
    parseObject(bytes.toString(), this.#prefixes);
    return this.#prefixes.findIn(bytes);
  }
}

/**
 * Rows of other shards: told by the bytes of the record key, before the value is looked at, of which then only what places the row is
 * read. A key that is not as it should be is not told here, nor is one that is whole only with the name of its physical table.
 */
import { physicalTablesOf } from '../../domain/tables/physical-table.js';
import type { TableDefinition } from '../../domain/tables/table.js';
import { columnsOf } from '../columns.js';
import type { SchemaPrefixes } from '../envelope.js';
import type { Cell } from './cell.js';
import { EnvelopeReader } from './envelope-reader.js';
import type { Ground } from './ground.js';
import type { Memory } from './memory.js';
import { cellOf, keyOf } from './row-reader.js';
import { Shape } from './shape.js';

export class ForeignReader {
  readonly envelope: EnvelopeReader;
  readonly #isForeign: (key: string) => boolean;
  readonly #memory: Memory;
  readonly #key: readonly Cell[];
  readonly #recordKey: Shape;

  constructor(
    definition: TableDefinition,
    ground: Ground,
    prefixes: SchemaPrefixes,
    isForeign: (key: string) => boolean,
  ) {
    this.envelope = new EnvelopeReader(ground, prefixes);
    this.#isForeign = isForeign;
    this.#memory = ground.memory;
    const physical = physicalTablesOf(definition)?.column;
    const columns = definition.key
      .filter((name) => name !== physical)
      .flatMap((name) => columnsOf(definition).filter((column) => column.name === name))
      .map((column) => [column.name, cellOf(column, ground.memo)] as const);
    this.#key = columns.length < definition.key.length ? [] : columns.map(([, cell]) => cell);
    this.#recordKey = new Shape(columns, definition.key);
  }

  /** The primary key (`keyText`) of a row that is foreign. Null: it is not, or that is not told. */
  keyIn(bytes: Buffer): string | null {
    if (this.#key.length === 0) return null;
    const begin = this.#memory.reach(bytes);
    const end = begin + bytes.length;
    if (this.#recordKey.read(this.#memory, begin, end) !== end || !this.#recordKey.isThere) return null;
    const key = keyOf(this.#key);
    return key !== null && this.#isForeign(key) ? key : null;
  }
}

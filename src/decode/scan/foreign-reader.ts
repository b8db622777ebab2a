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
import { KeyReader } from './key-reader.js';
import { cellOf, keyOf } from './row-reader.js';
import { Shape } from './shape.js';

export class ForeignReader {
  readonly envelope: EnvelopeReader;
  readonly #isForeign: (key: string) => boolean;
  readonly #key: readonly Cell[];
  readonly #recordKey: KeyReader;
  readonly #before: Shape;
  readonly #formerKey: readonly Cell[];

  constructor(
    definition: TableDefinition,
    ground: Ground,
    prefixes: SchemaPrefixes,
    isForeign: (key: string) => boolean,
  ) {
    this.#isForeign = isForeign;
    const physical = physicalTablesOf(definition)?.column;
    const columns = definition.key
      .filter((name) => name !== physical)
      .flatMap((name) => columnsOf(definition).filter((column) => column.name === name));
    const cells = (): (readonly [name: string, cell: Cell])[] =>
      columns.map((column) => [column.name, cellOf(column, ground.memo)]);
    const [inKey, inFormer] = [cells(), cells()];
    this.#key = columns.length < definition.key.length ? [] : inKey.map(([, cell]) => cell);
    this.#recordKey = new KeyReader(ground.memory, inKey, definition.key);
    this.#formerKey = inFormer.map(([, cell]) => cell);
    this.#before = new Shape(inFormer);
    this.envelope = new EnvelopeReader(ground, prefixes, [
      ['before', this.#before],
      ['after', new Shape([])], // nothing of it is wanted, but its names are passed over faster when they are known
    ]);
  }

  /** The primary key (`keyText`) of a row that is foreign. Null: it is not, or that is not told. */
  keyIn(bytes: Buffer): string | null {
    if (this.#key.length === 0 || !this.#recordKey.read(bytes)) return null;
    const key = keyOf(this.#key);
    return key !== null && this.#isForeign(key) ? key : null;
  }

  /** Whether the former image of the envelope that was read last, if it has one, has this key: under another it may be another shard's. */
  wasUnder(key: string): boolean {
    return !this.#before.isThere || keyOf(this.#formerKey) === key;
  }
}

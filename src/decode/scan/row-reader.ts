/**
 * Bytes of an envelope -> the declared columns of its row as values, and what places it, without making the envelope or any object of it
 * (`shape.ts`). Only what is as it should be is told: of anything else (a name that was never seen, a value that does not fit, a key that
 * moved) reading says so, and the general way has the word (`../envelope.ts`, `../columns.ts`), which comes to the same where both tell.
 */
import type { Row, ColumnValue, TableDefinition } from '../../domain/tables/table.js';
import { escapePart } from '../../domain/tables/table.js';
import { physicalTablesOf } from '../../domain/tables/physical-table.js';
import { type Column, columnsOf, isNull } from '../columns.js';
import { absentColumns } from '../key/record-key.js';
import type { SchemaPrefixes } from '../envelope.js';
import { Cell, type Make } from './cell.js';
import { EnvelopeReader } from './envelope-reader.js';
import type { Ground } from './ground.js';
import { KeyReader } from './key-reader.js';
import type { Memo } from './memo.js';
import type { Memory } from './memory.js';
import { Shape } from './shape.js';
import { isUnavailable } from '../types/unavailable.js';

/** The value was not sent. */
const UNAVAILABLE = Symbol('unavailable');

/** By conversion, so that what columns have in common is made once. */
const makers = new WeakMap<Column['convert'], Make>();

function makerOf(convert: Column['convert'], keepsNumbers: boolean): Make {
  let make = makers.get(convert);
  if (make === undefined) {
    const whole = (value: unknown): unknown => (isUnavailable(value) ? UNAVAILABLE : convert(value));
    makers.set(convert, (make = keepsNumbers ? Object.assign(whole, { keepsNumbers: true } as const) : whole));
  }
  return make;
}

export const cellOf = ({ convert, definition: { type } }: Column, memo: Memo): Cell =>
  new Cell(memo, makerOf(convert, type.kind === 'integer'), UNAVAILABLE);

interface Place {
  readonly column: Column;
  readonly cell: Cell;
}

export class RowReader {
  readonly #definition: TableDefinition;
  readonly envelope: EnvelopeReader;
  readonly #memory: Memory;
  readonly #before: Shape;
  readonly #after: Shape;
  /** In the order of the declared columns. */
  readonly #columns: readonly Place[];
  /** In key order. */
  readonly #keyBefore: readonly Cell[];
  readonly #keyAfter: readonly Cell[];
  /** The column that tells the physical table, which is not in the row: as it is in either image. */
  readonly #physical: readonly Cell[];
  readonly #recordKey: KeyReader;

  constructor(definition: TableDefinition, ground: Ground, prefixes: SchemaPrefixes) {
    const { memo, memory } = ground;
    this.#definition = definition;
    this.#memory = memory;
    const physical = physicalTablesOf(definition)?.column;
    const columns = columnsOf(definition);
    this.#columns = columns.map((column) => ({ column, cell: cellOf(column, memo) }));
    const key = definition.key.flatMap((name) => this.#columns.filter(({ column }) => column.name === name));
    this.#keyAfter = key.map(({ cell }) => cell);
    this.#keyBefore = key.map(({ column }) => cellOf(column, memo));
    const named = (name: string, cell: Cell | undefined): [string, Cell][] =>
      cell === undefined || name === physical ? [] : [[name, cell]];
    this.#before = new Shape(key.flatMap(({ column: { name } }, i) => named(name, this.#keyBefore[i])));
    this.#after = new Shape(this.#columns.flatMap(({ column: { name }, cell }) => named(name, cell)));
    this.#physical = [
      ...this.#columns.flatMap(({ column, cell }) => (column.name === physical ? [cell] : [])),
      ...key.flatMap(({ column }, i) => (column.name === physical ? (this.#keyBefore[i] ?? []) : [])),
    ];
    this.envelope = new EnvelopeReader(ground, prefixes, [
      ['before', this.#before],
      ['after', this.#after],
    ]);
    this.#recordKey = new KeyReader(
      memory,
      [],
      definition.key.filter((name) => name !== physical),
    );
  }

  get hasBefore(): boolean {
    return this.#before.isThere;
  }

  get hasAfter(): boolean {
    return this.#after.isThere;
  }

  /** Whether a record key names all columns of the key. */
  isKey(bytes: Buffer): boolean {
    return this.#recordKey.read(bytes) || absentColumns(bytes.toString(), this.#definition).length === 0;
  }

  /** Says from which physical table the row came that was read last. */
  cameFrom(physical: string): void {
    for (const cell of this.#physical) cell.value = physical;
  }

  /** Whether the key columns of both images are written alike, as far as the former has them. */
  get isKeyKept(): boolean {
    const { bytes } = this.#memory;
    for (let i = 0; i < this.#keyBefore.length; i += 1) {
      const [was, is] = [this.#keyBefore[i] as Cell, this.#keyAfter[i] as Cell];
      if (was.value == null || this.#physical.includes(was)) continue;
      if (is.value == null || !isSame(bytes, was, is)) return false;
    }
    return true;
  }

  /** Null: something does not fit. @param isPartial as in `convertRow`. */
  row(isPartial: boolean): Row | null {
    const row: Record<string, ColumnValue> = {};
    const columns = this.#columns;
    for (let i = 0; i < columns.length; i += 1) {
      const { column, cell } = columns[i] as Place;
      const { value } = cell;
      if (value === null || value === undefined) {
        if (!isNull(value, column, isPartial)) return null;
        row[column.name] = null;
      } else if (value !== UNAVAILABLE) row[column.name] = value as ColumnValue;
    }
    return row;
  }

  /** As `keyText`. Null: it does not fit. @param isFormer of the former image. */
  key(isFormer: boolean): string | null {
    return keyOf(isFormer ? this.#keyBefore : this.#keyAfter);
  }
}

/** As `keyText`, of the columns of a key in their order. Null: it does not fit. */
export function keyOf(cells: readonly Cell[]): string | null {
  let key = '';
  for (let i = 0; i < cells.length; i += 1) {
    const { value } = cells[i] as Cell;
    if (value === null || value === undefined || typeof value === 'symbol') return null;
    const part = escapePart(typeof value === 'string' ? value : JSON.stringify(value));
    key = i === 0 ? part : `${key}/${part}`;
  }
  return key;
}

function isSame(bytes: Buffer, was: Cell, is: Cell): boolean {
  const length = was.end - was.begin;
  if (is.end - is.begin !== length) return false;
  for (let i = 0; i < length; i += 1) if (bytes[was.begin + i] !== bytes[is.begin + i]) return false;
  return true;
}

/**
 * Bytes of an envelope -> the declared columns of its row as values, and what places it, without making the envelope or any object of it
 * (`shape.ts`). Only what is as it should be is told: of anything else (a name that was never seen, a value that does not fit, a key that
 * moved) reading says so, and the general way has the word (`../envelope.ts`, `../columns.ts`), which comes to the same where both tell.
 */
import type { Row, ColumnValue, TableDefinition } from '../../domain/tables/table.js';
import { escapePart } from '../../domain/tables/table.js';
import { physicalTablesOf } from '../../domain/tables/physical-table.js';
import { type Column, columnsOf, isNull } from '../columns.js';
import { absentColumns } from '../record-key.js';
import type { JsonObject, SchemaPrefixes } from '../envelope.js';
import { Cell, type Make } from './cell.js';
import { Memo } from './memo.js';
import { Memory } from './memory.js';
import { Shape } from './shape.js';
import { isUnavailable } from '../types/unavailable.js';

/** What all connectors write in the source block, as far as it is looked at. */
const SOURCE_FIELDS = ['connector', 'name', 'snapshot', 'ts_ms', 'db', 'schema', 'table'];
/** What an envelope has besides, and nobody looks at. With any other name it may be none. */
const OTHER_FIELDS = ['ts_ms', 'ts_us', 'ts_ns'];

const BOUNDARY_FIELDS = ['status', 'id', 'event_count', 'data_collections', 'ts_ms'];

const asItIs: Make = Object.assign((value: unknown) => value, { keepsNumbers: true } as const);

/** Wanted values of an object, under their names as the general way has them. */
export class Fields {
  readonly shape: Shape;
  readonly values: JsonObject;

  constructor(memo: Memo, names: readonly string[], needed: readonly string[] = []) {
    const cells = names.map((name) => [name, new Cell(memo, asItIs)] as const);
    this.shape = new Shape(cells, needed);
    const getters = cells.map(([name, cell]) => [name, { get: () => cell.value, enumerable: true }] as const);
    this.values = Object.defineProperties({}, Object.fromEntries(getters));
  }
}

/** What rows of all tables of a source have in common. */
export class Ground {
  readonly memo = new Memo();
  readonly memory = new Memory();
  readonly source: Fields;
  readonly #boundary: Fields;

  /** @param sourceFields what its connector looks at in the source block. */
  constructor(sourceFields: readonly string[]) {
    this.source = new Fields(this.memo, [...SOURCE_FIELDS, ...sourceFields]);
    this.#boundary = new Fields(this.memo, BOUNDARY_FIELDS, ['status', 'id']);
  }

  /** Of the transaction topic; null: it is not told what these bytes are. It holds until the next one is read. */
  boundary(bytes: Buffer): JsonObject | null {
    const begin = this.memory.reach(bytes);
    const end = begin + bytes.length;
    const { shape, values } = this.#boundary;
    return shape.read(this.memory, begin, end) === end && shape.isThere ? values : null;
  }
}

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

interface Place {
  readonly column: Column;
  readonly cell: Cell;
}

export class RowReader {
  readonly #definition: TableDefinition;
  readonly #prefixes: SchemaPrefixes;
  readonly #memory: Memory;
  readonly #envelope: Shape;
  readonly #before: Shape;
  readonly #after: Shape;
  readonly #block: Fields;
  readonly #op: Cell;
  /** In the order of the declared columns. */
  readonly #columns: readonly Place[];
  /** In key order. */
  readonly #keyBefore: readonly Cell[];
  readonly #keyAfter: readonly Cell[];
  /** The column that tells the physical table, which is not in the row: as it is in either image. */
  readonly #physical: readonly Cell[];
  readonly #recordKey: Shape;

  constructor(definition: TableDefinition, { memo, memory, source }: Ground, prefixes: SchemaPrefixes) {
    this.#definition = definition;
    this.#prefixes = prefixes;
    this.#memory = memory;
    const physical = physicalTablesOf(definition)?.column;
    const columns = columnsOf(definition);
    const cellOf = ({ convert, definition: { type } }: Column): Cell =>
      new Cell(memo, makerOf(convert, type.kind === 'integer'), UNAVAILABLE);
    this.#columns = columns.map((column) => ({ column, cell: cellOf(column) }));
    const key = definition.key.flatMap((name) => this.#columns.filter(({ column }) => column.name === name));
    this.#keyAfter = key.map(({ cell }) => cell);
    this.#keyBefore = key.map(({ column }) => cellOf(column));
    const named = (name: string, cell: Cell | undefined): [string, Cell][] =>
      cell === undefined || name === physical ? [] : [[name, cell]];
    this.#before = new Shape(key.flatMap(({ column: { name } }, i) => named(name, this.#keyBefore[i])));
    this.#after = new Shape(this.#columns.flatMap(({ column: { name }, cell }) => named(name, cell)));
    this.#physical = [
      ...this.#columns.flatMap(({ column, cell }) => (column.name === physical ? [cell] : [])),
      ...key.flatMap(({ column }, i) => (column.name === physical ? (this.#keyBefore[i] ?? []) : [])),
    ];
    this.#op = new Cell(memo, asItIs);
    this.#block = new Fields(memo, ['id', 'total_order']);
    const parts: readonly (readonly [string, Cell | Shape])[] = [
      ['before', this.#before],
      ['after', this.#after],
      ['source', source.shape],
      ['transaction', this.#block.shape],
      ['op', this.#op],
    ];
    this.#envelope = new Shape(parts, ['op', 'source', 'after'], OTHER_FIELDS);
    this.#recordKey = new Shape(
      [],
      definition.key.filter((name) => name !== physical),
    );
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

  get hasBefore(): boolean {
    return this.#before.isThere;
  }

  get hasAfter(): boolean {
    return this.#after.isThere;
  }

  /** Of the transaction, as the general way has it, until the next row is read. */
  get block(): JsonObject | null {
    return this.#block.shape.isThere ? this.#block.values : null;
  }

  /** Whether a record key names all columns of the key. */
  isKey(bytes: Buffer): boolean {
    const begin = this.#memory.reach(bytes);
    const end = begin + bytes.length;
    const isObject = this.#recordKey.read(this.#memory, begin, end) === end && this.#recordKey.isThere;
    return isObject || absentColumns(bytes.toString(), this.#definition).length === 0;
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
    const cells = isFormer ? this.#keyBefore : this.#keyAfter;
    let key = '';
    for (let i = 0; i < cells.length; i += 1) {
      const { value } = cells[i] as Cell;
      if (value === null || value === undefined || typeof value === 'symbol') return null;
      const part = escapePart(typeof value === 'string' ? value : JSON.stringify(value));
      key = i === 0 ? part : `${key}/${part}`;
    }
    return key;
  }
}

function isSame(bytes: Buffer, was: Cell, is: Cell): boolean {
  const length = was.end - was.begin;
  if (is.end - is.begin !== length) return false;
  for (let i = 0; i < length; i += 1) if (bytes[was.begin + i] !== bytes[is.begin + i]) return false;
  return true;
}

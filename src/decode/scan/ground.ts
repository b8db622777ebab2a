/** What rows of all tables of a source have in common: their source block, and values that come again. */
import type { JsonObject } from '../envelope.js';
import { Cell, type Make } from './cell.js';
import { Memo } from './memo.js';
import { Memory } from './memory.js';
import { Shape } from './shape.js';

/** What all connectors write in the source block, as far as it is looked at. */
const SOURCE_FIELDS = ['connector', 'name', 'snapshot', 'ts_ms', 'db', 'schema', 'table'];
const BOUNDARY_FIELDS = ['status', 'id', 'event_count', 'data_collections', 'ts_ms'];

export const asItIs: Make = Object.assign((value: unknown) => value, { keepsNumbers: true } as const);

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

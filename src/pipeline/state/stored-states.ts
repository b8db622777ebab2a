/** States as a store has them, put together from their cells. */
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { ChangeSet } from '../../domain/change-set.js';
import { DragomanError } from '../../errors.js';
import { CALL_LIMITS, firstNames, loadAll } from './cutting.js';
import type { Fields, Marker, StateStore } from '../ports.js';
import { type PartLimits, PART_LIMITS } from '../../domain/state/queue.js';
import { COLUMNS, PARKED, queueCell } from './cells.js';
import type { QueuePlace } from './queues.js';
import { ColumnLists } from './column-lists.js';
import { assembled, queueIn } from './parts.js';

export interface StoredState {
  readonly state: AggregateState | null;
  /** Characters of its cells. */
  readonly chars: number;
}

export interface Scanned {
  readonly states: readonly (readonly [key: string, state: AggregateState])[];
  readonly next: string | null;
}

const NOTHING_WAITS: readonly ChangeSet[] = [];

/** The marker that each call expects; what takes several calls, while a save may move it, asks for it before each. */
export type Expected = Marker | (() => Marker);

const markerOf = (expected: Expected): Marker => (typeof expected === 'string' ? expected : expected());

export class StoredStates {
  readonly #store: StateStore;
  readonly #parts: PartLimits;
  readonly lists = new ColumnLists();

  /** @param parts of what waits while an aggregate is parked, what comes with its state. */
  constructor(store: StateStore, parts = PART_LIMITS) {
    this.#store = store;
    this.#parts = parts;
  }

  /** Before anything is read. @throws DragomanError MARKER_MOVED */
  async open(expected: Expected): Promise<void> {
    const lists = new Map<string, string>();
    for await (const fields of this.fields(expected, COLUMNS)) for (const [id, text] of fields) lists.set(id, text);
    this.lists.reset(lists);
  }

  /** In the order asked for. @throws DragomanError MARKER_MOVED, STATE_DAMAGED */
  async load(expected: Expected, keys: readonly string[]): Promise<StoredState[]> {
    return this.#statesOf(expected, keys, await loadAll(keys, (some) => this.#store.load(markerOf(expected), some)));
  }

  /** The first of them, at least one: as many as one answer holds. @throws DragomanError MARKER_MOVED, STATE_DAMAGED */
  async loadFirst(expected: Expected, keys: readonly string[]): Promise<StoredState[]> {
    return this.#statesOf(expected, keys, await this.#store.load(markerOf(expected), firstNames(keys)));
  }

  async #statesOf(expected: Expected, keys: readonly string[], all: readonly Fields[]): Promise<StoredState[]> {
    const states: StoredState[] = [];
    for (const [i, fields] of all.entries()) states.push(await this.#stateOf(expected, keys[i] ?? '', fields));
    return states;
  }

  /** Some of them, in no order. @param from null: begins. @throws DragomanError MARKER_MOVED, STATE_DAMAGED */
  async scan(expected: Expected, from: string | null): Promise<Scanned> {
    const { hashes, next } = await this.#store.scan(markerOf(expected), from);
    const states: (readonly [string, AggregateState])[] = [];
    for (const [key, fields] of hashes) {
      const { state } = await this.#stateOf(expected, key, fields);
      if (state !== null) states.push([key, state]);
    }
    return { states, next };
  }

  /** All fields of one hash, in parts. */
  async *fields(expected: Expected, hash: string): AsyncIterable<Fields> {
    let from: string | null = null;
    do {
      const { fields, next } = await this.#store.scanFields(markerOf(expected), hash, from);
      yield fields;
      from = next;
    } while (from !== null);
  }

  /** Refusal codes by parked aggregate. */
  async parked(expected: Expected): Promise<Map<string, string>> {
    const codes = new Map<string, string>();
    for await (const fields of this.fields(expected, PARKED)) for (const [key, code] of fields) codes.set(key, code);
    return codes;
  }

  async #stateOf(expected: Expected, key: string, fields: Fields): Promise<StoredState> {
    let chars = 0;
    for (const [name, text] of fields) chars += name.length + text.length;
    return readable(key, async () => {
      const queue = queueIn(fields);
      const texts = queue === null ? [] : await this.#part(expected, key, queue);
      for (const text of texts) chars += text.length;
      const waiting = texts.length === 0 ? NOTHING_WAITS : texts.map((text) => JSON.parse(text) as ChangeSet);
      return { state: assembled(fields, waiting, this.lists), chars };
    });
  }

  /** What waits at the first of these places of one aggregate; at least one. @throws DragomanError MARKER_MOVED, STATE_DAMAGED */
  async queue(expected: Expected, places: readonly QueuePlace[]): Promise<readonly ChangeSet[]> {
    const [{ hash }] = places as [QueuePlace];
    return readable(hash, async () =>
      (await this.#texts(expected, places)).map((text) => JSON.parse(text) as ChangeSet),
    );
  }

  /** The first that wait, as many as have room. */
  async #part(expected: Expected, key: string, { first, count }: { first: number; count: number }): Promise<string[]> {
    const { countMax, bytesMax } = this.#parts;
    const length = Math.min(count, countMax);
    const places = Array.from({ length }, (_, i) => queueCell(key, first + i));
    const part: string[] = [];
    let bytes = 0;
    while (part.length < length && bytes <= bytesMax) {
      for (const text of await this.#texts(expected, places.slice(part.length))) {
        bytes += Buffer.byteLength(text);
        if (part.length > 0 && bytes > bytesMax) break;
        part.push(text);
      }
    }
    return part;
  }

  async #texts(expected: Expected, places: readonly QueuePlace[]): Promise<string[]> {
    const [{ hash }] = places as [QueuePlace];
    const fields = places.map(({ field }) => field);
    const texts = await this.#store.loadFields(markerOf(expected), hash, fields.slice(0, CALL_LIMITS.countMax));
    return texts.map((text, i) => {
      if (text !== null) return text;
      throw new DragomanError(
        'STATE_DAMAGED',
        `What waits at place ${fields[i]} of ${hash} is not stored, though its aggregate counts it. Compare what is stored with the ` +
          'state topic: `dragoman state verify`.',
        { details: { hash, field: fields[i] } },
      );
    });
  }
}

/** @throws DragomanError STATE_DAMAGED also when what is stored is no JSON, as somebody else may have written it. */
async function readable<T>(key: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new DragomanError(
      'STATE_DAMAGED',
      `A part of ${key} that is stored is no JSON. Compare what is stored with the state topic: \`dragoman state verify\`.`,
      { cause, details: { aggregate: key } },
    );
  }
}

/** States as a store has them, put together from their cells. */
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { ChangeSet } from '../../domain/change-set.js';
import { DragomanError } from '../../errors.js';
import { loadAll } from './cutting.js';
import type { Fields, Marker, StateStore } from '../ports.js';
import { COLUMNS, PARKED, queueOf } from './cells.js';
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

export class StoredStates {
  readonly #store: StateStore;
  readonly lists = new ColumnLists();

  constructor(store: StateStore) {
    this.#store = store;
  }

  /** Before anything is read. @throws DragomanError MARKER_MOVED */
  async open(expected: Marker): Promise<void> {
    const lists = new Map<string, string>();
    for await (const fields of this.fields(expected, COLUMNS)) for (const [id, text] of fields) lists.set(id, text);
    this.lists.reset(lists);
  }

  /** In the order asked for. @throws DragomanError MARKER_MOVED, STATE_DAMAGED */
  async load(expected: Marker, keys: readonly string[]): Promise<StoredState[]> {
    const all = await loadAll(keys, (some) => this.#store.load(expected, some));
    const states: StoredState[] = [];
    for (const [i, fields] of all.entries()) states.push(await this.#stateOf(expected, keys[i] ?? '', fields));
    return states;
  }

  /** Some of them, in no order. @param from null: begins. @throws DragomanError MARKER_MOVED, STATE_DAMAGED */
  async scan(expected: Marker, from: string | null): Promise<Scanned> {
    const { hashes, next } = await this.#store.scan(expected, from);
    const states: (readonly [string, AggregateState])[] = [];
    for (const [key, fields] of hashes) {
      const { state } = await this.#stateOf(expected, key, fields);
      if (state !== null) states.push([key, state]);
    }
    return { states, next };
  }

  /** All fields of one hash, in parts. */
  async *fields(expected: Marker, hash: string): AsyncIterable<Fields> {
    let from: string | null = null;
    do {
      const { fields, next } = await this.#store.scanFields(expected, hash, from);
      yield fields;
      from = next;
    } while (from !== null);
  }

  /** Refusal codes by parked aggregate. */
  async parked(expected: Marker): Promise<Map<string, string>> {
    const codes = new Map<string, string>();
    for await (const fields of this.fields(expected, PARKED)) for (const [key, code] of fields) codes.set(key, code);
    return codes;
  }

  async #stateOf(expected: Marker, key: string, fields: Fields): Promise<StoredState> {
    let chars = 0;
    for (const [name, text] of fields) chars += name.length + text.length;
    return readable(key, async () => {
      const queue = queueIn(fields);
      const texts = queue === null ? [] : await this.#queue(expected, key, queue);
      for (const text of texts) chars += text.length;
      const waiting = texts.length === 0 ? NOTHING_WAITS : texts.map((text) => JSON.parse(text) as ChangeSet);
      return { state: assembled(fields, waiting, this.lists), chars };
    });
  }

  async #queue(expected: Marker, key: string, { first, count }: { first: number; count: number }): Promise<string[]> {
    const ordinals = Array.from({ length: count }, (_, i) => String(first + i));
    const hash = queueOf(key);
    const texts = await loadAll(ordinals, (some) => this.#store.loadFields(expected, hash, some));
    return texts.flatMap((text) => text ?? []);
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

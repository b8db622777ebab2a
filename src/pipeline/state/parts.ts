/**
 * An aggregate's state in parts, so that a decision writes what it changed and nothing else. The *memory* is one part, and everything that
 * grows with the rows has a part for each of its entries; one more entry costs one more part, whatever is there already.
 *
 *   ''                                       memory: sequences, positions, what fired once, why it is parked, marks of snapshots
 *   r<table>\t<key>                          a row that rules see
 *   f<fact>\t<occurrence>                    the first event's sequence of a fact that happened for a row, or by number
 *   v<table>\t<key>                          a row that vanished
 *   m<fact>\t<occurrence>                    a missed fact
 *   s<follower>\t<generation>\t<table>\t<key>   what a snapshot that is not compared yet said of a row
 *   o<contract>\t<occurrence>               what happened and a service has not told
 *   t<contract>\t<occurrence>                what the new service published: its number
 *   p<contract>\t<occurrence>                an event that is compared with that of the new service
 *   u<table>\t<key>                          what is untold of a row that waits for its parent
 *   l<table>\t<key>                          a row of a lookup table that the last decision was given
 *   k                                        what its values are sealed with in the journal
 *
 * A row is `["<column list>",value,...]`; other values are JSON. What waits behind a parked change set is not among them: it has a hash
 * of its own, by ordinal (`queued` in `queues.ts`), because only who takes it up needs it all. Pure.
 */
import {
  type AggregateState,
  EMPTY_STATE,
  type MissedFact,
  type Owed,
  type Parked,
  type SnapshotMarks,
  type Stage,
  type StagedRows,
  type Untold,
} from '../../domain/state/aggregate-state.js';
import type { ChangeSet } from '../../domain/change-set.js';
import type { Pair } from '../../domain/state/pairs.js';
import { DragomanError } from '../../errors.js';
import type { Position } from '../../domain/source/position.js';
import { recordJson, withField } from '../../domain/json-text.js';
import type { Row } from '../../domain/tables/table.js';
import { own } from '../../translate/own.js';
import { type ColumnLists, damaged, rowOf, rowText, stubOf } from './column-lists.js';

export const MEMORY = '';
const SEAL_KEY = 'k';

/** Whether it is that of a row that rules see. */
export const isRow = (part: string): boolean => part.startsWith('r');

export interface Changed {
  /** New text by part; null: the part goes. */
  readonly parts: ReadonlyMap<string, string | null>;
  /** Characters that are stored more than before, about: of parts that are new. */
  readonly grownChars: number;
}

export interface RowRef {
  readonly table: string;
  readonly key: string;
}

/** @param text null: the part goes. @param row the one that it is, where rules see it. */
export type TellPart = (name: string, text: string | null, row?: RowRef) => void;

const PART_CHARS = 100; // what a part that goes is taken to have had

const APART = ['rows', 'findings', 'looked', 'owed', 'untold', 'told', 'pairs', 'sealKey'] as const;
const isApart = (field: string): boolean => (APART as readonly string[]).includes(field);

/** Everything that is not a part of its own. */
interface Memory extends Omit<AggregateState, (typeof APART)[number] | 'fired' | 'parked' | 'snapshots'> {
  /** By fact, of facts that happen once. */
  readonly fired?: Readonly<Record<string, number>>;
  readonly parked?: Omit<Parked, 'waiting' | 'spilled'> & { readonly count: number };
  readonly snapshots?: Readonly<
    Record<string, Omit<SnapshotMarks, 'staged'> & { readonly stages?: readonly StoredStage[] }>
  >;
}

type StoredStage = readonly [generation: Position, isWhole?: true];

type Tables<V> = Readonly<Record<string, Readonly<Record<string, V>>>>;

/**
 * @param before null: nothing is stored.
 * @returns parts of `after` that are to be written so that what is stored becomes it.
 */
export function changedParts(before: AggregateState | null, after: AggregateState, lists: ColumnLists): Changed {
  const parts = new Map<string, string | null>();
  const grownChars = tellChangedParts(before, after, lists, (name, text) => parts.set(name, text));
  return { parts, grownChars };
}

/** The same, one by one, none twice. @returns characters that are stored more than before, about. */
export function tellChangedParts(
  before: AggregateState | null,
  after: AggregateState,
  lists: ColumnLists,
  tell: TellPart,
): number {
  if (after.isStub === true) {
    // All that is stored of an aggregate goes; its stub is a cell elsewhere.
    if (before === null || before.isStub === true) return 0;
    tell(MEMORY, null);
    return new Differences(lists, tell).between(before, EMPTY_STATE);
  }
  const known = before?.isStub === true ? null : before;
  const memory = known !== null && isMemoryKept(known, after) ? '' : memoryText(after);
  if (memory !== '') tell(MEMORY, memory);
  return (known === null ? memory.length : 0) + new Differences(lists, tell).between(known, after);
}

/** Of most rows of a snapshot, which come in several partitions, all but the first change nothing that is not theirs. */
function isMemoryKept(before: AggregateState, after: AggregateState): boolean {
  for (const state of [before, after])
    for (const name in state) {
      const field = name as keyof AggregateState;
      if (!isApart(field) && before[field] !== after[field]) return false;
    }
  return true;
}

const TAB = '\t';
/** Of two states, in all parts but the memory. */
class Differences {
  readonly #lists: ColumnLists;
  readonly #tell: TellPart;
  #grownChars = 0;

  constructor(lists: ColumnLists, tell: TellPart) {
    this.#lists = lists;
    this.#tell = tell;
  }

  /** @returns characters that `after` has more. */
  between(before: AggregateState | null, after: AggregateState): number {
    const sealKey = after.sealKey ?? null;
    if (before?.sealKey !== after.sealKey) this.#put(SEAL_KEY, sealKey, before?.sealKey === undefined, undefined);
    const row = (value: Row): string => rowText(value, this.#lists);
    this.#tables('r', before?.rows, after.rows, row);
    this.#tables('f', before?.fired, after.fired, String);
    const { findings, looked, untold, snapshots } = after;
    this.#tables('v', before?.findings?.vanished, findings?.vanished, row);
    if (before?.looked !== looked) this.#tables('l', before?.looked, looked, rowOrWord(row));
    this.#tables('u', before?.untold, untold, JSON.stringify);
    this.#tables('o', before?.owed, after.owed, JSON.stringify);
    this.#tables('t', before?.told, after.told, String);
    this.#tables('p', before?.pairs, after.pairs, JSON.stringify);
    if (before?.findings?.missed !== findings?.missed)
      this.#tables('m', missedTables(before), missedTables(after), JSON.stringify, isSameMissed);
    if (before?.snapshots === snapshots) return this.#grownChars;
    const [was, is] = [stagesOf(before), stagesOf(after)];
    for (const place of new Set([...was.keys(), ...is.keys()]))
      this.#tables(`s${place}`, was.get(place), is.get(place), rowOrWord(row));
    return this.#grownChars;
  }

  #tables<V>(
    prefix: string,
    before: Tables<V> | undefined,
    after: Tables<V> | undefined,
    text: (value: V) => string,
    isSame: (a: V, b: V) => boolean = Object.is,
  ): void {
    if (before === after) return;
    for (const table in after) {
      const was = before === undefined ? undefined : own(before, table);
      const is = after[table];
      if (was === is || is === undefined) continue;
      for (const key of Object.keys(is)) {
        const value = is[key] as V;
        const known = was === undefined ? undefined : own(was, key);
        const isNew = known === undefined;
        if (isNew || !isSame(known, value)) this.#change(prefix, table, key, text(value), isNew);
      }
    }
    for (const table in before) {
      const [was, is] = [before[table], after === undefined ? undefined : own(after, table)];
      if (was === is || was === undefined) continue;
      for (const key of Object.keys(was))
        if (is === undefined || own(is, key) === undefined) this.#change(prefix, table, key, null, false);
    }
  }

  #change(prefix: string, table: string, key: string, text: string | null, isNew: boolean): void {
    // A fact that happens once has no occurrence: it is in the memory.
    if (prefix === 'f' && key === '') return;
    this.#put(`${prefix}${table}${TAB}${key}`, text, isNew, prefix === 'r' ? { table, key } : undefined);
  }

  #put(name: string, text: string | null, isNew: boolean, row: RowRef | undefined): void {
    this.#tell(name, text, row);
    if (text === null) this.#grownChars -= PART_CHARS;
    else if (isNew) this.#grownChars += name.length + text.length;
  }
}

const rowOrWord =
  (row: (value: Row) => string) =>
  (value: Row | true | null): string =>
    value === null || value === true ? String(value) : row(value);

/** With its place among the others, which is their order. */
type Placed = readonly [place: number, missed: MissedFact];

function missedTables(state: AggregateState | null): Tables<Placed> {
  const all = tables<Placed>();
  for (const [place, missed] of (state?.findings?.missed ?? []).entries())
    put(all, missed.fact, missed.occurrence, [place, missed]);
  return all;
}

const isSameMissed = (a: Placed, b: Placed): boolean => a[0] === b[0] && a[1] === b[1];

const stagesOf = (state: AggregateState | null): Map<string, StagedRows> =>
  new Map(
    Object.entries(state?.snapshots ?? {}).flatMap(([follower, { staged = [] }]) =>
      staged.map(({ generation, rows }): [string, StagedRows] => [`${follower}${TAB}${generation}${TAB}`, rows]),
    ),
  );

/** As `JSON.stringify` writes a record of it. */
function memoryText(state: AggregateState): string {
  let json = '';
  for (const name in state) json = withField(json, name, memoryField(state, name as keyof AggregateState));
  return `${json}}`;
}

/** Undefined: it has none, or is a part of its own. */
function memoryField(state: AggregateState, name: keyof AggregateState): string | undefined {
  if (isApart(name)) return undefined;
  if (name === 'fired') return onceText(state.fired);
  if (name === 'sequences' || name === 'at') return recordJson(state[name]);
  if (name === 'parked') return state.parked === null ? undefined : JSON.stringify(parkedHead(state.parked));
  if (name === 'snapshots') return state.snapshots && JSON.stringify(marksWithoutRows(state.snapshots));
  if (name === 'journal') return state.journal && `[${state.journal.join()}]`;
  return JSON.stringify(state[name]);
}

/** Facts that happen once. */
function onceText(fired: AggregateState['fired']): string | undefined {
  let json = '';
  for (const fact in fired) json = withField(json, fact, fired[fact]?.['']?.toString());
  return json === '' ? undefined : `${json}}`;
}

const parkedHead = ({ waiting, spilled = 0, ...head }: Parked): NonNullable<Memory['parked']> => ({
  ...head,
  count: waiting.length + spilled,
});

const marksWithoutRows = (snapshots: NonNullable<AggregateState['snapshots']>): NonNullable<Memory['snapshots']> =>
  Object.fromEntries(
    Object.entries(snapshots).map(([follower, { staged, ...marks }]) => [
      follower,
      staged === undefined
        ? marks
        : {
            ...marks,
            stages: staged.map(({ generation, isWhole }): StoredStage => (isWhole ? [generation, true] : [generation])),
          },
    ]),
  );

/**
 * The state that these parts are.
 * @param waiting where it is parked, the first that wait; the others are counted.
 * @returns null when there are none.
 * @throws DragomanError STATE_DAMAGED when they are not what a decision writes.
 */
export function assembled(
  parts: ReadonlyMap<string, string>,
  waiting: readonly ChangeSet[],
  lists: ColumnLists,
): AggregateState | null {
  if (parts.size === 0) return null;
  const text = parts.get(MEMORY);
  if (text === undefined) throw damaged('has rows and no memory');
  if (text.startsWith('[')) return understood(() => stubOf(text, lists));
  return understood(() => putTogether(text, parts, waiting, lists));
}

function putTogether(
  text: string,
  parts: ReadonlyMap<string, string>,
  waiting: readonly ChangeSet[],
  lists: ColumnLists,
): AggregateState {
  const { fired: happenedOnce, parked, snapshots, ...rest } = JSON.parse(text) as Memory;
  const sealKey = parts.get(SEAL_KEY);
  const found = new Parts(lists);
  for (const name of [...parts.keys()].sort())
    if (name !== MEMORY && name !== SEAL_KEY) found.take(name, parts.get(name) as string);
  for (const fact in happenedOnce) put(found.fired, fact, '', happenedOnce[fact] as number);
  const missed = found.missed.sort(([a], [b]) => a - b).map(([, each]) => each);
  const findings = missed.length > 0 || !isEmpty(found.vanished) ? { missed, vanished: found.vanished } : undefined;
  return {
    ...rest,
    ...{ rows: found.rows, fired: found.fired, parked: parked === undefined ? null : parkedOf(parked, waiting) },
    ...(snapshots === undefined ? {} : { snapshots: marksWithRows(snapshots, found.staged) }),
    ...(findings === undefined ? {} : { findings }),
    ...withoutEmpty({ looked: found.looked, ...found.apart }),
    ...(sealKey === undefined ? {} : { sealKey }),
  };
}

/** Number of change sets that wait, and ordinal of the first; null when it is not parked. */
export function queueIn(parts: ReadonlyMap<string, string>): { readonly first: number; readonly count: number } | null {
  const text = parts.get(MEMORY);
  if (text === undefined || !text.includes('"parked":{')) return null;
  return understood(() => (JSON.parse(text) as Memory).parked ?? null);
}

/** Texts that no decision writes fail in many ways. @throws DragomanError STATE_DAMAGED */
function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw cause instanceof DragomanError ? cause : damaged('cannot be read', cause);
  }
}

const parkedOf = ({ count, ...head }: NonNullable<Memory['parked']>, waiting: readonly ChangeSet[]): Parked => {
  const spilled = count - waiting.length;
  if (spilled < 0 || (count > 0 && waiting.length === 0))
    throw damaged(`is parked with ${count} change sets waiting, of which ${waiting.length} are stored`);
  return { ...head, waiting, ...(spilled === 0 ? {} : { spilled }) };
};

function marksWithRows(
  snapshots: NonNullable<Memory['snapshots']>,
  staged: ReadonlyMap<string, Record<string, Record<string, Row | true | null>>>,
): NonNullable<AggregateState['snapshots']> {
  return Object.fromEntries(
    Object.entries(snapshots).map(([follower, { stages: stored, ...marks }]) => {
      if (stored === undefined) return [follower, marks];
      const all = stored.map(([generation, isWhole]): Stage => {
        const rows = staged.get(`${follower}${TAB}${generation}`) ?? {};
        return isWhole === undefined ? { generation, rows } : { generation, rows, isWhole };
      });
      return [follower, { ...marks, staged: all }];
    }),
  );
}

type Mutable<V> = Record<string, Record<string, V>>;

const tables = <V>(): Mutable<V> => Object.create(null) as Mutable<V>;

function put<V>(into: Mutable<V>, table: string, key: string, value: V): void {
  (into[table] ??= Object.create(null) as Record<string, V>)[key] = value;
}

const withoutEmpty = <T extends Readonly<Record<string, object>>>(all: T): Partial<T> =>
  Object.fromEntries(Object.entries(all).filter(([, each]) => !isEmpty(each))) as Partial<T>;

function isEmpty(record: object): boolean {
  for (const _ in record) return false;
  return true;
}

const AS_JSON: Readonly<Record<string, keyof Parts['apart']>> = { u: 'untold', o: 'owed', t: 'told', p: 'pairs' };

/** Parts while they are put together. */
class Parts {
  readonly rows = tables<Row>();
  readonly fired = tables<number>();
  readonly apart = { untold: tables<Untold>(), owed: tables<Owed>(), told: tables<number>(), pairs: tables<Pair>() };
  readonly vanished = tables<Row>();
  readonly looked = tables<Row | null>();
  readonly missed: Placed[] = [];
  readonly staged = new Map<string, Mutable<Row | true | null>>();
  readonly #lists: ColumnLists;

  constructor(lists: ColumnLists) {
    this.#lists = lists;
  }

  take(name: string, text: string): void {
    const kind = name.charAt(0);
    if (kind === 's') return this.#stage(name, text);
    const tab = name.indexOf(TAB);
    if (tab === -1) throw damaged(`has a part that is of no entry (${name})`);
    const [table, key] = [name.slice(1, tab), name.slice(tab + 1)];
    const apart = AS_JSON[kind];
    if (apart !== undefined) put(this.apart[apart] as Mutable<unknown>, table, key, JSON.parse(text));
    else if (kind === 'r') put(this.rows, table, key, rowOf(text, this.#lists));
    else if (kind === 'f') put(this.fired, table, key, JSON.parse(text) as number);
    else if (kind === 'v') put(this.vanished, table, key, rowOf(text, this.#lists));
    else if (kind === 'l') put(this.looked, table, key, text === 'null' ? null : rowOf(text, this.#lists));
    else if (kind === 'm') this.missed.push(JSON.parse(text) as Placed);
    else throw damaged(`has a part of no known kind (${name})`);
  }

  #stage(name: string, text: string): void {
    const [follower = '', generation = '', table = ''] = name.slice(1).split(TAB, 3);
    const place = `${follower}${TAB}${generation}`;
    const key = name.slice(1 + place.length + 1 + table.length + 1);
    const rows = this.staged.get(place) ?? tables<Row | true | null>();
    this.staged.set(place, rows);
    put(rows, table, key, text === 'true' ? true : text === 'null' ? null : rowOf(text, this.#lists));
  }
}

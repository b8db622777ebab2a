/**
 * Lists of column names, each written down once and named by its hash, so that a stored row is its values alone. A list is that of the
 * columns that a row really has: most rows of a table have one and the same.
 */
import type { CommandResult } from '../../domain/command.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { ColumnValue, Row } from '../../domain/tables/table.js';
import { valueJson } from '../../domain/json-text.js';
import { DragomanError } from '../../errors.js';

/** By hash, as they are stored: `["ord_no","sts_cd"]`. */
export type StoredLists = Iterable<readonly [id: string, text: string]>;

const SEPARATOR = '\u0000';

/** No list, and a list of one name that is empty, are two. */
const joinedText = (columns: readonly string[]): string =>
  columns.length === 0 ? SEPARATOR + SEPARATOR : columns.join(SEPARATOR);

export class ColumnLists {
  readonly #ids = new Map<string, string>();
  readonly #columns = new Map<string, readonly string[]>();
  #fresh: [string, string][] = [];
  readonly #lastByFirst = new Map<string, { readonly id: string; readonly columns: readonly string[] }>();

  /** Forgets everything but these. */
  reset(stored: StoredLists): void {
    this.#ids.clear();
    this.#columns.clear();
    this.#lastByFirst.clear();
    this.#fresh = [];
    for (const [id, text] of stored) this.#know(id, JSON.parse(text) as string[]);
  }

  /** Name of a list; a new one is to be stored with the first row that has it. */
  idOf(columns: readonly string[]): string {
    const joined = joinedText(columns);
    const known = this.#ids.get(joined);
    if (known !== undefined) return known;
    const id = this.#freeId(joined);
    this.#know(id, columns);
    this.#fresh.push([id, JSON.stringify(columns)]);
    return id;
  }

  /** The same of a row's columns: most often those of the last row with this first column. */
  idOfRow(row: Row): string {
    for (const first in row) {
      const last = this.#lastByFirst.get(first);
      if (last !== undefined && hasColumns(row, last.columns)) return last.id;
      const columns = Object.keys(row);
      const id = this.idOf(columns);
      this.#lastByFirst.set(first, { id, columns });
      return id;
    }
    return this.idOf([]);
  }

  /** @throws DragomanError STATE_DAMAGED */
  columnsOf(id: string): readonly string[] {
    const columns = this.#columns.get(id);
    if (columns !== undefined) return columns;
    throw new DragomanError(
      'STATE_DAMAGED',
      `A stored row names its columns by ${id}, and no list of that name is stored. Restore: \`dragoman state verify\` says what differs.`,
    );
  }

  /** Lists that were made since the last call. */
  takeFresh(): readonly (readonly [id: string, text: string])[] {
    const fresh = this.#fresh;
    if (fresh.length > 0) this.#fresh = [];
    return fresh;
  }

  #know(id: string, columns: readonly string[]): void {
    this.#ids.set(joinedText(columns), id);
    this.#columns.set(id, columns);
  }

  /** Two lists of one hash do not share a name. */
  #freeId(joined: string): string {
    for (let salt = ''; ; salt += SEPARATOR) {
      const id = hash(joined + salt);
      if (!this.#columns.has(id)) return id;
    }
  }
}

/** Exactly these, in this order. */
function hasColumns(row: Row, columns: readonly string[]): boolean {
  let place = 0;
  for (const column in row) {
    if (columns[place] !== column) return false;
    place += 1;
  }
  return place === columns.length;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** FNV-1a, 30 of 32 bits in five characters. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value ^= value >>> 15;
  let id = '';
  for (let i = 0; i < 5; i += 1) id += DIGITS[(value >>> (6 * i)) & 63] ?? '';
  return id;
}

/** As a row is stored: its list, and its values in that order. */
export type StoredRow = readonly [columns: string, ...values: ColumnValue[]];

export function rowText(row: Row, lists: ColumnLists): string {
  let text = `["${lists.idOfRow(row)}"`;
  for (const column in row) text += `,${valueJson(row[column])}`;
  return `${text}]`;
}

export const rowOf = (text: string, lists: ColumnLists): Row => rowIn(JSON.parse(text) as StoredRow, lists);

export function rowIn(values: StoredRow, lists: ColumnLists): Row {
  const columns = lists.columnsOf(values[0]);
  if (values.length !== columns.length + 1)
    throw damaged(`has a row of ${values.length - 1} values whose list ${values[0]} names ${columns.length} columns`);
  const row: Record<string, ColumnValue> = {};
  for (let i = 0; i < columns.length; i += 1) row[columns[i] as string] = values[i + 1] as ColumnValue;
  return row;
}

/** What is stored of an aggregate is not what a decision writes. */
export const damaged = (how: string, cause?: unknown): DragomanError =>
  new DragomanError(
    'STATE_DAMAGED',
    `A stored aggregate ${how}. Compare what is stored with the state topic: \`dragoman state verify\`.`,
    { cause },
  );

/*
 * What stays of a retired aggregate is one cell of few characters. Names are in column lists, which most stubs have in common.
 *
 *   [["<facts>",1,{"3":2}],["<contracts>",2],["<sources>","<position>"],<offset of its newest journal entry>,["<sources>","<settled>"],"<key>",
 *    ["<id>","<result>","<text>"],["<contracts>","service"],["<contracts>",1,{"3":2}]]
 *
 * What is settled is absent where no snapshot told of it after its last transaction. The key is what its values are sealed with in the journal, and
 * true of one that is erased. Then comes the last operator's command; then whose it is, by contract, of sticky capabilities; then what a service
 * published, by contract and occurrence. Of these five, what is absent is left out at the end, and null before it.
 */

/** Facts by occurrence; of one that happens once, the number alone. */
type StubFired = Readonly<Record<string, number | Readonly<Record<string, number>>>>;

export function stubText(stub: AggregateState, lists: ColumnLists): string {
  const { fired, sequences, at, journal, snapshots, sealKey, isErased, lastCommand, owners, told } = stub;
  const byName = [fired, told].map(
    (part) => part && mapped(part, (all): StubFired[string] => (isOnce(all) ? (all[''] as number) : all)),
  );
  const settled = snapshots && mapped(snapshots, (marks) => marks.settled ?? null);
  const [facts, events, counts, positions, last, whose] = [...byName, sequences, at, settled, owners].map(
    (part) => part && rowText(inOrder(part) as Row, lists),
  );
  const key = isErased === true ? 'true' : sealKey && JSON.stringify(sealKey);
  const command = lastCommand && JSON.stringify([lastCommand.id, lastCommand.result, lastCommand.text]);
  const rest = [last, key, command, whose, events];
  while (rest.length > 0 && rest.at(-1) === undefined) rest.pop();
  return `[${[facts, counts, positions, journal?.[0], ...rest].map((part) => part ?? 'null').join()}]`;
}

/** So that what happened in another order has the same list. */
const inOrder = (record: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));

const mapped = <V, W>(record: Readonly<Record<string, V>>, map: (value: V) => W): Record<string, W> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));

const isOnce = (occurrences: Readonly<Record<string, number>>): boolean => {
  for (const name in occurrences) if (name !== '') return false;
  return occurrences[''] !== undefined;
};

type StoredStub = readonly [
  fired: StoredRow,
  sequences: StoredRow,
  at: StoredRow,
  journal: number | null,
  settled?: StoredRow | null,
  key?: string | true | null,
  command?: readonly [id: string, result: CommandResult, text: string] | null,
  owners?: StoredRow | null,
  told?: StoredRow,
];

/** The reverse of {@link stubText}. */
export function stubOf(text: string, lists: ColumnLists): AggregateState {
  const stored = JSON.parse(text) as StoredStub;
  const [short, sequences, at, journal, settled = null, key = null, command = null, owners = null, told] = stored;
  const byOccurrence = (row: StoredRow): AggregateState['fired'] =>
    mapped(rowIn(row, lists) as StubFired, (all) => (typeof all === 'number' ? { '': all } : all));
  const positions = (row: StoredRow): AggregateState['at'] => rowIn(row, lists) as AggregateState['at'];
  return {
    ...{
      rows: {},
      fired: byOccurrence(short),
      sequences: rowIn(sequences, lists) as AggregateState['sequences'],
      parked: null,
    },
    ...{ at: positions(at), isStub: true },
    ...(settled === null ? {} : { snapshots: mapped(positions(settled), (position) => ({ settled: position })) }),
    ...(journal === null ? {} : { journal: [journal] }),
    ...(key === null ? {} : key === true ? { isErased: key } : { sealKey: key }),
    ...(owners === null ? {} : { owners: rowIn(owners, lists) as NonNullable<AggregateState['owners']> }),
    ...(command === null ? {} : { lastCommand: { id: command[0], result: command[1], text: command[2] } }),
    ...(told === undefined ? {} : { told: byOccurrence(told) }),
  };
}

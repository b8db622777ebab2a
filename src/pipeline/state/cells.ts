/**
 * What is stored, as cells: (hash, field) -> text. The state topic holds them, the store mirrors them, so restoring is copying.
 *
 *   order:4711          an aggregate: its memory and its parts (`parts.ts`); `@lookup:public.country/DE` is one for a row of a lookup table
 *   ~queue:order:4711   what waits while it is parked, by ordinal
 *   ~rows               the row index: owner by row, for tables whose key does not name the aggregate
 *   ~parked             refusal code by parked aggregate
 *   ~owed               aggregates of which a service has not told all that happened, or whose owner is open
 *   ~stubs              what stays of a retired aggregate, which has no other hash
 *   ~columns            lists of columns, by their hash
 *   ~due:482900         timers that are due in one hour (since 1970), by aggregate and name: the instant
 *   ~due                the hours that have any
 *   ~due:past           what was due and has not happened, likewise
 *   ~figures            what the sentinel learnt, by table, operation and column (`sentinel/sentinel.ts`)
 *   ~ownership          whose aggregates are, and what is owed, as numbers (`kept/ownership-counts.ts`)
 *   ~parity             what was compared came to, by route and hour (`parity/figures.ts`), and ~parityexamples examples of it
 *   ~discrepancies      what checks found (`discrepancies/register.ts`), ~evidence what both sides showed, and ~checks their latest runs
 *   ~pinned             how many aggregates keep which of them (`kept/pin-counts.ts`)
 *   ~rules              sets of rules that decided, by digest, and ~rules:<digest> the text of one
 *
 * A cell is always in the same partition, that of its *place*: the id of its aggregate, as contract topics are keyed, or its field.
 */
import { textJson } from '../../domain/json-text.js';
import { ownsId, type Shard } from '../../domain/shard.js';
import { aggregateRef } from '../../domain/state/aggregate-state.js';
import { LOOKUP_AGGREGATE } from '../../domain/tables/feed.js';
import { DragomanError } from '../../errors.js';
import type { Cell, OutputRecord, OwnRecord } from '../ports.js';
import { digestOf, isBundle, RULES } from '../kept/kept-rules.js';
import { OWNERSHIP } from '../kept/ownership-counts.js';
import { PINNED } from '../kept/pin-counts.js';
import { CHECKS } from '../discrepancies/checks.js';
import { DISCREPANCIES, EVIDENCE } from '../discrepancies/register.js';
import { EXAMPLES } from '../parity/examples.js';
import { PARITY } from '../parity/figures.js';
import { FIGURES } from '../sentinel/sentinel.js';
import { DUE, isTimers, timerOf } from '../timers/due-hours.js';

export const ROWS = '~rows';
export const PARKED = '~parked';
export const OWED = '~owed';
export const COLUMNS = '~columns';
export const STUBS = '~stubs';
const QUEUE = '~queue:';

/** @param aggregate `order:4711` */
export const queueOf = (aggregate: string): string => `${QUEUE}${aggregate}`;

/** The one that waits at this place. */
export const queueCell = (aggregate: string, place: number): Pick<Cell, 'hash' | 'field'> => ({
  hash: queueOf(aggregate),
  field: String(place),
});

export const isQueue = (hash: string): boolean => hash.startsWith(QUEUE);

/** `order:4711`: whose a cell is; null: what is of no aggregate. */
function aggregateOf({ hash, field }: Pick<Cell, 'hash' | 'field'>): string | null {
  if (hash === PARKED || hash === STUBS || hash === OWED) return field;
  if (hash === ROWS || hash === COLUMNS || hash === DUE || isOfRules(hash) || SUMS.has(hash)) return null;
  if (isTimers(hash)) return timerOf(field).aggregate;
  return isQueue(hash) ? hash.slice(QUEUE.length) : hash;
}

const isOfRules = (hash: string): boolean => hash === RULES || hash === PINNED || isBundle(hash);

/** What the partition of a cell is chosen by. */
export function placeOf({ hash, field }: Pick<Cell, 'hash' | 'field'>): string {
  const aggregate = aggregateOf({ hash, field });
  if (aggregate !== null) return aggregateRef(aggregate).id;
  return isBundle(hash) ? digestOf(hash) : field;
}

/** Whether a shard has such a cell: an aggregate is its owner's, and what is of none, rows of lookup tables too, each keeps for itself. */
export function isKeptBy(shard: Shard, cell: Pick<Cell, 'hash' | 'field'>): boolean {
  const aggregate = aggregateOf(cell);
  if (aggregate === null) return true;
  const { aggregate: type, id } = aggregateRef(aggregate);
  return type === LOOKUP_AGGREGATE || ownsId(shard, id);
}

export const cellKey = ({ hash, field }: Pick<Cell, 'hash' | 'field'>): string =>
  `[${textJson(hash)},${fieldJson(field)}]`;

/** Most fields have a tab, and nothing else to escape. */
function fieldJson(field: string): string {
  const tab = field.indexOf('\t');
  if (tab === -1) return textJson(field);
  return `${textJson(field.slice(0, tab)).slice(0, -1)}\\t${textJson(field.slice(tab + 1)).slice(1)}`;
}

export const cellRecord = (topic: string, cell: Cell): OutputRecord => ({
  topic,
  key: cellKey(cell),
  value: cell.value,
  place: placeOf(cell),
});

/**
 * The reverse of {@link cellRecord}.
 * @throws DragomanError STATE_DAMAGED when its key is none, or of a kind that this version does not know.
 */
export function cellOf(record: Pick<OwnRecord, 'key' | 'value'> & Partial<OwnRecord>): Cell {
  const name = nameOf(record.key);
  if (name === null) throw damaged(record, 'is none of a cell: a list of a hash and a field is expected');
  const [hash, field] = name;
  checkHash(hash, record);
  return { hash, field, value: record.value };
}

/** @throws DragomanError STATE_DAMAGED */
export function checkHash(hash: string, record: Partial<OwnRecord>): void {
  if (!isKnown(hash)) throw damaged(record, 'is of a kind that this version does not know; a later one wrote it');
}

/** Cut, because a restore asks for millions; whatever is not as {@link cellKey} writes most of them is read as JSON. */
function nameOf(key: string): readonly [hash: string, field: string] | null {
  const cut = key.indexOf('","');
  if (cut === -1 || key.length < cut + 5 || !key.startsWith('["') || !key.endsWith('"]')) return parsed(key);
  const hash = key.slice(2, cut);
  const field = key.slice(cut + 3, -2).replaceAll('\\t', '\t');
  return ODD.test(hash) || ODD.test(field) ? parsed(key) : [hash, field];
}

/** What JSON has escaped, but a tab, and what it would have. */
const ODD = /["\\]/;

function parsed(key: string): readonly [hash: string, field: string] | null {
  try {
    const name = JSON.parse(key) as unknown;
    const isName = Array.isArray(name) && name.length === 2 && name.every((part) => typeof part === 'string');
    return isName ? (name as [string, string]) : null;
  } catch {
    return null;
  }
}

const SUMS: ReadonlySet<string> = new Set([FIGURES, OWNERSHIP, PARITY, EXAMPLES, DISCREPANCIES, EVIDENCE, CHECKS]);
const OTHERS: ReadonlySet<string> = new Set([ROWS, PARKED, OWED, COLUMNS, STUBS, ...SUMS]);

const isKnown = (hash: string): boolean =>
  !hash.startsWith('~') || isQueue(hash) || isTimers(hash) || isOfRules(hash) || OTHERS.has(hash);

const damaged = ({ key, partition, offset }: Partial<OwnRecord>, how: string): DragomanError =>
  new DragomanError(
    'STATE_DAMAGED',
    `The key of a record in the state topic (partition ${partition ?? '?'}, offset ${offset ?? '?'}) ${how}. What is remembered cannot be ` +
      'told from it, and nothing is published before somebody has looked. Run the version that wrote it, or restore the topic.',
    { details: { key: key?.slice(0, KEY_CHARS_MAX), partition, offset } },
  );

/** Of a damaged key, in errors. */
const KEY_CHARS_MAX = 200;

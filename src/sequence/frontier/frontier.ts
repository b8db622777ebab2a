/** How far the transactions of one source were handed on. Travels in the offset metadata of the commit (design 2.1). */
import type { RowTransaction, Serial, TransactionEnd } from '../../domain/source/change-event.js';
import type { Position } from '../../domain/source/position.js';
import type { OpenTransaction } from '../open-transaction.js';
import { type GtidSet, highestOf, placeIn, withNumber } from './gtid-set.js';
import { placeOf } from './log-place.js';

export interface Frontier {
  /** Of the last transaction handed on; null before the first. */
  readonly position: Position | null;
  /** The last transaction that followed a snapshot: its rows have no predecessor, so their replays are known by id (PostgreSQL). */
  readonly first: { readonly id: string; readonly end: Position } | null;
  /** Numbers handed on of each stream of GTIDs; the stream of the last one is the last. */
  readonly serials: Readonly<Record<string, GtidSet>>;
  /** The last transactions handed on, where neither END's id nor a serial tells a repetition (Oracle). */
  readonly recent: readonly string[];
  /** The newest snapshot. */
  readonly snapshot: SnapshotProgress | null;
  /** Place of a transaction without END that left by itself: the next one follows it, and nothing is missing in between (S7, S13). */
  readonly unended?: Position;
  /** Unreadable records that left by themselves, though a transaction after the frontier may count them (S10). */
  readonly left?: readonly LeftRecord[];
}

export interface LeftRecord {
  readonly partition: string;
  readonly offset: number;
  /** Transactions whose BEGIN stands before this offset of the transaction topic may count it. */
  readonly begunBefore: number;
}

export interface SnapshotProgress {
  readonly generation: Position;
  /** When it was taken, ms since 1970. */
  readonly timeMs: number;
  /** Tables of which rows were handed on, until it is over. */
  readonly tables: readonly string[];
  /** Before it there was something that it replaces; otherwise its end tells nothing new. */
  readonly replaces: boolean;
  /** Its last row was handed on, as the connector says. */
  readonly isLastSeen: boolean;
  readonly isOver: boolean;
  /** A transaction after it was handed on: the next one that names no predecessor follows nothing that was read (S7). */
  readonly isFollowed: boolean;
}

export const NO_FRONTIER: Frontier = { position: null, first: null, serials: {}, recent: [], snapshot: null };

/** Positions start again (another epoch), over aggregates that are known: the next snapshot replaces what they are. */
export const NEW_LOG: Frontier = {
  ...NO_FRONTIER,
  snapshot: {
    generation: '' as Position,
    timeMs: 0,
    tables: [],
    replaces: false,
    isLastSeen: true,
    isOver: true,
    isFollowed: true,
  },
};

/**
 * S3: a row of a transaction handed on before. A GTID tells; else its own place, or its predecessor, is compared with the frontier; rows
 * of the first transaction after a snapshot have no predecessor and are known by its id.
 * @param named without ENDs a transaction is named by its predecessor, which no other one has, and ends with its last row (P3).
 */
export function isReplay(
  { id, commit, predecessor, position, serial }: RowTransaction,
  frontier: Frontier,
  named: 'by its end' | 'by its rows' = 'by its end',
): boolean {
  const { position: passed, first, recent } = frontier;
  if (serial !== undefined) {
    const known = isHandedOn(serial, frontier);
    return known === 'in' || (known === 'before' && commit !== null && passed !== null && commit <= placeOf(passed));
  }
  if (commit !== null) {
    if (passed === null || commit > passed) return false;
    return recent.length === 0 || recent.includes(id) || instantOf(commit) !== instantOf(passed);
  }
  const isAtIncluded = named === 'by its rows';
  if (predecessor !== null) return passed !== null && isBefore(predecessor, passed, isAtIncluded);
  return first !== null && first.id === id && isBefore(position, first.end, isAtIncluded);
}

const isBefore = (place: Position, end: Position, isAtIncluded: boolean): boolean =>
  place < end || (isAtIncluded && place === end);

/** Whether the transaction of a GTID was handed on; `before`: older than what is known of its stream, or new behind a parallel replica. */
export function isHandedOn(
  { stream, number }: Serial,
  { serials }: Pick<Frontier, 'serials'>,
): 'in' | 'before' | 'new' {
  const known = serials[stream];
  return known === undefined ? 'new' : placeIn(known, number);
}

/**
 * A fail-over is followed where nothing says that the GTID is from before: in MariaDB numbers go on from server to server, so one that
 * another server used as well belongs to a log that went apart.
 */
export function continues({ domain, number }: Serial, { serials }: Pick<Frontier, 'serials'>): boolean {
  if (domain === null) return true;
  return Object.entries(serials).every(
    ([stream, set]) => !stream.startsWith(domain) || (highestOf(set) ?? 0n) < BigInt(number),
  );
}

/** S3, of an END: its transaction was handed on (`in`), or perhaps: then a row that is new, or none, decides (`before`). */
export function seenEnd({ id, position, serial }: TransactionEnd, frontier: Frontier): 'in' | 'before' | 'new' {
  if (serial !== null) return isHandedOn(serial, frontier);
  if (position === null) return frontier.recent.includes(id) ? 'before' : 'new';
  return frontier.position !== null && position <= frontier.position ? 'in' : 'new';
}

/** Oracle may commit several transactions at one system change number, of which nothing tells the order but that of their ENDs. */
const instantOf = (place: Position): string => place.slice(0, place.indexOf(':'));

/** Streams of GTIDs that are remembered: servers that ever were the primary. */
const STREAMS_MAX = 16;
const RECENT_MAX = 32;

/** After a transaction was handed on. */
export function passed(frontier: Frontier, transaction: OpenTransaction): Frontier {
  const { id, end, predecessor, serial, position: own } = transaction;
  const position = own !== null && (frontier.position === null || own > frontier.position) ? own : frontier.position;
  const isFirst = predecessor === null && transaction.isLinked && position !== null;
  const isNamedOnly = end !== null && end.position === null && serial === null;
  return {
    position,
    first: isFirst ? { id, end: position } : frontier.first,
    serials: serial === null ? frontier.serials : withSerial(frontier.serials, serial),
    recent: isNamedOnly ? [...frontier.recent, id].slice(-RECENT_MAX) : frontier.recent,
    snapshot: frontier.snapshot,
  };
}

function withSerial(serials: Frontier['serials'], { stream, number }: Serial): Frontier['serials'] {
  const others = Object.entries(serials).filter(([name]) => name !== stream);
  return Object.fromEntries([...others.slice(1 - STREAMS_MAX), [stream, withNumber(serials[stream] ?? '', number)]]);
}

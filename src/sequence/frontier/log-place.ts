/**
 * Places in the logs of one source after another. A connector that goes on by GTID on another server (a fail-over) reads a log whose
 * places start anywhere; a position says which log it is, so that positions go on growing: the place alone in the first log, `~1:place`
 * in the next one that stands lower, and so on. Which log a transaction is in depends on the order of transactions alone, so a
 * transaction has one position however it was read.
 */
import type { Position } from '../../domain/source/position.js';

const LOG = /^~(\d{10}):/;
const DIGITS = 10;

export const logOf = (position: Position | null): number => Number(LOG.exec(position ?? '')?.[1] ?? 0);

/** Of a position, without its log. */
export const placeOf = (position: Position): Position => position.replace(LOG, '') as Position;

export const inLog = (log: number, place: Position): Position =>
  log === 0 ? place : (`~${String(log).padStart(DIGITS, '0')}:${place}` as Position);

/** Of what stands at `place` and comes after `last`: in the same log if it stands higher there, else in the next one. */
export function placeAfter(last: Position | null, place: Position): Position {
  if (last === null) return place;
  const log = logOf(last);
  return inLog(place > placeOf(last) ? log : log + 1, place);
}

/** The binlog file of a row's place: a transaction is never spread over two. */
export const fileOf = (place: Position): string => place.slice(0, place.indexOf(':'));

/** Positions are places in the log; PostgreSQL's are one number, and its rows tell their predecessor. */
export const isPlace = (position: Position): boolean => position.includes(':');

const NEXT = /~(\d{10})$/;

/** A position for a transaction that follows the frontier, though its own is not above it (several share a place in the log). */
export function justAfter(position: Position): Position {
  const count = Number(NEXT.exec(position)?.[1] ?? 0) + 1;
  return `${position.replace(NEXT, '')}~${String(count).padStart(DIGITS, '0')}` as Position;
}

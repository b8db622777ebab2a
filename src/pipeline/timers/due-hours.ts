/**
 * How timers are stored: a hash for each hour since 1970, a field for each timer of an aggregate, and which hours have any. One hash more has
 * what was due and has not happened (`AggregateState.overdue`).
 */
import type { Timers } from '../../domain/state/aggregate-state.js';
import type { Cell } from '../ports.js';

export const DUE = '~due';
const HOURS = `${DUE}:`;
/** What was due. */
export const PAST = `${HOURS}past`;
const HOUR_MS = 60 * 60 * 1_000;

export const hourOf = (dueMs: number): number => Math.floor(dueMs / HOUR_MS);

export const startOf = (hour: number): number => hour * HOUR_MS;

export const isTimers = (hash: string): boolean => hash === DUE || hash.startsWith(HOURS);

/** @param hour since 1970. */
export const dueIn = (hour: number): string => `${HOURS}${hour}`;

/** Field of a timer. Names of timers have no tab. */
export const timerField = (aggregate: string, name: string): string => `${aggregate}\t${name}`;

/** The reverse of {@link timerField}: of `order:4711` and a name. */
export function timerOf(field: string): { readonly aggregate: string; readonly name: string } {
  const tab = field.lastIndexOf('\t');
  return { aggregate: field.slice(0, tab), name: field.slice(tab + 1) };
}

/** What is overdue of an aggregate becomes another. @returns the cells that say so. */
export function pastCells(aggregate: string, before: Timers = NONE, after: Timers = NONE): Cell[] {
  if (before === after) return [];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((name) => before[name] !== after[name])
    .map((name) => ({
      hash: PAST,
      field: timerField(aggregate, name),
      value: after[name] === undefined ? null : String(after[name]),
    }));
}

const NONE: Timers = {};

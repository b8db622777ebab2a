/** Timers in the state of an aggregate: what is to be done later, and what was due and has not happened. Pure. */
import type { AggregateState, Timers } from '../../domain/state/aggregate-state.js';
import { without } from '../own.js';

/** Name of the timer that retires. */
export const RETIRE = 'retire';
/** Name of the timer of what a service is to tell (`echoes.ts`). */
export const ECHO = 'echo';

/** Name of the timer of what is compared: when the first that waits has waited long enough. */
export const PARITY = 'parity';

const EXPECTED = 'expected:';

/** Name of the timer of something that is expected. @param fact first name of the milestone. */
export const expectedTimer = (fact: string): string => `${EXPECTED}${fact}`;

/** The reverse; null: it is the timer of something else. */
export const expectedFact = (timer: string): string | null =>
  timer.startsWith(EXPECTED) ? timer.slice(EXPECTED.length) : null;

/** @param dueMs null: there is none. */
export const withTimer = (state: AggregateState, name: string, dueMs: number | null): AggregateState =>
  withInstant(state, 'timers', name, dueMs);

/** @param dueMs when it was due; null: nobody waits for it any more. */
export const withOverdue = (state: AggregateState, name: string, dueMs: number | null): AggregateState =>
  withInstant(state, 'overdue', name, dueMs);

function withInstant(
  state: AggregateState,
  field: 'timers' | 'overdue',
  name: string,
  dueMs: number | null,
): AggregateState {
  const known: Timers = state[field] ?? NONE;
  if ((known[name] ?? null) === dueMs) return state;
  if (dueMs !== null) return { ...state, [field]: { ...known, [name]: dueMs } };
  const others = without(known, name);
  return Object.keys(others).length === 0 ? without(state, field) : { ...state, [field]: others };
}

const NONE: Timers = {};

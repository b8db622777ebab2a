/**
 * `forget`: of an aggregate goes what it is and what waits; that it was there, and what it published, stays (decision 0020). What waits goes in
 * parts, as many as are in the state at once. Pure.
 */
import { ownedRows } from '../../changeset/owners.js';
import type { AggregateRef, Origin } from '../../domain/change-set.js';
import { type AggregateState, EMPTY_STATE, type Parked } from '../../domain/state/aggregate-state.js';
import type { CompiledRules } from '../../rules/compile.js';
import { erased } from '../../translate/timers/retire.js';
import type { Translated } from '../../translate/translate.js';

export interface Forgetting extends AggregateRef {
  readonly state: AggregateState;
  readonly origin: Origin;
  /** Its id. */
  readonly command: string;
  readonly digest: string;
}

/** The next part of it; the last one when no more waits. */
export function forgetNext({ aggregate, id, origin, digest, command, state: before }: Forgetting): Translated {
  const { parked } = before;
  const state =
    parked === null || isLast(before) ? erased(before) : { ...before, parked: withoutPart(parked, command) };
  const nothing = { refusal: null, rows: [], verdicts: [], events: [] };
  return { state, entry: { aggregate, id, origin, outcome: 'forgotten', ...nothing, digest, state }, events: [] };
}

const isLast = ({ parked }: AggregateState): boolean => parked?.spilled === undefined;

function withoutPart(parked: Parked, command: string): Parked {
  const { first, waiting, taking } = parked;
  const givenUp = (taking?.command === command ? taking.givenUp : 0) + waiting.length;
  return { ...parked, first: first + waiting.length, waiting: [], taking: { command, givenUp } };
}

/** What the next part takes out of the row index: owner by row, as far as the index still says so. */
export const forgottenRows = (
  ref: AggregateRef,
  state: AggregateState,
  rules: Pick<CompiledRules, 'feeds'>,
): ReadonlyMap<string, string> =>
  ownedRows(ref, isLast(state) ? state : { ...EMPTY_STATE, parked: state.parked }, rules);

/** Why it cannot be done; null: it can. */
export function unforgettable(
  subject: string,
  { isErased }: AggregateState,
  keeps: 'waiting' | 'lookup' | null,
): string | null {
  if (keeps === 'lookup') return `${subject} is a row of a lookup table: it goes when it is deleted in the source.`;
  if (keeps === 'waiting')
    return `${subject} are rows that wait for their parent: forget the aggregate when they have come to it, or delete them in the source.`;
  return isErased === true ? `${subject} is forgotten already.` : null;
}

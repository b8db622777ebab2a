/** Which aggregates are parked, as the store has them, with what is at stake. Read in parts; a task and the command line ask the same. */
import { type AggregateState, aggregateRef, type Parked } from '../domain/state/aggregate-state.js';
import type { AggregateRef } from '../domain/change-set.js';
import type { CompiledRules } from '../rules/compile.js';
import { severityOf } from '../translate/parking/severity.js';
import type { ParkedAggregate } from './events.js';
import type { StoredState } from './state/stored-states.js';

export type ParkedState = AggregateState & { readonly parked: Parked };

/** States in memory at once. */
const PART = 200;

/** `StoredStates` at a marker: at one for all of it, or at one for each call. */
export interface ParkedReads {
  parked(): Promise<ReadonlyMap<string, string>>;
  load(keys: readonly string[]): Promise<readonly StoredState[]>;
}

/** In the order of their names. @throws DragomanError MARKER_MOVED when the store is not at the marker of a call. */
export async function* parkedStates(
  stored: ParkedReads,
): AsyncGenerator<{ readonly ref: AggregateRef; readonly state: ParkedState }> {
  const keys = [...(await stored.parked()).keys()].sort();
  for (let i = 0; i < keys.length; i += PART) {
    const part = keys.slice(i, i + PART);
    const states = await stored.load(part);
    for (const [place, key] of part.entries()) {
      const state = states[place]?.state ?? null;
      if (isParked(state)) yield { ref: aggregateRef(key), state };
    }
  }
}

export const isParked = (state: AggregateState | null): state is ParkedState => state !== null && state.parked !== null;

export const parkedAggregate = (
  ref: AggregateRef,
  state: ParkedState,
  { aggregates }: Pick<CompiledRules, 'aggregates'>,
): ParkedAggregate => ({
  ...ref,
  code: state.parked.code,
  severity: severityOf(aggregates.get(ref.aggregate), state) ?? 'none',
  sinceMs: state.parked.sinceMs,
});

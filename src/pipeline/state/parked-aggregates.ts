/** Which aggregates are parked, as the store has them, with what is at stake. Read in parts; a task and the command line ask the same. */
import { type AggregateState, aggregateRef, type Parked } from '../../domain/state/aggregate-state.js';
import type { AggregateRef } from '../../domain/change-set.js';
import type { CompiledRules } from '../../rules/compile.js';
import { severityOf } from '../../translate/parking/severity.js';
import type { ParkedAggregate } from '../events.js';
import { loadAll } from './cutting.js';
import type { StateStore } from '../ports.js';

export type ParkedState = AggregateState & { readonly parked: Parked };

/** States in memory at once. */
const PART = 200;

/**
 * In the order of their names. One that is unparked while this reads is left out.
 * @param load states by `aggregate:id`, as the store has them (`StateStore.loadStates`).
 */
export async function* parkedStates(
  store: Pick<StateStore, 'parked'>,
  load: (keys: readonly string[]) => Promise<readonly (string | null)[]>,
): AsyncGenerator<{ readonly ref: AggregateRef; readonly state: ParkedState }> {
  const keys = [...(await store.parked()).keys()].sort();
  for (let i = 0; i < keys.length; i += PART) {
    const part = keys.slice(i, i + PART);
    const texts = await loadAll(part, load);
    for (const [place, key] of part.entries()) {
      const state = JSON.parse(texts[place] ?? 'null') as AggregateState | null;
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

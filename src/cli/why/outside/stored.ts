/** What is asked of a store of states, wherever it is. */
import type { AggregateRef } from '../../../domain/change-set.js';
import type { AggregateState } from '../../../domain/state/aggregate-state.js';
import { DragomanError } from '../../../errors.js';
import type { StateStore } from '../../../pipeline/ports.js';
import type { TaskSettings } from '../../../pipeline/task.js';
import type { KeptHere } from '../../../why/outside.js';
import { readingAt } from '../../operator/reading/reading.js';
import { atMarker, atStates } from '../../operator/reading/stored-states.js';

/** In the order asked for. @throws DragomanError COMMAND_REFUSED when it holds nothing, or not all yet: nobody can say then what was never heard of. */
export async function statesIn(store: StateStore, names: readonly string[]): Promise<(AggregateState | null)[]> {
  const states = await atStates(store, (stored, marker) => stored.load(marker, names));
  return states.map(({ state }) => state);
}

/** @param settings with the rules that stand here. */
export async function keptIn(
  store: StateStore,
  settings: TaskSettings,
  { aggregate }: AggregateRef,
  state: AggregateState,
): Promise<KeptHere | null> {
  try {
    return await atMarker(store, async (marker) => {
      const { memory } = await readingAt(marker, store, settings);
      return memory.pinned.of(aggregate, state);
    });
  } catch (error) {
    if (!(error instanceof DragomanError && error.code === 'RULES_PINNED')) throw error;
    return state.rules === undefined ? null : { digest: state.rules, aggregate: null };
  }
}

/** States by their names, as a store has them. */
import type { AggregateState } from '../../../domain/state/aggregate-state.js';
import type { StateStore } from '../../../pipeline/ports.js';
import { atStates } from '../../operator/reading/stored-states.js';

/** In the order asked for; of a store in which nothing was ever decided, none is known. */
export async function statesIn(store: StateStore, names: readonly string[]): Promise<(AggregateState | null)[]> {
  if ((await store.marker()) === null) return names.map(() => null);
  const states = await atStates(store, (stored, marker) => stored.load(marker, names));
  return states.map(({ state }) => state);
}

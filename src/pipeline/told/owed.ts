/** Names of aggregates -> change sets that publish what their services owe (`translate/ownership/owed.ts`), in parts of bounded size. */
import type { ChangeSet } from '../../domain/change-set.js';
import { aggregateRef } from '../../domain/state/aggregate-state.js';

/** Source of their origin. */
export const OWING = 'routes';

/** @param clock of the boundary. */
export function* owedChangeSets(
  names: readonly string[],
  changeSetsMax: number,
  clock: number | null,
): Generator<readonly ChangeSet[], void, void> {
  const origin = { source: OWING, transactionId: null, position: null, commitTimeMs: clock ?? 0 };
  for (let i = 0; i < names.length; i += changeSetsMax)
    yield names.slice(i, i + changeSetsMax).map((name) => ({
      ...{ ...aggregateRef(name), kind: 'owed', origin, changes: [], refusal: null },
    }));
}

import { EMPTY_STATE, type AggregateState } from '../domain/aggregate-state.js';
import type { ChangeSet } from '../domain/change-set.js';
import type { IntegrationEvent } from '../domain/integration-event.js';
import type { JournalEntry } from '../domain/journal-entry.js';
import type { CompiledRules } from '../rules/compile.js';
import type { TranslateSettings } from './settings.js';

export interface Translated {
  readonly state: AggregateState;
  readonly entry: JournalEntry;
  readonly events: readonly IntegrationEvent[];
}

export function translate(
  changeSet: ChangeSet,
  before: AggregateState | null,
  _rules: CompiledRules,
  settings: TranslateSettings,
): Translated {
  const state = before ?? EMPTY_STATE;
  return {
    state,
    entry: {
      aggregate: changeSet.aggregate,
      id: changeSet.id,
      origin: changeSet.origin,
      outcome: 'applied',
      refusal: null,
      rows: [],
      verdicts: [],
      events: [],
      digest: settings.digest,
      state,
    },
    events: [],
  };
}

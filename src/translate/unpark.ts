import type { AggregateState } from '../domain/aggregate-state.js';
import type { IntegrationEvent } from '../domain/integration-event.js';
import type { JournalEntry } from '../domain/journal-entry.js';
import type { CompiledRules } from '../rules/compile.js';
import type { TranslateSettings } from './settings.js';

export interface Unparked {
  readonly state: AggregateState;
  readonly entries: readonly JournalEntry[];
  readonly events: readonly IntegrationEvent[];
}

export function unpark(state: AggregateState, _rules: CompiledRules, _settings: TranslateSettings): Unparked {
  return { state, entries: [], events: [] };
}

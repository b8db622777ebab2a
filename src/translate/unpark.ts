/**
 * Lets a parked aggregate go on: its waiting change sets are translated in order, by the same code and the rules of now, until
 * the queue is empty or one of them parks it again. Pure; nothing happens to an aggregate that is not parked.
 */
import type { AggregateState } from '../domain/aggregate-state.js';
import type { IntegrationEvent } from '../domain/integration-event.js';
import type { JournalEntry } from '../domain/journal-entry.js';
import type { CompiledRules } from '../rules/compile.js';
import type { TranslateSettings } from './settings.js';
import { translate } from './translate.js';

export interface Unparked {
  readonly state: AggregateState;
  /** One for each change set that was tried, in order; to be committed together, because only the last has the whole queue. */
  readonly entries: readonly JournalEntry[];
  readonly events: readonly IntegrationEvent[];
}

export function unpark(parked: AggregateState, rules: CompiledRules, settings: TranslateSettings): Unparked {
  const waiting = parked.parked?.waiting ?? [];
  const entries: JournalEntry[] = [];
  const events: IntegrationEvent[] = [];
  let state: AggregateState = { ...parked, parked: null };
  for (const [index, changeSet] of waiting.entries()) {
    const next = translate(changeSet, state, rules, settings);
    if (next.state.parked !== null) {
      state = { ...next.state, parked: { ...next.state.parked, waiting: waiting.slice(index) } };
      return { state, entries: [...entries, { ...next.entry, state }], events };
    }
    state = next.state;
    entries.push(next.entry);
    events.push(...next.events);
  }
  return { state, entries, events };
}

/**
 * Lets a parked aggregate go on: its waiting change sets are translated in order, by the same code and the rules of now, until
 * the queue is empty or one of them parks it again. Pure; nothing happens to an aggregate that is not parked.
 */
import type { AggregateState } from '../domain/aggregate-state.js';
import type { ChangeSet } from '../domain/change-set.js';
import type { IntegrationEvent } from '../domain/integration-event.js';
import type { JournalEntry } from '../domain/journal-entry.js';
import type { CompiledRules } from '../rules/compile.js';
import { type LookupRows, NO_LOOKUP_ROWS } from './looking.js';
import type { TranslateSettings } from './settings.js';
import { translate } from './translate.js';

export interface Unparked {
  readonly state: AggregateState;
  /** One for each change set that was tried, in order; to be committed together, because only the last has the whole queue. */
  readonly entries: readonly JournalEntry[];
  readonly events: readonly IntegrationEvent[];
}

/** @param lookups rows of lookup tables as they are now. */
export function unpark(
  parked: AggregateState,
  rules: CompiledRules,
  settings: TranslateSettings,
  lookups: LookupRows = NO_LOOKUP_ROWS,
): Unparked {
  const waiting = parked.parked?.waiting ?? [];
  const entries: JournalEntry[] = [];
  const events: IntegrationEvent[] = [];
  let state: AggregateState = { ...parked, parked: null };
  for (const [index, changeSet] of waiting.entries()) {
    const next = translate(settled(changeSet), state, rules, settings, lookups);
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

/**
 * What whoever unparks has looked at: rows that came from an aggregate that was parked itself (`carry.ts`), and a source
 * transaction that lacks rows. The rows of one that was too large, or never ended, are not known, so it is not settled by this.
 */
const SETTLED: ReadonlySet<string | undefined> = new Set(['ROW_OWNER_UNKNOWN', 'TRANSACTION_INCOMPLETE']);

const settled = (changeSet: ChangeSet): ChangeSet =>
  SETTLED.has(changeSet.refusal?.code) ? { ...changeSet, refusal: null } : changeSet;

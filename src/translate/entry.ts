/** What a decision comes to, and its entry for the journal. Pure. */
import type { ChangeSet } from '../domain/change-set.js';
import type { IntegrationEvent } from '../domain/integration-event.js';
import type { Refusal } from '../domain/refusal.js';
import type { AggregateState } from '../domain/state/aggregate-state.js';
import type { Decision, EventSummary, RowSeen } from '../domain/state/journal-entry.js';
import type { TranslateSettings } from './settings.js';
import type { Settled } from './snapshots/missed.js';

export interface Translated {
  readonly state: AggregateState;
  readonly entry: Decision;
  /** In the order in which they are published. */
  readonly events: readonly IntegrationEvent[];
}

/** A state and nothing else. */
export function silent(
  changeSet: ChangeSet,
  outcome: 'baseline' | 'settled' | 'timer' | 'retired' | 'retired-again' | 'dropped',
  { state, seen, verdicts, echoes }: Settled,
  settings: Pick<TranslateSettings, 'digest'>,
): Translated {
  const told = echoes === undefined ? {} : { echoes };
  return { state, entry: entryOf(changeSet, state, settings, { outcome, rows: seen, verdicts, ...told }), events: [] };
}

export const summaryOf = ({ id, type, version, topic, sequence }: IntegrationEvent): EventSummary => ({
  ...{ id, type, version, topic, sequence },
});

export interface EntryParts {
  readonly outcome: Decision['outcome'];
  readonly rows: readonly RowSeen[];
  readonly refusal?: Refusal;
  readonly verdicts?: Decision['verdicts'];
  readonly events?: Decision['events'];
  readonly looked?: Decision['looked'];
  readonly intervention?: string;
  readonly deadlines?: Decision['deadlines'];
  readonly context?: Decision['context'];
  readonly echoes?: NonNullable<Decision['echoes']>;
  readonly parity?: Decision['parity'];
}

export function entryOf(
  changeSet: ChangeSet,
  state: AggregateState,
  settings: Pick<TranslateSettings, 'digest'>,
  parts: EntryParts,
): Decision {
  const { looked, intervention, deadlines, context, echoes = [], parity = [] } = parts;
  const entry: Decision = {
    aggregate: changeSet.aggregate,
    id: changeSet.id,
    origin: changeSet.origin,
    outcome: parts.outcome,
    refusal: parts.refusal ?? null,
    rows: parts.rows,
    verdicts: parts.verdicts ?? [],
    events: parts.events ?? [],
    digest: settings.digest,
    state,
  };
  // Fields are put in one by one where they are: most entries have none of them.
  const told: { -readonly [K in keyof Decision]: Decision[K] } = entry;
  if (intervention !== undefined) told.intervention = intervention;
  if (looked !== undefined) told.looked = looked;
  if (deadlines !== undefined) told.deadlines = deadlines;
  if (context !== undefined) told.context = context;
  if (echoes.length > 0) told.echoes = echoes;
  if (parity.length > 0) told.parity = parity;
  return told;
}

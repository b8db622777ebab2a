/**
 * What an operator decides about the findings of snapshots (`settle.ts`): publish what was missed, or let it be. Either way it is
 * decided once for all that is open: the facts stay remembered as having happened, and the marks are gone. Pure.
 */
import type { AggregateRef, ChangeSet, Origin } from '../../domain/change-set.js';
import { contractText, type IntegrationEvent } from '../../domain/integration-event.js';
import type { Refusal } from '../../domain/refusal.js';
import type { AggregateState, MissedFact } from '../../domain/state/aggregate-state.js';
import type { RowSeen, Verdict } from '../../domain/state/journal-entry.js';
import { DragomanError } from '../../errors.js';
import type { CompiledAggregate, CompiledFact, CompiledRules } from '../../rules/compile.js';
import { Refused } from '../ask.js';
import type { Happened } from '../decide.js';
import { type Looking, lookingOf, type LookupRows, NO_LOOKUP_ROWS } from '../looking.js';
import { without } from '../own.js';
import { plainObject } from '../plain.js';
import { publishAll, type Published } from '../publish/publish.js';
import { decidedBy } from '../pins.js';
import type { TranslateSettings } from '../settings.js';
import type { Translated } from '../translate.js';
import { viewOf } from '../view.js';
import { withVanished } from './marks.js';
import { withoutFalseDeletes } from './missed.js';

/** `none`: nothing is open. `refused`: a publication or a contract does not allow it; nothing changed. */
export type FindingsDecided =
  | ({ readonly kind: 'decided' } & Translated)
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'none' };

export interface FindingsOf extends AggregateRef {
  readonly state: AggregateState;
  /** Of the journal entry: the decision's own, such as the command's. */
  readonly origin: Origin;
}

/**
 * Publishes the missed facts in the order in which they were found, with the ids that they would have had, dated by their snapshot; and
 * removes the vanished rows. Legal while the aggregate is parked: what waits happened later.
 * @param lookups rows of lookup tables as they are now.
 * @throws DragomanError RULES_INVALID when a fact is not declared any more.
 */
export function publishMissed(
  of: FindingsOf,
  rules: CompiledRules,
  settings: TranslateSettings,
  lookups: LookupRows = NO_LOOKUP_ROWS,
): FindingsDecided {
  const { state } = of;
  if (state.findings === undefined) return { kind: 'none' };
  const { aggregate, settings: stamped } = decidedBy(state, compiled(of.aggregate, rules), settings);
  const events: IntegrationEvent[] = [];
  const verdicts: Verdict[] = [];
  let { fired, sequences } = state;
  let kept: Published['kept'] = {};
  try {
    for (const missed of state.findings.missed) {
      const before = { ...state, ...kept, rows: withVanished(state), fired, sequences };
      const fact = factOf(missed, aggregate);
      const published = publishOne(of, missed, {
        fact,
        aggregate,
        before,
        after: state.rows,
        lookups: lookingOf(aggregate, before, lookups),
        settings: stamped,
      });
      ({ fired, sequences, kept = kept } = published);
      events.push(...published.events);
      verdicts.push(firedVerdict(fact, missed), ...published.withheld);
    }
  } catch (error) {
    if (error instanceof Refused) return { kind: 'refused', refusal: error.refusal };
    throw error;
  }
  const next: AggregateState = { ...without(state, 'findings'), fired, sequences, ...kept };
  const entry = {
    ...{ aggregate: of.aggregate, id: of.id, origin: of.origin, outcome: 'missed-published' as const, refusal: null },
    ...{ rows: removed(state), verdicts, digest: stamped.digest, state: next },
    events: events.map(({ id, type, version, topic, sequence }) => ({ id, type, version, topic, sequence })),
  };
  return { kind: 'decided', state: next, entry, events };
}

/**
 * Publishes nothing.
 * @param rows what becomes of the vanished ones; kept ones are there for rules again, until a snapshot finds the same:
 *   they never went, so that a delete can still happen.
 * @throws DragomanError RULES_INVALID
 */
export function dismissMissed(
  of: FindingsOf,
  rows: 'keep' | 'remove',
  rules: CompiledRules,
  settings: Pick<TranslateSettings, 'digest' | 'pins'>,
): FindingsDecided {
  if (of.state.findings === undefined) return { kind: 'none' };
  const { aggregate, settings: stamped } = decidedBy(of.state, compiled(of.aggregate, rules), settings);
  const state = without(rows === 'keep' ? kept(of.state, aggregate) : of.state, 'findings');
  const entry = {
    ...{ aggregate: of.aggregate, id: of.id, origin: of.origin, outcome: 'missed-dismissed' as const, refusal: null },
    ...{ rows: rows === 'keep' ? [] : removed(of.state), verdicts: [], events: [], digest: stamped.digest, state },
  };
  return { kind: 'decided', state, entry, events: [] };
}

const kept = (state: AggregateState, aggregate: CompiledAggregate): AggregateState => ({
  ...withoutFalseDeletes(state, aggregate, () => true),
  rows: withVanished(state),
});

function compiled(name: string, rules: CompiledRules): CompiledAggregate {
  const aggregate = rules.aggregates.get(name);
  if (aggregate === undefined) throw new DragomanError('RULES_INVALID', `No rule declares "${name}".`);
  return aggregate;
}

interface Publishing {
  readonly fact: CompiledFact;
  readonly aggregate: CompiledAggregate;
  readonly before: AggregateState;
  readonly after: AggregateState['rows'];
  readonly lookups: Looking;
  readonly settings: TranslateSettings;
}

/** @throws DragomanError RULES_INVALID */
function factOf(missed: MissedFact, aggregate: CompiledAggregate): CompiledFact {
  const fact = aggregate.facts.find(({ name }) => name === missed.fact);
  if (fact !== undefined) return fact;
  const text = `${missed.fact} was missed, but no rule of "${aggregate.called}" declares it.`;
  throw new DragomanError('RULES_INVALID', text);
}

function publishOne({ id }: AggregateRef, missed: MissedFact, publishing: Publishing): Published {
  const { fact, aggregate, after, lookups } = publishing;
  const { occurrence, values, origin, contracts } = missed;
  const changeSet: ChangeSet = {
    ...{ aggregate: aggregate.name, id, kind: 'snapshot-end', changes: [], refusal: null },
    origin: { ...origin, position: origin.position ?? origin.generation ?? null },
  };
  const publications = fact.publications.filter(({ contract: { name, majorVersion } }) =>
    contracts === undefined ? true : contracts.includes(contractText(name, majorVersion)),
  );
  const happened: Happened[] = [{ fact: { ...fact, publications }, occurrence, data: plainObject(values) }];
  const view = viewOf(after, { aggregate, unknown: [] }, lookups.after);
  return publishAll({ ...publishing, unknown: [], view, changeSet, happened, reached: [] });
}

const firedVerdict = ({ definition }: CompiledFact, { occurrence, values }: MissedFact): Verdict => ({
  ...{ fact: definition.name, occurrence, values },
  verdict: 'fired',
});

/** What the journal says of the vanished rows. */
const removed = ({ findings }: AggregateState): RowSeen[] =>
  Object.entries(findings?.vanished ?? {}).flatMap(([table, rows]) =>
    Object.keys(rows).map((key) => ({ table, key, op: 'd' as const, changed: [] })),
  );

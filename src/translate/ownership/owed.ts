/**
 * Publishes what a service owes: facts that happened while it had their contract, and that it never told. With the ids that they would have had,
 * dated by what made them happen; numbers go on. What is still the service's stays owed. Whose the aggregate is was open while the route was handed
 * over, and is settled then. Pure.
 */
import type { ChangeSet } from '../../domain/change-set.js';
import { contractText, type IntegrationEvent } from '../../domain/integration-event.js';
import { routeOf } from '../../domain/ownership/route.js';
import type { AggregateState, Owed } from '../../domain/state/aggregate-state.js';
import type { Verdict } from '../../domain/state/journal-entry.js';
import type { CompiledFact } from '../../rules/compile.js';
import type { Context } from '../../rules/fact.js';
import { entryOf, summaryOf, type Translated } from '../entry.js';
import { lookingOf } from '../looking.js';
import { own, without } from '../own.js';
import { plainObject } from '../plain.js';
import { isOpen, NOW, withOwners } from '../publish/owners.js';
import { contextOf, publishAll, type PublishInput } from '../publish/publish.js';
import { Speaker } from '../publish/speaker.js';
import type { TranslateSettings } from '../settings.js';
import { hasRows } from '../snapshots/marks.js';
import type { RulesOf } from '../snapshots/missed.js';
import { viewOf } from '../view.js';

interface OwedFact extends Owed {
  readonly contract: string;
  readonly occurrence: string;
}

/** In the order in which they happened; of one transaction as its facts come. */
function owedIn({ owed = {} }: AggregateState, facts: readonly CompiledFact[]): OwedFact[] {
  const placeOf = ({ fact: name }: OwedFact): number => facts.findIndex((fact) => fact.name === name);
  return Object.entries(owed)
    .flatMap(([contract, all]) => Object.entries(all).map(([occurrence, one]) => ({ contract, occurrence, ...one })))
    .sort((a, b) => Date.parse(a.decidedAt) - Date.parse(b.decidedAt) || byPosition(a, b) || placeOf(a) - placeOf(b));
}

/** Of one source. */
const byPosition = ({ origin: { position: a } }: OwedFact, { origin: { position: b } }: OwedFact): number =>
  a === null || b === null || a === b ? 0 : a < b ? -1 : 1;

/** @throws Refused RULE_THREW, CONTRACT_VIOLATED, EVENT_TOO_LARGE */
export function publishOwed(
  changeSet: ChangeSet,
  before: AggregateState,
  { aggregate, unknown, lookups: rows }: RulesOf,
  settings: TranslateSettings,
): Translated {
  const lookups = lookingOf(aggregate, before, rows);
  const after = before.rows;
  const asked = { aggregate, unknown, after, lookups, view: viewOf(after, { aggregate, unknown }, lookups.after) };
  const events: IntegrationEvent[] = [];
  const verdicts: Verdict[] = [];
  let state = before;
  let last: Context | undefined;
  for (const owed of owedIn(before, aggregate.facts)) {
    if (owed.isHeld === true) continue; // it is legacy's already (`timers/echoes.ts`)
    const { context } = owed;
    const fact = factOf(owed, aggregate.facts);
    const became = fact === null ? null : becameOf(owed, { id: changeSet.id, context }, state, settings);
    if (fact === null || became === null) continue;
    state = withoutOwed(state, owed.contract, owed.occurrence);
    if (became === 'given up') {
      verdicts.push(givenUp(fact, owed));
      continue;
    }
    const input: PublishInput = {
      ...{ ...asked, context, settings, before: state, changeSet: { ...changeSet, origin: owed.origin }, reached: [] },
      happened: [{ fact, occurrence: owed.occurrence, data: plainObject(owed.values) }],
    };
    const { fired, sequences, kept, ...published } = publishAll(input);
    state = { ...state, fired, sequences, ...kept };
    events.push(...published.events);
    last = context;
    verdicts.push(firedVerdict(fact, owed), ...published.withheld);
  }
  // What parked when it was first told of has nothing yet by which it is settled.
  if (isOpen(state) && (state.parked === null || hasRows(state))) {
    const { id } = changeSet;
    const seen = { aggregate, id, view: asked.view, seenMs: NOW, context: () => contextOf({ ...asked, before }) };
    state = withOwners(state, seen, settings.routing).state;
  }
  const entry = entryOf(changeSet, state, settings, {
    ...{ outcome: 'owed', rows: [], verdicts, events: events.map(summaryOf) },
    ...(last === undefined ? {} : { context: last }),
  });
  return { state, entry, events };
}

/** With the one publication that is owed; null: the rules have none of them any more. */
function factOf({ fact: name, contract }: OwedFact, facts: readonly CompiledFact[]): CompiledFact | null {
  const fact = facts.find((each) => each.name === name);
  const publications = fact?.publications.filter(
    ({ contract: promise }) => contractText(promise.name, promise.majorVersion) === contract,
  );
  return fact === undefined || publications?.length !== 1 ? null : { ...fact, publications };
}

/** Null: it is the service's still. */
function becameOf(
  { contract }: OwedFact,
  aggregate: { readonly id: string; readonly context: Context },
  state: AggregateState,
  { routing }: TranslateSettings,
): 'published' | 'given up' | null {
  const spoken = routing === undefined ? null : new Speaker(routing, aggregate, state).of(contract);
  if (spoken?.stage === 'service') return null;
  const route = routeOf(routing?.of(contract)?.routes ?? [], aggregate);
  return route?.taken === 'rest' ? 'given up' : 'published';
}

export function withoutOwed(state: AggregateState, contract: string, occurrence: string): AggregateState {
  const { owed = {} } = state;
  const known = own(owed, contract);
  if (known === undefined || own(known, occurrence) === undefined) return state;
  const left = without(known, occurrence);
  const others = without(owed, contract);
  const next = Object.keys(left).length === 0 ? others : { ...others, [contract]: left };
  return Object.keys(next).length === 0 ? without(state, 'owed') : { ...state, owed: next };
}

const firedVerdict = ({ definition }: CompiledFact, { occurrence, values }: OwedFact): Verdict => ({
  ...{ fact: definition.name, verdict: 'fired', occurrence, values },
});

const givenUp = ({ definition, publications }: CompiledFact, { occurrence }: OwedFact): Verdict => ({
  ...{ fact: definition.name, verdict: 'withheld', occurrence, contract: publications[0]?.contract.name ?? '' },
  reason: 'Its service never told it, and its route was taken without that.',
});

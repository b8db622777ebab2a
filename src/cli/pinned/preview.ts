/**
 * What another set of rules would mean for an aggregate as it is: which of its facts are asked otherwise. A fact that happened stays so by any
 * rules, so only those are looked at that did not. Pure, apart from the rules that are asked. No line has a value of a row.
 */
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import { contractText } from '../../domain/integration-event.js';
import type { CompiledAggregate, CompiledFact } from '../../rules/compile.js';
import type { AggregateView, Milestone } from '../../rules/fact.js';
import { type Answers, askConditions, Refused } from '../../translate/ask.js';
import { type Looking, lookingOf, type LookupRows } from '../../translate/looking.js';
import { own } from '../../translate/own.js';
import { unknownTables } from '../../translate/timers/retire.js';
import { viewOf } from '../../translate/view.js';

interface Seen {
  readonly view: AggregateView;
  readonly looking: Looking;
  readonly facts: ReadonlyMap<string, CompiledFact>;
}

/** @returns one line for each difference, alike for all aggregates that differ alike. */
export function previewOf(
  state: AggregateState,
  { kept, now }: { readonly kept: CompiledAggregate; readonly now: CompiledAggregate },
  lookups: LookupRows,
): string[] {
  const [before, after] = [kept, now].map((aggregate): Seen => {
    const looking = lookingOf(aggregate, state, lookups);
    const view = viewOf(state.rows, { aggregate, unknown: unknownTables([], state) }, looking.after);
    return { view, looking, facts: new Map(aggregate.facts.map((fact) => [fact.name, fact])) };
  }) as [Seen, Seen];
  const names = new Set([...before.facts.keys(), ...after.facts.keys()]);
  return [...names].flatMap((name) => factLines(name, state, before, after));
}

function factLines(name: string, state: AggregateState, before: Seen, after: Seen): string[] {
  const [was, is] = [before.facts.get(name), after.facts.get(name)];
  const called = (is ?? was)?.definition.name ?? name;
  if (own(own(state.fired, name) ?? {}, '') !== undefined) return [];
  if (is === undefined) return [`${called}: the rules of now do not have it: it would not happen any more`];
  const [toldBefore, toldNow] = [was, is].map((fact) => (fact === undefined ? 'nothing' : publishedAs(fact)));
  return [
    ...standing(called, was, is, before, after),
    ...(was === undefined || toldBefore === toldNow
      ? []
      : [`${called}: would be published as ${toldNow}, not as ${toldBefore}`]),
  ];
}

const publishedAs = ({ publications }: CompiledFact): string =>
  publications.map(({ contract }) => contractText(contract.name, contract.majorVersion)).join(', ') || 'nothing';

/** Only a milestone holds, or not, while nothing changes. */
function standing(
  called: string,
  was: CompiledFact | undefined,
  is: CompiledFact,
  before: Seen,
  after: Seen,
): string[] {
  const now = answersOf(is, after);
  if (now === null) return was === undefined ? [`${called}: is new; it could happen`] : [];
  if (typeof now === 'string') return [`${called}: the rules of now fail: ${now}`];
  if (isHolding(now)) return [`${called}: holds by the rules of now: it has been, and would not be published`];
  const open = waitsFor(now);
  if (was === undefined) return [`${called}: is new; it would wait for ${open}`];
  const then = answersOf(was, before);
  if (then === null || typeof then === 'string' || waitsFor(then) === open) return [];
  return [`${called}: would wait for ${open}, and not for ${waitsFor(then)}`];
}

const isHolding = ({ unmet, unknown }: Answers): boolean => unmet.length === 0 && unknown.length === 0;

const waitsFor = ({ unmet, unknown }: Answers): string =>
  [...unmet, ...unknown].map((condition) => `"${condition}"`).join(', ') || 'nothing';

/** Null: it is no milestone. A text: why its conditions cannot be asked. */
function answersOf({ definition }: CompiledFact, { view, looking }: Seen): Answers | string | null {
  if (definition.kind !== 'milestone') return null;
  const { name, conditions }: Milestone = definition;
  try {
    return askConditions(name, conditions, view, looking.after);
  } catch (error) {
    if (error instanceof Refused) return error.refusal.text;
    throw error;
  }
}

/**
 * Why an event was published, and why none was: the rules' own named conditions, asked about the order before and after the
 * transaction. The pipeline's verdicts say what happened; here only the words are made. Pure.
 */
import type { Verdict } from '../../src/domain/state/journal-entry.js';
import type { CompiledAggregate, CompiledFact, CompiledRules } from '../../src/rules/compile.js';
import type { Milestone, RowFact } from '../../src/rules/fact.js';
import { askConditions } from '../../src/translate/ask.js';
import { rowView, viewOf } from '../../src/translate/view.js';
import type { Decision, ShownEvent } from './decision.js';
import type { Remembered } from './remembered.js';
import { rowName, shortTable } from './row-words.js';

export interface EventReason {
  readonly event: ShownEvent;
  readonly because: string;
}

/** Why something did not happen. `kind` is the same for reasons that a reader need not see twice. */
export interface QuietReason {
  readonly kind: string;
  readonly text: string;
}

export interface Reasons {
  readonly events: readonly EventReason[];
  readonly quiet: readonly QuietReason[];
}

interface Asked extends Decision {
  readonly before: Remembered | undefined;
  readonly after: Remembered;
  readonly aggregate: CompiledAggregate;
}

export function reasonsOf(
  decision: Decision,
  { before, after }: { readonly before: Remembered | undefined; readonly after: Remembered },
  rules: CompiledRules,
): Reasons {
  const { entry } = decision;
  const aggregate = rules.aggregates.get(entry.aggregate);
  if (aggregate === undefined || entry.outcome === 'baseline') return { events: [], quiet: [] };
  if (entry.outcome !== 'applied') {
    const text = `${entry.outcome}, a person must look: ${entry.refusal?.code ?? ''} ${entry.refusal?.text ?? ''}`;
    return { events: [], quiet: [{ kind: `${entry.outcome} ${entry.id}`, text }] };
  }
  const asked = { ...decision, before, after, aggregate };
  const isGone = Object.keys(after.rows).length === 0;
  const gone = { kind: 'gone', text: 'all rows are gone; no rule makes an event of that' };
  return {
    events: eventReasons(asked),
    quiet: isGone ? [gone] : entry.verdicts.flatMap((v) => quietReasons(v, asked)),
  };
}

/** Events come in the order of the facts that fired, each fact in the order of its publications. */
function eventReasons(asked: Asked): EventReason[] {
  const { entry, events } = asked;
  const because = entry.verdicts.flatMap((verdict) => {
    const fact = factOf(verdict, asked);
    if (verdict.verdict !== 'fired' || fact === undefined) return [];
    const withheld = entry.verdicts.filter((v) => v.verdict === 'withheld' && isSameOccurrence(v, verdict)).length;
    const published = Math.max(0, fact.publications.length - withheld);
    return Array.from({ length: published }, () => whyFired(fact, verdict.occurrence, asked));
  });
  return events.map((event, place) => ({ event, because: because[place] ?? '' }));
}

function whyFired(fact: CompiledFact, occurrence: string, asked: Asked): string {
  const { definition } = fact;
  if (definition.kind === 'milestone') return whyMilestone(definition, asked);
  if (definition.kind === 'transition') return quoted(definition.conditions.map(({ name }) => name));
  if (definition.kind === 'deadline') return `${definition.expected.name} did not happen in time`;
  const row = rowText(fact, occurrence, asked);
  if (definition.edge === 'deleted') return `${row} was deleted`;
  const existed = asked.before?.rows[fact.table ?? '']?.[occurrence] !== undefined;
  const names = definition.conditions.map(({ name }) => name);
  if (!existed) return `${row} appeared${names.length === 0 ? '' : `: ${quoted(names)}`}`;
  const became = unmetOfRow(definition, fact, occurrence, asked.before, asked);
  return `${row} changed: now ${quoted(became)}`;
}

function whyMilestone(milestone: Milestone, asked: Asked): string {
  const names = milestone.conditions.map(({ name }) => name);
  const became = unmetBefore(milestone, asked);
  const others = names.length - became.length;
  if (others === 0) return `now ${quoted(names)}`;
  return `now ${quoted(became)}; the other ${others === 1 ? 'condition' : `${others} conditions`} held before`;
}

function quietReasons(verdict: Verdict, asked: Asked): QuietReason[] {
  const fact = factOf(verdict, asked);
  if (fact === undefined || verdict.verdict === 'fired' || verdict.verdict === 'missed') return [];
  if (verdict.verdict === 'learnt')
    return [{ kind: `learnt ${verdict.fact}`, text: `${verdict.fact} happened in an intervention` }];
  if (verdict.verdict === 'withheld') {
    return [{ kind: `withheld ${verdict.contract}`, text: `${verdict.contract} is withheld: ${verdict.reason}` }];
  }
  if (fact.definition.kind === 'milestone') return milestoneReasons(fact.definition, verdict, asked);
  if (fact.definition.kind === 'deadline') return [];
  const { name, conditions } = fact.definition;
  const row = rowText(fact, verdict.occurrence, asked);
  if (verdict.verdict === 'already') {
    return [{ kind: `already ${name}`, text: `no second ${name} for ${row}: it was published before` }];
  }
  const missing = [...verdict.unmet, ...verdict.unknown];
  // A payment that is no refund at all is nothing to tell; a refund that failed is.
  if (conditions.length > 1 && missing.length === conditions.length) return [];
  if (conditions.length > 1 && missing.includes(conditions[0]?.name ?? '')) return [];
  if (asked.before?.fired[fact.name]?.has(verdict.occurrence) === true) {
    return [{ kind: `lost ${name}`, text: `${row}: no longer ${quoted(missing)}; but ${name} is published and stays` }];
  }
  const text = `no ${name} for ${row}; not yet: ${quoted(missing)}`;
  return [{ kind: `unmet ${name} ${missing.join()}`, text }];
}

/** Only what this transaction changed for the milestone is worth a line. */
function milestoneReasons(milestone: Milestone, verdict: Verdict, asked: Asked): QuietReason[] {
  const { name } = milestone;
  const before = unmetBefore(milestone, asked);
  const now = unmetOf(milestone, asked.after, asked.aggregate);
  const became = before.filter((condition) => !now.includes(condition));
  const lost = now.filter((condition) => !before.includes(condition));
  if (verdict.verdict === 'already') {
    if (lost.length > 0) {
      return [{ kind: `lost ${name}`, text: `no longer ${quoted(lost)}; but ${name} is published and stays` }];
    }
    const again = became.length > 0 && now.length === 0;
    return again ? [{ kind: `again ${name}`, text: `no second ${name}: it happens once in the life of an order` }] : [];
  }
  if (asked.before === undefined) {
    return [{ kind: `new ${name} ${now.join()}`, text: `a new order; not yet: ${quoted(now)}` }];
  }
  if (became.length > 0) {
    const text = `now ${quoted(became)}; not yet: ${quoted(now)}`;
    return [{ kind: `progress ${name} ${now.join()}`, text }];
  }
  if (lost.length === 0) return [{ kind: `same ${name}`, text: `not yet: ${quoted(now)}` }];
  return [{ kind: `lost ${name} ${lost.join()}`, text: `no longer ${quoted(lost)}, so no ${name}` }];
}

const unmetBefore = (milestone: Milestone, { before, aggregate }: Asked): string[] =>
  before === undefined ? milestone.conditions.map(({ name }) => name) : unmetOf(milestone, before, aggregate);

/** Conditions that do not hold, or of which it is not known; in the order of the rule. */
export function unmetOf(
  milestone: Milestone,
  { rows }: Pick<Remembered, 'rows'>,
  aggregate: CompiledAggregate,
): string[] {
  const { unmet, unknown } = askConditions(
    milestone.name,
    milestone.conditions,
    viewOf(rows, { aggregate, unknown: [] }, {}),
    {},
  );
  return milestone.conditions.map(({ name }) => name).filter((name) => [...unmet, ...unknown].includes(name));
}

function unmetOfRow(
  { name, conditions }: RowFact,
  { table }: CompiledFact,
  key: string,
  before: Remembered | undefined,
  { aggregate }: Asked,
): string[] {
  const definition = aggregate.tables.get(table ?? '');
  const row = before?.rows[table ?? '']?.[key];
  if (definition === undefined || row === undefined) return conditions.map((condition) => condition.name);
  const { unmet, unknown } = askConditions(name, conditions, rowView({ ...row }, definition), {});
  return [...unmet, ...unknown];
}

const factOf = ({ fact }: Verdict, { aggregate }: Asked): CompiledFact | undefined =>
  aggregate.facts.find(({ definition }) => definition.name === fact);

const isSameOccurrence = (a: Verdict, b: Verdict): boolean => a.fact === b.fact && a.occurrence === b.occurrence;

const rowText = ({ table }: CompiledFact, key: string, { entry }: Asked): string =>
  `${shortTable(table ?? '')} ${rowName(key, entry.id)}`.trimEnd();

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

/**
 * Which facts happened in a change set: the rules' conditions are asked about the aggregate before and after it. Every
 * question leaves a verdict, so that "why not" can be answered later. Pure.
 *
 * D1. A milestone fires on the edge: all conditions hold after, not all held before; once in a life unless repeatable.
 * D2. A row fact is asked only for rows that the change set touched, and fires at most once for each row key.
 * D3. What held before without having fired (a baseline set it, or the rule is new) is remembered as having happened, so
 *     that losing and reaching it again is not a first time.
 * D4. A condition that meets an unknown column is neither true nor false; the fact does not fire, and the verdict says so.
 */
import type { AggregateState } from '../domain/aggregate-state.js';
import type { Verdict } from '../domain/journal-entry.js';
import { compareKeys, type Row } from '../domain/table.js';
import type { CompiledAggregate, CompiledFact } from '../rules/compile.js';
import type { AggregateView, JsonObject, Milestone, RowFact } from '../rules/fact.js';
import { allHold, askConditions, askRule } from './ask.js';
import type { Folded, Rows, Touched } from './fold.js';
import type { Looking } from './looking.js';
import { own } from './own.js';
import { plainObject } from './plain.js';
import { rowView, viewOf } from './view.js';

/** A fact that happened, not yet published. */
export interface Happened {
  readonly fact: CompiledFact;
  readonly occurrence: string;
  readonly data: JsonObject;
}

export interface Decided {
  /** In the order of the rule set; row facts in key order. */
  readonly happened: readonly Happened[];
  readonly verdicts: readonly Verdict[];
  /** Held before without having fired: to be remembered. */
  readonly reached: readonly Reached[];
}

export interface Reached {
  readonly fact: string;
  readonly occurrence: string;
}

interface Question {
  readonly aggregate: CompiledAggregate;
  readonly before: AggregateState;
  readonly after: Rows;
  readonly view: AggregateView;
  readonly lookups: Looking;
  readonly happened: Happened[];
  readonly verdicts: Verdict[];
  readonly reached: Reached[];
}

/** @throws Refused RULE_THREW */
export function decide(
  aggregate: CompiledAggregate,
  before: AggregateState,
  folded: Folded,
  lookups: Looking,
): Decided {
  const view = viewOf(folded.rows, aggregate, lookups.after);
  const found = { happened: [], verdicts: [], reached: [] };
  const question: Question = { aggregate, before, after: folded.rows, view, lookups, ...found };
  for (const fact of aggregate.facts) {
    if (fact.definition.kind === 'milestone') askMilestone(fact, fact.definition, question);
    else for (const row of touchedRows(folded, fact.table)) askRow(fact, fact.definition, row, question);
  }
  return question;
}

function askMilestone(fact: CompiledFact, milestone: Milestone, question: Question): void {
  const { name, conditions, repeatable } = milestone;
  const fired = own(question.before.fired, name);
  if (fired && !repeatable) return void question.verdicts.push({ fact: name, verdict: 'already', occurrence: '' });
  const occurrence = repeatable ? String(Object.keys(fired ?? {}).length + 1) : '';
  const { before, after } = question.lookups;
  const held = allHold(name, conditions, viewOf(question.before.rows, question.aggregate, before), before);
  if (held && !repeatable) question.reached.push({ fact: name, occurrence });
  const { unmet, unknown } = askConditions(name, conditions, question.view, after);
  if (unmet.length > 0 || unknown.length > 0) {
    question.verdicts.push({ fact: name, verdict: 'unmet', occurrence, unmet, unknown });
  } else if (held) {
    question.verdicts.push({ fact: name, verdict: 'already', occurrence });
  } else {
    const facts = askRule(`data of ${name}`, () => milestone.data(question.view), plainObject);
    fire(question, fact, occurrence, facts);
  }
}

function askRow(fact: CompiledFact, rowFact: RowFact, touched: Touched, question: Question): void {
  const { name, conditions, edge } = rowFact;
  const before = rowIn(question.before.rows, fact, touched.key, question);
  const after = rowIn(question.after, fact, touched.key, question);
  const occurrence = touched.key;
  const fired = own(own(question.before.fired, name) ?? {}, occurrence) !== undefined;
  const held = edge !== 'deleted' && !fired && heldBefore(rowFact, before, touched, question.lookups);
  if (held) question.reached.push({ fact: name, occurrence });

  const subject = subjectOf(edge, { before, after, touched });
  if (!subject) return;
  const { unmet, unknown } = askConditions(name, conditions, subject, question.lookups.after);
  if (unmet.length > 0 || unknown.length > 0) {
    question.verdicts.push({ fact: name, verdict: 'unmet', occurrence, unmet, unknown });
  } else if (fired || held) {
    question.verdicts.push({ fact: name, verdict: 'already', occurrence });
  } else {
    const facts = askRule(`data of ${name}`, () => rowFact.data(question.view, subject), plainObject);
    fire(question, fact, occurrence, facts);
  }
}

/** A row of which only an update is known was there before, though nothing can be said about its columns. */
function heldBefore(
  { name, conditions, edge }: RowFact,
  before: Row | undefined,
  { existed }: Touched,
  lookups: Looking,
): boolean {
  if (before) return allHold(name, conditions, before, lookups.before);
  return edge === 'inserted' && existed && conditions.length === 0;
}

interface Change {
  readonly before: Row | undefined;
  readonly after: Row | undefined;
  readonly touched: Touched;
}

/** The row that the fact would be about; undefined when there is nothing to ask. */
function subjectOf(edge: RowFact['edge'], { before, after, touched }: Change): Row | undefined {
  if (edge === 'became') return after;
  if (edge === 'inserted') return touched.existed ? undefined : after;
  return after === undefined && touched.lastOp === 'd' ? before : undefined;
}

function rowIn(rows: Rows, fact: CompiledFact, key: string, { aggregate }: Question): Row | undefined {
  const table = fact.table === null ? undefined : aggregate.tables.get(fact.table);
  const row = table && own(own(rows, table.name) ?? {}, key);
  return row && rowView(row, table);
}

function fire(question: Question, fact: CompiledFact, occurrence: string, values: JsonObject): void {
  question.verdicts.push({ fact: fact.definition.name, verdict: 'fired', occurrence, values });
  question.happened.push({ fact, occurrence, data: values });
}

function touchedRows({ touched }: Folded, table: string | null): readonly Touched[] {
  const rows = (table === null ? undefined : touched.get(table)) ?? [];
  return rows.length > 1 ? [...rows].sort((a, b) => compareKeys(a.key, b.key)) : rows;
}

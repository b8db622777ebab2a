/**
 * Which facts happened in a change set: the rules' conditions are asked about the aggregate before and after it. Every
 * question leaves a verdict, so that "why not" can be answered later. Pure.
 *
 * D1. A milestone fires on the edge: all conditions hold after, not all held before; once in a life unless repeatable.
 * D2. A row fact is asked only for rows that the change set touched, and fires at most once for each row key.
 * D3. A condition that meets an unknown column is neither true nor false; the fact does not fire, and the verdict says so.
 */
import type { AggregateState } from '../domain/aggregate-state.js';
import type { Verdict } from '../domain/journal-entry.js';
import { compareKeys, type Row } from '../domain/table.js';
import type { CompiledAggregate, CompiledFact } from '../rules/compile.js';
import type { AggregateView, JsonObject, Milestone, RowFact } from '../rules/fact.js';
import { allHold, askConditions, askRule } from './ask.js';
import type { Folded, Rows, Touched } from './fold.js';
import { own } from './own.js';
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
}

interface Question {
  readonly aggregate: CompiledAggregate;
  readonly before: AggregateState;
  readonly after: Rows;
  readonly view: AggregateView;
  readonly happened: Happened[];
  readonly verdicts: Verdict[];
}

/** @throws Refused RULE_THREW */
export function decide(aggregate: CompiledAggregate, before: AggregateState, folded: Folded): Decided {
  const view = viewOf(folded.rows, aggregate);
  const question: Question = { aggregate, before, after: folded.rows, view, happened: [], verdicts: [] };
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
  const after = askConditions(name, conditions, question.view);
  if (!allHold(after)) {
    return void question.verdicts.push({ fact: name, verdict: 'unmet', occurrence, ...after });
  }
  if (allHold(askConditions(name, conditions, viewOf(question.before.rows, question.aggregate)))) {
    return void question.verdicts.push({ fact: name, verdict: 'already', occurrence });
  }
  const data = askRule(`data of ${name}`, () => milestone.data(question.view));
  fire(question, fact, occurrence, data);
}

function askRow(fact: CompiledFact, rowFact: RowFact, touched: Touched, question: Question): void {
  const { name, conditions, edge } = rowFact;
  const before = rowIn(question.before.rows, fact, touched.key, question);
  const after = rowIn(question.after, fact, touched.key, question);
  if (edge === 'inserted' && (touched.existed || !after)) return;
  if (edge === 'deleted' && (!before || after || touched.lastOp !== 'd')) return;
  const subject = edge === 'deleted' ? before : after;
  if (!subject) return;
  const occurrence = touched.key;
  const answers = askConditions(name, conditions, subject);
  if (!allHold(answers)) {
    question.verdicts.push({ fact: name, verdict: 'unmet', occurrence, ...answers });
  } else if (own(own(question.before.fired, name) ?? {}, occurrence) !== undefined) {
    question.verdicts.push({ fact: name, verdict: 'already', occurrence });
  } else if (edge === 'became' && before && allHold(askConditions(name, conditions, before))) {
    question.verdicts.push({ fact: name, verdict: 'already', occurrence });
  } else {
    const data = askRule(`data of ${name}`, () => rowFact.data(question.view, subject));
    fire(question, fact, occurrence, data);
  }
}

function rowIn(rows: Rows, fact: CompiledFact, key: string, { aggregate }: Question): Row | undefined {
  const table = fact.table === null ? undefined : aggregate.tables.get(fact.table);
  const row = table && own(own(rows, table.name) ?? {}, key);
  return row && rowView(row, table);
}

function fire(question: Question, fact: CompiledFact, occurrence: string, data: JsonObject): void {
  question.verdicts.push({ fact: fact.definition.name, verdict: 'fired', occurrence, values: data });
  question.happened.push({ fact, occurrence, data });
}

function touchedRows({ touched }: Folded, table: string | null): readonly Touched[] {
  const rows = (table === null ? undefined : touched.get(table)) ?? [];
  return rows.length > 1 ? [...rows].sort((a, b) => compareKeys(a.key, b.key)) : rows;
}

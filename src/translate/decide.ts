/**
 * Which facts happened in a change set: the rules' conditions are asked about the aggregate before and after it. Every
 * question leaves a verdict, so that "why not" can be answered later. Pure.
 *
 * D1. A milestone fires on the edge: all conditions hold after, not all held before; once in a life unless repeatable.
 * D2. A row fact is asked only for rows that the change set touched, and fires at most once for each row key.
 * D3. What held before without having fired (a baseline set it, or the rule is new) is remembered as having happened, so
 *     that losing and reaching it again is not a first time.
 * D4. What is not known is neither true nor false: a column that never came, a row of which only an update is known, a table of which no
 *     snapshot ended. A fact whose conditions, or whose past, or whose data meet it does not fire, the verdict says so, and what holds
 *     now counts as having been.
 * D5. A transition fires each time that its conditions hold of what was before and what is after: it has no state that could hold already.
 * D6. What an intervention makes true has been: it is remembered, with a verdict of its own, and what it would carry is not asked for.
 */
import type { AggregateState, RowsByKey } from '../domain/state/aggregate-state.js';
import type { Verdict } from '../domain/state/journal-entry.js';
import { unreadKey } from '../domain/state/unread-row.js';
import { compareKeys, type Row } from '../domain/tables/table.js';
import type { CompiledFact } from '../rules/compile.js';
import {
  type AggregateView,
  isNumbered,
  type JsonObject,
  type Milestone,
  type RowFact,
  TableNotKnown,
  type Transition,
} from '../rules/fact.js';
import { allHold, type Answers, askConditions, askRule } from './ask.js';
import type { Folded, Rows, Touched } from './fold.js';
import type { Looking } from './looking.js';
import { copyOf, own, ownIn } from './own.js';
import { plainObject } from './plain.js';
import { rowView, type Seen, viewOf } from './view.js';

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
  /** The aggregate after the change set. */
  readonly view: AggregateView;
}

export interface Reached {
  /** Its first name. */
  readonly fact: string;
  readonly occurrence: string;
}

interface Question {
  readonly seen: Seen;
  readonly before: AggregateState;
  /** The aggregate before, with a doubt for each row of which nothing is known but that it was there. */
  readonly viewBefore: AggregateView;
  readonly after: Rows;
  readonly view: AggregateView;
  readonly lookups: Looking;
  readonly isLearnt: boolean;
  readonly happened: Happened[];
  readonly verdicts: Verdict[];
  readonly reached: Reached[];
}

/** @param isLearnt it is an intervention. @throws Refused RULE_THREW */
export function decide(
  seen: Seen,
  before: AggregateState,
  folded: Folded,
  lookups: Looking,
  isLearnt = false,
): Decided {
  const view = viewOf(folded.rows, seen, lookups.after);
  const viewBefore = viewOf(doubted(before.rows, folded.touched), seen, lookups.before);
  const after = folded.rows;
  const question: Question = {
    seen,
    before,
    viewBefore,
    after,
    view,
    lookups,
    isLearnt,
    happened: [],
    verdicts: [],
    reached: [],
  };
  for (const fact of seen.aggregate.facts) {
    const { definition } = fact;
    if (definition.kind === 'milestone') askMilestone(fact, definition, question);
    else if (definition.kind === 'transition') askTransition(fact, definition, question);
    else if (definition.kind === 'row')
      for (const row of touchedRows(folded, fact.table)) askRow(fact, definition, row, question);
  }
  return question;
}

function askMilestone(fact: CompiledFact, milestone: Milestone, question: Question): void {
  const { name, conditions, repeatable } = milestone;
  const fired = own(question.before.fired, fact.name);
  if (fired && !repeatable) return void question.verdicts.push({ fact: name, verdict: 'already', occurrence: '' });
  const occurrence = repeatable ? nextNumber(fired) : '';
  const { before, after } = question.lookups;
  const held = allHold(name, conditions, question.viewBefore, before);
  if (held === true && !repeatable) question.reached.push({ fact: fact.name, occurrence });
  const answers = askConditions(name, conditions, question.view, after);
  settle(question, { fact, occurrence, answers, held }, () => milestone.data(question.view));
}

const nextNumber = (fired: Readonly<Record<string, number>> | undefined): string =>
  String(Object.keys(fired ?? {}).length + 1);

function askTransition(fact: CompiledFact, { name, conditions, data }: Transition, question: Question): void {
  const { viewBefore, view } = question;
  const occurrence = nextNumber(own(question.before.fired, fact.name));
  const answers = askConditions(name, conditions, viewBefore, view);
  settle(question, { fact, occurrence, answers, held: false }, () => data(viewBefore, view));
}

function askRow(fact: CompiledFact, rowFact: RowFact, touched: Touched, question: Question): void {
  const { name, conditions, edge } = rowFact;
  const past = pastOf(fact, touched, question);
  const after = rowIn(question.after, fact, touched.key, question);
  const occurrence = touched.key;
  const fired = ownIn(question.before.fired, fact.name, occurrence) !== undefined;
  const held = edge !== 'deleted' && !fired && heldBefore(rowFact, past, question.lookups);
  if (held === true) question.reached.push({ fact: fact.name, occurrence });

  if (edge === 'deleted' && past.row === 'unknown' && after === undefined && touched.lastOp === 'd') {
    const unknown = ['what the row was'];
    return void question.verdicts.push({ fact: name, verdict: 'unmet', occurrence, unmet: [], unknown });
  }
  const subject = subjectOf(edge, { past, after, touched });
  if (!subject) return;
  const answers = askConditions(name, conditions, subject, question.lookups.after);
  settle(question, { fact, occurrence, answers, held: fired || held }, () => rowFact.data(question.view, subject));
}

interface Asked {
  readonly fact: CompiledFact;
  readonly occurrence: string;
  readonly answers: Answers;
  /** Before. */
  readonly held: boolean | 'unknown';
}

/** In a verdict, in the place of conditions: that they hold is known, and nobody knows whether they did before. */
export const HELD_BEFORE = 'whether it held before';

/** What the answers come to: the fact happened, or why not. */
function settle(question: Question, { fact, occurrence, answers, held }: Asked, data: () => unknown): void {
  const { name } = fact.definition;
  const { unmet, unknown } = answers;
  const notNow = (missing: Answers): void =>
    void question.verdicts.push({
      fact: name,
      verdict: 'unmet',
      occurrence,
      unmet: missing.unmet,
      unknown: missing.unknown,
    });
  if (unmet.length > 0 || unknown.length > 0) return notNow(answers);
  if (held === true) return void question.verdicts.push({ fact: name, verdict: 'already', occurrence });
  // The number of an occurrence is not used up by one that may not have been, or that nobody is told of.
  const remember = (): void => {
    if (!isNumbered(fact.definition)) question.reached.push({ fact: fact.name, occurrence });
  };
  if (held === false && question.isLearnt) {
    question.verdicts.push({ fact: name, verdict: 'learnt', occurrence });
    return remember();
  }
  const values = held === 'unknown' ? 'unknown' : carriedBy(name, data);
  if (values !== 'unknown') return fire(question, fact, occurrence, values);
  notNow({ unmet: [], unknown: [held === 'unknown' ? HELD_BEFORE : 'what it carries'] });
  if (held === 'unknown') remember();
}

/** @throws Refused RULE_THREW */
export function carriedBy(fact: string, data: () => unknown): JsonObject | 'unknown' {
  try {
    return askRule(`data of ${fact}`, data, plainObject);
  } catch (error) {
    if (error instanceof TableNotKnown) return 'unknown';
    throw error;
  }
}

/** What is known of a row before the change set. */
interface Past {
  readonly row: Row | undefined | 'unknown';
  readonly existed: boolean;
}

/** In a table that is not known whole, what is stored may be as old as the last time when somebody read it. */
function pastOf(fact: CompiledFact, { key, existed, isUnknown, firstOp }: Touched, question: Question): Past {
  if (fact.table === null || !question.seen.unknown.includes(fact.table))
    return { row: isUnknown ? 'unknown' : rowIn(question.before.rows, fact, key, question), existed };
  const isNew = firstOp === 'c' || firstOp === 'r';
  return { row: isNew ? undefined : 'unknown', existed: !isNew };
}

/** A row of which only an update is known was there before, though nothing can be said about its columns. */
function heldBefore(
  { name, conditions, edge }: RowFact,
  { row, existed }: Past,
  lookups: Looking,
): boolean | 'unknown' {
  if (row === 'unknown') return edge === 'inserted' && conditions.length === 0 ? true : 'unknown';
  if (row) return allHold(name, conditions, row, lookups.before);
  return edge === 'inserted' && existed && conditions.length === 0;
}

interface Change {
  readonly past: Past;
  readonly after: Row | undefined;
  readonly touched: Touched;
}

/** The row that the fact would be about; undefined when there is nothing to ask. */
function subjectOf(edge: RowFact['edge'], { past, after, touched }: Change): Row | undefined {
  if (edge === 'became') return after;
  if (edge === 'inserted') return past.existed ? undefined : after;
  return after === undefined && touched.lastOp === 'd' && past.row !== 'unknown' ? past.row : undefined;
}

/** Rows that were there, and of which nothing is known, are unknown to whoever looks at their table before the change set. */
function doubted(rows: Rows, touched: Folded['touched']): Rows {
  let all: Record<string, RowsByKey> | null = null;
  for (const [table, touchedRows] of touched) {
    if (!touchedRows.some(({ isUnknown }) => isUnknown)) continue;
    const doubts = touchedRows.filter(({ isUnknown }) => isUnknown).map(({ key }) => [unreadKey(key), {}] as const);
    all ??= copyOf(rows);
    all[table] = { ...own(rows, table), ...Object.fromEntries(doubts) };
  }
  return all ?? rows;
}

function rowIn(rows: Rows, fact: CompiledFact, key: string, { seen: { aggregate } }: Question): Row | undefined {
  const table = fact.table === null ? undefined : aggregate.tables.get(fact.table);
  const row = table && ownIn(rows, table.name, key);
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

/**
 * What is expected of an aggregate, and until when. A milestone may say within which time after another fact (or after the aggregate was first
 * seen) it is to happen; a timer stands for each. Pure.
 *
 * X1. A timer is set by a transaction only, where none stands, nothing is overdue, and what it is expected after has happened: within so long
 *     after the commit of this transaction. That is the one in which it began; of orders that were there before the rule, or before Dragoman,
 *     the next one that changes them, because when it began is not known. What a snapshot tells sets none.
 * X2. It goes when the milestone happens, whatever told of it, an event of the new service too, and when the aggregate has no rows any more.
 * X3. When it is due, the milestone is *overdue*, unless a condition of `unless` holds or is not known, or the milestone has held and nobody
 *     was told. Its deadline facts happen then, once for each instant: that is their occurrence, and when they occurred.
 * X4. What was due and has not happened is remembered until it happens (*late*), or until there is nothing to wait for. While its aggregate is
 *     parked that is known at once, and decided when its turn comes: by then it may have been met in time.
 * X5. What was excused, or is not known, is forgotten: the next transaction sets a new timer.
 */
import type { ChangeSet } from '../../domain/change-set.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { DeadlineTold, Verdict } from '../../domain/state/journal-entry.js';
import type { CompiledAggregate, CompiledFact } from '../../rules/compile.js';
import type { AggregateView } from '../../rules/fact.js';
import { askConditions } from '../ask.js';
import { isTold } from '../publish/told-number.js';
import { carriedBy, type Happened } from '../decide.js';
import { type Looking, lookingOf } from '../looking.js';
import { own, ownIn } from '../own.js';
import { hasRows } from '../snapshots/marks.js';
import type { RulesOf } from '../snapshots/missed.js';
import { expectedFact, expectedTimer, withOverdue, withTimer } from './named.js';
import { viewOf } from '../view.js';

export interface Deadlines {
  readonly state: AggregateState;
  readonly told: readonly DeadlineTold[];
}

/** After a change set: timers of what is expected now, and of nothing else (X1, X2). */
export function withDeadlines(
  { kind, origin }: Pick<ChangeSet, 'kind' | 'origin'>,
  after: AggregateState,
  aggregate: CompiledAggregate,
): Deadlines {
  let state = withoutStrange(after, aggregate);
  const told: DeadlineTold[] = [];
  for (const fact of aggregate.facts) {
    if (fact.expected === null) continue;
    const timer = expectedTimer(fact.name);
    const dueMs = after.timers?.[timer] ?? after.overdue?.[timer];
    const isOver = !hasRows(after) || hasHappened(after, fact);
    if (dueMs === undefined && (isOver || kind !== 'transaction' || !hasBegun(after, fact.expected.after))) continue;
    if (dueMs === undefined) {
      const newMs = origin.commitTimeMs + fact.expected.withinMs;
      state = withTimer(state, timer, newMs);
      told.push(toldOf(fact, newMs, 'awaited'));
    } else if (isOver) {
      state = withOverdue(withTimer(state, timer, null), timer, null);
      const isWhenKnown = TELLING.has(kind) && hasHappened(after, fact);
      const inTime = origin.commitTimeMs < dueMs ? 'met' : 'late';
      told.push(toldOf(fact, dueMs, isWhenKnown ? inTime : 'dropped'));
    }
  }
  return { state, told };
}

/** Without those of which the rules say nothing any more. */
function withoutStrange(state: AggregateState, { facts }: CompiledAggregate): AggregateState {
  const isStrange = (timer: string): boolean => {
    const name = expectedFact(timer);
    return name !== null && facts.every((fact) => fact.name !== name || fact.expected === null);
  };
  if (state.timers === undefined && state.overdue === undefined) return state;
  const names = [...Object.keys(state.timers ?? {}), ...Object.keys(state.overdue ?? {})].filter(isStrange);
  return names.reduce((left, name) => withOverdue(withTimer(left, name, null), name, null), state);
}

/** They tell when it happened. */
const TELLING: ReadonlySet<ChangeSet['kind']> = new Set(['transaction', 'told']);

/** As rules see it, or as the new service published it. */
const hasHappened = (state: AggregateState, { name, publications }: CompiledFact): boolean =>
  ownIn(state.fired, name, '') !== undefined || publications.some(({ contract }) => isTold(state, contract, ''));

const hasBegun = ({ fired }: AggregateState, after: string | null): boolean =>
  after === null || Object.keys(own(fired, after) ?? {}).length > 0;

const toldOf = ({ definition }: CompiledFact, dueMs: number, became: DeadlineTold['became']): DeadlineTold => ({
  ...{ fact: definition.name, dueAt: new Date(dueMs).toISOString(), became },
});

/** What came of a timer of something that is expected. */
export interface Rung extends Deadlines {
  readonly happened: readonly Happened[];
  readonly verdicts: readonly Verdict[];
  readonly view: AggregateView;
  readonly lookups: Looking;
}

/**
 * Its timer is due (X3).
 * @param before remembers that it was due (X4).
 * @returns null: nobody waits for it any more, since what came before it in the queue, or the rules say so.
 * @throws Refused RULE_THREW
 */
export function deadlineWhenDue(
  { timer }: Pick<ChangeSet, 'timer'>,
  before: AggregateState,
  rulesOf: RulesOf,
): Rung | null {
  const name = timer === undefined ? null : expectedFact(timer.name);
  const fact = rulesOf.aggregate.facts.find((each) => each.name === name);
  if (timer === undefined || fact === undefined || before.overdue?.[timer.name] !== timer.dueMs) return null;
  const { definition, expected } = fact;
  if (definition.kind !== 'milestone' || expected === null) return null;
  const { dueMs } = timer;
  const lookups = lookingOf(rulesOf.aggregate, before, rulesOf.lookups);
  const view = viewOf(before.rows, rulesOf, lookups.after);
  const settled = (became: 'dropped' | 'excused', why?: Partial<DeadlineTold>): Rung => ({
    state: withOverdue(before, timer.name, null),
    told: [{ ...toldOf(fact, dueMs, became), ...why }],
    ...{ happened: [], verdicts: [], view, lookups },
  });
  // As the last transaction left it: what a lookup row alone changed since happens with the next one.
  const viewThen = viewOf(before.rows, rulesOf, lookups.before);
  const { unmet, unknown } = askConditions(definition.name, definition.conditions, viewThen, lookups.before);
  const isMet = hasHappened(before, fact) || unmet.length + unknown.length === 0;
  if (isMet || !hasRows(before)) return settled('dropped');
  const excuse = excuseOf(`unless of ${definition.name}`, expected, view, lookups);
  if (excuse !== null) return settled('excused', excuse);
  const told = [{ ...toldOf(fact, dueMs, 'overdue' as const), unmet, unknown }];
  const missing = [...unmet, ...unknown];
  Object.freeze(missing);
  return { state: before, told, ...overdue({ fact, dueMs, missing }, { before, view, rulesOf }), view, lookups };
}

/** Why it is expected no more; null: it is. */
function excuseOf(
  asked: string,
  { unless }: NonNullable<CompiledFact['expected']>,
  view: AggregateView,
  { after }: Looking,
): Pick<DeadlineTold, 'by' | 'unknown'> | null {
  if (unless.length === 0) return null;
  const { unmet, unknown } = askConditions(asked, unless, view, after);
  const by = unless.map(({ name }) => name).filter((name) => !unmet.includes(name) && !unknown.includes(name));
  return by.length === 0 && unknown.length === 0 ? null : { by, unknown };
}

interface Missed {
  /** The milestone. */
  readonly fact: CompiledFact;
  readonly dueMs: number;
  readonly missing: string[];
}

/** Deadline facts of a milestone that is overdue. */
function overdue(
  { fact, dueMs, missing }: Missed,
  { before, view, rulesOf }: { before: AggregateState; view: AggregateView; rulesOf: RulesOf },
): Pick<Rung, 'happened' | 'verdicts'> {
  const occurrence = new Date(dueMs).toISOString();
  const happened: Happened[] = [];
  const verdicts: Verdict[] = [];
  for (const late of rulesOf.aggregate.facts) {
    const { definition } = late;
    if (late.deadlineOf !== fact.name || definition.kind !== 'deadline') continue;
    const { name } = definition;
    if (ownIn(before.fired, late.name, occurrence) !== undefined) {
      verdicts.push({ fact: name, verdict: 'already', occurrence });
      continue;
    }
    const data = carriedBy(name, () => definition.data(view, { missing }));
    if (data === 'unknown') {
      verdicts.push({ fact: name, verdict: 'unmet', occurrence, unmet: [], unknown: ['what it carries'] });
      continue;
    }
    verdicts.push({ fact: name, verdict: 'fired', occurrence, values: data });
    happened.push({ fact: late, occurrence, data });
  }
  return { happened, verdicts };
}

/** Deadline facts of a timer that is given up; none, when what it is about is not overdue any more. */
export function deadlineFacts(
  { timer }: Pick<ChangeSet, 'timer'>,
  { facts }: Pick<CompiledAggregate, 'facts'>,
  { overdue }: AggregateState,
): readonly CompiledFact[] {
  const name = timer === undefined ? null : expectedFact(timer.name);
  if (timer === undefined || name === null || overdue?.[timer.name] !== timer.dueMs) return [];
  return facts.filter(({ deadlineOf }) => deadlineOf === name);
}

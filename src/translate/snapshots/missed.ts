/**
 * Facts between two versions of an aggregate that no transaction told: found by the same questions as always, remembered as having
 * happened, and not published. What to do about them is for an operator to decide (`findings.ts`). Pure.
 */
import type { Origin, RowChange } from '../../domain/change-set.js';
import type { AggregateState, MissedFact } from '../../domain/state/aggregate-state.js';
import type { Decision, RowSeen, Verdict } from '../../domain/state/journal-entry.js';
import type { Row } from '../../domain/tables/table.js';
import type { CompiledAggregate } from '../../rules/compile.js';
import { decide, type Happened } from '../decide.js';
import { fold, type Rows } from '../fold.js';
import { lookingOf, type LookupRows, remembered } from '../looking.js';
import { copyOf, own } from '../own.js';
import { withoutReached, withReached } from '../publish/publish.js';
import { isToldWhole } from '../publish/told-number.js';
import type { Seen } from '../view.js';
import { vanishedRow, withFindings } from './marks.js';

/** The rules of an aggregate, what they may look up, and the tables of which not everything is known. */
export interface RulesOf extends Seen {
  readonly lookups: LookupRows;
}

/** What a snapshot came to. */
export interface Settled {
  readonly state: AggregateState;
  readonly seen: readonly RowSeen[];
  readonly verdicts: readonly Verdict[];
  /** Absent: nothing of it may be one. */
  readonly echoes?: NonNullable<Decision['echoes']>;
}

export interface Missed {
  /** Rows after the changes; the facts count as having happened. */
  readonly state: AggregateState;
  readonly missed: readonly MissedFact[];
  readonly verdicts: readonly Verdict[];
}

export interface Comparison {
  /** As it was known, its rows {@link completed}. */
  readonly before: AggregateState;
  /** What became of it. */
  readonly changes: readonly RowChange[];
  readonly origin: Origin;
}

/** @throws Refused RULE_THREW */
export function findMissed({ before, changes, origin }: Comparison, rules: RulesOf): Missed {
  const folded = fold(before.rows, changes);
  const looking = lookingOf(rules.aggregate, before, rules.lookups);
  const { happened, verdicts, reached } = decide(rules, before, folded, looking);
  const all = happened.map(({ fact, occurrence, data: values }) => ({ fact: fact.name, occurrence, values, origin }));
  const missed = all.filter((_, i) => !isToldWhole(before, happened[i] as Happened));
  const fired = [...reached, ...all].reduce(withReached, before.fired);
  const looked = remembered(before, looking.asked());
  return {
    state: { ...before, rows: folded.rows, fired, ...(looked === undefined ? {} : { looked }) },
    missed,
    verdicts: verdicts.map((verdict) => asMissed(verdict, happened, before)),
  };
}

/** What happened was missed, unless the new service published it. */
function asMissed(verdict: Verdict, happened: readonly Happened[], before: AggregateState): Verdict {
  if (verdict.verdict !== 'fired') return verdict;
  const { fact, occurrence } = verdict;
  const told = happened.find((each) => each.fact.definition.name === fact && each.occurrence === occurrence);
  if (told !== undefined && isToldWhole(before, told)) return { fact, verdict: 'already', occurrence };
  return { ...verdict, verdict: 'missed' };
}

/**
 * For an aggregate that only a snapshot told of before, and that another one shows otherwise: nothing was missed, but what held has
 * been, and does not happen a first time later. @returns the rows after. @throws Refused RULE_THREW
 */
export function rememberHeld(before: AggregateState, changes: readonly RowChange[], rules: RulesOf): AggregateState {
  const folded = fold(before.rows, changes);
  if (changes.length === 0 || Object.keys(before.rows).length === 0) return { ...before, rows: folded.rows };
  const { reached } = decide(rules, before, folded, lookingOf(rules.aggregate, before, rules.lookups));
  return { ...before, rows: folded.rows, fired: reached.reduce(withReached, before.fired) };
}

/**
 * Of vanished rows that were there all the time, as an update of one tells, or an operator: that they were deleted was not missed. It is
 * forgotten, so that it can still happen.
 */
export function withoutFalseDeletes(
  state: AggregateState,
  { facts }: CompiledAggregate,
  isThere: (table: string, key: string) => boolean,
): AggregateState {
  const { findings } = state;
  if (findings === undefined) return state;
  const tables = new Map(
    facts.map(({ name, definition, table }) => [
      name,
      definition.kind === 'row' && definition.edge === 'deleted' ? table : null,
    ]),
  );
  const isFalse = ({ fact, occurrence }: MissedFact): boolean => {
    const table = tables.get(fact) ?? null;
    return table !== null && vanishedRow(state, table, occurrence) !== undefined && isThere(table, occurrence);
  };
  const fired = findings.missed.filter(isFalse).reduce(withoutReached, state.fired);
  const missed = findings.missed.filter((each) => !isFalse(each));
  return withFindings({ ...state, fired }, { ...findings, missed });
}

/** A column that was not known (declared only now, or never sent) did not change: the rows with it, as if it had been there before. */
export function completed(rows: Rows, changes: readonly RowChange[]): Rows {
  const all = copyOf(rows);
  for (const { table, key, row } of changes) {
    const known = own(all, table);
    const stored = known && own(known, key);
    if (!stored || row === null || isComplete(stored, row)) continue;
    const copy = copyOf(known);
    copy[key] = { ...row, ...stored };
    all[table] = copy;
  }
  return all;
}

const isComplete = (stored: Row, row: Row): boolean =>
  Object.keys(row).every((column) => Object.hasOwn(stored, column));

/**
 * Gives up a change set that cannot be applied (decision 0004): its rows are folded as far as they can be read, and it publishes nothing,
 * now or later. Pure.
 *
 * G1. What cannot be read is unknown afterwards, never as it was before: columns one by one, or whether a row is there at all. Conditions
 *     that need it answer "unknown".
 * G2. Facts that it would have made are recorded as withheld, with who gave them up, and remembered as having happened. One that cannot be
 *     asked is recorded as withheld too; it stays open, because whether it happened is not known.
 * G3. The numbers of events have no gap: what is withheld takes none.
 */
import type { AggregateState, RowsByKey } from '../../domain/state/aggregate-state.js';
import type { ChangeSet, RowChange } from '../../domain/change-set.js';
import type { Verdict } from '../../domain/state/journal-entry.js';
import type { Refusal } from '../../domain/refusal.js';
import { unreadKey } from '../../domain/state/unread-row.js';
import type { CompiledAggregate, CompiledFact } from '../../rules/compile.js';
import { Refused } from '../ask.js';
import { deadlineFacts } from '../timers/deadlines.js';
import { untoldWhenDue } from '../timers/echoes.js';
import { decide, type Reached } from '../decide.js';
import { fold, type Folded, type Rows } from '../fold.js';
import { learn } from '../snapshots/learn.js';
import { type Looking, lookingOf, lookupRowsBut, type LookupRows, remembered } from '../looking.js';
import { firstOf, withoutVanished } from '../snapshots/marks.js';
import type { RulesOf, Settled } from '../snapshots/missed.js';
import type { Seen } from '../view.js';
import { copyOf, own } from '../own.js';
import { takeTold } from '../ownership/told.js';
import { takeTrial, timeOver } from '../ownership/trial.js';
import { PARITY } from '../timers/named.js';
import { withPairTimer } from '../timers/pair-timer.js';
import { withReached } from '../publish/publish.js';
import { unknownTables } from '../timers/retire.js';
import { catchUp, settle, snapshotOf } from '../snapshots/settle.js';
import type { TranslateSettings } from '../settings.js';
import type { Translated } from '../translate.js';

/** A change as far as it can be read. */
export interface PartlyRead extends RowChange {
  /** Columns that could not be read; `row`: nothing could, not even whether the row is there. */
  readonly unread: readonly string[] | 'row';
}

export interface GivenUp {
  readonly changeSet: ChangeSet;
  readonly changes: readonly PartlyRead[];
  /** Why its aggregate was parked. */
  readonly refusal: Refusal | null;
  /** Who gave it up, and why: the reason of what is withheld. */
  readonly reason: string;
}

/** @param before not parked; the change set before this one was its last. */
export function discard(
  given: GivenUp,
  before: AggregateState,
  aggregate: CompiledAggregate,
  settings: Pick<TranslateSettings, 'digest' | 'routing'>,
  rows: LookupRows,
): Translated {
  const { changeSet, changes, refusal, reason } = given;
  const { unknown = [] } = changeSet;
  // They are out, whoever gives them up here; and so is what a service has not told.
  if (changeSet.kind === 'told') return takeTold(changeSet, before, aggregate, settings);
  if (changeSet.timer?.name === PARITY) return withPairTimer(timeOver(changeSet, before, aggregate, settings));
  if (changeSet.kind === 'trial') return withPairTimer(takeTrial(changeSet, before, aggregate, settings));
  const late = untoldWhenDue(changeSet, before, aggregate, settings);
  if (late !== null) return late;
  const rulesOf = { aggregate, unknown: unknownTables(unknown, before), lookups: lookupRowsBut(unknown, rows) };
  const { state, seen, verdicts, looked } =
    changeSet.kind === 'transaction' ? ofTransaction(given, before, rulesOf) : ofSnapshot(given, before, rulesOf);
  const untold = aggregate.facts.flatMap((fact) => unreadRows(fact, changes, reason));
  const entry = {
    ...{ aggregate: changeSet.aggregate, id: changeSet.id, origin: changeSet.origin, outcome: 'discarded' as const },
    ...{ refusal, rows: seen, verdicts: [...verdicts, ...untold], events: [], digest: settings.digest, state },
    ...(looked === undefined ? {} : { looked }),
  };
  return { state, entry, events: [] };
}

type Done = Settled & { readonly looked?: ReturnType<Looking['asked']> };

function ofTransaction({ changeSet, changes, reason }: GivenUp, known: AggregateState, rulesOf: RulesOf): Done {
  const { aggregate, unknown, lookups: rows } = rulesOf;
  const caughtUp = tolerant(rulesOf, reason, (rules) => catchUp(known, rules, changeSet.origin));
  const before = caughtUp.state;
  const vanished = before.findings?.vanished;
  const folded = { ...fold(before.rows, changes, vanished), rows: foldedPartly(before.rows, changes, vanished) };
  const lookups = lookingOf(aggregate, before, rows, firstOf(known, changeSet.origin));
  const asked = aggregate.facts.map((fact) => askAlone(fact, { aggregate, unknown, before, folded, lookups, reason }));
  const fired = asked.flatMap(({ happened }) => happened).reduce(withReached, before.fired);
  const looked = remembered(before, lookups.asked());
  const decided = { ...before, rows: folded.rows, fired, ...(looked === undefined ? {} : { looked }) };
  const isTouched = (table: string, key: string): boolean =>
    folded.touched.get(table)?.some((row) => row.key === key) === true;
  return {
    state: withoutVanished(decided, isTouched),
    seen: [...caughtUp.seen, ...folded.seen],
    verdicts: [...caughtUp.verdicts, ...asked.flatMap(({ verdicts }) => verdicts)],
    looked: lookups.asked(),
  };
}

/** Rows of a snapshot, or its end; or a timer, which tells of nothing: what it would have made overdue is told to nobody. */
function ofSnapshot({ changeSet, changes, reason }: GivenUp, before: AggregateState, rulesOf: RulesOf): Done {
  if (changeSet.kind === 'timer') return ofTimer(changeSet, before, rulesOf, reason);
  if (changeSet.kind === 'snapshot-end')
    return tolerant(rulesOf, reason, (rules) => settle(before, rules, snapshotOf(changeSet)));
  const told = changes.filter(({ unread }) => unread !== 'row');
  const done = tolerant(rulesOf, reason, (rules) => learn({ ...changeSet, changes: told }, before, rules));
  return { ...done, state: { ...done.state, rows: changes.reduce(doubting, done.state.rows) } };
}

function ofTimer(changeSet: ChangeSet, before: AggregateState, { aggregate }: RulesOf, reason: string): Done {
  const occurrence = new Date(changeSet.origin.commitTimeMs).toISOString();
  const facts = deadlineFacts(changeSet, aggregate, before);
  const fired = facts.map(({ name: fact }) => ({ fact, occurrence })).reduce(withReached, before.fired);
  const verdicts = facts.flatMap((fact) => withheld(fact, occurrence, reason));
  return { state: facts.length === 0 ? before : { ...before, fired }, seen: [], verdicts };
}

/** Change after change, so that a row that could not be read is known again when a later one tells of it. */
const foldedPartly = (before: Rows, changes: readonly PartlyRead[], vanished?: Rows): Rows =>
  changes.reduce((rows, change) => doubting(fold(rows, [change], vanished).rows, change), before);

/** G1. */
function doubting(rows: Rows, { table, key, unread }: PartlyRead): Rows {
  if (unread.length === 0) return rows;
  const known: Record<string, RowsByKey[string]> = copyOf(own(rows, table));
  const { [key]: row, ...others } = known;
  if (unread === 'row') return { ...rows, [table]: { ...others, [unreadKey(key)]: {} } };
  const read = Object.entries(row ?? {}).filter(([column]) => !unread.includes(column));
  return { ...rows, [table]: { ...known, [key]: Object.fromEntries(read) } };
}

interface Question extends Seen {
  readonly before: AggregateState;
  readonly folded: Folded;
  readonly lookups: Looking;
  readonly reason: string;
}

interface Answer {
  readonly verdicts: readonly Verdict[];
  /** To be remembered. */
  readonly happened: readonly Reached[];
}

/** G2. Each fact by itself, because what one of them throws must not hide the others. */
function askAlone(fact: CompiledFact, { aggregate, unknown, before, folded, lookups, reason }: Question): Answer {
  try {
    const answer = decide({ aggregate: { ...aggregate, facts: [fact] }, unknown }, before, folded, lookups);
    const happened = answer.happened.map(({ occurrence }) => ({ fact: fact.name, occurrence }));
    const others = answer.verdicts.filter(({ verdict }) => verdict !== 'fired');
    const verdicts = [...others, ...happened.flatMap(({ occurrence }) => withheld(fact, occurrence, reason))];
    return { verdicts, happened: [...answer.reached, ...happened] };
  } catch (error) {
    return { verdicts: notAsked(fact, reason, error), happened: [] };
  }
}

/** Asked as always, or, when a rule throws, without asking: then every fact is said to be withheld. */
function tolerant(rules: RulesOf, reason: string, ask: (rules: RulesOf) => Settled): Settled {
  try {
    return ask(rules);
  } catch (error) {
    const verdicts = rules.aggregate.facts.flatMap((fact) => notAsked(fact, reason, error));
    const done = ask({ ...rules, aggregate: { ...rules.aggregate, facts: [] } });
    return { ...done, verdicts: [...done.verdicts, ...verdicts] };
  }
}

/** @throws what was thrown, unless it is a refusal. */
function notAsked(fact: CompiledFact, reason: string, error: unknown): Verdict[] {
  if (error instanceof Refused)
    return withheld(fact, '', `Whether it happened is not known: ${error.refusal.text} ${reason}`);
  throw error;
}

const unreadRows = (fact: CompiledFact, changes: readonly PartlyRead[], reason: string): Verdict[] =>
  changes
    .filter(({ table, unread }) => unread === 'row' && table === fact.table)
    .flatMap(({ key }) =>
      withheld(fact, key, `Whether it happened is not known: the row could not be read. ${reason}`),
    );

/** One for each contract under which it would have been published; a fact without any is withheld all the same. */
const withheld = ({ definition, publications }: CompiledFact, occurrence: string, reason: string): Verdict[] =>
  (publications.length === 0 ? [''] : publications.map(({ contract }) => contract.name)).map((contract) => ({
    ...{ fact: definition.name, verdict: 'withheld' as const, occurrence, contract, reason },
  }));

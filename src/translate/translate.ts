/**
 * Change set and state in; new state, journal entry and events out. Pure and synchronous: the same input gives the same bytes.
 *
 * T1. All or nothing: a change set that cannot be applied whole changes nothing but the parked queue of its aggregate.
 * T2. Behind a parked change set every later one waits, baselines too, in commit order. What tells of no row does not: what a service told stands in
 *     its topic, and counts from then on; what it owes happened before.
 * T3. A baseline, or a transaction from before the beginning of its source, sets rows and publishes nothing (G5). What a complete snapshot shows to have happened while nobody read is recorded as
 *     missed (`settle.ts`) before a later transaction is decided.
 * T4. What fired and the counts of events are remembered for ever, even when all rows are gone (G3).
 * T5. Nothing that goes wrong with one change set, in rules or here, ends more than its aggregate: it parks. Only limits that stop the
 *     pipeline on purpose leave as exceptions.
 * T6. A state may go through JSON at any point without changing a result.
 * T7. An intervention (docs/data-fixes.md) moves the state as any transaction does, and publishes nothing.
 * T8. Where rules pin, an aggregate is decided by those by which it began, and says so (`pins.ts`).
 * T9. What the new service publishes on trial changes nothing but what is compared (`ownership/trial.ts`).
 */
import type { ChangeSet } from '../domain/change-set.js';
import type { Refusal } from '../domain/refusal.js';
import { EMPTY_STATE, type AggregateState } from '../domain/state/aggregate-state.js';
import type { Decision } from '../domain/state/journal-entry.js';
import { DragomanError } from '../errors.js';
import type { CompiledAggregate, CompiledRules } from '../rules/compile.js';
import { asRemembered, interventionOf } from '../rules/interventions/matching.js';
import { errorWords, Refused } from './ask.js';
import { withDeadlines } from './timers/deadlines.js';
import { decide } from './decide.js';
import { entryOf, silent, summaryOf, type Translated } from './entry.js';
import { fold } from './fold.js';
import { type LookupRows, lookingOf, lookupRowsBut, NO_LOOKUP_ROWS, remembered } from './looking.js';
import { keep } from './moves/keep.js';
import { keyConflict } from './moves/key-conflict.js';
import { joined, parkedBy } from '../domain/state/queue.js';
import { type DecidedBy, decidedBy, unknownCode, withRules } from './pins.js';
import { type SeenFirst, seenMsOf, withOwners, withOwnersParked } from './publish/owners.js';
import { contextOf, publishAll, type Published } from './publish/publish.js';
import { afterReturn, broughtBack, unknownTables, withRetireTimer } from './timers/retire.js';
import { withEchoTimer } from './timers/echoes.js';
import { ring } from './timers/ring.js';
import type { TranslateSettings } from './settings.js';
import { learn } from './snapshots/learn.js';
import { firstOf, isNamedBy, withoutVanished } from './snapshots/marks.js';
import { type RulesOf, type Settled, withoutFalseDeletes } from './snapshots/missed.js';
import { catchUp, settle, snapshotOf } from './snapshots/settle.js';
import { expectedFact, RETIRE, withOverdue, withTimer } from './timers/named.js';
import { publishOwed } from './ownership/owed.js';
import { takeTold } from './ownership/told.js';
import { takeTrial, withoutStrangePairs } from './ownership/trial.js';
import { withPairTimer } from './timers/pair-timer.js';
import { NOTHING_TOLD, type Told, toldBy, withTold } from './told.js';
import { viewOf } from './view.js';

export type { Translated } from './entry.js';

/**
 * @param state null for an aggregate never heard of.
 * @param lookups rows of lookup tables as of this change set.
 * @throws DragomanError RULES_INVALID when the rules do not have the aggregate any more.
 */
export function translate(
  changeSet: ChangeSet,
  state: AggregateState | null,
  rules: CompiledRules,
  settings: TranslateSettings,
  lookups: LookupRows = NO_LOOKUP_ROWS,
): Translated {
  const now = aggregateOf(changeSet, rules);
  const told = state?.isErased === true ? NOTHING_TOLD : toldBy(changeSet, now, rules, settings);
  return withTold(translated(changeSet, state, { now, told, rules }, settings, lookups), told);
}

function translated(
  changeSet: ChangeSet,
  state: AggregateState | null,
  { now, told, rules }: Asked,
  settings: TranslateSettings,
  lookups: LookupRows,
): Translated {
  if (state?.isErased === true) return silent(changeSet, 'dropped', { state, seen: [], verdicts: [] }, settings);
  const found = withoutStrangePairs(withoutItsTimer(changeSet, state ?? EMPTY_STATE), settings.routing);
  const before = hasNoRows(changeSet) ? found : broughtBack(found, now);
  const by = decidedBy(before, now, settings);
  if (before.parked !== null && !PASSING.has(changeSet.kind))
    return queue(changeSet, before, before.parked, by.settings);
  const refusal = refusalOf(changeSet, now) ?? keyConflict(changeSet, before, now) ?? unknownCode(changeSet, by.kept);
  if (refusal !== null) return parkBy(changeSet, withOwnersParked(before, now, settings.routing), refusal, by.settings);
  try {
    const intervention = now.keeps === 'lookup' ? null : interventionOf(changeSet, rules.interventions);
    const done = apply(changeSet, { found, before }, { by, now, intervention, told }, lookups);
    if (now.keeps === null) return done;
    const remembered = asRemembered(changeSet, intervention);
    return withState(done, keep({ changeSet: remembered, before, after: done.state, aggregate: now }));
  } catch (error) {
    const why = refusalFor(error);
    if (before.parked !== null) return queue(changeSet, before, before.parked, by.settings);
    return parkBy(changeSet, withOwnersParked(before, now, settings.routing), why, by.settings);
  }
}

/** They do not wait behind what is parked (T2). One that cannot be published does. */
const PASSING: ReadonlySet<ChangeSet['kind']> = new Set(['told', 'owed']);

/** It does not bring back what was retired. */
const hasNoRows = ({ kind }: ChangeSet): boolean => NO_ROWS.has(kind);

const NO_ROWS: ReadonlySet<ChangeSet['kind']> = new Set(['timer', 'told', 'owed', 'trial']);

interface Asked extends Pick<Asking, 'told'> {
  readonly now: CompiledAggregate;
  readonly rules: CompiledRules;
}

/** It is decided now, or waits in the queue: either way it is not due again, and what is expected was due (`deadlines.ts`, X4). */
function withoutItsTimer({ timer }: ChangeSet, state: AggregateState): AggregateState {
  if (timer === undefined || state.timers?.[timer.name] !== timer.dueMs) return state;
  const left = withTimer(state, timer.name, null);
  return expectedFact(timer.name) === null ? left : withOverdue(left, timer.name, timer.dueMs);
}

/** Whatever goes wrong with one change set is the matter of its aggregate. @throws the error when it stops the pipeline on purpose. */
function refusalFor(error: unknown): Refusal {
  if (error instanceof Refused) return error.refusal;
  if (error instanceof DragomanError && error.disposition !== 'fatal') throw error;
  const what = error instanceof DragomanError ? `${error.code}: ${error.message}` : errorWords(error);
  return {
    code: 'TRANSLATION_FAILED',
    text: `An unexpected failure: ${what}. This is a fault of Dragoman: please report it, with the rules concerned.`,
  };
}

const NONE: readonly string[] = [];

function apply(
  changeSet: ChangeSet,
  { found, before }: { readonly found: AggregateState; readonly before: AggregateState },
  { by, now, intervention, told: beside }: Applying,
  lookups: LookupRows,
): Translated {
  const { settings } = by;
  const rulesOf = seenBy(changeSet, before, now, lookups);
  const aggregate = changeSet.timer?.name === RETIRE ? now : by.aggregate;
  const done = withPairTimer(
    decided(changeSet, before, { ...rulesOf, aggregate, intervention, told: beside }, settings),
  );
  if (changeSet.kind === 'trial') return done;
  if (changeSet.kind === 'timer' || changeSet.kind === 'owed') return withState(done, withEchoTimer(done.state));
  if (changeSet.kind === 'told') {
    const { state, told } = withDeadlines(changeSet, done.state, aggregate);
    return withState(done, withEchoTimer(state), told);
  }
  const rulesAfter = { ...rulesOf, unknown: changeSet.unknown ?? NONE };
  const { state: returned, isDropped } = afterReturn(changeSet, found, done.state, rulesAfter);
  if (isDropped) return silent(changeSet, 'retired-again', { state: returned, seen: [], verdicts: [] }, settings);
  if (returned.isStub === true) return withState(done, withRules(returned, now, settings.digest));
  const { state, told } = withDeadlines(changeSet, returned, aggregate);
  const timed = withRetireTimer(before, state, changeSet, rulesAfter);
  return withState(done, withRules(withEchoTimer(timed), now, settings.digest), told);
}

interface Applying extends Pick<Asking, 'intervention' | 'told'> {
  readonly by: DecidedBy<TranslateSettings>;
  /** By the rules of now: they say what is retired. */
  readonly now: CompiledAggregate;
}

function withState(done: Translated, state: AggregateState, told: NonNullable<Decision['deadlines']> = []): Translated {
  if (state === done.state && told.length === 0) return done;
  const entry = { ...done.entry, state, ...(told.length === 0 ? {} : { deadlines: told }) };
  return { ...done, state, entry };
}

/** What it was before it was told of is not known, where it came back: rules are asked as of any table that is not known. */
function seenBy(
  { unknown = NONE }: ChangeSet,
  before: AggregateState,
  aggregate: CompiledAggregate,
  lookups: LookupRows,
): RulesOf {
  return { aggregate, unknown: unknownTables(unknown, before), lookups: withoutUnknown(unknown, lookups) };
}

const withoutUnknown = (unknown: readonly string[], lookups: LookupRows): LookupRows =>
  unknown.length === 0 ? lookups : lookupRowsBut(unknown, lookups);

interface Asking extends RulesOf {
  /** Name of the one that the change set is; null: it is none. */
  readonly intervention: string | null;
  readonly told: Told;
}

function decided(
  changeSet: ChangeSet,
  before: AggregateState,
  rulesOf: Asking,
  settings: TranslateSettings,
): Translated {
  switch (changeSet.kind) {
    case 'transaction':
      return applyTransaction(changeSet, before, rulesOf, settings);
    case 'baseline':
      return silent(changeSet, 'baseline', learntFirst(changeSet, before, rulesOf, settings), settings);
    case 'timer':
      return ring(changeSet, before, rulesOf, settings);
    case 'owed':
      return publishOwed(changeSet, before, rulesOf, settings);
    case 'told':
      return takeTold(changeSet, before, rulesOf.aggregate, settings);
    case 'trial':
      return takeTrial(changeSet, before, rulesOf.aggregate, settings);
    case 'snapshot-end':
      return silent(changeSet, 'settled', settle(before, rulesOf, snapshotOf(changeSet)), settings);
  }
}

const seenFirst = (changeSet: ChangeSet, seen: Parameters<typeof contextOf>[0], { said }: Told): SeenFirst => ({
  ...{ id: changeSet.id, aggregate: seen.aggregate, view: seen.view, said, seenMs: seenMsOf(changeSet) },
  context: () => contextOf(seen),
});

/** Rows of a snapshot, or of before the beginning, may be the first of an aggregate. */
function learntFirst(
  changeSet: ChangeSet,
  before: AggregateState,
  rulesOf: Asking,
  { routing }: TranslateSettings,
): Settled {
  const learnt = learn(changeSet, before, rulesOf);
  if (routing === undefined) return learnt;
  const { aggregate, unknown, told, lookups: rows } = rulesOf;
  const lookups = lookingOf(aggregate, before, rows);
  const { rows: after } = learnt.state;
  const view = viewOf(after, { aggregate, unknown }, lookups.after);
  const seen = { aggregate, unknown, before, after, view, lookups };
  const { state, doubts } = withOwners(before, seenFirst(changeSet, seen, told), routing);
  const { owners } = state;
  const echoes = doubts.length === 0 ? {} : { echoes: doubts };
  return owners === undefined ? { ...learnt, ...echoes } : { ...learnt, ...echoes, state: { ...learnt.state, owners } };
}

function applyTransaction(
  changeSet: ChangeSet,
  known: AggregateState,
  rulesOf: Asking,
  settings: TranslateSettings,
): Translated {
  const { aggregate, unknown, lookups: rows, intervention, told } = rulesOf;
  const caughtUp = catchUp(known, rulesOf, changeSet.origin);
  const updated = changeSet.changes.filter(({ op }) => op === 'u');
  const before = withoutFalseDeletes(caughtUp.state, aggregate, isNamedBy(updated));
  const folded = fold(before.rows, changeSet.changes, before.findings?.vanished);
  const lookups = lookingOf(aggregate, before, rows, firstOf(known, changeSet.origin));
  const { happened, verdicts, reached, view } = decide(rulesOf, before, folded, lookups, intervention !== null);
  const after = folded.rows;
  const seen = { aggregate, unknown, before, after, view, lookups };
  const { state: owned, doubts } = withOwners(before, seenFirst(changeSet, seen, told), settings.routing);
  const published = publishAll({
    changeSet,
    aggregate,
    unknown,
    before: owned,
    after,
    view,
    happened,
    reached,
    ...told,
    lookups,
    settings,
  });
  const looked = remembered(before, lookups.asked());
  const { events, withheld, fired, sequences, kept, echoes = NO_ECHOES, context, compared } = published;
  const happenedIn = { ...owned, rows: after, fired, sequences, ...kept };
  const decided = compared?.keep(happenedIn) ?? happenedIn;
  const remembering = looked === undefined ? decided : { ...decided, looked };
  const state = withoutVanished(remembering, isNamedBy(changeSet.changes));
  const entry = entryOf(changeSet, state, settings, {
    ...(intervention === null ? { outcome: 'applied' as const } : { outcome: 'learnt' as const, intervention }),
    looked: lookups.asked(),
    rows: caughtUp.seen.length === 0 ? folded.seen : [...caughtUp.seen, ...folded.seen],
    verdicts: [...caughtUp.verdicts, ...verdicts, ...withheld],
    events: events.map(summaryOf),
    echoes: doubts.length === 0 ? echoes : [...doubts, ...echoes],
    ...(context === undefined ? {} : { context }),
    ...(compared === undefined ? {} : { parity: compared.judged }),
  });
  return { state, entry, events };
}

const NO_ECHOES: NonNullable<Published['echoes']> = [];

/** Nothing of it is applied: it is the first that waits, or the last behind what is parked, whatever rules decide it. */
export function park(
  changeSet: ChangeSet,
  before: AggregateState,
  refusal: Refusal,
  rules: CompiledRules,
  settings: TranslateSettings,
): Translated {
  const now = aggregateOf(changeSet, rules);
  const found = withoutItsTimer(changeSet, before);
  const { settings: by } = decidedBy(found, now, settings);
  const waiting =
    found.parked === null
      ? parkBy(changeSet, withOwnersParked(found, now, settings.routing), refusal, by)
      : queue(changeSet, found, found.parked, by);
  return withTold(waiting, toldBy(changeSet, now, rules, settings));
}

function parkBy(
  changeSet: ChangeSet,
  before: AggregateState,
  refusal: Refusal,
  settings: Pick<TranslateSettings, 'digest'>,
): Translated {
  const state = { ...before, parked: parkedBy(refusal, changeSet) };
  return waitingResult(changeSet, state, settings, { outcome: 'parked', refusal });
}

function queue(
  changeSet: ChangeSet,
  before: AggregateState,
  parked: NonNullable<AggregateState['parked']>,
  settings: TranslateSettings,
): Translated {
  const { parked: after, behind } = joined(parked, changeSet, settings.parts);
  const refusal = { code: parked.code, text: parked.text };
  const done = waitingResult(changeSet, { ...before, parked: after }, settings, { outcome: 'queued', refusal });
  return behind === undefined ? done : { ...done, entry: { ...done.entry, behind } };
}

function waitingResult(
  changeSet: ChangeSet,
  state: AggregateState,
  settings: Pick<TranslateSettings, 'digest'>,
  { outcome, refusal }: { outcome: 'parked' | 'queued'; refusal: Refusal },
): Translated {
  const rows = changeSet.changes.map(({ table, key, op }) => ({ table, key, op, changed: [] }));
  return { state, entry: entryOf(changeSet, state, settings, { outcome, refusal, rows }), events: [] };
}

/** A change set that waited since before the rules said what a changed key means is judged by the rules of now. */
function refusalOf(changeSet: ChangeSet, aggregate: CompiledAggregate): Refusal | null {
  const { refusal } = changeSet;
  const settled = refusal?.code === 'AGGREGATE_KEY_CHANGED' && aggregate.onKeyChange === 'new';
  if (refusal !== null && !settled) return refusal;
  for (const change of changeSet.changes) if (change.refusal !== null) return change.refusal;
  return null;
}

function aggregateOf({ aggregate, id }: ChangeSet, rules: CompiledRules): CompiledAggregate {
  const known = rules.aggregates.get(aggregate);
  if (known) return known;
  throw new DragomanError(
    'RULES_INVALID',
    `Changes of ${aggregate} ${id} are there, but no rule declares "${aggregate}".`,
  );
}

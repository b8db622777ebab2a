/** A draft -> decisions. Pure apart from the memory that it reads and changes, and rows of lookup tables that it loads. */
import { type ChangeSet, followerOf } from '../../domain/change-set.js';
import type { Refusal } from '../../domain/refusal.js';
import type { ChangeEvent } from '../../domain/source/change-event.js';
import { type AggregateState, aggregateText, EMPTY_STATE } from '../../domain/state/aggregate-state.js';
import { DragomanError } from '../../errors.js';
import { Carrying } from '../../translate/moves/carry.js';
import { rowDeadLetter } from '../../translate/parking/dead-letter.js';
import { isToldAgain } from '../../translate/ownership/told.js';
import { isTriedAgain } from '../../translate/ownership/trial.js';
import { without } from '../../translate/own.js';
import { isSnapshotOver, needsSettling, snapshotOf } from '../../translate/snapshots/settle.js';
import type { CompiledAggregate, CompiledRules } from '../../rules/compile.js';
import { RuleTooSlow } from '../../translate/ask.js';
import type { LookupRows } from '../../translate/looking.js';
import { park, translate, type Translated } from '../../translate/translate.js';
import { isStillDue } from '../timers/due-timers.js';
import type { Memory } from '../state/memory.js';
import { deadLetterRecord } from '../state/records.js';
import { type Decisions, type DecideSettings, Deciding } from './decisions.js';
import type { Boundary, Draft } from './draft.js';
import { DroppedRows } from './dropped-rows.js';
import { fitting } from './fitting.js';
import { Lookups } from './lookups.js';

/**
 * All states that the draft needs are in memory, but for rows of lookup tables.
 *
 * Rules have a time, because nothing else goes on meanwhile. Of a draft they have it together, which costs nothing, and one that takes it up breaks
 * off all of it. Decided anew with `isOneByOne`, each change set has it for itself, and the one that takes it up is parked.
 *
 * @throws DragomanError ROW_UNPLACED, RULE_TOO_SLOW, MARKER_MOVED, what `fitting` throws
 */
export async function decide(draft: Draft, memory: Memory, settings: DecideSettings & OneByOne): Promise<Decisions> {
  const { watch, isOneByOne = false } = settings;
  const decisions = new Deciding(memory, settings);
  const lookups = new Lookups(memory);
  const asking = deciding(draft, memory, { decisions, lookups, settings });
  const watched = <T>(run: () => T): T => (isOneByOne ? run() : inTime(watch, run));
  let asked = watched(() => asking.next());
  while (asked.done !== true) {
    const { ask, next } = asked.value;
    const foreseen = (): void => watched(() => foresee(next, lookups, memory, settings));
    const translated = await lookups.again(() => watched(ask), foreseen);
    asked = watched(() => asking.next(translated));
  }
  return decisions.end();
}

export interface OneByOne {
  /** Rules take too long over one of the changes. */
  readonly isOneByOne?: boolean;
}

function inTime<T>(watch: DecideSettings['watch'], run: () => T): T {
  try {
    return watch(run);
  } catch (error) {
    throw error instanceof RuleTooSlow ? new DragomanError('RULE_TOO_SLOW', error.message) : error;
  }
}

interface Parts {
  readonly decisions: Deciding;
  readonly lookups: Lookups;
  readonly settings: DecideSettings & OneByOne;
}

/** Rules asked for rows of lookup tables that are not in memory. */
interface Missing {
  /** Asks them again. */
  readonly ask: () => Translated;
  /** Some of what will be decided after this. */
  readonly next: readonly ChangeSet[];
}

/** Each decision is in memory at once, for those that follow. Handed what is asked again, it goes on. */
function* deciding(
  draft: Draft,
  memory: Memory,
  { decisions, lookups, settings }: Parts,
): Generator<Missing, void, Translated> {
  const { rules, topics, shard } = settings;
  const isTeller = shard.index === 0;
  const carrying = new Carrying(
    rules,
    (text) => memory.state(text),
    (text, parked) => memory.queues.all(text, parked),
  );
  const dropped = new DroppedRows(indexedBy(settings), (table) => decisions.told.push({ kind: 'orphan', table }));
  for (const [i, split] of draft.changeSets.entries()) {
    const changeSet = inEpoch(split, settings.epochs);
    const moves = draft.moves.get(split);
    if (moves !== undefined) carrying.begin(moves);
    const name = aggregateText(changeSet);
    const before = memory.state(name);
    const isRepeated = isDone(changeSet, before, rules);
    if (isRepeated && changeSet.timer !== undefined) decisions.dropTimer({ aggregate: name, ...changeSet.timer });
    else if (isRepeated && (changeSet.kind === 'told' || changeSet.kind === 'trial'))
      decisions.told.push({ kind: 'duplicates', cause: 'told-again', records: 1 });
    else if (isRepeated)
      decisions.told.push({ kind: 'duplicates', cause: 'change-set-done', records: changeSet.changes.length });
    if (isRepeated) dropped.repeated(changeSet, before, draft.owners);
    for (const expanded of carrying.expand(changeSet, isRepeated)) {
      const whole = dropped.seenBy(expanded);
      if (whole === null) continue;
      const known = expanded === changeSet ? before : memory.state(aggregateText(whole));
      const arrived = arrive(changeSet, known);
      const ask = (): Translated => decided(whole, arrived, lookups.rows, settings);
      let translated = ask();
      if (lookups.isMissing) translated = yield { ask, next: draft.changeSets.slice(i + 1, i + 1 + FORESEEN_MAX) };
      if (whole.kind === 'transaction' && translated.entry.intervention === undefined)
        memory.sentinel.see(whole.changes);
      const inTurn = notDueYet(whole, arrived, translated, draft.boundary);
      const made = fitting({ changeSet: whole, before: arrived, decided: inTurn }, decisions, settings);
      decisions.add(made);
      dropped.decided(whole, arrived, made);
    }
  }
  for (const { change, refusal } of draft.unplaceable) {
    if (refusal.code === 'ROW_OWNER_UNKNOWN' && !settings.unplacedReported.has(change.source))
      throw unplaced(change, refusal);
    if (!isTeller) continue; // every shard comes to the same
    const bytesMax = settings.translate.recordBytesMax(topics.deadLetters);
    const letter = rowDeadLetter(change, refusal, rules, { ...settings.translate, bytesMax });
    decisions.records.push(deadLetterRecord(topics.deadLetters, letter));
    decisions.told.push({ kind: 'unplaced', table: change.table, key: change.key, refusal });
  }
  for (const found of draft.findings ?? []) decisions.find(found);
  for (const { table } of isTeller ? draft.orphans : []) decisions.told.push({ kind: 'orphan', table });
  for (const [row, owner] of draft.owners) if (!dropped.has(row)) decisions.changeOwner(row, owner);
  for (const row of dropped.all) decisions.changeOwner(row, null);
}

/**
 * Tables whose rows leave the index with their aggregate. With shards none do, because only one of them would know of it: the
 * index is made of what all of them see.
 */
const indexedBy = ({ rules, shard }: DecideSettings): Pick<CompiledRules, 'feeds'> =>
  shard.count === 1 ? rules : NO_FEEDS;

const NO_FEEDS: Pick<CompiledRules, 'feeds'> = { feeds: new Map() };

function decided(
  changeSet: ChangeSet,
  before: AggregateState,
  lookups: LookupRows,
  { rules, translate: settings, watch, isOneByOne = false }: DecideSettings & OneByOne,
): Translated {
  const ask = (): Translated => translate(changeSet, before, rules, settings, lookups);
  if (!isOneByOne) return ask();
  try {
    return watch(ask);
  } catch (error) {
    if (error instanceof RuleTooSlow) return park(changeSet, before, error.refusal, rules, settings);
    throw error;
  }
}

/** Change sets whose lookups are loaded ahead, when one before them has to wait for its own. */
const FORESEEN_MAX = 100;

/** Asks only what they will look up, as far as their states of now tell: what it comes to does not count. */
function foresee(
  next: readonly ChangeSet[],
  lookups: Lookups,
  memory: Memory,
  { rules, epochs, translate: settings }: DecideSettings,
): void {
  for (const split of next) {
    if (lookups.isFull) return;
    const state = memory.state(aggregateText(split));
    if (!asksLookups(split, rules) || (state !== null && state.parked !== null)) continue;
    const changeSet = inEpoch(split, epochs);
    try {
      translate(changeSet, arrive(changeSet, state), rules, settings, lookups.rows);
    } catch {
      // It is met when its turn comes, if it is still so then.
    }
  }
}

const asksLookups = ({ aggregate }: ChangeSet, { aggregates }: CompiledRules): boolean =>
  (aggregates.get(aggregate)?.lookups.length ?? 0) > 0;

/** G6: nobody knows which aggregate to park, and going on would leave it without this change for ever. */
const unplaced = ({ source, table, key, partition, offset, refusal }: ChangeEvent, { text }: Refusal): DragomanError =>
  new DragomanError(
    'ROW_UNPLACED',
    `${text} It stands in ${partition} at offset ${offset}; nothing after it was published. ${refusal === null ? '' : causeOf(refusal)}` +
      `To go on without it, set unplaced: report for source ${source}: it becomes a dead letter, and its aggregate will ` +
      `lack it until the next snapshot.`,
    { details: { table, key, partition, offset } },
  );

const causeOf = ({ code, text }: Refusal): string =>
  code === 'ROW_INVALID' || code === 'CODE_UNKNOWN'
    ? `The row was refused: ${text} Correct the table definition. `
    : '';

/** It was seen before: committed in several Kafka transactions and read again, or told by a snapshot older than what is known. */
function isDone(changeSet: ChangeSet, before: AggregateState | null, { aggregates }: CompiledRules): boolean {
  const { kind, origin, told, trial } = changeSet;
  if (kind === 'timer') return !isStillDue(changeSet, before);
  if (before === null) return false;
  if (told !== undefined) return isToldAgain(told, before);
  if (trial !== undefined)
    return before.parked === null && isTriedAgain(trial, before, aggregates.get(changeSet.aggregate) ?? NO_FACTS);
  if (kind === 'snapshot-end') return !needsSettling(before, snapshotOf(changeSet));
  if (kind === 'baseline' && origin.position === null) return isSnapshotOver(before, origin);
  return origin.position !== null && (before.at[followerOf(origin)] ?? '') >= origin.position;
}

/**
 * What a baseline tells is as old as it may be: of a timer that it sets, and that would be due already, nobody is told. One that was there before
 * it is decided next.
 */
function notDueYet({ kind }: ChangeSet, before: AggregateState, decided: Translated, { clock }: Boundary): Translated {
  const { timers } = decided.state;
  if (timers === undefined || clock === null || SETTING.has(kind)) return decided;
  const later = Object.entries(timers).filter(([name, dueMs]) => dueMs > clock || before.timers?.[name] === dueMs);
  if (later.length === Object.keys(timers).length) return decided;
  const rest = without(decided.state, 'timers');
  const state = later.length === 0 ? rest : { ...rest, timers: Object.fromEntries(later) };
  return { ...decided, state, entry: { ...decided.entry, state } };
}

/** They set timers for what is to come. */
const SETTING: ReadonlySet<ChangeSet['kind']> = new Set(['transaction', 'timer', 'trial']);

const NO_FACTS: Pick<CompiledAggregate, 'facts'> = { facts: [] };

/** Positions compare inside one epoch of a source only. */
function inEpoch(changeSet: ChangeSet, epochs: ReadonlyMap<string, number>): ChangeSet {
  const epoch = epochs.get(changeSet.origin.source) ?? 0;
  return epoch === 0 ? changeSet : { ...changeSet, origin: { ...changeSet.origin, epoch } };
}

function arrive({ origin }: ChangeSet, before: AggregateState | null): AggregateState {
  const state = before ?? EMPTY_STATE;
  return origin.position === null ? state : { ...state, at: { ...state.at, [followerOf(origin)]: origin.position } };
}

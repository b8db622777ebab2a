/**
 * The end of an aggregate's life. Once the conditions of `retire` hold and nothing has changed for so long, its rows are dropped; what stays
 * is a *stub*: what fired, the counts of its events, its positions, its newest journal entry, its last command. Silent, and journalled. Pure.
 *
 * E1. The time is the source's: `after` counts from the commit of the last change, and a timer ends it. A snapshot that shows nothing new
 *     changes nothing.
 * E2. Not retired, and looked at again after the same time: with findings, with facts that a service has not told, with events that wait to be
 *     compared, with rows of a snapshot that is not compared yet, or while not
 *     everything is known of a table. What a snapshot
 *     told whole, and as it is known, is compared; its later rows are over. What is parked waits in its queue.
 * E3. A stub comes back with the first row that is told of it. What it published is known, so nothing is published again; of its tables
 *     nothing is known (`forgotten`), so no condition that reads one can hold, and the verdicts say so. A table is known again when its one
 *     row came whole, or when a snapshot of it ended.
 * E4. What was retired and has no rows after a decision is a stub (again): deletes of a legacy archive leave nothing behind.
 * E5. Rows of a snapshot do not bring back what the same snapshot shows to be finished: of a full one that is known at its end, of an
 *     incremental one at once, as far as its rows tell.
 * E6. What an operator had forgotten is a stub for good: whatever is told of it is dropped, and moves its positions alone.
 */
import { type ChangeSet, followerOf } from '../../domain/change-set.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { RowSeen } from '../../domain/state/journal-entry.js';
import type { Row, TableDefinition } from '../../domain/tables/table.js';
import type { CompiledAggregate } from '../../rules/compile.js';
import { allHold } from '../ask.js';
import type { Rows } from '../fold.js';
import { lookingOf } from '../looking.js';
import { own, without } from '../own.js';
import { nextDueMs } from '../parity/pairing.js';
import { hasRows, marksOf } from '../snapshots/marks.js';
import type { RulesOf } from '../snapshots/missed.js';
import { RETIRE, withTimer } from './named.js';
import { viewOf } from '../view.js';

/** With the timer that is due when it may be retired, or without. @param before the change set. @throws Refused RULE_THREW */
export function withRetireTimer(
  before: AggregateState,
  after: AggregateState,
  { origin }: Pick<ChangeSet, 'origin'>,
  rules: RulesOf,
): AggregateState {
  const { retire } = rules.aggregate;
  if (retire === null || !hasRows(after) || !isFinished(after, rules)) return withTimer(after, RETIRE, null);
  const known = before.timers?.[RETIRE];
  const isUnchanged = known !== undefined && isSame(before.rows, after.rows);
  return withTimer(after, RETIRE, isUnchanged ? known : origin.commitTimeMs + retire.afterMs);
}

/** All conditions hold; one that is unknown does not. */
function isFinished(state: AggregateState, { aggregate, unknown, lookups }: RulesOf): boolean {
  const looking = lookingOf(aggregate, state, lookups);
  const all = unknownTables(unknown, state);
  const view = viewOf(state.rows, { aggregate, unknown: all }, looking.after);
  return allHold(`retire of ${aggregate.name}`, aggregate.retire?.conditions ?? [], view, looking.after) === true;
}

/** The same rows: what did not change is the same object. */
function isSame(before: Rows, after: Rows): boolean {
  const isIn = (rows: Rows, others: Rows): boolean =>
    Object.entries(rows).every(([table, known]) => {
      const other = own(others, table);
      return Object.entries(known).every(([key, row]) => other !== undefined && own(other, key) === row);
    });
  return before === after || (isIn(before, after) && isIn(after, before));
}

export interface RetireDecided {
  readonly state: AggregateState;
  readonly seen: readonly RowSeen[];
}

/** Its timer was due. @param before has forgotten it. @throws Refused RULE_THREW */
export function retireWhenDue(
  { timer, origin, unknown = NONE }: Pick<ChangeSet, 'timer' | 'origin' | 'unknown'>,
  before: AggregateState,
  rules: RulesOf,
): RetireDecided | null {
  const { retire } = rules.aggregate;
  // It was set anew while this one waited behind something parked.
  if (timer?.name !== RETIRE || retire === null || before.timers?.[RETIRE] !== undefined) return null;
  if (!hasRows(before)) return null;
  const isKnown = unknown.length === 0;
  if (isKnown && !isFinished(before, rules)) return null;
  if (!isKnown || !isSettled(before))
    return { state: withTimer(before, RETIRE, origin.commitTimeMs + retire.afterMs), seen: [] };
  return { state: stubOf(before), seen: retiredRows(before) };
}

/** E2. */
const isSettled = ({ findings, owed, untold, pairs, snapshots = {} }: AggregateState): boolean =>
  findings === undefined &&
  owed === undefined &&
  untold === undefined &&
  (pairs === undefined || nextDueMs(pairs) === null) &&
  Object.values(snapshots).every(({ staged = [] }) => staged.every(({ isWhole }) => isWhole === true));

function stubOf(state: AggregateState): AggregateState {
  const { fired, sequences, at, journal, snapshots = {}, sealKey, lastCommand, owners, told: tells } = state;
  const told = Object.entries(snapshots).flatMap(([follower, { staged = [] }]) =>
    staged.slice(-1).map(({ generation }) => [follower, { settled: generation }] as const),
  );
  return {
    ...{ rows: {}, fired, sequences, parked: null, at, isStub: true },
    ...(told.length === 0 ? {} : { snapshots: Object.fromEntries(told) }),
    ...(journal === undefined ? {} : { journal: journal.slice(0, 1) }),
    ...(sealKey === undefined ? {} : { sealKey }),
    ...(lastCommand === undefined ? {} : { lastCommand }),
    ...(owners === undefined ? {} : { owners }),
    ...(tells === undefined ? {} : { told: tells }),
  };
}

/** E6. */
export const erased = (state: AggregateState): AggregateState => ({
  ...without(stubOf(state), 'sealKey'),
  isErased: true,
});

const retiredRows = ({ rows }: AggregateState): RowSeen[] =>
  Object.entries(rows).flatMap(([table, known]) =>
    Object.keys(known).map((key) => ({ table, key, op: 'retired' as const, changed: [] })),
  );

/** E3: as change sets find it. */
export function broughtBack(state: AggregateState, { members }: CompiledAggregate): AggregateState {
  if (state.isStub !== true) return state;
  return { ...without(state, 'isStub'), forgotten: members.map(({ table }) => table) };
}

const NONE: readonly string[] = [];

export const unknownTables = (unknown: readonly string[], { forgotten = NONE }: AggregateState): readonly string[] =>
  forgotten.length === 0 ? unknown : [...unknown, ...forgotten];

/**
 * After a change set on what came back, or was about to.
 * @param before as the change set found it. @returns what is remembered; `isDropped`: a snapshot told of what it shows to be finished.
 * @throws Refused RULE_THREW
 */
export function afterReturn(
  changeSet: ChangeSet,
  before: AggregateState,
  after: AggregateState,
  rules: RulesOf,
): { readonly state: AggregateState; readonly isDropped: boolean } {
  if (after.forgotten === undefined) return { state: after, isDropped: false };
  const state = withRemembered(changeSet, after, rules.aggregate);
  if (!hasRows(state) && isSettled(state)) return { state: stubOf(state), isDropped: false };
  const { retire } = rules.aggregate;
  if (retire === null || !isOfSnapshotAlone(changeSet, before) || !isSettled(state) || !isFinished(state, rules))
    return { state, isDropped: false };
  return { state: before.isStub === true ? before : stubOf(state), isDropped: true };
}

/** E5. */
function isOfSnapshotAlone({ kind, origin }: ChangeSet, before: AggregateState): boolean {
  const { generation, position } = origin;
  if (kind === 'baseline') return before.isStub === true && generation === undefined && position === null;
  return kind === 'snapshot-end' && marksOf(before, followerOf(origin)).first === generation;
}

/** E3: the tables that are still not known. */
function withRemembered(changeSet: ChangeSet, state: AggregateState, aggregate: CompiledAggregate): AggregateState {
  const { forgotten = NONE, ...rest } = state;
  const covered = changeSet.coverage?.tables ?? NONE;
  const left = forgotten.filter((table) => !covered.includes(table) && !isWhole(table, state.rows, aggregate));
  return left.length === 0 ? rest : { ...rest, forgotten: left };
}

function isWhole(table: string, rows: Rows, { memberOf, tables }: CompiledAggregate): boolean {
  const definition = tables.get(table);
  if (memberOf.get(table)?.cardinality !== 'one' || definition === undefined) return false;
  return Object.values(own(rows, table) ?? {}).some((row) => hasAllColumns(row, definition));
}

const hasAllColumns = (row: Row, { columns }: TableDefinition): boolean =>
  Object.keys(columns).every((column) => Object.hasOwn(row, column));

/**
 * When all rows of a snapshot are there: what it says of one aggregate, against what was known. What is remembered between rows, ends and
 * transactions is in `SPEC.md`, with examples. Pure.
 *
 * A1. A row that is stored, whose table the snapshot covers and that was not in it, has *vanished*: it was deleted or renumbered while
 *     nobody read. No rule sees it from then on; it stays beside the rows until an operator decides (`findings.ts`), or until something
 *     is told of it again.
 * A2. Facts that would have happened between the rows before and those after the snapshot are *missed*: recorded, not published. What
 *     held of a row that vanished is remembered, so that it does not happen again when the row comes back.
 * A3. Both are said once. Settling again, or with an equal snapshot, finds nothing.
 * A4. Of an aggregate that was not known before nothing is missed. What a first snapshot told that was never finished is not known yet.
 * A5. In a table that was not known before, nothing vanished and nothing was missed: the snapshot says how it is.
 */
import {
  type ChangeSet,
  type Coverage,
  followerOf,
  type Origin,
  type RowChange,
  type RowName,
} from '../../domain/change-set.js';
import type { Position } from '../../domain/source/position.js';
import type { AggregateState, MissedFact, SnapshotMarks, StagedRows } from '../../domain/state/aggregate-state.js';
import type { RowSeen } from '../../domain/state/journal-entry.js';
import { unreadRow } from '../../domain/state/unread-row.js';
import { DragomanError } from '../../errors.js';
import { fold, type Rows } from '../fold.js';
import { copyOf, own, ownIn } from '../own.js';
import { isEndQueued } from '../../domain/state/queue.js';
import {
  hasRows,
  isToldBy,
  marksOf,
  NO_FINDINGS,
  remembersBy,
  stagedBy,
  stagedChanges,
  stageOf,
  stagesAfter,
  withFindings,
  withMarks,
  withoutVanished,
  withStages,
} from './marks.js';
import { completed, findMissed, rememberHeld, type RulesOf, type Settled } from './missed.js';

/** A complete snapshot: its generation is in the origin. */
export interface SnapshotOf {
  readonly origin: Origin & { readonly generation: Position };
  readonly coverage: Coverage;
}

/** @throws DragomanError INVARIANT_BROKEN when the change set is no `snapshot-end`. */
export function snapshotOf({ origin, coverage }: ChangeSet): SnapshotOf {
  const { generation } = origin;
  if (coverage !== undefined && generation !== undefined) return { origin: { ...origin, generation }, coverage };
  throw new DragomanError('INVARIANT_BROKEN', 'The end of a snapshot does not say which one, or what it covers.');
}

/** Whether settling would change the state; most aggregates are as the snapshot says. */
export function needsSettling(state: AggregateState, { origin, coverage }: SnapshotOf): boolean {
  const { generation, source } = origin;
  const follower = followerOf(origin);
  if (state.parked !== null) return isToldBy(state, source) && !isEndQueued(state.parked, follower, generation);
  const marks = marksOf(state, follower);
  const { first = '' } = marks;
  if (first > generation || isSnapshotOver(state, origin)) return false; // older than what is known
  if (remembersBy(state, coverage.tables)) return true;
  if (first === generation) return false; // the first that told of the aggregate
  if (marks.staged?.some((stage) => stage.generation < generation) === true) return true;
  const rows = stagedBy(state, stageOf(marks, generation));
  return stagedChanges(rows).length > 0 || newlyVanished(state, rows, { origin, coverage }).length > 0;
}

/** Nothing that the snapshot says is news for the aggregate: it was settled, or streamed over. Of one that is parked, everything may be. */
export function isSnapshotOver(state: AggregateState, origin: Origin): boolean {
  const { generation } = origin;
  if (generation === undefined || state.parked !== null) return false;
  const follower = followerOf(origin);
  const { settled = '' } = marksOf(state, follower);
  return settled >= generation || (own(state.at, follower) ?? '') > generation;
}

/** @throws Refused RULE_THREW */
export function settle(before: AggregateState, rules: RulesOf, snapshot: SnapshotOf): Settled {
  const { origin } = snapshot;
  const follower = followerOf(origin);
  const marks = marksOf(before, follower);
  // All its rows are of this snapshot: nothing can be compared.
  if (marks.first === origin.generation) return { state: before, seen: [], verdicts: [] };
  const staged = stagedBy(before, stageOf(marks, origin.generation));
  const gone = newlyVanished(before, staged, snapshot);
  const isUnknown = ({ table }: { readonly table: string }): boolean => rules.unknown.includes(table);
  // Of a row that was given up it is only known now that it is not there: nothing vanished.
  const vanished = gone.filter((row) => unreadRow(row.key) === null && !isUnknown(row));
  const all = [...stagedChanges(staged), ...gone.map(deleted)];
  const changes = all.filter((change) => !isUnknown(change));
  const learnt =
    changes.length === all.length ? before : { ...before, rows: fold(before.rows, all.filter(isUnknown)).rows };
  const { state, missed, verdicts } = isKnown(before, marks, snapshot)
    ? findMissed({ before: { ...learnt, rows: completed(learnt.rows, changes) }, changes, origin }, rules)
    : { state: rememberHeld(learnt, changes, rules), missed: [], verdicts: [] };
  const shown = withoutVanished(state, (table, key) => isStaged(staged, table, key));
  const after = found(shown, missed, vanished, before.rows);
  const { told, staged: stages = [] } = marks;
  const newer = stages.filter(({ generation }) => generation > origin.generation);
  const left = { ...(told === undefined ? {} : { told }), settled: origin.generation };
  return {
    state: withMarks(after, follower, withStages(left, stagesAfter(before, after, newer))),
    seen: vanished.map(seenVanished),
    verdicts,
  };
}

/** A4: what the snapshot says can be compared with something. */
const isKnown = (state: AggregateState, marks: SnapshotMarks, { origin, coverage }: SnapshotOf): boolean =>
  hasRows(state) && isToldBy(state, origin.source) && !isUnfinished(marks, coverage);

/** A connector streams only when its snapshot is done: without a transaction since, the first one was broken off and began again. */
const isUnfinished = ({ first }: SnapshotMarks, { streamedTo }: Coverage): boolean =>
  first !== undefined && (streamedTo === null || streamedTo <= first);

/** A1. */
function newlyVanished(state: AggregateState, staged: StagedRows, { origin, coverage }: SnapshotOf): RowName[] {
  if (!isToldBy(state, origin.source)) return [];
  return coverage.tables.flatMap((table) =>
    Object.keys(own(state.rows, table) ?? {})
      .filter((key) => !isStaged(staged, table, key))
      .map((key) => ({ table, key })),
  );
}

const isStaged = (staged: StagedRows, table: string, key: string): boolean => ownIn(staged, table, key) !== undefined;

const deleted = ({ table, key }: RowName): RowChange => ({ table, key, op: 'd', row: null, refusal: null });

const seenVanished = ({ table, key }: RowName): RowSeen => ({ table, key, op: 'vanished', changed: [] });

/** @param rows before. */
function found(
  state: AggregateState,
  missed: readonly MissedFact[],
  vanished: readonly RowName[],
  rows: Rows,
): AggregateState {
  const before = state.findings ?? NO_FINDINGS;
  const gone = copyOf(before.vanished);
  for (const { table, key } of vanished) {
    const row = ownIn(rows, table, key);
    if (row !== undefined) gone[table] = { ...own(gone, table), [key]: row };
  }
  return withFindings(state, { missed: [...before.missed, ...missed], vanished: gone });
}

/**
 * Before a transaction is applied: an aggregate that was first told of by a snapshot after this transaction goes back to what it was;
 * what a snapshot before it staged is settled, as far as its own rows tell; and marks that the transaction outdates are dropped.
 * @throws Refused RULE_THREW
 */
export function catchUp(before: AggregateState, rules: RulesOf, origin: Origin): Settled {
  const { position } = origin;
  const follower = followerOf(origin);
  const marks = before.snapshots && own(before.snapshots, follower);
  if (marks === undefined || position === null) return { state: before, seen: [], verdicts: [] };
  if (marks.first !== undefined && marks.first > position) {
    const staged = [{ generation: marks.first, rows: before.rows }, ...(marks.staged ?? [])];
    const state = withMarks({ ...before, rows: {} }, follower, withStages({}, staged));
    return { state, seen: [], verdicts: [] };
  }
  const newest = marks.staged?.findLast(({ generation }) => generation < position);
  const settled =
    newest === undefined
      ? { state: before, seen: [], verdicts: [] }
      : settle(before, rules, {
          origin: { ...origin, transactionId: null, position: null, generation: newest.generation },
          coverage: { tables: Object.keys(stagedBy(before, newest)), streamedTo: null },
        });
  // What the transaction changes is not as those newer snapshots say before they come to it: no stage is whole.
  const left = marksOf(settled.state, follower).staged;
  const staged = left && stagesAfter(settled.state, settled.state, left);
  return { ...settled, state: withMarks(settled.state, follower, staged === undefined ? null : { staged }) };
}

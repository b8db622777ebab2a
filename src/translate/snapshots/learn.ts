/**
 * Snapshot rows -> state. No fact is published for them (G5).
 *
 * L1. Of an aggregate that was not known before the snapshot, rows go into the state at once.
 * L2. Of a known one they are staged beside it: transactions from before the snapshot may still follow, and are decided on the rows of
 *     their time. What the snapshot changed is found out when all of it is there (`settle.ts`).
 * L3. Rows of an incremental snapshot come among the changes and are as new as the stream. One that differs from a row that is stored,
 *     or that had vanished, is a change nobody read, found out at once. Another that is not stored may be of a table that was not read
 *     before: it is silent.
 * L4. Rows of a table that is not known, and transactions from before the beginning of a source, set rows: what they change was not missed.
 * L5. What it says of a row that is staged goes into the stage: rules never see rows of after a full snapshot among those of before it.
 */
import { type ChangeSet, followerOf, type RowChange } from '../../domain/change-set.js';
import type { Position } from '../../domain/source/position.js';
import type { AggregateState, StagedRows } from '../../domain/state/aggregate-state.js';
import { fold, type Folded, isSameRow, type Rows } from '../fold.js';
import { copyOf, own, ownIn } from '../own.js';
import {
  hasRows,
  isNamedBy,
  marksOf,
  NO_FINDINGS,
  stagedBy,
  stageFor,
  stageOf,
  vanishedRow,
  withFindings,
  withMarks,
  withoutVanished,
  withStages,
} from './marks.js';
import { completed, findMissed, type RulesOf, type Settled } from './missed.js';
import { catchUp } from './settle.js';

/** @throws Refused RULE_THREW, for rows of incremental snapshots only. */
export function learn(changeSet: ChangeSet, before: AggregateState, rules: RulesOf): Settled {
  const { generation, position } = changeSet.origin;
  if (position !== null) return learnStreamed(changeSet, before, rules);
  if (generation === undefined) return learnChunk(changeSet, before, rules);
  const folded = fold(before.rows, changeSet.changes);
  return { state: learnt(changeSet, before, folded, generation, rules), seen: folded.seen, verdicts: [] };
}

/** L4. @throws Refused RULE_THREW, for what a snapshot staged before. */
function learnStreamed({ origin, changes }: ChangeSet, before: AggregateState, rules: RulesOf): Settled {
  const { state, seen, verdicts } = catchUp(before, rules, origin);
  const folded = fold(state.rows, changes, state.findings?.vanished);
  const known = withoutVanished({ ...state, rows: folded.rows }, isNamedBy(changes));
  return { state: known, seen: [...seen, ...folded.seen], verdicts };
}

function learnt(
  { origin, changes }: ChangeSet,
  before: AggregateState,
  folded: Folded,
  generation: Position,
  { aggregate }: RulesOf,
): AggregateState {
  const follower = followerOf(origin);
  const marks = marksOf(before, follower);
  if (marks.first === generation) return { ...before, rows: folded.rows };
  if (!hasRows(before) && marks.staged === undefined)
    return withMarks({ ...before, rows: folded.rows }, follower, { ...marks, first: generation });
  // Without facts there is nothing to compare: others look at these rows, so they are shown at once.
  const known =
    aggregate.facts.length === 0 ? withoutVanished({ ...before, rows: folded.rows }, isNamedBy(changes)) : before;
  return withStaged(known, follower, generation, changes);
}

function withStaged(
  state: AggregateState,
  follower: string,
  generation: Position,
  changes: readonly RowChange[],
): AggregateState {
  const marks = marksOf(state, follower);
  const stage = stageOf(marks, generation);
  const others = marks.staged?.filter((other) => other !== stage) ?? [];
  const staged = stagedRows(stagedBy(state, stage), changes, state.rows);
  return withMarks(state, follower, withStages(marks, [...others, stageFor(generation, staged, state)]));
}

function stagedRows(before: StagedRows, changes: readonly RowChange[], stored: Rows): StagedRows {
  const all = copyOf(before);
  for (const { table, key, row } of changes) {
    const rows = copyOf(own(all, table));
    const known = ownIn(stored, table, key);
    rows[key] = row !== null && known !== undefined && isSameRow(known, row) ? true : row;
    all[table] = rows;
  }
  return all;
}

/** L5. */
function learnChunk(changeSet: ChangeSet, before: AggregateState, rules: RulesOf): Settled {
  const follower = followerOf(changeSet.origin);
  const stage = marksOf(before, follower).staged?.at(-1);
  if (stage === undefined) return learnAtOnce(changeSet, before, rules);
  const staged = stagedBy(before, stage);
  const isStaged = ({ table, key, op }: RowChange): boolean => op === 'r' && ownIn(staged, table, key) !== undefined;
  const later = withStaged(before, follower, stage.generation, changeSet.changes.filter(isStaged));
  return learnAtOnce({ ...changeSet, changes: changeSet.changes.filter((each) => !isStaged(each)) }, later, rules);
}

function learnAtOnce({ origin, changes }: ChangeSet, before: AggregateState, rules: RulesOf): Settled {
  const { seen } = fold(before.rows, changes);
  const different = changes.filter((change) => !rules.unknown.includes(change.table) && isDifferent(change, before));
  const filled = fold(
    before.rows,
    changes.filter((change) => !different.includes(change)),
  );
  const known = withoutVanished(told(before, followerOf(origin)), isNamedBy(changes));
  if (different.length === 0) return { state: { ...known, rows: filled.rows }, seen, verdicts: [] };
  const rows = completed(filled.rows, different);
  const { verdicts, missed, state } = findMissed({ before: { ...known, rows }, changes: different, origin }, rules);
  const findings = known.findings ?? NO_FINDINGS;
  return { state: withFindings(state, { ...findings, missed: [...findings.missed, ...missed] }), seen, verdicts };
}

/** In a column whose value was known, or because it had vanished. */
function isDifferent({ table, key, row }: RowChange, state: AggregateState): boolean {
  if (vanishedRow(state, table, key) !== undefined) return true;
  const stored = ownIn(state.rows, table, key);
  return stored !== undefined && (row === null || !isSameRow({ ...row, ...stored }, { ...stored, ...row }));
}

/** Remembers the source, where nothing else does. */
function told(state: AggregateState, follower: string): AggregateState {
  if (Object.hasOwn(state.at, follower) || state.snapshots?.[follower] !== undefined) return state;
  return withMarks(state, follower, { told: true });
}

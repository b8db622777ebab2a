/**
 * What a state remembers of snapshots, and what they found: made, changed and dropped here, so that ordinary states stay small. `SPEC.md`
 * says what each mark means, and what comes of it. Pure.
 */
import { followerOf, type Origin, type RowChange } from '../../domain/change-set.js';
import type { Position } from '../../domain/source/position.js';
import type {
  AggregateState,
  Findings,
  RowsByKey,
  SnapshotMarks,
  Stage,
  StagedRows,
} from '../../domain/state/aggregate-state.js';
import type { Row } from '../../domain/tables/table.js';
import { copyOf, own, ownIn, without } from '../own.js';
import type { SnapshotName } from '../looking.js';

const NO_MARKS: SnapshotMarks = {};
export const NO_FINDINGS: Findings = { missed: [], vanished: {} };

export const marksOf = ({ snapshots }: AggregateState, follower: string): SnapshotMarks =>
  (snapshots && own(snapshots, follower)) ?? NO_MARKS;

/** The snapshot that all that is known comes from, as a transaction after it finds the state; undefined: more is known, or it came later. */
export function firstOf(
  state: AggregateState,
  origin: Pick<Origin, 'source' | 'epoch' | 'position'>,
): SnapshotName | undefined {
  const follower = followerOf(origin);
  const { first } = marksOf(state, follower);
  const isBefore = first !== undefined && origin.position !== null && first <= origin.position;
  return isBefore ? { follower, generation: first } : undefined;
}

/** The end of a snapshot makes tables known that were forgotten. */
export const remembersBy = ({ forgotten = [] }: AggregateState, tables: readonly string[]): boolean =>
  forgotten.some((table) => tables.includes(table));

export const stageOf = ({ staged }: SnapshotMarks, generation: Position): Stage | undefined =>
  staged?.find((stage) => stage.generation === generation);

/** What the snapshot said, row by row; nothing when it said nothing. */
export function stagedBy(state: AggregateState, stage: Stage | undefined): StagedRows {
  if (stage?.isWhole !== true) return stage?.rows ?? {};
  const tables = Object.entries(state.rows).map(([table, rows]) => [table, Object.keys(rows)] as const);
  return Object.fromEntries(
    tables.map(([table, keys]) => [table, Object.fromEntries(keys.map((key) => [key, true as const]))]),
  );
}

/** What a stage changes in the state; rows that are as they are stored are no change. */
export const stagedChanges = (staged: StagedRows): RowChange[] =>
  Object.entries(staged).flatMap(([table, rows]) =>
    Object.entries(rows).flatMap(([key, row]) =>
      row === true ? [] : [{ table, key, op: row === null ? ('moved' as const) : ('r' as const), row, refusal: null }],
    ),
  );

/** As short as it can be said. */
export function stageFor(generation: Position, staged: StagedRows, { rows }: Pick<AggregateState, 'rows'>): Stage {
  const isAsStored = Object.values(staged).every((table) => Object.values(table).every((row) => row === true));
  const isWhole =
    isAsStored &&
    Object.entries(rows).every(([table, known]) => {
      const told = own(staged, table);
      return told !== undefined && Object.keys(known).every((key) => own(told, key) === true);
    });
  return isWhole ? { generation, rows: {}, isWhole } : { generation, rows: staged };
}

/** Stages that are left when the state became another: a row that is as it was stored is told by its values where that was changed. */
export const stagesAfter = (before: AggregateState, after: AggregateState, stages: readonly Stage[]): Stage[] =>
  stages.map(({ generation, rows, ...stage }) => {
    const tables = Object.entries(stagedBy(before, { generation, rows, ...stage })).map(
      ([table, staged]) => [table, stillStaged(own(before.rows, table), own(after.rows, table), staged)] as const,
    );
    return { generation, rows: Object.fromEntries(tables) };
  });

const stillStaged = (before: RowsByKey = {}, after: RowsByKey = {}, staged: StagedRows[string]): StagedRows[string] =>
  Object.fromEntries(
    Object.entries(staged).map(([key, row]) => {
      const [was, is] = [own(before, key), own(after, key)];
      return [key, row === true && was !== undefined && was !== is ? was : row];
    }),
  );

/** @param marks null: nothing is to be remembered of the source's snapshots. */
export function withMarks(state: AggregateState, follower: string, marks: SnapshotMarks | null): AggregateState {
  const { snapshots = {}, ...rest } = state;
  const others = Object.entries(snapshots).filter(([name]) => name !== follower);
  const all = marks === null ? others : [...others, [follower, marks] as const];
  return all.length === 0 ? rest : { ...rest, snapshots: Object.fromEntries(all) };
}

/** Stages in the order of their snapshots; none is not written down. */
export const withStages = (marks: SnapshotMarks, staged: readonly Stage[]): SnapshotMarks =>
  staged.length === 0
    ? without(marks, 'staged')
    : { ...marks, staged: staged.toSorted((a, b) => (a.generation < b.generation ? -1 : 1)) };

export function withFindings(state: AggregateState, { missed, vanished }: Findings): AggregateState {
  const tables = Object.entries(vanished).filter(([, rows]) => Object.keys(rows).length > 0);
  if (missed.length === 0 && tables.length === 0) return without(state, 'findings');
  return { ...state, findings: { missed, vanished: Object.fromEntries(tables) } };
}

/** A row that rules do not see. */
export const vanishedRow = ({ findings }: AggregateState, table: string, key: string): Row | undefined =>
  ownIn(findings?.vanished, table, key);

/** Of which something is known, seen by rules or not. */
export const hasRows = ({ rows, findings }: AggregateState): boolean =>
  Object.keys(rows).length > 0 || Object.keys(findings?.vanished ?? {}).length > 0;

/** The rows with those that vanished. */
export function withVanished({ rows, findings }: AggregateState): AggregateState['rows'] {
  const all = copyOf(rows);
  for (const [table, gone] of Object.entries(findings?.vanished ?? {})) all[table] = { ...own(rows, table), ...gone };
  return all;
}

export const isNamedBy =
  (changes: readonly RowChange[]) =>
  (table: string, key: string): boolean =>
    changes.some((change) => change.table === table && change.key === key);

/** Rows that something was told of are not vanished (any more). */
export function withoutVanished(
  state: AggregateState,
  isTold: (table: string, key: string) => boolean,
): AggregateState {
  const { findings } = state;
  if (findings === undefined) return state;
  const vanished = Object.entries(findings.vanished).map(
    ([table, rows]) =>
      [table, Object.fromEntries(Object.entries(rows).filter(([key]) => !isTold(table, key)))] as const,
  );
  return withFindings(state, { ...findings, vanished: Object.fromEntries(vanished) });
}

/**
 * Whether the source has told of this aggregate before the snapshot whose rows are staged. States that remember no source at all were
 * written before snapshots were marked: they count as the source's.
 */
export function isToldBy({ at, snapshots = {} }: AggregateState, source: string): boolean {
  const marked = Object.entries(snapshots).filter(
    ([, { first, settled, told }]) => first !== undefined || settled !== undefined || told === true,
  );
  const followers = [...Object.keys(at), ...marked.map(([follower]) => follower)];
  return followers.length === 0 || followers.some((name) => name === source || name.startsWith(`${source}@`));
}

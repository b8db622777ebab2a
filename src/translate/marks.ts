/** What a state remembers of snapshots, and what they found: made, changed and dropped here, so that ordinary states stay small. Pure. */
import type { AggregateState, Findings, SnapshotMarks, Stage, StagedRows } from '../domain/aggregate-state.js';
import type { Position } from '../domain/position.js';
import { own, without } from './own.js';

const NO_MARKS: SnapshotMarks = {};
export const NO_FINDINGS: Findings = { missed: [], vanished: {} };

export const marksOf = ({ snapshots }: AggregateState, follower: string): SnapshotMarks =>
  (snapshots && own(snapshots, follower)) ?? NO_MARKS;

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
  const tables = Object.entries(vanished).filter(([, keys]) => keys.length > 0);
  if (missed.length === 0 && tables.length === 0) return without(state, 'findings');
  return { ...state, findings: { missed, vanished: Object.fromEntries(tables) } };
}

export const isVanished = ({ findings }: AggregateState, table: string, key: string): boolean =>
  findings !== undefined && (own(findings.vanished, table)?.includes(key) ?? false);

/** Rows that something was told of are not vanished (any more). */
export function withoutVanished(
  state: AggregateState,
  isTold: (table: string, key: string) => boolean,
): AggregateState {
  const { findings } = state;
  if (findings === undefined) return state;
  const vanished = Object.entries(findings.vanished).map(
    ([table, keys]) => [table, keys.filter((key) => !isTold(table, key))] as const,
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

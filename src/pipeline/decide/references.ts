/**
 * What a draft needs beside the states of its own change sets: parents of rows in the row index, and whether rows wait at all for a parent
 * that came.
 */
import { indexedRows, linkedRows } from '../../changeset/owners.js';
import { split, type SplitResult } from '../../changeset/split.js';
import type { Shard } from '../../domain/shard.js';
import { NO_MOVES } from '../../domain/move.js';
import type { Sequenced } from '../../domain/source/transaction.js';
import { type AggregateState, aggregateText } from '../../domain/state/aggregate-state.js';
import type { CompiledRules } from '../../rules/compile.js';
import type { Memory } from '../state/memory.js';

export interface Splitting {
  readonly rules: CompiledRules;
  /** Part of the id of each aggregate (decision 0015); null: they have none. */
  readonly qualifier: string | null;
  readonly shard: Shard;
  readonly limits: { readonly changeSetsMax: number };
}

/** Each is split by what those before it made of the row index. */
export async function splitAll(
  sequenced: readonly Sequenced[],
  memory: Pick<Memory, 'loadOwners' | 'owners' | 'state' | 'loadStates'>,
  { rules, qualifier, shard, limits }: Splitting,
): Promise<readonly SplitResult[]> {
  await loadOwners(sequenced, rules, memory);
  const changed = new Map<string, string | null>();
  const owners = { get: (row: string) => (changed.has(row) ? changed.get(row) : memory.owners.get(row)) };
  const splits = sequenced.map((next) => {
    const result = split(next, rules, owners, qualifier, shard);
    for (const [row, owner] of result.owners) changed.set(row, owner);
    return result;
  });
  return withoutIdleMoves(splits, limits.changeSetsMax, memory);
}

/** Brings the owners of all rows that are named into memory, and those of their parents, level by level. */
export async function loadOwners(
  sequenced: readonly Sequenced[],
  rules: CompiledRules,
  memory: Pick<Memory, 'loadOwners' | 'owners'>,
): Promise<void> {
  await memory.loadOwners(sequenced.flatMap((next) => indexedRows(next, rules)));
  for (let step = 0; step < rules.viaSteps; step += 1) {
    await memory.loadOwners(linkedRows(sequenced, rules, memory.owners));
  }
}

/**
 * A transaction that only brings parents for which nothing waits moves nothing: it may be spread over several drafts like any other.
 * Loads the states where rows might wait, if it is one that has to be spread.
 */
export async function withoutIdleMoves(
  splits: readonly SplitResult[],
  changeSetsMax: number,
  memory: Pick<Memory, 'state' | 'loadStates'>,
): Promise<readonly SplitResult[]> {
  const [only, ...others] = splits;
  if (only === undefined || others.length > 0 || only.changeSets.length <= changeSetsMax) return splits;
  const { moves, written } = only.moves;
  if (moves.length === 0) return splits;
  await memory.loadStates(moves.map(({ from }) => from));
  const busy = moves.filter(({ from }) => holdsRows(memory.state(from)));
  const named = new Set(busy.flatMap(({ from, to }) => [from, to]));
  const idle = new Set(moves.map(({ from }) => from).filter((from) => !named.has(from)));
  const changeSets = only.changeSets.filter((each) => each.changes.length > 0 || !idle.has(aggregateText(each)));
  return [{ ...only, changeSets, moves: busy.length === 0 ? NO_MOVES : { moves: busy, written } }];
}

const holdsRows = (state: AggregateState | null): boolean =>
  state !== null &&
  (Object.keys(state.rows).length > 0 ||
    state.untold !== undefined ||
    state.findings !== undefined ||
    state.parked !== null);

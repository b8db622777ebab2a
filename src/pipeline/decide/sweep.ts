/**
 * After the last row of a snapshot: every state of the store is held against it, because aggregates of which the snapshot had no row
 * at all are found nowhere else. In: the end of the snapshot. Out: change sets that settle those that need it, in parts of bounded size,
 * each to be committed before the next is asked for. The snapshot's end stays unread until the last part is committed; swept again
 * after a crash, aggregates that are settled know it (`needsSettling`).
 */
import { aggregateRef } from '../../domain/state/aggregate-state.js';
import type { ChangeSet, Origin } from '../../domain/change-set.js';
import type { Position } from '../../domain/source/position.js';
import type { SnapshotEnd, Step } from '../../domain/source/transaction.js';
import type { CompiledRules } from '../../rules/compile.js';
import { needsSettling, type SnapshotOf } from '../../translate/snapshots/settle.js';
import type { SourceInput } from '../read/input.js';
import type { Memory } from '../state/memory.js';

/** A source that stands at the end of a snapshot. */
export interface Sweep {
  readonly input: SourceInput;
  readonly end: SnapshotEnd;
}

/** The first one that is to be done; nothing more of its source is handed on before. */
export function dueSweep(inputs: readonly SourceInput[]): Sweep | null {
  for (const input of inputs) {
    const end: Step | undefined = input.sequencer.peek();
    if (end?.kind === 'snapshot-end') return { input, end };
  }
  return null;
}

export interface SweptPart {
  /** Empty when nothing was found so far; at most as many as were asked for. */
  readonly changeSets: readonly ChangeSet[];
  /** States looked at since the sweep began. */
  readonly states: number;
}

export interface SweepPorts {
  readonly memory: Pick<Memory, 'scan'>;
  readonly rules: Pick<CompiledRules, 'aggregates'>;
  readonly changeSetsMax: number;
}

/** @throws DragomanError MARKER_MOVED when the store is not where it was left. */
export async function* sweep({ input, end }: Sweep, ports: SweepPorts): AsyncGenerator<SweptPart, void, void> {
  const { memory, rules, changeSetsMax } = ports;
  const snapshot = snapshotOf(end, input.epoch, input.sequencer.frontier.position);
  const unknown = end.unknown === undefined ? {} : { unknown: end.unknown };
  let found: ChangeSet[] = [];
  let states = 0;
  let from: string | null = null;
  do {
    const scanned = await memory.scan(from);
    from = scanned.next;
    for (const [key, state] of scanned.states) {
      states += 1;
      const ref = aggregateRef(key);
      if (!rules.aggregates.has(ref.aggregate)) continue;
      if (!needsSettling(state, snapshot)) continue;
      found.push({ ...ref, kind: 'snapshot-end', ...snapshot, ...unknown, changes: [], refusal: null });
      if (found.length < changeSetsMax) continue;
      yield { changeSets: found, states };
      found = [];
    }
    if (from !== null) yield { changeSets: [], states };
  } while (from !== null);
  yield { changeSets: found, states };
}

function snapshotOf(
  { source, generation, tables, commitTimeMs }: SnapshotEnd,
  epoch: number,
  streamedTo: Position | null,
): SnapshotOf {
  const origin: Origin = { source, transactionId: null, position: null, commitTimeMs };
  return {
    origin: { ...origin, generation, ...(epoch === 0 ? {} : { epoch }) },
    coverage: { tables, streamedTo },
  };
}

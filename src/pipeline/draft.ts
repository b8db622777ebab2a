/**
 * A draft is what one Kafka transaction will hold: change sets of complete source transactions in commit order, the offsets
 * from which another member would have to read on, and the progress that goes with them. A source transaction that touches
 * more aggregates than fit is spread over several drafts; its offsets are released with the last one only. Aggregates that
 * are done know it by themselves (`AggregateState.at`), so reading it again after a crash changes nothing.
 */
import type { ChangeSet } from '../domain/change-set.js';
import type { Sequenced } from '../domain/transaction.js';
import type { SplitResult } from '../changeset/split.js';
import type { SourceInput } from './input.js';
import type { SourceProgress } from './progress.js';

export interface DraftLimits {
  readonly transactionsMax: number;
  readonly rowsMax: number;
  readonly changeSetsMax: number;
}

export interface Boundary {
  readonly offsets: ReadonlyMap<string, number>;
  readonly frontiers: Readonly<Record<string, SourceProgress>>;
}

export interface Collected {
  readonly sequenced: readonly Sequenced[];
  /** Before the last of `sequenced`, and after it. */
  readonly before: Boundary;
  readonly after: Boundary;
}

/** Takes what is ready out of the sequencers, up to the limits. Null when neither rows nor progress are there. */
export function collect(inputs: readonly SourceInput[], limits: DraftLimits): Collected | null {
  const sequenced: Sequenced[] = [];
  let rows = 0;
  let before = boundary(inputs);
  for (const { sequencer } of inputs) {
    for (let next = sequencer.peek(); next !== undefined; next = sequencer.peek()) {
      const isBig = next.changes.length > limits.changeSetsMax;
      const isFull =
        sequenced.length >= limits.transactionsMax || (rows > 0 && rows + next.changes.length > limits.rowsMax);
      if (isFull || (isBig && sequenced.length > 0)) return { sequenced, before, after: boundary(inputs) };
      if (isBig) before = boundary(inputs);
      sequenced.push(next);
      rows += next.changes.length;
      sequencer.advance();
      if (isBig) return { sequenced, before, after: boundary(inputs) };
    }
  }
  return sequenced.length === 0 ? null : { sequenced, before, after: boundary(inputs) };
}

export function boundary(inputs: readonly SourceInput[]): Boundary {
  const offsets = new Map<string, number>();
  const frontiers: Record<string, SourceProgress> = {};
  for (const { name, epoch, sequencer } of inputs) {
    for (const [partition, offset] of sequencer.needed()) offsets.set(partition, offset);
    frontiers[name] = { ...sequencer.frontier, epoch };
  }
  return { offsets, frontiers };
}

/** What one Kafka transaction does. */
export interface Draft {
  readonly changeSets: readonly ChangeSet[];
  readonly owners: ReadonlyMap<string, string | null>;
  readonly unplaceable: SplitResult['unplaceable'];
  readonly boundary: Boundary;
}

/**
 * Cuts what was split into drafts. Aggregates that lose a row come before those that get it: when both stand in different
 * drafts, no crash can leave the row in both.
 */
export function cut(
  splits: readonly SplitResult[],
  { before, after }: Collected,
  { changeSetsMax }: DraftLimits,
): Draft[] {
  const owners = new Map(splits.flatMap((part) => [...part.owners]));
  const unplaceable = splits.flatMap((part) => part.unplaceable);
  const changeSets = splits.flatMap((part) => part.changeSets);
  if (changeSets.length <= changeSetsMax || splits.length > 1)
    return [{ changeSets, owners, unplaceable, boundary: after }];
  const ordered = [...changeSets.filter(losesRow), ...changeSets.filter((changeSet) => !losesRow(changeSet))];
  const drafts: Draft[] = [];
  for (let i = 0; i < ordered.length; i += changeSetsMax) {
    const isLast = i + changeSetsMax >= ordered.length;
    drafts.push({
      changeSets: ordered.slice(i, i + changeSetsMax),
      owners: isLast ? owners : new Map(),
      unplaceable: isLast ? unplaceable : [],
      boundary: isLast ? after : before,
    });
  }
  return drafts;
}

const losesRow = ({ changes }: ChangeSet): boolean => changes.some(({ op }) => op === 'moved');

/**
 * A draft is what one Kafka transaction will hold: change sets of complete source transactions in commit order, the offsets
 * from which another member would have to read on, and the progress that goes with them. A source transaction that touches
 * more aggregates than fit is spread over several drafts; its offsets are released with the last one only. Aggregates that
 * are done know it by themselves (`AggregateState.at`), so reading it again after a crash changes nothing.
 */
import type { ChangeSet } from '../../domain/change-set.js';
import type { Moves } from '../../domain/move.js';
import type { Sequenced } from '../../domain/source/transaction.js';
import { changedRows } from '../../changeset/owners.js';
import type { SplitResult } from '../../changeset/split.js';
import { inTurn } from '../in-turn.js';
import type { SourceInput } from '../read/input.js';
import type { CompiledRules } from '../../rules/compile.js';
import { clockOf, type RefusedTime } from '../timers/source-time.js';
import type { CommandProgress, SourceProgress } from '../progress/progress.js';
import type { Known } from '../../sequence/snapshots/knowledge.js';
import type { Marks } from '../told/marks.js';
import type { FoundTold } from '../../translate/parking/dead-letter.js';
import type { ToldInput } from '../told/told-input.js';

export interface DraftLimits {
  readonly transactionsMax: number;
  readonly rowsMax: number;
  readonly changeSetsMax: number;
}

/** What timers and moves of routes mean for a draft: a transaction that moves the clock past one is taken when that one was decided. */
export interface Timing {
  /** The clock so far. */
  readonly clock: number | null;
  /** The next timer, or move; null: there is none. */
  readonly nextMs: number | null;
  /** The shortest time for which rules set one; null: they set none. */
  readonly shortestMs: number | null;
}

/** @param sets all that decide: the rules of now, and those that aggregates keep. */
export const shortestTimer = (sets: readonly Pick<CompiledRules, 'aggregates' | 'routed'>[]): number | null =>
  sets
    .flatMap(({ aggregates, routed }) => [
      ...[...routed.values()].flatMap(({ echoes, parity }) => [echoes?.withinMs ?? null, parity?.withinMs ?? null]),
      ...[...aggregates.values()].flatMap(({ retire, facts }) => [
        retire === null ? null : retire.afterMs,
        ...facts.map(({ expected }) => (expected === null ? null : expected.withinMs)),
      ]),
    ])
    .reduce(earlier, null);

/** Whether anything is ever done by the clock. */
export const hasClock = (
  sets: Parameters<typeof shortestTimer>[0],
  { routed }: Pick<CompiledRules, 'routed'>,
): boolean => shortestTimer(sets) !== null || routed.size > 0;

export interface Boundary {
  /** As the sources tell, however they stood before. */
  readonly clock: number | null;
  readonly offsets: ReadonlyMap<string, number>;
  readonly frontiers: Readonly<Record<string, SourceProgress>>;
  /** By source. */
  readonly known: ReadonlyMap<string, Known & { readonly missing: readonly string[] }>;
  /** By source: the last commit time that was not believed. */
  readonly refused: ReadonlyMap<string, RefusedTime>;
  /** Where handover records were read. Absent: none is looked for. */
  readonly marks?: Marks;
}

export interface Collected {
  readonly sequenced: readonly Sequenced[];
  /** Before the last of `sequenced`, and after it. */
  readonly before: Boundary;
  readonly after: Boundary;
}

/**
 * Takes what is ready out of the sequencers, from one source after the other, up to the limits. Null when nothing is there.
 * @param turn which source is asked first: another one in each draft, so that none keeps the others from going on.
 * @param told stands beside them; nothing is taken of it.
 * @throws DragomanError what a source cannot go on over, when everything before it was taken (SPEC T9).
 */
export function collect(
  inputs: readonly SourceInput[],
  limits: DraftLimits,
  timing: Timing,
  turn = 0,
  told: ToldInput | null = null,
): Collected | null {
  for (const { sequencer } of inputs) sequencer.peek();
  const sequenced: Sequenced[] = [];
  let rows = 0;
  let before = boundary(inputs, told);
  const left = inTurn(inputs, turn);
  let { nextMs } = timing;
  for (let input = left.shift(); input !== undefined; input = left.shift()) {
    const { sequencer, time } = input;
    const next = nextOf(input);
    if (next === null) continue;
    if (isTimerFirst(inputs, input, next, { ...timing, nextMs })) break;
    const isBig = next.changes.length > limits.changeSetsMax;
    const isFull =
      sequenced.length >= limits.transactionsMax || (rows > 0 && rows + next.changes.length > limits.rowsMax);
    if (isFull || (isBig && sequenced.length > 0)) break;
    if (isBig) before = boundary(inputs, told);
    sequenced.push(next);
    rows += next.changes.length;
    nextMs = earlier(nextMs, firstTimer(next, timing));
    if (next.kind === 'transaction') time.reach(next.commitTimeMs);
    sequencer.advance();
    if (isBig) break;
    left.push(input);
  }
  return sequenced.length === 0 ? null : { sequenced, before, after: boundary(inputs, told) };
}

export const isAnyReady = (inputs: readonly SourceInput[]): boolean =>
  inputs.some(({ sequencer }) => sequencer.countReady().rows > 0);

export const isFullDraftReady = (
  inputs: readonly SourceInput[],
  { transactionsMax, rowsMax }: Omit<DraftLimits, 'changeSetsMax'>,
): boolean =>
  inputs.some(({ sequencer }) => {
    const ready = sequencer.countReady();
    return ready.transactions >= transactionsMax || ready.rows >= rowsMax;
  });

function nextOf({ sequencer }: SourceInput): Sequenced | null {
  const next = sequencer.look() === 'step' ? sequencer.peek() : undefined;
  return next === undefined || next.kind === 'snapshot-end' ? null : next; // swept first
}

function clockAfter(
  inputs: readonly SourceInput[],
  input: SourceInput,
  next: Sequenced,
  { clock }: Timing,
): number | null {
  // Rows of a snapshot move nothing; what moved it by now are transactions of which no table is read.
  const isMoving = next.kind === 'transaction';
  const times = inputs.map(({ time }, i) =>
    isMoving && inputs[i] === input ? time.after(next.commitTimeMs) : time.ms,
  );
  return clockOf(clock, times);
}

function isTimerFirst(inputs: readonly SourceInput[], input: SourceInput, next: Sequenced, timing: Timing): boolean {
  if (timing.nextMs === null) return false;
  const clock = clockAfter(inputs, input, next, timing);
  return clock !== null && clock >= timing.nextMs;
}

/** What is taken may set timers itself: the earliest instant for which it may. */
function firstTimer(next: Sequenced, { shortestMs }: Timing): number | null {
  if (shortestMs === null) return null;
  if (next.kind === 'transaction') return next.commitTimeMs + shortestMs;
  return next.changes.reduce<number | null>(
    (first, { sourceTimeMs }) => earlier(first, sourceTimeMs + shortestMs),
    null,
  );
}

export function earlier(a: number | null, b: number | null): number | null {
  return a === null || (b !== null && b < a) ? b : a;
}

/** Where the clock will be when the next transaction is taken: what is due by then is decided first. */
export function clockAhead(inputs: readonly SourceInput[], timing: Timing, turn: number): number | null {
  for (const input of inTurn(inputs, turn)) {
    const next = nextOf(input);
    if (next !== null) return clockAfter(inputs, input, next, timing);
  }
  return timing.clock;
}

/** @param told contract topics; null: none is moved. */
export function boundary(inputs: readonly SourceInput[], told: ToldInput | null = null): Boundary {
  const offsets = new Map<string, number>(told?.needed());
  const frontiers: Record<string, SourceProgress> = {};
  const known = new Map<string, Known & { readonly missing: readonly string[] }>();
  const refused = new Map<string, RefusedTime>();
  for (const { name, epoch, mode, sequencer, time, isAnnotated } of inputs) {
    for (const [partition, offset] of sequencer.needed()) offsets.set(partition, offset);
    const ahead = time.aheadMs === null ? {} : { aheadMs: time.aheadMs };
    const annotated = isAnnotated === undefined ? {} : { isAnnotated };
    const told = { epoch, mode, known: sequencer.known, timeMs: time.ms, ...ahead, ...annotated };
    frontiers[name] = { ...sequencer.frontier, ...told };
    known.set(name, { ...sequencer.known, missing: sequencer.unknownTables });
    if (time.refused !== null) refused.set(name, time.refused);
  }
  const clock = clockOf(
    null,
    inputs.map(({ time }) => time.ms),
  );
  return { offsets, frontiers, known, refused, clock, ...(told === null ? {} : { marks: told.marks }) };
}

/** Of what was done with: another text means that there is something to commit. */
export const consumedText = (
  { offsets, clock }: Pick<Boundary, 'offsets' | 'clock'>,
  { next }: Pick<CommandProgress, 'next'>,
): string => [...offsets, ['commands', next], ['clock', clock]].map(([name, at]) => `${name}=${at}`).join();

/** States out of which rows move. */
export const leftBy = ({ moves }: Pick<Draft, 'moves'>): string[] =>
  [...moves.values()].flatMap((each) => each.moves.map(({ from }) => from));

/** What one Kafka transaction does. */
export interface Draft {
  readonly changeSets: readonly ChangeSet[];
  readonly owners: ReadonlyMap<string, string | null>;
  readonly unplaceable: SplitResult['unplaceable'];
  readonly orphans: SplitResult['orphans'];
  /** By the first change set of their transaction: done before it. */
  readonly moves: ReadonlyMap<ChangeSet, Moves>;
  readonly boundary: Boundary;
  /** What is wrong with records of contract topics. Absent: nothing. */
  readonly findings?: readonly FoundTold[];
}

/**
 * Cuts what was split into drafts. Each has the owners of its own rows, so every one is whole by itself; the last one has those of rows that no
 * change set of this shard has. A transaction that moves
 * rows between aggregates, or deletes one and uses its key again in another, is not cut: read again after a crash between two drafts, that
 * would not be seen any more.
 */
export function cut(
  splits: readonly SplitResult[],
  { before, after }: Collected,
  { changeSetsMax }: DraftLimits,
): Draft[] {
  const owners = new Map(splits.flatMap((part) => [...part.owners]));
  const unplaceable = splits.flatMap((part) => part.unplaceable);
  const orphans = splits.flatMap((part) => part.orphans);
  const changeSets = splits.flatMap((part) => part.changeSets);
  const moves = movesOf(splits);
  if (changeSets.length <= changeSetsMax || splits.length > 1 || moves.size > 0 || changesOwners(changeSets))
    return [{ changeSets, owners, unplaceable, orphans, moves, boundary: after }];
  const drafts: Draft[] = [];
  const left = new Map(owners);
  for (let i = 0; i < changeSets.length; i += changeSetsMax) {
    const isLast = i + changeSetsMax >= changeSets.length;
    const part = changeSets.slice(i, i + changeSetsMax);
    const own = isLast ? left : ownersOf(part, owners);
    for (const row of isLast ? [] : own.keys()) left.delete(row);
    drafts.push({
      changeSets: part,
      owners: own,
      unplaceable: isLast ? unplaceable : [],
      orphans: isLast ? orphans : [],
      moves,
      boundary: isLast ? after : before,
    });
  }
  return drafts;
}

function movesOf(splits: readonly SplitResult[]): Draft['moves'] {
  const moves = new Map<ChangeSet, Moves>();
  for (const { changeSets, moves: own } of splits) {
    const [first] = changeSets;
    if (first !== undefined && own.moves.length > 0) moves.set(first, own);
  }
  return moves;
}

function ownersOf(changeSets: readonly ChangeSet[], owners: Draft['owners']): Draft['owners'] {
  const own = new Map<string, string | null>();
  for (const row of changeSets.flatMap(changedRows)) {
    const owner = owners.get(row);
    if (owner !== undefined) own.set(row, owner);
  }
  return own;
}

function changesOwners(changeSets: readonly ChangeSet[]): boolean {
  const ownerOf = new Map<string, ChangeSet>();
  return changeSets.some(
    (changeSet) =>
      losesRow(changeSet) ||
      changedRows(changeSet).some((row) => {
        const other = ownerOf.get(row);
        ownerOf.set(row, changeSet);
        return other !== undefined && other !== changeSet;
      }),
  );
}

const losesRow = ({ changes }: ChangeSet): boolean => changes.some(({ op }) => op === 'moved');

/** A draft of something else. */
export const NO_ROWS: Pick<Draft, 'owners' | 'unplaceable' | 'orphans' | 'moves'> = {
  owners: new Map<string, string | null>(),
  unplaceable: [],
  orphans: [],
  moves: new Map<ChangeSet, Moves>(),
};

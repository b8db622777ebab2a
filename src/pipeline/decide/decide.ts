/** A draft -> decisions. Pure apart from the memory that it reads and changes. */
import { type ChangeSet, followerOf } from '../../domain/change-set.js';
import type { Refusal } from '../../domain/refusal.js';
import type { ChangeEvent } from '../../domain/source/change-event.js';
import { type AggregateState, aggregateText, EMPTY_STATE } from '../../domain/state/aggregate-state.js';
import { DragomanError } from '../../errors.js';
import { Carrying } from '../../translate/moves/carry.js';
import { rowDeadLetter } from '../../translate/parking/dead-letter.js';
import { isSnapshotOver, needsSettling, snapshotOf } from '../../translate/snapshots/settle.js';
import { translate } from '../../translate/translate.js';
import type { Memory } from '../state/memory.js';
import { deadLetterRecord } from '../state/records.js';
import { type Decisions, type DecideSettings, Deciding } from './decisions.js';
import type { Draft } from './draft.js';
import { fitting } from './fitting.js';
import { lookupsIn } from './references.js';

/** All states that the draft needs are in memory. @throws DragomanError ROW_UNPLACED, what `fitting` throws */
export function decide(draft: Draft, memory: Memory, settings: DecideSettings): Decisions {
  const { rules, topics } = settings;
  const decisions = new Deciding(memory, settings);
  const carrying = new Carrying(
    rules,
    (text) => memory.state(text),
    (text, parked) => memory.queues.all(text, parked),
  );
  const lookups = lookupsIn(memory);
  for (const split of draft.changeSets) {
    const changeSet = inEpoch(split, settings.epochs);
    const moves = draft.moves.get(split);
    if (moves !== undefined) carrying.begin(moves);
    const before = memory.state(aggregateText(changeSet));
    const isRepeated = isDone(changeSet, before);
    if (isRepeated)
      decisions.told.push({ kind: 'duplicates', cause: 'change-set-done', records: changeSet.changes.length });
    for (const whole of carrying.expand(changeSet, isRepeated)) {
      const known = whole === changeSet ? before : memory.state(aggregateText(whole));
      const arrived = arrive(changeSet, known);
      const decided = translate(whole, arrived, rules, settings.translate, lookups);
      decisions.add(fitting({ changeSet: whole, before: arrived, decided }, decisions, settings));
    }
  }
  for (const { change, refusal } of draft.unplaceable) {
    if (refusal.code === 'ROW_OWNER_UNKNOWN' && !settings.unplacedReported.has(change.source))
      throw unplaced(change, refusal);
    const bytesMax = settings.translate.recordBytesMax(topics.deadLetters);
    const letter = rowDeadLetter(change, refusal, rules, { ...settings.translate, bytesMax });
    decisions.records.push(deadLetterRecord(topics.deadLetters, letter));
    decisions.told.push({ kind: 'unplaced', table: change.table, key: change.key, refusal });
  }
  for (const [row, owner] of draft.owners) decisions.changeOwner(row, owner);
  return decisions.end();
}

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
function isDone(changeSet: ChangeSet, before: AggregateState | null): boolean {
  if (before === null) return false;
  const { kind, origin } = changeSet;
  if (kind === 'snapshot-end') return !needsSettling(before, snapshotOf(changeSet));
  if (kind === 'baseline' && origin.position === null) return isSnapshotOver(before, origin);
  return origin.position !== null && (before.at[followerOf(origin)] ?? '') >= origin.position;
}

/** Positions compare inside one epoch of a source only. */
function inEpoch(changeSet: ChangeSet, epochs: ReadonlyMap<string, number>): ChangeSet {
  const epoch = epochs.get(changeSet.origin.source) ?? 0;
  return epoch === 0 ? changeSet : { ...changeSet, origin: { ...changeSet.origin, epoch } };
}

function arrive({ origin }: ChangeSet, before: AggregateState | null): AggregateState {
  const state = before ?? EMPTY_STATE;
  return origin.position === null ? state : { ...state, at: { ...state.at, [followerOf(origin)]: origin.position } };
}

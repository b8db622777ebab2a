/** A draft -> decisions. Pure apart from the memory that it reads and changes. */
import { aggregateText, EMPTY_STATE } from '../domain/aggregate-state.js';
import type { ChangeSet } from '../domain/change-set.js';
import { rowDeadLetter } from '../translate/dead-letter.js';
import { translate } from '../translate/translate.js';
import { type Decisions, type DecideSettings, Deciding } from './decisions.js';
import type { Draft } from './draft.js';
import type { Memory } from './memory.js';
import { deadLetterRecord } from './records.js';

/** All states that the draft needs are in memory. @throws DragomanError PARKED_QUEUE_FULL */
export function decide(draft: Draft, memory: Memory, settings: DecideSettings): Decisions {
  const { rules, topics } = settings;
  const decisions = new Deciding(memory, settings);
  for (const changeSet of draft.changeSets) {
    const before = memory.state(aggregateText(changeSet));
    const follower = followerOf(changeSet, settings.epochs);
    if (isDone(changeSet, before?.at, follower)) {
      decisions.told.push({ kind: 'duplicates', cause: 'change-set-done', records: changeSet.changes.length });
      continue;
    }
    const arrived = arrive(changeSet, before, follower);
    decisions.add(changeSet, before, translate(changeSet, arrived, rules, settings.translate));
  }
  for (const { change, refusal } of draft.unplaceable) {
    const letter = rowDeadLetter(change, refusal, rules, settings.translate);
    decisions.records.push(deadLetterRecord(topics.deadLetters, letter));
    decisions.told.push({ kind: 'unplaced', table: change.table, key: change.key, refusal });
  }
  for (const [row, owner] of draft.owners) decisions.changeOwner(row, owner);
  return decisions;
}

/** This transaction was applied to this aggregate before (it was committed in several Kafka transactions, then read again). */
const isDone = ({ origin }: ChangeSet, at: Readonly<Record<string, string>> | undefined, follower: string): boolean =>
  origin.position !== null && at !== undefined && (at[follower] ?? '') >= origin.position;

/** Positions compare inside one epoch of a source only. */
function followerOf({ origin }: ChangeSet, epochs: ReadonlyMap<string, number>): string {
  const epoch = epochs.get(origin.source) ?? 0;
  return epoch === 0 ? origin.source : `${origin.source}@${epoch}`;
}

const arrive = (
  { origin }: ChangeSet,
  before: ReturnType<Memory['state']>,
  follower: string,
): NonNullable<typeof before> => {
  const state = before ?? EMPTY_STATE;
  return origin.position === null ? state : { ...state, at: { ...state.at, [follower]: origin.position } };
};

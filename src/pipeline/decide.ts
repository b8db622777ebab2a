/** A draft -> decisions: records to publish and states to store. Pure apart from the memory that it reads and changes. */
import { aggregateText, EMPTY_STATE } from '../domain/aggregate-state.js';
import type { ChangeSet } from '../domain/change-set.js';
import type { CompiledRules } from '../rules/compile.js';
import { deadLetter, rowDeadLetter } from '../translate/dead-letter.js';
import type { TranslateSettings } from '../translate/settings.js';
import { translate } from '../translate/translate.js';
import type { Draft } from './draft.js';
import type { Observer } from './events.js';
import type { Memory } from './memory.js';
import type { OutputRecord } from './ports.js';
import { deadLetterRecord, eventRecord, type InternalTopics, journalRecord } from './records.js';

export interface Decisions {
  readonly records: readonly OutputRecord[];
  readonly states: ReadonlyMap<string, string>;
  readonly owners: ReadonlyMap<string, string | null>;
  readonly parked: ReadonlyMap<string, string | null>;
  readonly published: readonly { readonly type: string; readonly sourceTimeMs: number }[];
  /** Told to observers when they are committed. */
  readonly told: readonly Parameters<Observer>[0][];
  readonly write: number;
}

export interface DecideSettings {
  readonly rules: CompiledRules;
  readonly translate: TranslateSettings;
  readonly topics: InternalTopics;
  /** By source. */
  readonly epochs: ReadonlyMap<string, number>;
}

/** All states that the draft needs are in memory. @throws DragomanError PARKED_QUEUE_FULL */
export function decide(draft: Draft, memory: Memory, settings: DecideSettings): Decisions {
  const { rules, topics } = settings;
  const write = memory.nextWrite();
  const records: OutputRecord[] = [];
  const states = new Map<string, string>();
  const parked = new Map<string, string | null>();
  const published: { type: string; sourceTimeMs: number }[] = [];
  const told: Parameters<Observer>[0][] = [];

  for (const changeSet of draft.changeSets) {
    const key = aggregateText(changeSet);
    const before = memory.state(key);
    const follower = followerOf(changeSet, settings.epochs);
    if (isDone(changeSet, before?.at, follower)) {
      told.push({ kind: 'duplicates', cause: 'change-set-done', records: changeSet.changes.length });
      continue;
    }
    const { state, entry, events } = translate(
      changeSet,
      arrive(changeSet, before, follower),
      rules,
      settings.translate,
    );
    const text = JSON.stringify(state);
    memory.changeState(key, state, text.length, write);
    states.set(key, text);
    for (const event of events) {
      records.push(eventRecord(event));
      published.push({ type: event.type, sourceTimeMs: changeSet.origin.commitTimeMs });
    }
    records.push(journalRecord(topics.journal, entry, text));
    told.push({ kind: 'decided', entry, events });
    const code = state.parked?.code ?? null;
    if (code !== (before?.parked?.code ?? null)) parked.set(key, code);
    if (entry.outcome === 'parked' && entry.refusal !== null) {
      const letter = deadLetter(changeSet, entry.refusal, rules, settings.translate);
      records.push(deadLetterRecord(topics.deadLetters, letter));
      told.push({ kind: 'parked', aggregate: changeSet.aggregate, id: changeSet.id, refusal: entry.refusal });
    }
  }
  for (const { change, refusal } of draft.unplaceable) {
    records.push(deadLetterRecord(topics.deadLetters, rowDeadLetter(change, refusal, rules, settings.translate)));
    told.push({ kind: 'unplaced', table: change.table, key: change.key, refusal });
  }
  for (const [row, owner] of draft.owners) memory.changeOwner(row, owner, write);
  return { records, states, owners: draft.owners, parked, published, told, write };
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

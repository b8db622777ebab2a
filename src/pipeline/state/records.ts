/** Decisions -> Kafka records: integration events, journal entries, dead letters. */
import type { IntegrationEvent } from '../../domain/integration-event.js';
import { aggregateText } from '../../domain/state/aggregate-state.js';
import type { JournalEntry } from '../../domain/state/journal-entry.js';
import { eventText } from '../../translate/event.js';
import type { DeadLetter } from '../../translate/parking/dead-letter.js';
import type { OutputRecord } from '../ports.js';

export interface InternalTopics {
  readonly journal: string;
  readonly deadLetters: string;
  readonly commands: string;
}

/** The journal has one writer, so each pipeline has its own (decision 0001); the others are shared by the namespace. */
export const internalTopics = (namespace: string, pipeline: string): InternalTopics => ({
  journal: `${namespace}.${pipeline}.journal`,
  deadLetters: `${namespace}.dead-letters`,
  commands: `${namespace}.commands`,
});

export const eventRecord = (event: IntegrationEvent): OutputRecord => ({
  topic: event.topic,
  key: event.key,
  value: eventText(event),
  headers: event.headers,
});

/** @param stateText the entry's state as JSON: it is also what the store gets, so it is made once. */
export function journalRecord(topic: string, entry: JournalEntry, stateText: string): OutputRecord {
  const { aggregate, id, origin, outcome, command, refusal, rows, verdicts, events, looked, digest } = entry;
  const parts = { aggregate, id, origin, outcome, command, refusal, rows, verdicts, events, looked, digest };
  const decision = JSON.stringify(parts);
  return { topic, key: aggregateText(entry), value: withState(decision, stateText) };
}

const STATE = ',"state":';

/** Written as bytes at once: joining the texts first would copy the longest ones of all, and keep them until they are committed. */
function withState(decision: string, stateText: string): Buffer {
  const value = Buffer.allocUnsafe(Buffer.byteLength(decision) + STATE.length + Buffer.byteLength(stateText));
  let end = value.write(decision) - 1; // over its closing brace
  end += value.write(STATE, end);
  end += value.write(stateText, end);
  value.write('}', end);
  return value;
}

export const journalEntry = (value: string): JournalEntry => JSON.parse(value) as JournalEntry;

export const deadLetterRecord = (topic: string, { key, value, headers }: DeadLetter): OutputRecord => ({
  topic,
  key,
  value,
  headers,
});

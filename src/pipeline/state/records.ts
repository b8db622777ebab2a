/** Decisions -> Kafka records: integration events, journal entries, dead letters. */
import { type AggregateState, aggregateText } from '../../domain/state/aggregate-state.js';
import type { OwnTopics, ProgressKey } from '../../domain/own-topics.js';
import type { IntegrationEvent } from '../../domain/integration-event.js';
import type { Decision, JournalEntry, RowSeen, RowTold } from '../../domain/state/journal-entry.js';
import type { Row } from '../../domain/tables/table.js';
import type { DeadLetter } from '../../translate/parking/dead-letter.js';
import { eventText } from '../../translate/event.js';
import { own } from '../../translate/own.js';
import type { OutputRecord } from '../ports.js';
import type { RowRef } from './parts.js';

/** The last two are shared by the namespace. */
export interface InternalTopics extends OwnTopics {
  readonly deadLetters: string;
  readonly commands: string;
}

/** State, journal and progress have one writer, so each pipeline has its own (decision 0001); the others are shared by the namespace. */
export const internalTopics = (namespace: string, pipeline: string): InternalTopics => ({
  state: `${namespace}.${pipeline}.state`,
  journal: `${namespace}.${pipeline}.journal`,
  progress: `${namespace}.${pipeline}.progress`,
  deadLetters: `${namespace}.dead-letters`,
  commands: `${namespace}.commands`,
});

/** The newest of each key counts; all are in one partition. */
export const progressRecord = (
  { progress: topic }: Pick<InternalTopics, 'progress'>,
  key: ProgressKey,
  value: string,
): OutputRecord => ({ topic, key, value, place: PROGRESS_PLACE });

/** Its topic has one partition, whatever is written. */
const PROGRESS_PLACE = '';

export const eventRecord = (event: IntegrationEvent): OutputRecord => ({
  topic: event.topic,
  key: event.key,
  value: eventText(event),
  headers: event.headers,
});

/**
 * @param previous offsets of its entries before this one, newest first.
 */
export function journalRecord(
  topic: string,
  { before, decision, events, changed }: Decided,
  previous: readonly number[],
): OutputRecord {
  const { aggregate, id, origin, outcome, command, refusal, verdicts, looked, digest, state } = decision;
  const rows = [...decision.rows, ...unseen(decision, changed)].map((row) => told(row, before, state));
  const entry = JSON.stringify({
    v: 2,
    aggregate,
    id,
    origin,
    outcome,
    command,
    refusal,
    rows,
    verdicts,
    looked,
    digest,
    previous,
  });
  return { topic, key: aggregateText(decision), value: withEvents(entry, events), place: id };
}

export interface Decided {
  /** As the aggregate was; null: it was never heard of. */
  readonly before: AggregateState | null;
  readonly decision: Decision;
  readonly events: readonly IntegrationEvent[];
  /** Rows that are not what they were, whether a change told of them or a snapshot that is compared now. */
  readonly changed: readonly RowRef[];
}

/** So that every change of a row stands in the entry, and what was before follows from it. */
function unseen({ rows, state }: Decision, changed: readonly RowRef[]): RowSeen[] {
  if (changed.length === 0) return [];
  const seen = new Set(rows.map(({ table, key }) => JSON.stringify([table, key])));
  return changed.flatMap(({ table, key }): RowSeen[] => {
    if (seen.has(JSON.stringify([table, key]))) return [];
    return [{ table, key, op: rowOf(state.rows, table, key) === undefined ? 'moved' : 'r', changed: [] }];
  });
}

/** Values as they are written, and not once more as a text in a text: joined before the closing brace. */
function withEvents(entry: string, events: readonly IntegrationEvent[]): string {
  if (events.length === 0) return entry;
  const texts = events.map(
    (event) =>
      `{"topic":${JSON.stringify(event.topic)},"key":${JSON.stringify(event.key)},"headers":${JSON.stringify(event.headers)},"value":${eventText(event)}}`,
  );
  return `${entry.slice(0, -1)},"events":[${texts.join()}]}`;
}

/** With the values that changed. */
function told({ table, key, op, changed }: RowSeen, before: AggregateState | null, after: AggregateState): RowTold {
  const was = rowOf(before?.rows, table, key);
  const is = rowOf(after.rows, table, key);
  if (was === is) return { table, key, op };
  if (was === undefined || is === undefined || changed.length === 0)
    return { table, key, op, ...(was === undefined ? {} : { was }), ...(is === undefined ? {} : { is }) };
  return { table, key, op, was: columnsOf(was, changed), is: columnsOf(is, changed) };
}

const rowOf = (rows: AggregateState['rows'] | undefined, table: string, key: string): Row | undefined =>
  own(own(rows ?? {}, table) ?? {}, key);

const columnsOf = (row: Row, columns: readonly string[]): Row =>
  Object.fromEntries(columns.flatMap((column) => (row[column] === undefined ? [] : [[column, row[column]]])));

export const journalEntry = (value: string): JournalEntry => JSON.parse(value) as JournalEntry;

export const deadLetterRecord = (topic: string, { key, value, headers }: DeadLetter): OutputRecord => ({
  topic,
  key,
  value,
  headers,
});

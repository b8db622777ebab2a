/** Decisions -> Kafka records: integration events, journal entries, dead letters. */
import type { OwnTopics, ProgressKey } from '../../domain/own-topics.js';
import { registered, type Registrations } from '../../domain/registry/registration.js';
import type { IntegrationEvent } from '../../domain/integration-event.js';
import type { DeadLetter } from '../../translate/parking/dead-letter.js';
import { eventText } from '../../translate/publish/event.js';
import type { OutputRecord } from '../ports.js';

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

export const eventRecord = (event: IntegrationEvent, registrations: Registrations): OutputRecord => ({
  topic: event.topic,
  key: event.key,
  ...registered(event, { value: eventText(event), headers: event.headers }, registrations),
});

export const deadLetterRecord = (topic: string, { key, value, headers }: DeadLetter): OutputRecord => ({
  topic,
  key,
  value,
  headers,
});

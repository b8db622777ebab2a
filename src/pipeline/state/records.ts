/** Decisions -> Kafka records: integration events, journal entries, dead letters. */
import type { OwnTopics, ProgressKey } from '../../domain/own-topics.js';
import { registered, type Registrations } from '../../domain/registry/registration.js';
import { contractText, type IntegrationEvent } from '../../domain/integration-event.js';
import { shadowTopic, trialTopic } from '../../domain/ownership/topics.js';
import type { CompiledRules } from '../../rules/compile.js';
import type { DeadLetter } from '../../translate/parking/dead-letter.js';
import { eventText } from '../../translate/publish/event.js';
import type { OutputRecord } from '../ports.js';

/** The last three are shared by the namespace. */
export interface InternalTopics extends OwnTopics {
  readonly deadLetters: string;
  readonly commands: string;
  /** Who speaks for what; there where a capability is declared. */
  readonly ownership: string;
}

/** Topics that a pipeline writes besides its own: of contracts, and what is shared. */
export const outputTopics = (
  { topics, contracts, routed }: Pick<CompiledRules, 'topics' | 'contracts' | 'routed'>,
  { deadLetters, commands, ownership }: InternalTopics,
): string[] => [
  ...[deadLetters, commands, ...topics],
  ...(routed.size === 0 ? [] : [ownership, ...shadowTopics({ contracts, routed })]),
];

/** Beside the topics of contracts that may move. */
export const shadowTopics = ({ contracts, routed }: Pick<CompiledRules, 'contracts' | 'routed'>): string[] => [
  ...new Set(
    contracts
      .filter(({ name, majorVersion }) => routed.has(contractText(name, majorVersion)))
      .map(({ topic }) => shadowTopic(topic)),
  ),
];

/** Of contracts that are compared. */
export const trialTopics = ({ contracts, routed }: Pick<CompiledRules, 'contracts' | 'routed'>): string[] => [
  ...new Set(
    contracts
      .filter(({ name, majorVersion }) => routed.get(contractText(name, majorVersion))?.parity != null)
      .map(({ topic }) => trialTopic(topic)),
  ),
];

/** State, journal and progress have one writer, so each pipeline has its own (decision 0001); the others are shared by the namespace. */
export const internalTopics = (namespace: string, pipeline: string): InternalTopics => ({
  state: `${namespace}.${pipeline}.state`,
  journal: `${namespace}.${pipeline}.journal`,
  progress: `${namespace}.${pipeline}.progress`,
  deadLetters: `${namespace}.dead-letters`,
  commands: `${namespace}.commands`,
  ownership: `${namespace}.ownership`,
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

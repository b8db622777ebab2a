/** `dragoman/consumer`: the kit for teams that read events. See docs/consuming.md. */
export { CONSUMER_CODES, type ConsumerCode } from './codes.js';
export type { DeadLetter, DeadLetterSink } from './dead-letters.js';
export { Inbox, type InboxOptions, type Retried } from './inbox.js';
export { deadLetterTopic, kafkajsRun } from './kafkajs.js';
export { on, onBatch, type BatchEffect, type Effect, type Reading, type ReceivedEvent } from './on.js';
export { exported, type EventMetadata, type ExportedContract } from './read/contract.js';
export type { ConsumedRecord, Place } from './read/record.js';
export { INBOX_SQL } from './store/schema.js';
export type { Gap } from './store/numbers.js';
export type { OpenGaps } from './store/orders.js';
export {
  transactionOf,
  TryLater,
  type Database,
  type Pool,
  type Queries,
  type Transactions,
} from './store/transaction.js';
export type { Notice } from './take/notice.js';

/** `dragoman/producer`: the kit for services that take over what Dragoman publishes. See docs/ownership-protocol.md. */
export { exported, type EventMetadata, type ExportedContract } from '../consumer/read/contract.js';
export { kafkajsRun } from '../consumer/kafkajs.js';
export {
  inTransaction,
  transactionOf,
  type Database,
  type Pool,
  type Queries,
  type Transactions,
} from '../consumer/store/transaction.js';
export type { Said } from './event/making.js';
export { partitionsBy } from './kafkajs.js';
export { Outbox, type OutboxOptions, type OwnValue, type Published, type Publishing } from './outbox/outbox.js';
export { relayOutbox, type RelayOptions } from './outbox/relay.js';
export { ENDING_HEADERS, OUTBOX_SQL, outboxRouter } from './outbox/schema.js';
export { TrialOutbox, type TrialOutboxOptions } from './outbox/trial.js';
export type { Owner, RouteStanding } from './routes/standing.js';
export type { ProducerOptions } from './settings.js';

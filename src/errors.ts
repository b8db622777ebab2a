/**
 * Every error that leaves a function as an exception: one class, a code from a closed list, and a *disposition* that says
 * what the caller does about it. Loops switch on the disposition alone. docs/errors.md is made of them.
 */

/**
 * - `retry`: the outside is not there for now; recover and try again.
 * - `corrupt`: what we hold in memory may be wrong; drop it and recover from Kafka.
 * - `refuse`: running on would lose or double something; stop and wait for a person.
 * - `fatal`: a fault of ours.
 */
export type Disposition = 'retry' | 'corrupt' | 'refuse' | 'fatal';

export const ERRORS = {
  CONFIG_INVALID: { disposition: 'refuse', meaning: 'The config file or an environment override is not valid.' },
  RULES_INVALID: { disposition: 'refuse', meaning: 'The rules do not load or contradict each other.' },
  SHARDS_WITH_VIA: {
    disposition: 'refuse',
    meaning:
      'A pipeline has shards, and its rules have a member that is found via another: its rows could move between shards.',
  },
  TOPIC_MISSING: { disposition: 'refuse', meaning: 'A source, contract or internal topic does not exist.' },
  TOPIC_MISCONFIGURED: { disposition: 'refuse', meaning: 'A topic has a setting that would break a guarantee.' },
  TRANSACTION_TOPIC_MISSING: {
    disposition: 'refuse',
    meaning: 'The transaction topic does not exist: the connector needs provide.transaction.metadata=true.',
  },
  TRANSACTION_METADATA_MISSING: {
    disposition: 'refuse',
    meaning: 'A streamed row carries no transaction block: the connector needs provide.transaction.metadata=true.',
  },
  TOPIC_FLATTENED: {
    disposition: 'refuse',
    meaning: 'A table topic carries bare rows (ExtractNewRecordState): position, operation and transaction are lost.',
  },
  SOURCE_UNSUPPORTED: { disposition: 'refuse', meaning: 'The connector or its record format is not supported.' },
  REGISTRY_UNREACHABLE: {
    disposition: 'retry',
    meaning: 'The schema registry did not answer in time, or answered with an error that passes. What needs it waits.',
  },
  REGISTRY_REFUSED: {
    disposition: 'refuse',
    meaning: 'The schema registry refused a login, does not have what was asked at its address, or its answer is none.',
  },
  SCHEMA_UNKNOWN: {
    disposition: 'refuse',
    meaning:
      'Records carry the id of a schema that the registry does not have: another registry wrote it, or it was deleted.',
  },
  SCHEMA_UNREGISTERED: {
    disposition: 'refuse',
    meaning: 'Events of a contract are to name their registered schema, and nothing is registered of it.',
  },
  SCHEMA_DIFFERS: {
    disposition: 'refuse',
    meaning: 'What the registry has of a contract is another schema than the one that the rules give it.',
  },
  SCHEMA_INCOMPATIBLE: {
    disposition: 'refuse',
    meaning: 'The registry refuses the schema of a contract as not compatible with those that it has of it.',
  },
  SCHEMA_UNREADABLE: {
    disposition: 'refuse',
    meaning:
      'The schema that the registry has under the id of a record is no Avro or JSON schema that a connector writes.',
  },
  SCHEMA_ID_UNFIT: {
    disposition: 'refuse',
    meaning:
      'Records carry schema ids of another form or count than the registry is asked by: of 8 bytes, or in headers.',
  },
  ROW_UNPLACED: {
    disposition: 'refuse',
    meaning: 'The aggregate of a row cannot be known: not from the row, and nothing was known of it before.',
  },
  RULE_TOO_SLOW: {
    disposition: 'corrupt',
    meaning:
      'Rules took more than 5 s and were broken off; changes are decided one by one, and the one that takes so long is parked.',
  },
  BEGINNING_UNKNOWN: {
    disposition: 'refuse',
    meaning:
      'A source is read for the first time and shows no baseline: no snapshot stands before its first transaction, or records are gone.',
  },
  SOURCE_GAP: { disposition: 'refuse', meaning: 'The chain of source transactions is broken: some may be lost.' },
  SOURCE_WENT_BACK: {
    disposition: 'refuse',
    meaning: 'Positions of the source start again; raise its epoch after checking.',
  },
  RECORD_UNDECODABLE: {
    disposition: 'refuse',
    meaning: 'A record of a consumed table cannot be read, and neither its key nor its transaction can be told.',
  },
  TABLE_TRUNCATED: {
    disposition: 'refuse',
    meaning: 'A TRUNCATE arrived, and its table definition does not say that it means nothing.',
  },
  TABLE_KEY_UNFIT: {
    disposition: 'refuse',
    meaning: "Records of a declared table have no key, or a key that does not follow the table's primary key.",
  },
  TRANSACTION_TOO_LARGE: {
    disposition: 'refuse',
    meaning: 'An open source transaction is over the limit of rows held in memory.',
  },
  AGGREGATE_TOO_LARGE: {
    disposition: 'refuse',
    meaning:
      'A change of an aggregate has no room in the topics of state and journal, not even parked and without its rows.',
  },
  OFFSETS_LOST: {
    disposition: 'refuse',
    meaning: 'The committed offsets point to records that are gone, are gone themselves, or were moved by somebody.',
  },
  STATE_FILE_INVALID: {
    disposition: 'refuse',
    meaning: 'A file of states is damaged, cut, or belongs to another cluster, namespace or pipeline.',
  },
  CLUSTER_CHANGED: { disposition: 'refuse', meaning: 'The committed offsets were committed on another Kafka cluster.' },
  TOPIC_RECREATED: {
    disposition: 'refuse',
    meaning: 'A topic of this pipeline was deleted and made again: offsets in it mean nothing any more.',
  },
  PARTITIONS_CHANGED: {
    disposition: 'refuse',
    meaning: 'A topic of this pipeline has another number of partitions: keys have moved, and with them the order.',
  },
  SHARDS_CHANGED: {
    disposition: 'refuse',
    meaning: 'A pipeline has another number of shards than the one with which it remembers and decides.',
  },
  SHARDS_APART: {
    disposition: 'refuse',
    meaning:
      'The shards of a pipeline did not stop at one place, so what they know cannot be divided among another number of them.',
  },
  SHARDS_DO_NOT_DIVIDE: {
    disposition: 'refuse',
    meaning:
      'The partitions of a topic keyed by aggregate are no multiple of the shards: a partition would have two writers.',
  },
  MEMBER_OF_OTHER_VERSION: {
    disposition: 'refuse',
    meaning: 'Members of a version that spreads work in another way are in the group: stop all of them first.',
  },
  RULES_RENAMED: {
    disposition: 'refuse',
    meaning: 'Names in the rules on which memory and event ids hang are gone, or mean something else.',
  },
  RULES_PINNED: {
    disposition: 'refuse',
    meaning: 'Aggregates keep the rules by which they began, and those cannot decide beside the rules of now.',
  },
  ROUTES_UNDECLARED: {
    disposition: 'refuse',
    meaning:
      'Routes that were moved do not fit the rules any more: the contract is still published and in no capability, or its capability has another owner, or is not moved by what they ask for.',
  },
  QUALIFIER_CHANGED: {
    disposition: 'refuse',
    meaning: 'The qualifier of a pipeline is another than the one under which its aggregates are known and published.',
  },
  OFFSETS_MOVED: {
    disposition: 'refuse',
    meaning:
      'The committed offsets of the group are not those of the progress: a tool moved them. They are not followed.',
  },
  JOURNAL_LOST: {
    disposition: 'refuse',
    meaning: 'The journal is shorter than what was committed: decisions are lost.',
  },
  STATE_FORMER: {
    disposition: 'refuse',
    meaning:
      'What is remembered was written by the version before, and is not converted yet: `dragoman state convert`.',
  },
  STATE_LOST: {
    disposition: 'refuse',
    meaning: 'The state topic is shorter than what was committed, or begins later: what is remembered is lost.',
  },
  PROGRESS_LOST: {
    disposition: 'refuse',
    meaning:
      'The progress topic has nothing, or something older than state and journal, or a record of another version.',
  },
  STATE_DAMAGED: {
    disposition: 'refuse',
    meaning: 'What is stored of an aggregate is not what a decision writes.',
  },
  MARKER_AHEAD: {
    disposition: 'refuse',
    meaning: 'Redis is ahead of the state topic: another cluster or a re-created topic.',
  },
  KAFKA_UNSUITABLE: {
    disposition: 'refuse',
    meaning: 'The Kafka cluster is too old or has settings that break a guarantee.',
  },
  REDIS_UNSUITABLE: {
    disposition: 'refuse',
    meaning: 'Redis may forget keys (eviction), is a replica, a cluster or a sentinel, or is too old.',
  },
  ACCESS_DENIED: {
    disposition: 'refuse',
    meaning: 'Kafka, Redis or a member refused a login, or a right (ACL, role) is missing; the text names it.',
  },
  CERTIFICATE_REFUSED: {
    disposition: 'refuse',
    meaning: 'A certificate does not verify: unknown authority, expired, another host, or none of ours was accepted.',
  },
  KAFKA_UNAVAILABLE: { disposition: 'retry', meaning: 'Kafka did not answer, or answered with an error that passes.' },
  REDIS_UNAVAILABLE: { disposition: 'retry', meaning: 'Redis did not answer, or answered with an error that passes.' },
  COMMIT_UNCERTAIN: {
    disposition: 'corrupt',
    meaning: 'The outcome of a Kafka transaction is unknown; it is read back.',
  },
  RECORD_TOO_LARGE: {
    disposition: 'corrupt',
    meaning: 'Kafka takes smaller records than its topic said; the order that made it is looked for, and parks.',
  },
  MARKER_MOVED: {
    disposition: 'corrupt',
    meaning: 'Redis is not where we left it (lost, failed over, or another writer).',
  },
  COMMAND_INVALID: {
    disposition: 'refuse',
    meaning: "An operator's command lacks something, or names what does not exist.",
  },
  COMMAND_REFUSED: { disposition: 'refuse', meaning: "An operator's command can have no effect; the text says why." },
  PARITY_GATE: {
    disposition: 'refuse',
    meaning: 'A route is to be moved to its service, and what its capability asks of parity does not hold.',
  },
  COMMAND_UNANSWERED: {
    disposition: 'retry',
    meaning: "An operator's command was sent, and the pipeline did not carry it out in the time that was given.",
  },
  MEMBER_UNAVAILABLE: {
    disposition: 'retry',
    meaning: 'No running member answered on the HTTP address, or it does not run the pipeline.',
  },
  CONSOLE_BUSY: {
    disposition: 'retry',
    meaning:
      'The console reads as much as it may at once, so that the pipeline keeps its pace; too many others wait already.',
  },
  CONSUMER_FILE_INVALID: {
    disposition: 'refuse',
    meaning: 'A file in which a consumer says what it uses cannot be read.',
  },
  RECORDING_INVALID: { disposition: 'refuse', meaning: 'A recording cannot be read: not NDJSON of Kafka records.' },
  FILE_EXISTS: {
    disposition: 'refuse',
    meaning:
      'A command would write a file that is there already. Nothing was written: files of others are never overwritten.',
  },
  EXPORT_UNREADABLE: {
    disposition: 'refuse',
    meaning: 'A folder of exported contracts cannot be read: its list of files, or a contract in it, is damaged.',
  },
  NOTHING_OBSERVED: {
    disposition: 'refuse',
    meaning: 'No table was found where rules were to be proposed from: no change event, or no table that may be read.',
  },
  DRIVER_MISSING: {
    disposition: 'refuse',
    meaning: 'Looking at a database, or sending traces, needs packages that whoever does so installs.',
  },
  RECONCILE_POSITION: {
    disposition: 'refuse',
    meaning: 'A check cannot go on from where its last run was: that was of other tables, databases or shards.',
  },
  RECONCILE_SCHEMA: {
    disposition: 'refuse',
    meaning:
      'The legacy database is not what the rules declare, or may not be read: a table or column is not there, or most rows of a table are otherwise. Nothing is compared.',
  },
  DATABASE_UNREADABLE: {
    disposition: 'retry',
    meaning: 'A database that was to be looked at does not answer, or refuses the login or a right.',
  },
  CONSUMER_INVALID: {
    disposition: 'refuse',
    meaning:
      'A consumer (dragoman/consumer) is declared in a way that cannot work, or by what is no exported contract.',
  },
  INBOX_MISSING: {
    disposition: 'refuse',
    meaning: "The tables of a consumer's inbox are not in its database.",
  },
  INBOX_FULL: {
    disposition: 'refuse',
    meaning:
      'A consumer would park more orders or records than it may. It takes nothing more until a person has looked.',
  },
  PRODUCER_INVALID: {
    disposition: 'refuse',
    meaning: 'A service (dragoman/producer) declares what it publishes in a way that cannot work.',
  },
  EVENT_INVALID: {
    disposition: 'refuse',
    meaning: 'What a service would publish does not fit its contract, or is larger than a record may be.',
  },
  ROUTE_NOT_OWNED: {
    disposition: 'refuse',
    meaning:
      'A service would publish what is not its own: the route of the event is not moved to it, or it began in legacy.',
  },
  SEQUENCE_UNKNOWN: {
    disposition: 'refuse',
    meaning: 'The number of an event that a service would publish is not known: nothing was read of its key before.',
  },
  OUTBOX_MISSING: {
    disposition: 'refuse',
    meaning: "The tables of a service's outbox are not in its database, or lack a column.",
  },
  OUTBOX_ISOLATED: {
    disposition: 'refuse',
    meaning:
      'A service would publish in a transaction that does not see what was committed meanwhile: use READ COMMITTED.',
  },
  INVARIANT_BROKEN: { disposition: 'fatal', meaning: 'Something that cannot happen did. Please report it.' },
} as const satisfies Record<string, { disposition: Disposition; meaning: string }>;

export type ErrorCode = keyof typeof ERRORS;

export class DragomanError extends Error {
  override readonly name = 'DragomanError';
  readonly code: ErrorCode;
  readonly disposition: Disposition;
  readonly details: Readonly<Record<string, unknown>>;

  /** @param text what, where, why it matters, and the next step; never row data. */
  constructor(code: ErrorCode, text: string, options: { details?: Record<string, unknown>; cause?: unknown } = {}) {
    super(text, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.disposition = ERRORS[code].disposition;
    this.details = options.details ?? {};
  }
}

/**
 * Tables of the kit in the service's own database (PostgreSQL 12 or later), wherever its search_path points, and what Debezium's outbox event
 * router has to be told of them. Source: Debezium, "Outbox Event Router".
 */

/** Headers that have a column of their own, by column; `id`, `type` and `aggregateid` are headers, too. */
export const HEADER_COLUMNS = {
  content_type: 'content-type',
  ce_specversion: 'ce_specversion',
  ce_source: 'ce_source',
  ce_time: 'ce_time',
  ce_dataschema: 'ce_dataschema',
  ce_correlationid: 'ce_correlationid',
  ce_causationid: 'ce_causationid',
  ce_ordersequence: 'ce_ordersequence',
  ce_producer: 'ce_producer',
  ce_occurrence: 'ce_occurrence',
  ce_ownershipepoch: 'ce_ownershipepoch',
} as const;

/** Of contracts on their way out. They are in no table by default: a column that is NULL becomes a header without a value. */
export const ENDING_HEADERS = ['ce_deprecated', 'ce_deprecationsunset', 'ce_deprecationmigration'] as const;

const PLACES = [
  ...['id:header:ce_id', 'type:header:ce_type', 'aggregateid:header:ce_subject'],
  ...Object.entries(HEADER_COLUMNS).map(([column, header]) => `${column}:header:${header}`),
  'partition:partition',
];

/** May be run again. */
export const OUTBOX_SQL = `-- Tables of dragoman/producer.

-- Two processes that begin at once wait for each other here: IF NOT EXISTS alone lets both try.
SELECT pg_advisory_xact_lock(2016112017);

-- What is to be published, in the order of "position" by key. Debezium's outbox event router reads it; Outbox.cleanUp deletes what is old.
CREATE TABLE IF NOT EXISTS dragoman_outbox (
  position          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id                uuid        NOT NULL,
  aggregatetype     text        NOT NULL, -- topic
  aggregateid       text        NOT NULL, -- key of the record
  type              text        NOT NULL,
  payload           text        NOT NULL, -- the value, byte for byte
  partition         integer,              -- of handover records; NULL: that of the key
  batch             bigint,               -- of relayOutbox alone: which of its Kafka transactions writes it
${Object.keys(HEADER_COLUMNS)
  .map((column) => `  ${column.padEnd(17)} text,\n`)
  .join('')}  written_at        timestamptz NOT NULL DEFAULT now()
);

-- The last number of each key under a contract, whoever gave it, and the ids of its events: no fact is published twice.
CREATE TABLE IF NOT EXISTS dragoman_count (
  key        text        NOT NULL, -- of a very long one its beginning, and a digest
  contract   text        NOT NULL,
  sequence   bigint      NOT NULL,
  ids        uuid[]      NOT NULL,
  ours       boolean     NOT NULL,
  counted_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (key, contract)
) WITH (fillfactor = 80);

-- By contract, what was heard of its routes.
CREATE TABLE IF NOT EXISTS dragoman_ownership (
  contract text        PRIMARY KEY,
  routes   jsonb       NOT NULL DEFAULT '[]',
  heard_at timestamptz NOT NULL DEFAULT now()
);
`;

/**
 * Settings of a Debezium connector for PostgreSQL that make records of the outbox what Dragoman's are. What is missing: the database, names, and
 * the slot.
 * @param table with its schema, as the connector names it.
 */
export const outboxRouter = (table = 'public.dragoman_outbox'): Readonly<Record<string, string>> => ({
  'table.include.list': table,
  // Nothing that was written before the connector is lost, and what it finds comes in the order in which it was written.
  'snapshot.mode': 'initial',
  'snapshot.select.statement.overrides': table,
  [`snapshot.select.statement.overrides.${table}`]: `SELECT * FROM ${table} ORDER BY position`,
  'tombstones.on.delete': 'false',
  // Else Debezium adds headers of its own.
  'extended.headers.enabled': 'false',
  'key.converter': STRINGS,
  'value.converter': STRINGS,
  'header.converter': STRINGS,
  transforms: 'outbox,plain',
  'transforms.outbox.type': 'io.debezium.transforms.outbox.EventRouter',
  'transforms.outbox.route.topic.replacement': '${routedByValue}',
  'transforms.outbox.table.fields.additional.placement': PLACES.join(','),
  // The router adds a header "id", which is ce_id already.
  'transforms.plain.type': 'org.apache.kafka.connect.transforms.DropHeaders',
  'transforms.plain.headers': 'id',
  // Without it a restart writes events again, behind a handover record that they stood before.
  'exactly.once.support': 'required',
  'transaction.boundary': 'poll',
  // An open transaction holds the last stable offset for all readers of the topic.
  'producer.override.transaction.timeout.ms': '10000',
});

const STRINGS = 'org.apache.kafka.connect.storage.StringConverter';

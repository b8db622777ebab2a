/**
 * Tables of the kit in the consumer's own database (PostgreSQL 12 or later), wherever its search_path points. Several consumers may share them.
 */

/** May be run again. */
export const INBOX_SQL = `-- Tables of dragoman/consumer. Rows belong to a consumer by its name.

-- Two processes that begin at once wait for each other here: IF NOT EXISTS alone lets both try.
SELECT pg_advisory_xact_lock(2016112016);

-- Ids of events that took effect. Bounded: Inbox.cleanUp deletes those older than eventsKeptDays.
CREATE TABLE IF NOT EXISTS dragoman_inbox (
  consumer      text        NOT NULL,
  event_id      uuid        NOT NULL,
  topic         text        NOT NULL,
  partition     integer     NOT NULL,
  record_offset bigint      NOT NULL,
  taken_at      timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, event_id)
);
CREATE INDEX IF NOT EXISTS dragoman_inbox_taken_at ON dragoman_inbox USING brin (taken_at);

-- What is known of each order: by contract the first and the last number seen, gaps that were closed, and those that are open. A
-- transaction that takes events of an order holds its row, so an order is worked on by one at a time. Bounded: ordersKeptDays after its
-- last event, but for orders with an open gap (Inbox.closeGaps) or with something parked.
CREATE TABLE IF NOT EXISTS dragoman_order (
  consumer text        NOT NULL,
  topic    text        NOT NULL,
  key      text        NOT NULL,
  numbers  jsonb       NOT NULL DEFAULT '{}',
  gaps     jsonb,
  parked   boolean     NOT NULL DEFAULT false,
  begun_at timestamptz NOT NULL DEFAULT now(),
  seen_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (consumer, topic, key)
) WITH (fillfactor = 80);
CREATE INDEX IF NOT EXISTS dragoman_order_gaps ON dragoman_order (consumer) WHERE gaps IS NOT NULL;
CREATE INDEX IF NOT EXISTS dragoman_order_parked ON dragoman_order (consumer) WHERE parked;

-- Records that could not take effect, as they were read, and those that wait behind them. Bounded: parkedOrdersMax orders,
-- parkedRecordsMax records.
CREATE TABLE IF NOT EXISTS dragoman_parked (
  id             bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  consumer       text        NOT NULL,
  topic          text        NOT NULL,
  key            text        NOT NULL,
  partition      integer     NOT NULL,
  record_offset  bigint      NOT NULL,
  code           text        NOT NULL,
  reason         text        NOT NULL,
  record_key     bytea,
  record_value   bytea,
  record_headers jsonb       NOT NULL,
  parked_at      timestamptz NOT NULL DEFAULT now(),
  UNIQUE (consumer, topic, partition, record_offset)
);
CREATE INDEX IF NOT EXISTS dragoman_parked_order ON dragoman_parked (consumer, topic, key);
`;

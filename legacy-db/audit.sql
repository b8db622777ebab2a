-- The oracle's own record of what happened: independent of Debezium and of Dragoman. Optional; apply after schema.sql.
--
-- In:  schema oms. The server runs with wal_level=logical and has a free replication slot.
-- Out: audit.change     one line per row change, written by row triggers inside the changing transaction, so that
--                       rolled-back transactions and savepoints take their lines with them;
--      audit.commit_log the order of the COMMIT records in the write-ahead log, filled by audit.read_commits();
--      slot and publication dragoman_audit.
--
-- Commit order is that of the log and nothing else: transaction ids follow the first write, commit timestamps can be
-- equal or out of order between processors. So a logical slot of our own (plugin pgoutput, part of every server)
-- decodes the log. It publishes only the number of each audit line, which keeps its output small; PostgreSQL tells
-- for each transaction its id, the end of its COMMIT record (the number in Debezium's END id) and its commit time.
--
-- The slot is made last and outside of the transaction block: PostgreSQL demands it. A transaction that commits before
-- the slot exists has change lines but no commit: the oracle then refuses. Apply this file while nobody writes.
-- The slot keeps the log until audit.read_commits() is called; drop it when the oracle is no longer wanted:
--   SELECT pg_drop_replication_slot('dragoman_audit');

BEGIN;

CREATE SCHEMA IF NOT EXISTS audit;

-- xact: whole transaction id, the same in all savepoints; 0 = the row was there before the audit.
-- op: c, u, d, t (truncate, no key) as in Debezium; r = was there before.
CREATE TABLE IF NOT EXISTS audit.change (
  seq    bigserial PRIMARY KEY,
  xact   bigint    NOT NULL,
  tab    text      NOT NULL,
  op     char(1)   NOT NULL,
  key    jsonb,
  before jsonb,
  after  jsonb
);

CREATE TABLE IF NOT EXISTS audit.commit_log (
  end_lsn      bigint  PRIMARY KEY,
  xid          bigint  NOT NULL,
  commit_ts_us numeric NOT NULL
);
CREATE INDEX IF NOT EXISTS commit_log_xid ON audit.commit_log (xid);

-- Argument of the trigger: the names of the key columns.
CREATE OR REPLACE FUNCTION audit.trg_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_before jsonb;
  v_after  jsonb;
  v_row    jsonb;
  v_key    jsonb := '{}';
BEGIN
  IF TG_OP <> 'INSERT' THEN v_before := to_jsonb(OLD); END IF;
  IF TG_OP <> 'DELETE' THEN v_after := to_jsonb(NEW); END IF;
  v_row := coalesce(v_after, v_before);
  FOR i IN 0 .. TG_NARGS - 1 LOOP
    v_key := v_key || jsonb_build_object(TG_ARGV[i], v_row -> TG_ARGV[i]);
  END LOOP;
  INSERT INTO audit.change (xact, tab, op, key, before, after)
  VALUES (pg_current_xact_id()::text::bigint, TG_TABLE_NAME,
          CASE TG_OP WHEN 'INSERT' THEN 'c' WHEN 'UPDATE' THEN 'u' ELSE 'd' END, v_key, v_before, v_after);
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION audit.trg_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit.change (xact, tab, op) VALUES (pg_current_xact_id()::text::bigint, TG_TABLE_NAME, 't');
  RETURN NULL;
END $$;

-- The name begins with a zero: it fires before the legacy triggers of the same row, so the order of the lines of one
-- key is the order in which its versions were written.
DO $$
DECLARE
  v_tab   record;
  v_fresh boolean := NOT EXISTS (SELECT FROM audit.change);
BEGIN
  FOR v_tab IN
    SELECT c.oid, c.relname, string_agg(quote_literal(a.attname), ', ' ORDER BY array_position(x.indkey::int2[], a.attnum)) AS key_list
      FROM pg_class c
      JOIN pg_index x ON x.indrelid = c.oid AND x.indisprimary
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (x.indkey::int2[])
     WHERE c.relnamespace = 'oms'::regnamespace AND c.relkind = 'r'
     GROUP BY c.oid, c.relname
  LOOP
    EXECUTE format('CREATE OR REPLACE TRIGGER "0_audit_row" AFTER INSERT OR UPDATE OR DELETE ON oms.%I
                    FOR EACH ROW EXECUTE FUNCTION audit.trg_row(%s)', v_tab.relname, v_tab.key_list);
    EXECUTE format('DROP TRIGGER IF EXISTS "0_audit_truncate" ON oms.%I', v_tab.relname);
    EXECUTE format('CREATE TRIGGER "0_audit_truncate" AFTER TRUNCATE ON oms.%I
                    FOR EACH STATEMENT EXECUTE FUNCTION audit.trg_truncate()', v_tab.relname);
    IF v_fresh THEN
      EXECUTE format('INSERT INTO audit.change (xact, tab, op, after) SELECT 0, %L, ''r'', to_jsonb(t) FROM oms.%I t',
                     v_tab.relname, v_tab.relname);
    END IF;
  END LOOP;
  IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'dragoman_audit') THEN
    CREATE PUBLICATION dragoman_audit FOR TABLE audit.change (seq) WITH (publish = 'insert');
  END IF;
END $$;

-- Reads the commits that became known since the last call; returns how many. Safe to repeat: peek, keep, then advance
-- (in the next call, up to what is kept for certain).
-- A COMMIT message of pgoutput: 'C', flags 1 byte, commit LSN 8, end LSN 8, microseconds since 2000-01-01 8.
CREATE OR REPLACE FUNCTION audit.read_commits() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_kept  pg_lsn := (SELECT '0/0'::pg_lsn + max(end_lsn) FROM audit.commit_log);
  v_count bigint;
BEGIN
  IF v_kept > (SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = 'dragoman_audit') THEN
    PERFORM pg_replication_slot_advance('dragoman_audit', v_kept);
  END IF;
  INSERT INTO audit.commit_log (end_lsn, xid, commit_ts_us)
  SELECT m.lsn - '0/0'::pg_lsn, m.xid::text::bigint,
         ('x' || encode(substring(m.data FROM 19 FOR 8), 'hex'))::bit(64)::bigint + 946684800000000
    FROM pg_logical_slot_peek_binary_changes('dragoman_audit', NULL, NULL,
           'proto_version', '1', 'publication_names', 'dragoman_audit') m
   WHERE get_byte(m.data, 0) = ascii('C')
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS v_count = ROW_COUNT;
  RETURN v_count;
END $$;

COMMIT;

SELECT pg_create_logical_replication_slot('dragoman_audit', 'pgoutput')
 WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = 'dragoman_audit');

-- The retailer's legacy order system: schema oms of database legacydb (PostgreSQL 15 or newer).
--
-- In:  an empty database, or one in which this file was applied before (it changes nothing then).
-- Out: six tables, and the triggers through which one business step writes one header row several times.
-- Nothing here was made for change data capture: that is the point. The names are the legacy ones.
--
-- Codes:  ord_hdr.sts_cd 10 new, 20 ready, 30 released, 90 cancelled; the same codes in ord_line.line_sts.
--         flags are ' ' not looked at yet, 'Y' and 'N'. fraud_flg 'N' means: no fraud found.
--         pay_txn.pay_typ AUTH, CAPT, RFND; pay_sts OK, PEND, FAIL. ord_cancel.rsn_cd CUST, FRD, STK, OTH.
-- Times without a zone are UTC: the database's time zone is set below.

DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET timezone TO %L', current_database(), 'UTC');
END $$;

CREATE SCHEMA IF NOT EXISTS oms;

CREATE TABLE IF NOT EXISTS oms.ord_hdr (
  ord_no      bigint        PRIMARY KEY,
  sts_cd      char(2)       NOT NULL DEFAULT '10',
  chnl_cd     varchar(4)    NOT NULL,
  mkt_cd      char(2)       NOT NULL,
  tnt_cd      varchar(8)    NOT NULL,
  cust_no     bigint,
  curr_cd     char(3)       NOT NULL,
  tot_amt     numeric(12,2) NOT NULL,
  fraud_flg   char(1)       NOT NULL DEFAULT ' ',
  addr_ok_flg char(1)       NOT NULL DEFAULT ' ',
  crt_ts      timestamp     NOT NULL DEFAULT now(),
  chg_ts      timestamptz,
  notes       text
);

CREATE TABLE IF NOT EXISTS oms.ord_line (
  ord_no   bigint        NOT NULL REFERENCES oms.ord_hdr ON UPDATE CASCADE ON DELETE CASCADE,
  line_no  int           NOT NULL,
  sku      varchar(20)   NOT NULL,
  qty      int           NOT NULL,
  price    numeric(12,4) NOT NULL,
  resv_flg char(1)       NOT NULL DEFAULT 'N',
  line_sts char(2)       NOT NULL DEFAULT '10',
  PRIMARY KEY (ord_no, line_no)
);

-- No foreign keys below: the old system never had them, so rows can outlive their order.

CREATE TABLE IF NOT EXISTS oms.pay_txn (
  pay_id  bigserial     PRIMARY KEY,
  ord_no  bigint        NOT NULL,
  pay_typ char(4)       NOT NULL,
  amt     numeric(12,2) NOT NULL,
  pay_sts varchar(4)    NOT NULL,
  crt_ts  timestamp     NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS pay_txn_ord_no ON oms.pay_txn (ord_no);

CREATE TABLE IF NOT EXISTS oms.whs_rel (
  rel_no bigint      PRIMARY KEY,
  ord_no bigint      NOT NULL,
  whs_cd varchar(4)  NOT NULL,
  rel_ts timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS whs_rel_ord_no ON oms.whs_rel (ord_no);

CREATE TABLE IF NOT EXISTS oms.ord_cancel (
  ord_no  bigint     NOT NULL,
  req_no  smallint   NOT NULL,
  rsn_cd  varchar(4) NOT NULL,
  acc_flg char(1),
  req_ts  timestamp  NOT NULL DEFAULT now(),
  PRIMARY KEY (ord_no, req_no)
);

CREATE TABLE IF NOT EXISTS oms.cust_addr (
  ord_no   bigint  NOT NULL,
  addr_typ char(4) NOT NULL,
  street   text,
  zip      varchar(12),
  city     text,
  ctry     char(2),
  ok_flg   char(1) NOT NULL DEFAULT ' ',
  PRIMARY KEY (ord_no, addr_typ)
);

-- Any update of a header stamps it.
CREATE OR REPLACE FUNCTION oms.trg_hdr_chg_ts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.chg_ts := now();
  RETURN NEW;
END $$;

-- The last of the three checks makes the order ready. Each transaction sees committed rows only, so checks that overlap
-- in several open transactions can miss one another: the order then stays at 10 although nothing is missing.
CREATE OR REPLACE FUNCTION oms.make_ready(p_ord_no bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE oms.ord_hdr h
     SET sts_cd = '20'
   WHERE h.ord_no = p_ord_no AND h.sts_cd = '10' AND h.fraud_flg = 'N' AND h.addr_ok_flg = 'Y'
     AND EXISTS (SELECT FROM oms.ord_line l WHERE l.ord_no = p_ord_no)
     AND NOT EXISTS (SELECT FROM oms.ord_line l WHERE l.ord_no = p_ord_no AND l.resv_flg <> 'Y');
END $$;

CREATE OR REPLACE FUNCTION oms.trg_make_ready() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM oms.make_ready(NEW.ord_no);
  RETURN NULL;
END $$;

-- For each address row that was judged, the header's flag is written again, even if it does not change.
CREATE OR REPLACE FUNCTION oms.trg_addr_ok() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.ok_flg = 'N' THEN
    UPDATE oms.ord_hdr SET addr_ok_flg = 'N' WHERE ord_no = NEW.ord_no;
  ELSIF NOT EXISTS (SELECT FROM oms.cust_addr a WHERE a.ord_no = NEW.ord_no AND a.ok_flg <> 'Y') THEN
    UPDATE oms.ord_hdr SET addr_ok_flg = 'Y' WHERE ord_no = NEW.ord_no;
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER hdr_chg_ts BEFORE UPDATE ON oms.ord_hdr
  FOR EACH ROW EXECUTE FUNCTION oms.trg_hdr_chg_ts();
CREATE OR REPLACE TRIGGER hdr_ready AFTER UPDATE OF fraud_flg, addr_ok_flg ON oms.ord_hdr
  FOR EACH ROW WHEN (NEW.sts_cd = '10' AND NEW.fraud_flg = 'N' AND NEW.addr_ok_flg = 'Y')
  EXECUTE FUNCTION oms.trg_make_ready();
CREATE OR REPLACE TRIGGER line_ready AFTER UPDATE OF resv_flg ON oms.ord_line
  FOR EACH ROW WHEN (NEW.resv_flg = 'Y') EXECUTE FUNCTION oms.trg_make_ready();
CREATE OR REPLACE TRIGGER addr_ok AFTER UPDATE OF ok_flg ON oms.cust_addr
  FOR EACH ROW EXECUTE FUNCTION oms.trg_addr_ok();

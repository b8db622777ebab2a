-- The retailer's legacy order system on MariaDB (10.6 or newer): database oms. ../schema.sql is the same on PostgreSQL; codes
-- and columns are explained there.
--
-- In:  a server that runs in UTC. Out: six tables, and triggers by which one business step writes one header row several times.
-- What differs from PostgreSQL and matters to whoever reads the binlog:
--   char(n) loses trailing blanks: a flag that nobody has looked at yet is '' there;
--   ON DELETE CASCADE is done by InnoDB below the binlog: the lines of a deleted order vanish without a trace;
--   now() is the time of the statement, and commit times have whole seconds.

CREATE DATABASE IF NOT EXISTS oms CHARACTER SET utf8mb4;
USE oms;

CREATE TABLE IF NOT EXISTS ord_hdr (
  ord_no      bigint        NOT NULL PRIMARY KEY,
  sts_cd      char(2)       NOT NULL DEFAULT '10',
  chnl_cd     varchar(4)    NOT NULL,
  mkt_cd      char(2)       NOT NULL,
  tnt_cd      varchar(8)    NOT NULL,
  cust_no     bigint,
  curr_cd     char(3)       NOT NULL,
  tot_amt     decimal(12,2) NOT NULL,
  fraud_flg   char(1)       NOT NULL DEFAULT ' ',
  addr_ok_flg char(1)       NOT NULL DEFAULT ' ',
  crt_ts      datetime(6)   NOT NULL DEFAULT current_timestamp(6),
  chg_ts      timestamp(6)  NULL DEFAULT NULL,
  notes       text
);

CREATE TABLE IF NOT EXISTS ord_line (
  ord_no   bigint        NOT NULL,
  line_no  int           NOT NULL,
  sku      varchar(20)   NOT NULL,
  qty      int           NOT NULL,
  price    decimal(12,4) NOT NULL,
  resv_flg char(1)       NOT NULL DEFAULT 'N',
  line_sts char(2)       NOT NULL DEFAULT '10',
  PRIMARY KEY (ord_no, line_no),
  FOREIGN KEY (ord_no) REFERENCES ord_hdr (ord_no) ON UPDATE CASCADE ON DELETE CASCADE
);

CREATE TABLE IF NOT EXISTS pay_txn (
  pay_id  bigint        NOT NULL AUTO_INCREMENT PRIMARY KEY,
  ord_no  bigint        NOT NULL,
  pay_typ char(4)       NOT NULL,
  amt     decimal(12,2) NOT NULL,
  pay_sts varchar(4)    NOT NULL,
  crt_ts  datetime(6)   NOT NULL DEFAULT current_timestamp(6),
  KEY pay_txn_ord_no (ord_no)
);

CREATE TABLE IF NOT EXISTS whs_rel (
  rel_no bigint       NOT NULL PRIMARY KEY,
  ord_no bigint       NOT NULL,
  whs_cd varchar(4)   NOT NULL,
  rel_ts timestamp(6) NOT NULL DEFAULT current_timestamp(6),
  KEY whs_rel_ord_no (ord_no)
);

CREATE TABLE IF NOT EXISTS ord_cancel (
  ord_no  bigint      NOT NULL,
  req_no  smallint    NOT NULL,
  rsn_cd  varchar(4)  NOT NULL,
  acc_flg char(1),
  req_ts  datetime(6) NOT NULL DEFAULT current_timestamp(6),
  PRIMARY KEY (ord_no, req_no)
);

CREATE TABLE IF NOT EXISTS cust_addr (
  ord_no   bigint  NOT NULL,
  addr_typ char(4) NOT NULL,
  street   text,
  zip      varchar(12),
  city     text,
  ctry     char(2),
  ok_flg   char(1) NOT NULL DEFAULT ' ',
  PRIMARY KEY (ord_no, addr_typ)
);

-- Any update of a header stamps it; the last of the three checks makes the order ready. A trigger may not write to its own
-- table here, so the status is set on the way.
CREATE OR REPLACE TRIGGER hdr_change BEFORE UPDATE ON ord_hdr FOR EACH ROW
BEGIN
  SET NEW.chg_ts = current_timestamp(6);
  IF NEW.sts_cd = '10' AND NEW.fraud_flg = 'N' AND NEW.addr_ok_flg = 'Y'
     AND EXISTS (SELECT 1 FROM ord_line l WHERE l.ord_no = NEW.ord_no)
     AND NOT EXISTS (SELECT 1 FROM ord_line l WHERE l.ord_no = NEW.ord_no AND l.resv_flg <> 'Y') THEN
    SET NEW.sts_cd = '20';
  END IF;
END;

-- The header is written again only to let its own trigger look.
CREATE OR REPLACE TRIGGER line_ready AFTER UPDATE ON ord_line FOR EACH ROW
BEGIN
  IF NEW.resv_flg = 'Y' AND OLD.resv_flg <> 'Y' THEN
    UPDATE ord_hdr SET chg_ts = NULL
     WHERE ord_no = NEW.ord_no AND sts_cd = '10' AND fraud_flg = 'N' AND addr_ok_flg = 'Y';
  END IF;
END;

-- For each address row that was judged, the header's flag is written again, even if it does not change.
CREATE OR REPLACE TRIGGER addr_ok AFTER UPDATE ON cust_addr FOR EACH ROW
BEGIN
  IF NEW.ok_flg = 'N' THEN
    UPDATE ord_hdr SET addr_ok_flg = 'N' WHERE ord_no = NEW.ord_no;
  ELSEIF NEW.ok_flg = 'Y'
     AND NOT EXISTS (SELECT 1 FROM cust_addr a WHERE a.ord_no = NEW.ord_no AND a.ok_flg <> 'Y') THEN
    UPDATE ord_hdr SET addr_ok_flg = 'Y' WHERE ord_no = NEW.ord_no;
  END IF;
END;

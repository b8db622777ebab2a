-- Statements of the recording, in their order. Everything up to "streamed" was there before the connector started.
-- (legacy-db/schema.sql)
INSERT INTO oms.ord_hdr (ord_no, chnl_cd, mkt_cd, tnt_cd, curr_cd, tot_amt) VALUES (7000, 'WEB', 'DE', 'ACME', 'EUR', 30.00); INSERT INTO oms.ord_line (ord_no, line_no, sku, qty, price) VALUES (7000, 1, 'SKU-1', 1, 15); INSERT INTO oms.cust_addr (ord_no, addr_typ, ctry) VALUES (7000, 'SHIP', 'DE'); INSERT INTO oms.pay_txn (ord_no, pay_typ, amt, pay_sts) VALUES (7000, 'AUTH', 30, 'OK'); INSERT INTO oms.ord_cancel VALUES (6999, 1, 'CUST', NULL, '2026-11-01'); INSERT INTO oms.whs_rel (rel_no, ord_no, whs_cd) VALUES (6999, 6999, 'A');
-- parted

DROP TABLE oms.ord_line;
CREATE TABLE oms.ord_line (ord_no bigint NOT NULL, line_no int NOT NULL, sku varchar(20) NOT NULL, qty int NOT NULL, price numeric(12,4) NOT NULL, resv_flg char(1) NOT NULL DEFAULT 'N', line_sts char(2) NOT NULL DEFAULT '10', PRIMARY KEY (ord_no, line_no)) PARTITION BY RANGE (ord_no);
CREATE TABLE oms.ord_line_2025 PARTITION OF oms.ord_line FOR VALUES FROM (0) TO (8000);
CREATE TABLE oms.ord_line_2026 PARTITION OF oms.ord_line FOR VALUES FROM (8000) TO (20000);
CREATE TRIGGER line_ready AFTER UPDATE OF resv_flg ON oms.ord_line FOR EACH ROW WHEN (NEW.resv_flg = 'Y') EXECUTE FUNCTION oms.trg_make_ready();
CREATE SCHEMA s1; CREATE SCHEMA s2;
CREATE TABLE s1.ord (ord_no bigint PRIMARY KEY, sts text); CREATE TABLE s2.ord (ord_no bigint PRIMARY KEY, sts text);

-- parted
INSERT INTO oms.ord_hdr (ord_no, chnl_cd, mkt_cd, tnt_cd, curr_cd, tot_amt) VALUES (7000, 'WEB', 'DE', 'ACME', 'EUR', 30.00); INSERT INTO oms.ord_line (ord_no, line_no, sku, qty, price) VALUES (7000, 1, 'SKU-1', 1, 15); INSERT INTO oms.cust_addr (ord_no, addr_typ, ctry) VALUES (7000, 'SHIP', 'DE'); INSERT INTO oms.pay_txn (ord_no, pay_typ, amt, pay_sts) VALUES (7000, 'AUTH', 30, 'OK'); INSERT INTO oms.ord_cancel VALUES (6999, 1, 'CUST', NULL, '2026-11-01'); INSERT INTO oms.whs_rel (rel_no, ord_no, whs_cd) VALUES (6999, 6999, 'A');INSERT INTO s1.ord VALUES (1, 'new'); INSERT INTO s2.ord VALUES (1, 'new'), (2, 'new');

-- streamed, each a transaction
BEGIN; INSERT INTO oms.ord_hdr (ord_no, chnl_cd, mkt_cd, tnt_cd, curr_cd, tot_amt) VALUES (7001, 'WEB', 'DE', 'ACME', 'EUR', 30.00); INSERT INTO oms.ord_line (ord_no, line_no, sku, qty, price) VALUES (7001, 1, 'SKU-1', 1, 15), (7001, 2, 'SKU-2', 1, 15); INSERT INTO oms.cust_addr (ord_no, addr_typ, ctry) VALUES (7001, 'SHIP', 'DE'); COMMIT;
UPDATE oms.ord_line SET resv_flg = 'Y' WHERE ord_no = 7001;
DELETE FROM oms.ord_line WHERE ord_no = 7001 AND line_no = 2;
BEGIN; UPDATE oms.ord_hdr SET fraud_flg = 'N' WHERE ord_no = 7001; UPDATE oms.cust_addr SET ok_flg = 'Y' WHERE ord_no = 7001; COMMIT;
BEGIN; INSERT INTO oms.ord_hdr (ord_no, chnl_cd, mkt_cd, tnt_cd, curr_cd, tot_amt) VALUES (9001, 'WEB', 'DE', 'ACME', 'EUR', 30.00); INSERT INTO oms.ord_line (ord_no, line_no, sku, qty, price) VALUES (9001, 1, 'SKU-1', 1, 15), (9001, 2, 'SKU-2', 1, 15); INSERT INTO oms.cust_addr (ord_no, addr_typ, ctry) VALUES (9001, 'SHIP', 'DE'); COMMIT;
UPDATE oms.ord_line SET resv_flg = 'Y' WHERE ord_no = 9001;
BEGIN; UPDATE oms.ord_hdr SET fraud_flg = 'N' WHERE ord_no = 9001; UPDATE oms.cust_addr SET ok_flg = 'Y' WHERE ord_no = 9001; COMMIT;
INSERT INTO oms.whs_rel (rel_no, ord_no, whs_cd) VALUES (1, 7001, 'A');
INSERT INTO oms.ord_cancel VALUES (9001, 1, 'CUST', NULL, '2026-11-02');
UPDATE oms.ord_cancel SET acc_flg = 'Y' WHERE ord_no = 9001;

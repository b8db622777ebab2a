-- The simple profile of the workload: many plain lives, written by the server itself, for benches.
--
-- CALL legacy_workload.drive(first_order, groups, lines, seed, rows_per_second, rows)
--   writes `groups` groups of five orders with numbers from first_order on, one commit for each business step, about ten
--   row changes for each commit; `rows` comes back as the number of row changes, those of the triggers included.
--   rows_per_second 0 = as fast as possible; else the commits are spread evenly over time.
--
-- One group = 17 commits: 5 creations (header, lines, address), payment and fraud check of all 5, stock of each, address
-- check of all 5, then 4 releases with capture and 1 cancellation with refund.

CREATE SCHEMA IF NOT EXISTS legacy_workload;

CREATE OR REPLACE PROCEDURE legacy_workload.drive(
  p_first bigint, p_groups int, p_lines int, p_seed int, p_rate double precision, INOUT p_rows bigint)
LANGUAGE plpgsql AS $$
DECLARE
  c_skus     text[] := ARRAY['BAG-220-RED', 'BELT-100', 'CAP-009', 'COAT-8810-XL', 'HD-4711-BLK', 'JNS-3301-32', 'TSH-0098-M'];
  c_prices   numeric[] := ARRAY[9.99, 19.50, 24.95, 49.00, 79.90, 129.00];
  v_started  timestamptz := clock_timestamp();
  v_order    bigint;
  v_number   bigint;
  v_mix      bigint;
  v_wait     double precision;
BEGIN
  p_rows := 0;
  FOR v_group IN 0 .. p_groups - 1 LOOP
    v_order := p_first + v_group * 5;
    FOR v_step IN 1 .. 17 LOOP
      -- Steps 1-5 create, 6 fraud, 7-11 stock, 12 addresses, 13-16 release, 17 cancels the fifth order.
      v_number := v_order + CASE WHEN v_step <= 5 THEN v_step - 1 WHEN v_step <= 6 THEN 0 WHEN v_step <= 11 THEN v_step - 7
                                 WHEN v_step <= 12 THEN 0 ELSE v_step - 13 END;
      v_mix := abs(hashint8extended(v_number, p_seed) % 1000000);
      CASE
        WHEN v_step <= 5 THEN
          INSERT INTO oms.ord_hdr (ord_no, chnl_cd, mkt_cd, tnt_cd, cust_no, curr_cd, tot_amt)
          VALUES (v_number, 'WEB', 'DE', CASE WHEN v_mix % 3 = 0 THEN 'NORD' ELSE 'ACME' END, 10000 + v_mix % 90000, 'EUR',
                  (SELECT sum((1 + (v_mix + g) % 3) * c_prices[1 + (v_mix + g) % 6]) FROM generate_series(1, p_lines) g));
          INSERT INTO oms.ord_line (ord_no, line_no, sku, qty, price)
          SELECT v_number, g, c_skus[1 + (v_mix + g) % 7], 1 + (v_mix + g) % 3, c_prices[1 + (v_mix + g) % 6]
            FROM generate_series(1, p_lines) g;
          INSERT INTO oms.cust_addr (ord_no, addr_typ, street, zip, city, ctry)
          VALUES (v_number, 'SHIP', 'Lindenstraße ' || v_mix % 100, '50674', 'Köln', 'DE');
          p_rows := p_rows + p_lines + 2;
        WHEN v_step = 6 THEN
          INSERT INTO oms.pay_txn (ord_no, pay_typ, amt, pay_sts)
          SELECT ord_no, 'AUTH', tot_amt, 'OK' FROM oms.ord_hdr WHERE ord_no BETWEEN v_order AND v_order + 4;
          UPDATE oms.ord_hdr SET fraud_flg = 'N' WHERE ord_no BETWEEN v_order AND v_order + 4;
          p_rows := p_rows + 10;
        WHEN v_step <= 11 THEN
          UPDATE oms.ord_line SET resv_flg = 'Y' WHERE ord_no = v_number;
          p_rows := p_rows + p_lines;
        WHEN v_step = 12 THEN
          UPDATE oms.cust_addr SET ok_flg = 'Y' WHERE ord_no BETWEEN v_order AND v_order + 4;
          p_rows := p_rows + 15;
        WHEN v_step <= 16 THEN
          INSERT INTO oms.whs_rel (rel_no, ord_no, whs_cd) VALUES (v_number * 10 + 1, v_number, 'W0' || 1 + v_mix % 9);
          UPDATE oms.ord_hdr SET sts_cd = '30' WHERE ord_no = v_number;
          UPDATE oms.ord_line SET line_sts = '30' WHERE ord_no = v_number;
          INSERT INTO oms.pay_txn (ord_no, pay_typ, amt, pay_sts)
          SELECT ord_no, 'CAPT', tot_amt, 'OK' FROM oms.ord_hdr WHERE ord_no = v_number;
          p_rows := p_rows + p_lines + 3;
        ELSE
          INSERT INTO oms.ord_cancel (ord_no, req_no, rsn_cd, acc_flg) VALUES (v_number, 1, 'CUST', 'Y');
          UPDATE oms.ord_hdr SET sts_cd = '90' WHERE ord_no = v_number;
          UPDATE oms.ord_line SET line_sts = '90' WHERE ord_no = v_number;
          INSERT INTO oms.pay_txn (ord_no, pay_typ, amt, pay_sts)
          SELECT ord_no, 'RFND', tot_amt, 'PEND' FROM oms.ord_hdr WHERE ord_no = v_number;
          p_rows := p_rows + p_lines + 3;
      END CASE;
      COMMIT;
      IF p_rate > 0 THEN
        v_wait := p_rows / p_rate - extract(epoch FROM clock_timestamp() - v_started);
        IF v_wait > 0 THEN PERFORM pg_sleep(v_wait); END IF;
      END IF;
    END LOOP;
  END LOOP;
END $$;

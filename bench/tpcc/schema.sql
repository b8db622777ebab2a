-- The tables of TPC-C that an order lives in, with the columns and keys of its specification (revision 5.11, clause 1.3); ORDER is
-- called oorder, as in most implementations, because the word is reserved. Every key begins with warehouse, district and order, so
-- the key of a deleted row names its order: the default replica identity is enough.
--
-- tpcc.load(warehouses, orders)            puts so many orders into each district of each warehouse. Of ten orders three are not delivered
--                                          yet, the newest (clause 4.3.3.1). Gives back the number of rows in the three tables.
-- CALL tpcc.drive(warehouse, rounds, ...)  runs transactions in one warehouse, one commit for each: a round is ten New-Orders, each in a
--                                          district by chance, and one Delivery, which takes the oldest waiting order of each of the ten
--                                          districts. (The specification's mix is 45 to 4; with ten to one as many orders leave as come.)
--                                          Comes back with the numbers of rows and of commits.
-- Not there: items, stock, customers and history, which say nothing of orders; New-Orders that are rolled back.

CREATE SCHEMA tpcc;

CREATE TABLE tpcc.district (
  d_w_id      int,
  d_id        int,
  d_next_o_id int NOT NULL,
  PRIMARY KEY (d_w_id, d_id)
);

CREATE TABLE tpcc.oorder (
  o_w_id       int,
  o_d_id       int,
  o_id         int,
  o_c_id       int       NOT NULL,
  o_entry_d    timestamp NOT NULL,
  o_carrier_id int,
  o_ol_cnt     int       NOT NULL,
  o_all_local  int       NOT NULL,
  PRIMARY KEY (o_w_id, o_d_id, o_id)
);

CREATE TABLE tpcc.new_order (
  no_w_id int,
  no_d_id int,
  no_o_id int,
  PRIMARY KEY (no_w_id, no_d_id, no_o_id)
);

CREATE TABLE tpcc.order_line (
  ol_w_id        int,
  ol_d_id        int,
  ol_o_id        int,
  ol_number      int,
  ol_i_id        int          NOT NULL,
  ol_supply_w_id int          NOT NULL,
  ol_delivery_d  timestamp,
  ol_quantity    int          NOT NULL,
  ol_amount      numeric(6,2) NOT NULL,
  ol_dist_info   char(24)     NOT NULL,
  PRIMARY KEY (ol_w_id, ol_d_id, ol_o_id, ol_number)
);

-- Chance that is the same each time.
CREATE FUNCTION tpcc.mix(w int, d int, o int, n int) RETURNS int LANGUAGE sql IMMUTABLE AS
$$ SELECT (abs(hashint8extended(((w * 10 + d)::bigint << 32) + o, n)) % 1000000)::int $$;

-- Five to fifteen.
CREATE FUNCTION tpcc.line_count(w int, d int, o int) RETURNS int LANGUAGE sql IMMUTABLE AS
$$ SELECT 5 + tpcc.mix(w, d, o, 0) % 11 $$;

CREATE FUNCTION tpcc.utc() RETURNS timestamp LANGUAGE sql AS $$ SELECT clock_timestamp() AT TIME ZONE 'UTC' $$;

CREATE FUNCTION tpcc.load(p_warehouses int, p_orders int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  v_delivered int := p_orders * 7 / 10;
  v_then      timestamp := tpcc.utc() - interval '1 day';
BEGIN
  INSERT INTO tpcc.district
  SELECT w, d, p_orders + 1 FROM generate_series(1, p_warehouses) w, generate_series(1, 10) d;
  INSERT INTO tpcc.oorder
  SELECT d_w_id, d_id, o, 1 + tpcc.mix(d_w_id, d_id, o, 1) % 3000, v_then,
         CASE WHEN o <= v_delivered THEN 1 + o % 10 END, tpcc.line_count(d_w_id, d_id, o), 1
    FROM tpcc.district, generate_series(1, p_orders) o;
  INSERT INTO tpcc.order_line
  SELECT o_w_id, o_d_id, o_id, n, 1 + tpcc.mix(o_w_id, o_d_id, o_id, 100 + n) % 100000, o_w_id,
         CASE WHEN o_carrier_id IS NOT NULL THEN o_entry_d END, 5,
         CASE WHEN o_carrier_id IS NOT NULL THEN 0 ELSE (1 + tpcc.mix(o_w_id, o_d_id, o_id, 200 + n) % 999999) / 100.0 END,
         rpad(md5(o_id::text), 24)
    FROM tpcc.oorder, generate_series(1, o_ol_cnt) n;
  INSERT INTO tpcc.new_order
  SELECT o_w_id, o_d_id, o_id FROM tpcc.oorder WHERE o_carrier_id IS NULL;
  RETURN (SELECT count(*) FROM tpcc.oorder) + (SELECT count(*) FROM tpcc.order_line) + (SELECT count(*) FROM tpcc.new_order);
END $$;

CREATE FUNCTION tpcc.new_order(p_w int, p_d int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  v_o     int;
  v_lines int;
BEGIN
  UPDATE tpcc.district SET d_next_o_id = d_next_o_id + 1
   WHERE d_w_id = p_w AND d_id = p_d RETURNING d_next_o_id - 1 INTO v_o;
  v_lines := tpcc.line_count(p_w, p_d, v_o);
  INSERT INTO tpcc.oorder
  VALUES (p_w, p_d, v_o, 1 + tpcc.mix(p_w, p_d, v_o, 1) % 3000, tpcc.utc(), NULL, v_lines, 1);
  INSERT INTO tpcc.new_order VALUES (p_w, p_d, v_o);
  INSERT INTO tpcc.order_line
  SELECT p_w, p_d, v_o, n, 1 + tpcc.mix(p_w, p_d, v_o, 100 + n) % 100000, p_w, NULL, 1 + n % 10,
         (1 + tpcc.mix(p_w, p_d, v_o, 200 + n) % 999999) / 100.0, rpad(md5(v_o::text), 24)
    FROM generate_series(1, v_lines) n;
  RETURN v_lines + 2;
END $$;

-- A district in which nothing waits is passed over.
CREATE FUNCTION tpcc.delivery(p_w int, p_carrier int) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  v_o     int;
  v_lines int;
  v_rows  int := 0;
  v_now   timestamp := tpcc.utc();
BEGIN
  FOR v_d IN 1 .. 10 LOOP
    SELECT min(no_o_id) INTO v_o FROM tpcc.new_order WHERE no_w_id = p_w AND no_d_id = v_d;
    CONTINUE WHEN v_o IS NULL;
    DELETE FROM tpcc.new_order WHERE no_w_id = p_w AND no_d_id = v_d AND no_o_id = v_o;
    UPDATE tpcc.oorder SET o_carrier_id = p_carrier WHERE o_w_id = p_w AND o_d_id = v_d AND o_id = v_o;
    UPDATE tpcc.order_line SET ol_delivery_d = v_now WHERE ol_w_id = p_w AND ol_d_id = v_d AND ol_o_id = v_o;
    GET DIAGNOSTICS v_lines = ROW_COUNT;
    v_rows := v_rows + v_lines + 2;
  END LOOP;
  RETURN v_rows;
END $$;

CREATE PROCEDURE tpcc.drive(p_w int, p_rounds int, INOUT p_rows int, INOUT p_commits int) LANGUAGE plpgsql AS $$
DECLARE
  v_written int;
BEGIN
  FOR v_round IN 1 .. p_rounds LOOP
    FOR v_step IN 1 .. 11 LOOP
      v_written := CASE WHEN v_step <= 10 THEN tpcc.new_order(p_w, 1 + tpcc.mix(p_w, v_step, v_round, 2) % 10)
                        ELSE tpcc.delivery(p_w, 1 + v_round % 10) END;
      COMMIT;
      p_rows := p_rows + v_written;
      p_commits := p_commits + (v_written > 0)::int;
    END LOOP;
  END LOOP;
END $$;

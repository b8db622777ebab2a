-- Statements of the recording, in their order. Everything up to "streamed" was there before the connector started.
CREATE SCHEMA ri;
CREATE TABLE ri.line_ix (ord_no bigint, line_no int, sku text NOT NULL, st text, PRIMARY KEY (ord_no, line_no)); CREATE UNIQUE INDEX line_ix_u ON ri.line_ix (ord_no, sku); ALTER TABLE ri.line_ix REPLICA IDENTITY USING INDEX line_ix_u;
CREATE TABLE ri.pay_ix (pay_id bigint PRIMARY KEY, ord_no bigint NOT NULL, typ text NOT NULL, st text); CREATE UNIQUE INDEX pay_ix_u ON ri.pay_ix (ord_no, typ); ALTER TABLE ri.pay_ix REPLICA IDENTITY USING INDEX pay_ix_u;
CREATE TABLE ri.uuid_ix (id uuid PRIMARY KEY, ord_no bigint NOT NULL, st text); CREATE UNIQUE INDEX uuid_ix_u ON ri.uuid_ix (ord_no); ALTER TABLE ri.uuid_ix REPLICA IDENTITY USING INDEX uuid_ix_u;
CREATE TABLE ri.dflt_ix (id int PRIMARY KEY DEFAULT 7, ord_no bigint NOT NULL, st text); CREATE UNIQUE INDEX dflt_ix_u ON ri.dflt_ix (ord_no); ALTER TABLE ri.dflt_ix REPLICA IDENTITY USING INDEX dflt_ix_u;
CREATE TABLE ri.kinds_ix (ord_no bigint NOT NULL, a numeric(12,2), b date, c timestamp, d timestamptz, e bytea, f text, g time, PRIMARY KEY (a, b, c, d, e, f, g)); CREATE UNIQUE INDEX kinds_ix_u ON ri.kinds_ix (ord_no); ALTER TABLE ri.kinds_ix REPLICA IDENTITY USING INDEX kinds_ix_u;
CREATE TABLE ri.same_ix (id int PRIMARY KEY, ord_no bigint NOT NULL, st text); CREATE UNIQUE INDEX same_ix_u ON ri.same_ix (id); ALTER TABLE ri.same_ix REPLICA IDENTITY USING INDEX same_ix_u;
CREATE TABLE ri.wide_ix (id int PRIMARY KEY, code text NOT NULL, ord_no bigint NOT NULL, st text); CREATE UNIQUE INDEX wide_ix_u ON ri.wide_ix (id, code); ALTER TABLE ri.wide_ix REPLICA IDENTITY USING INDEX wide_ix_u;
CREATE TABLE ri.full_id (id int PRIMARY KEY, ord_no bigint NOT NULL, st text); ALTER TABLE ri.full_id REPLICA IDENTITY FULL;
CREATE TABLE ri.dflt_id (id int PRIMARY KEY, ord_no bigint NOT NULL, st text NOT NULL DEFAULT 'x');
CREATE TABLE ri.none_id (id int PRIMARY KEY, ord_no bigint NOT NULL, st text); ALTER TABLE ri.none_id REPLICA IDENTITY NOTHING;
INSERT INTO ri.line_ix VALUES (7000, 1, 'SKU-1', 'a'); INSERT INTO ri.pay_ix VALUES (1, 7000, 'AUTH', 'a'); INSERT INTO ri.uuid_ix VALUES ('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 7000, 'a');
INSERT INTO ri.dflt_ix VALUES (1, 7000, 'a'); INSERT INTO ri.kinds_ix VALUES (7000, 1.50, '2026-11-01', '2026-11-01 10:00', '2026-11-01 10:00+01', '\x01', 'f', '10:00'); INSERT INTO ri.same_ix VALUES (0, 7000, 'a'), (1, 7000, 'a'), (2, 7000, 'a'); INSERT INTO ri.wide_ix VALUES (1, 'x', 7000, 'a'), (2, 'y', 7000, 'a');
INSERT INTO ri.full_id VALUES (0, 7000, 'a'), (1, 7000, 'a'); INSERT INTO ri.dflt_id VALUES (0, 7000, 'a'), (1, 7000, 'a'); INSERT INTO ri.none_id VALUES (1, 7000, 'a');

-- streamed, each a transaction
INSERT INTO ri.line_ix VALUES (7001, 1, 'SKU-1', 'a'), (7001, 2, 'SKU-2', 'a');
UPDATE ri.line_ix SET st = 'b' WHERE line_no = 1;
UPDATE ri.line_ix SET line_no = 9 WHERE ord_no = 7001 AND line_no = 1;
UPDATE ri.line_ix SET sku = 'SKU-9' WHERE ord_no = 7001 AND line_no = 2;
DELETE FROM ri.line_ix WHERE ord_no = 7001 AND line_no = 2;
INSERT INTO ri.pay_ix VALUES (2, 7001, 'AUTH', 'a');
DELETE FROM ri.pay_ix WHERE pay_id = 2;
DELETE FROM ri.uuid_ix;
DELETE FROM ri.dflt_ix;
DELETE FROM ri.kinds_ix;
DELETE FROM ri.same_ix WHERE id = 1;
UPDATE ri.same_ix SET id = 5 WHERE id = 2;
DELETE FROM ri.same_ix WHERE id = 0;
UPDATE ri.wide_ix SET code = 'z' WHERE id = 1;
UPDATE ri.wide_ix SET id = 4 WHERE id = 2;
DELETE FROM ri.wide_ix WHERE id = 1;
UPDATE ri.full_id SET st = 'b' WHERE id = 1;
UPDATE ri.full_id SET id = 3 WHERE id = 1;
DELETE FROM ri.full_id;
DELETE FROM ri.dflt_id;
UPDATE ri.none_id SET st = 'b';
-- ERROR: cannot update table "none_id" because it does not have a replica identity and publishes updates
DELETE FROM ri.none_id;
-- ERROR: cannot delete from table "none_id" because it does not have a replica identity and publishes deletes
INSERT INTO ri.none_id VALUES (2, 7000, 'a');

/**
 * Orders of TPC-C's shape: header, queue row and five to fifteen lines in one transaction; deliveries that take ten orders at once; a
 * third of the rows are there before the connector starts. Written by the server itself (schema.sql), one connection for each warehouse.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createDatabase, withClient } from '../../legacy-db/database.js';
import type { Filled, Workload } from '../backlog/workload.js';
import { TPCC_FACTS } from './naive-facts.js';

/** The checkout's own rules know nothing of these tables. */
const TPCC_RULES = fileURLToPath(new URL('rules', import.meta.url));

const SCHEMA = new URL('schema.sql', import.meta.url);
const CONNECTOR = new URL('../../legacy-db/connector.json', import.meta.url);
const TABLES = ['tpcc.oorder', 'tpcc.new_order', 'tpcc.order_line'];

const WAREHOUSES = 4;
const DISTRICTS = WAREHOUSES * 10;
const SNAPSHOT_SHARE = 1 / 3;
/** On average: a header, ten lines, and three orders of ten wait. */
const LOADED_ORDER_ROWS = 11.3;
/** On average: ten New-Orders of twelve rows, ten orders delivered with as many. */
const ROUND_ROWS = 240;

export interface TpccSize {
  /** Before the connector starts, in each district. */
  readonly districtOrders: number;
  /** Of ten New-Orders and a Delivery, in each warehouse. */
  readonly warehouseRounds: number;
}

export const tpccSize = (rows: number): TpccSize => ({
  districtOrders: Math.ceil((rows * SNAPSHOT_SHARE) / DISTRICTS / LOADED_ORDER_ROWS),
  warehouseRounds: Math.ceil((rows * (1 - SNAPSHOT_SHARE)) / WAREHOUSES / ROUND_ROWS),
});

export function tpcc(rows: number): Workload {
  const { districtOrders, warehouseRounds } = tpccSize(rows);
  return {
    kind: 'tpcc',
    name: `tpcc-${rows}`,
    tables: TABLES,
    madeOf: [SCHEMA, CONNECTOR],
    install: (url) => install(url, districtOrders),
    fill: (url) => fill(url, warehouseRounds),
    facts: TPCC_FACTS,
    rules: TPCC_RULES,
  };
}

async function install(url: string, districtOrders: number): Promise<number> {
  await createDatabase(url);
  return withClient(url, async (client) => {
    await client.query(await readFile(SCHEMA, 'utf8'));
    const { rows } = await client.query<{ load: number }>('SELECT tpcc.load($1, $2)', [WAREHOUSES, districtOrders]);
    await client.query('ANALYZE');
    return rows[0]?.load ?? 0;
  });
}

async function fill(url: string, warehouseRounds: number): Promise<Filled> {
  const warehouses = Array.from({ length: WAREHOUSES }, (_, i) => i + 1);
  const done = await Promise.all(warehouses.map((warehouse) => drive(url, warehouse, warehouseRounds)));
  return done.reduce((sum, { rows, transactions }) => ({
    rows: sum.rows + rows,
    transactions: sum.transactions + transactions,
  }));
}

/** Commits are not waited for on disk: the log is the same. */
const drive = (url: string, warehouse: number, rounds: number): Promise<Filled> =>
  withClient(url, async (client) => {
    await client.query('SET synchronous_commit = off');
    const { rows } = await client.query<{ p_rows: number; p_commits: number }>('CALL tpcc.drive($1, $2, 0, 0)', [
      warehouse,
      rounds,
    ]);
    return { rows: rows[0]?.p_rows ?? 0, transactions: rows[0]?.p_commits ?? 0 };
  });

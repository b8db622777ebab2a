/** The retailer's whole lives of orders (legacy-db), written by the server itself into empty tables; with all variations of shape. */
import { connectorConfig } from '../../legacy-db/connector.js';
import { installLegacyDb, withClient } from '../../legacy-db/database.js';
import { runWorkload } from '../../legacy-db/workload/run-workload.js';
import { GROUP_ORDERS } from '../../legacy-db/workload/simple-profile.js';
import type { Filled, Workload } from '../backlog/workload.js';
import { bigTransaction } from './big-transaction.js';
import { RETAILER_FACTS } from './naive-facts.js';
import { type BacklogShape, groupRows, ORDINARY, shapeName } from './shape.js';

/** Numbers of orders: apart, however many there are. */
const [FIRST_ORDER, BIG_FIRST_ORDER, SECOND_HALF_FIRST_ORDER] = [1_000_001, 20_000_001, 40_000_001];
const MADE_OF = ['schema.sql', 'connector.json', 'workload/simple.sql'];

/** @param rows without those of the big transaction. */
export function retailer(rows: number, shape: BacklogShape = ORDINARY): Workload {
  return {
    kind: 'retailer',
    name: shapeName(rows, shape),
    tables: connectorConfig()['table.include.list']?.split(',') ?? [],
    madeOf: MADE_OF.map((name) => new URL(`../../legacy-db/${name}`, import.meta.url)),
    install: async (url) => {
      await installLegacyDb({ url });
      return 0;
    },
    fill: (url) => fill(url, rows, shape),
    facts: RETAILER_FACTS,
    rules: null,
  };
}

/** The big transaction, if there is one, comes when half of the others are done. */
async function fill(url: string, rows: number, { lines, bigTransactionRows }: BacklogShape): Promise<Filled> {
  const small = async (part: number, firstOrder: number): Promise<Filled> => {
    const orders = Math.ceil(part / groupRows(lines)) * GROUP_ORDERS;
    const done = await runWorkload({ url, orders, profile: 'simple', lines, connections: 4, seed: 7, firstOrder });
    return { rows: done.rows, transactions: done.committed };
  };
  if (bigTransactionRows === 0) return small(rows, FIRST_ORDER);
  const before = await small(rows / 2, FIRST_ORDER);
  const big = await withClient(url, (client) => bigTransaction(client, bigTransactionRows, BIG_FIRST_ORDER));
  const after = await small(rows / 2, SECOND_HALF_FIRST_ORDER);
  return { rows: before.rows + big + after.rows, transactions: before.transactions + 1 + after.transactions };
}

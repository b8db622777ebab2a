/** The rules that `--tpcc` measures: what a snapshot tells is silent, what happens to its orders afterwards is not. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { given } from 'dragoman/testing';
import { expect, it } from 'vitest';
import { build } from '../../../bench/dragoman/build.js';
import rules from '../../../bench/tpcc/rules/index.js';
import { newOrder } from '../../../bench/tpcc/rules/tables/new-order.js';
import { oorder } from '../../../bench/tpcc/rules/tables/oorder.js';
import { orderLine } from '../../../bench/tpcc/rules/tables/order-line.js';
import { tpcc } from '../../../bench/tpcc/workload.js';
import { loadRules } from '../../../src/adapters/files/rules-loader.js';
import { projectDirectory } from '../../stack/directories.js';

const at = '2026-11-21T09:53:02.118000Z';
const header = {
  o_w_id: 1,
  o_d_id: 3,
  o_id: 3001,
  o_c_id: 1204,
  o_entry_d: at,
  o_carrier_id: null,
  o_ol_cnt: 5,
  o_all_local: 1,
};
const queue = { no_w_id: 1, no_d_id: 3, no_o_id: 3001 };
const lineKey = (ol_number: number) => ({ ol_w_id: 1, ol_d_id: 3, ol_o_id: 3001, ol_number });
const line = (number: number) => ({
  ...lineKey(number),
  ol_i_id: 70_000 + number,
  ol_supply_w_id: 1,
  ol_delivery_d: null,
  ol_quantity: 5,
  ol_amount: '129.80',
});
const NUMBERS = [1, 2, 3, 4, 5];

type Rows = Parameters<Parameters<ReturnType<typeof given>['transaction']>[0]>[0];
const placed = (t: Rows): Rows =>
  NUMBERS.reduce((rows, n) => rows.insert(orderLine, line(n)), t.insert(oorder, header).insert(newOrder, queue));
const delivered = (t: Rows): Rows =>
  NUMBERS.reduce(
    (rows, n) => rows.update(orderLine, { ...lineKey(n), ol_delivery_d: at }),
    t.delete(newOrder, queue).update(oorder, { o_w_id: 1, o_d_id: 3, o_id: 3001, o_carrier_id: 7 }),
  );

it('are placed with all lines, and delivered when they leave the queue', () => {
  given(rules)
    .transaction(placed)
    .expect({ type: 'OrderPlaced', key: '1/3/3001', data: { orderNumber: 3001, customerNumber: 1204 } })
    .transaction(delivered)
    .expect({ type: 'OrderDelivered', key: '1/3/3001', data: { carrier: 7, deliveredAt: at, lineCount: 5 } });
});

it('are not placed while a line is missing', () => {
  given(rules)
    .transaction((t) => t.insert(oorder, header).insert(newOrder, queue).insert(orderLine, line(1)))
    .expect();
});

it('say nothing of an order that a snapshot tells, but of its delivery afterwards', () => {
  given(rules).baseline(placed).expect().transaction(delivered).expect({ type: 'OrderDelivered', key: '1/3/3001' });
});

it('say nothing of an order that was delivered before the snapshot', () => {
  given(rules)
    .baseline((t) => delivered(placed(t)))
    .expect()
    .transaction((t) => t.update(oorder, { o_w_id: 1, o_d_id: 3, o_id: 3001, o_all_local: 0 }))
    .expect();
});

it('are what every variant is given, whatever the rules of its checkout are', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'dragoman-bench-test-'));
  try {
    const built = await build({ name: 'a', checkout: projectDirectory, directory, rules: tpcc(1).rules });
    const { rules: loaded } = await loadRules(built.rules);
    expect(loaded.topics).toEqual(['tpcc.orders']);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

/** How large the backlog of TPC-C's shape becomes, what must come of it, and with what it is measured. */
import { describe, expect, it } from 'vitest';
import { NaiveScan, type NaiveRow } from '../../../bench/backlog/naive-scan.js';
import { benchCommand, type BenchOptions, optionsOf } from '../../../bench/options.js';
import { TPCC_FACTS } from '../../../bench/tpcc/naive-facts.js';
import { tpccSize } from '../../../bench/tpcc/workload.js';

const order = { o_w_id: 2, o_d_id: 9, o_id: 17, o_ol_cnt: 2, o_carrier_id: null };
const queue = { no_w_id: 2, no_d_id: 9, no_o_id: 17 };
const line = (ol_number: number) => ({ ol_w_id: 2, ol_d_id: 9, ol_o_id: 17, ol_number, ol_delivery_d: null });
const now = 1_764_000_000_000_000;
const change = (table: string, op: string, after: object | null, before: object | null = null): NaiveRow => ({
  table,
  op,
  after: after as NaiveRow['after'],
  before: before as NaiveRow['before'],
});
const placed = (op: string): NaiveRow[] => [
  change('oorder', op, order),
  change('new_order', op, queue),
  change('order_line', op, line(1)),
  change('order_line', op, line(2)),
];
const delivered = [
  // With the default replica identity the other columns of a deleted row are not there.
  change('new_order', 'd', null, queue),
  change('oorder', 'u', { ...order, o_carrier_id: 7 }),
  change('order_line', 'u', { ...line(1), ol_delivery_d: now }),
  change('order_line', 'u', { ...line(2), ol_delivery_d: now }),
];

describe('the naive scan', () => {
  it('finds an order that is placed, and its delivery', () => {
    const scan = new NaiveScan(TPCC_FACTS);
    const event = { orderId: '2/9/17', occurrence: '' };
    expect(scan.next('7:1', placed('c'))).toEqual([{ ...event, type: 'OrderPlaced', transaction: '7:1' }]);
    expect(scan.next('8:2', delivered)).toEqual([{ ...event, type: 'OrderDelivered', transaction: '8:2' }]);
  });

  it('finds nothing half placed or half delivered', () => {
    const scan = new NaiveScan(TPCC_FACTS);
    expect(scan.next('7:1', placed('c').slice(0, -1))).toEqual([]);
    expect(scan.next('8:2', delivered.slice(0, -1))).toEqual([]);
  });

  it('expects nothing of a snapshot, but what happens afterwards', () => {
    const scan = new NaiveScan(TPCC_FACTS);
    scan.snapshot(placed('r'));
    expect(scan.next('8:2', delivered).map(({ type }) => type)).toEqual(['OrderDelivered']);
    const late = new NaiveScan(TPCC_FACTS);
    late.snapshot([...placed('r'), ...delivered]);
    expect(late.next('9:3', [change('oorder', 'u', { ...order, o_carrier_id: 8 })])).toEqual([]);
  });
});

it.each([1_000, 100_000, 770_000, 1_370_000])('is a third snapshot, and about as large as asked for: %i', (rows) => {
  const { districtOrders, warehouseRounds } = tpccSize(rows);
  const snapshot = districtOrders * 40 * 11.3;
  expect(snapshot / rows).toBeGreaterThanOrEqual(1 / 3);
  expect(snapshot - rows / 3).toBeLessThan(40 * 11.3);
  expect(snapshot + warehouseRounds * 4 * 240 - rows).toBeLessThan(40 * 11.3 + 4 * 240);
});

describe('--tpcc', () => {
  const options = (...args: string[]): BenchOptions => optionsOf(benchCommand().parse(args, { from: 'user' }).opts());

  it('means a drain of 770,000 rows', () => {
    expect(options('--tpcc')).toMatchObject({ workload: 'tpcc', drain: true, latency: false, rows: 770_000 });
    expect(options('--tpcc', '--profile', '--rows', '100000')).toMatchObject({
      profile: true,
      drain: false,
      rows: 100_000,
    });
    expect(options()).toMatchObject({ workload: 'retailer', drain: true, latency: true, rows: 520_000 });
  });

  it.each([['--latency'], ['--poison'], ['--restore'], ['--order-lines', '100']])('refuses %s', (...other) => {
    expect(() => options('--tpcc', ...other)).toThrow(/--tpcc goes with --drain/);
  });
});

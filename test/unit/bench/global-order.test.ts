/** The order in which a backlog's records were written, found out of the partitions that they lie in. */
import { describe, expect, it } from 'vitest';
import { GlobalOrder } from '../../../bench/backlog/global-order.js';

const [ROWS, OTHERS, BOUNDARIES, END] = [0, 1, 2, 255];

class Written {
  readonly order = new GlobalOrder();
  readonly #next = new Map<number, number>();

  put(partition: number, value: object | null): this {
    const at = this.#next.get(partition) ?? 0;
    this.#next.set(partition, at + 1);
    const bytes = value === null ? null : Buffer.from(JSON.stringify(value));
    this.order.add(bytes, partition === BOUNDARIES, { partition, at });
    return this;
  }

  snapshot = (partition: number): this => this.put(partition, { op: 'r', transaction: null });
  change = (partition: number, op: string, xid: number, total_order: number): this =>
    this.put(partition, { op, transaction: { id: `${xid}:${xid * 100 + total_order}`, total_order } });
  begin = (xid: number): this => this.put(BOUNDARIES, { status: 'BEGIN', id: `${xid}:${xid * 100 + 1}` });
  end = (xid: number): this => this.put(BOUNDARIES, { status: 'END', id: `${xid}:${xid * 100 + 99}` });
}

describe('the global order', () => {
  it('is that of END records, with rows in the order in which they were changed', () => {
    const written = new Written().begin(7).begin(8).end(8).end(7);
    written.change(ROWS, 'c', 8, 1).change(ROWS, 'u', 7, 2).change(OTHERS, 'c', 8, 2).change(OTHERS, 'c', 7, 1);
    expect(() => written.order.bytes()).toThrow(/out of order/); // BEGIN of 7 lies before that of 8
    const sound = new Written().begin(8).end(8).begin(7).end(7);
    sound.change(ROWS, 'c', 8, 1).change(ROWS, 'u', 7, 2).change(OTHERS, 'c', 8, 2).change(OTHERS, 'c', 7, 1);
    expect([...sound.order.bytes()]).toEqual([
      ...[BOUNDARIES, ROWS, OTHERS, BOUNDARIES, END],
      ...[BOUNDARIES, OTHERS, ROWS, BOUNDARIES, END],
    ]);
  });

  it('begins with the snapshot, as one group', () => {
    const { order } = new Written().snapshot(OTHERS).begin(8).snapshot(ROWS).change(ROWS, 'u', 8, 1).end(8);
    expect([...order.bytes()]).toEqual([OTHERS, ROWS, END, BOUNDARIES, ROWS, BOUNDARIES, END]);
    expect(order).toMatchObject({ rows: 3, snapshotRows: 2, transactions: 1 });
  });

  it('has a tombstone behind its delete, and is not whole before it', () => {
    const written = new Written().begin(8).change(ROWS, 'd', 8, 1).change(OTHERS, 'u', 8, 2).end(8);
    expect(written.order.isWhole).toBe(false);
    const { order } = written.put(ROWS, null);
    expect(order.isWhole).toBe(true);
    expect(order.rows).toBe(2);
    expect([...order.bytes()]).toEqual([BOUNDARIES, ROWS, ROWS, OTHERS, BOUNDARIES, END]);
  });

  it('is refused when a row is missing, or belongs to nothing', () => {
    expect(() => new Written().begin(8).change(ROWS, 'c', 8, 2).end(8).order.bytes()).toThrow(/not whole/);
    expect(() => new Written().begin(8).change(ROWS, 'c', 7, 1).end(7).order.bytes()).toThrow(/not whole/);
    expect(() => new Written().put(ROWS, { op: 'u', transaction: null })).toThrow(/belongs to no transaction/);
  });
});

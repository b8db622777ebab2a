/** Whose fault it is when a transaction fails, and what the next one finds. */
import { describe, expect, it } from 'vitest';
import { closeGaps, holdOrders, keepOrders } from '../../../src/consumer/store/orders.js';
import { cleanUp } from '../../../src/consumer/store/clean-up.js';
import { storableKey } from '../../../src/consumer/store/storable.js';
import {
  inTransaction,
  isValueRefused,
  isOfEvent,
  type Queries,
  transactionOf,
  type Transactions,
  TryLater,
} from '../../../src/consumer/store/transaction.js';

const failing = (message: string, code?: string): Error =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

describe('an error', () => {
  it.each([
    ['unique violation', '23505'],
    ['cannot affect row a second time', '21000'],
    ['index row requires 12016 bytes', '54000'],
    ['current transaction is aborted', '25P02'],
    ['connection terminated by the customer', 'P0001'],
  ])('of the database that an event can cause is its fault: %s', (message, code) => {
    expect([isOfEvent(failing(message, code)), isValueRefused(failing(message, code))]).toEqual([true, true]);
  });

  it('of the effect itself is the event’s fault in the effect, and nowhere else', () => {
    const error = failing('no such warehouse');
    expect([isOfEvent(error), isValueRefused(error)]).toEqual([true, false]);
  });

  it.each([
    ['deadlock detected', '40P01'],
    ['canceling statement due to lock timeout', '55P03'],
    ['relation does not exist', '42P01'],
    ['connect refused', 'ECONNREFUSED'],
    ['getaddrinfo', 'EAI_AGAIN'],
    ['Query read timeout', undefined],
    ['timeout exceeded when trying to connect', undefined],
    ['Client was closed and is not queryable', undefined],
    ['Connection terminated unexpectedly', undefined],
  ])('that another event would meet, too, is nobody’s: %s', (message, code) => {
    expect([isOfEvent(failing(message, code)), isValueRefused(failing(message, code))]).toEqual([false, false]);
  });
});

describe('a transaction that was not undone', () => {
  const stuck = () => {
    const seen: string[] = [];
    let isDeaf = true;
    const query = (text: string) => {
      seen.push(text.split(' ', 1)[0] ?? '');
      if (isDeaf && text === 'ROLLBACK') return Promise.reject(new Error('Query read timeout'));
      return Promise.resolve({ rows: [] });
    };
    return { client: { query } satisfies Queries, seen, hears: () => (isDeaf = false) };
  };
  const fails = (): Promise<never> => Promise.reject(new Error('no such warehouse'));

  it('ends with its client where clients are pooled', async () => {
    const released: unknown[] = [];
    const client = { ...stuck().client, release: (isBroken?: boolean) => void released.push(isBroken) };
    await expect(inTransaction({ connect: () => Promise.resolve(client) }, fails)).rejects.toThrow('warehouse');
    expect(released).toEqual([true]);
  });

  it('is undone before the next one where there is one client', async () => {
    const { client, seen, hears } = stuck();
    await expect(transactionOf(client, fails)).rejects.toThrow('warehouse');
    hears();
    await transactionOf(client, () => Promise.resolve(1));
    await transactionOf(client, () => Promise.resolve(2));
    expect(seen.join(' ')).toBe('BEGIN ROLLBACK ROLLBACK BEGIN COMMIT BEGIN COMMIT');
  });
});

describe('an order', () => {
  const name = { topic: 'orders.fulfillment', key: '1' };
  /** @param isBegun whether its row is new when it is written. */
  const table = (isBegun: boolean): Queries => ({
    query: (text) => Promise.resolve({ rows: text.includes('INSERT') ? [{ ...name, isBegun }] : [] }),
  });

  it('that two begin at once is begun by one: what it noted is never written over', async () => {
    const keep = async (tx: Queries): Promise<void> =>
      keepOrders(tx, 'test', [...(await holdOrders(tx, 'test', [name])).values()]);
    await expect(keep(table(false))).rejects.toBeInstanceOf(TryLater);
    await expect(keep(table(true))).resolves.toBeUndefined();
  });

  it('keeps which of its gaps were closed, and is held meanwhile', async () => {
    const row = { ...name, parked: false, begun_ms: 0, numbers: { 'A.v1': [1, 9], 'B.v1': [2, 4, [[3, 3]]] } };
    const asked: [string, unknown[] | undefined][] = [];
    const query: Queries['query'] = (text, values) => {
      asked.push([text, values]);
      return Promise.resolve({ rows: text.includes('SELECT') ? [{ ...row, gaps: { 'A.v1': [[2, 8]] } }] : [] });
    };
    await closeGaps({ query }, 'test', { ...name, contract: 'A.v1', gaps: [[4, 20]] });
    await closeGaps({ query }, 'test', { ...name, contract: 'A.v1', gaps: [[2, 8]] });
    await closeGaps({ query }, 'test', { ...name, contract: 'C.v1', gaps: [[2, 8]] });
    const [hold, update, , whole, ...more] = asked;
    expect(hold?.[0]).toContain('FOR UPDATE');
    expect(update?.[0]).not.toContain('seen_at');
    expect(update?.[1]).toEqual([
      ...['test', name.topic, name.key, '{"A.v1":[1,9,[[4,8]]],"B.v1":[2,4,[[3,3]]]}', '{"A.v1":[[2,3]]}'],
    ]);
    expect(whole?.[1]?.slice(3)).toEqual(['{"A.v1":[1,9,[[2,8]]],"B.v1":[2,4,[[3,3]]]}', null]);
    expect(more).toHaveLength(1);
  });

  it('has its key for a name, where PostgreSQL takes it', () => {
    expect(storableKey('4711')).toBe('4711');
    expect(storableKey('a'.repeat(500))).toHaveLength(500);
    const [long, longer] = [storableKey('a'.repeat(501)), storableKey('a'.repeat(502))];
    expect(long).toMatch(/^a{200}#[0-9a-f]{64}$/);
    expect(longer).not.toBe(long);
    expect(storableKey('a\0')).not.toBe(storableKey('a\uFFFD'));
    expect(storableKey('a\0')).not.toContain('\0');
  });
});

describe('what is old', () => {
  /** A table of so many old rows: each look at it passes all that were deleted. */
  const tableOf = (rows: number, isHeld = false) => {
    let [left, passed] = [rows, 0];
    const sizes: number[] = [];
    const query: Queries['query'] = (text, values = []) => {
      const isOf = text.includes('dragoman_inbox');
      if (!isOf) return Promise.resolve({ rows: [] });
      if (text.includes('DELETE')) {
        const count = isHeld ? 0 : (values[2] as unknown[]).length;
        sizes.push(count);
        left -= count;
        return Promise.resolve({ rows: Array.from({ length: count }, () => ({})) });
      }
      passed += rows - left;
      return Promise.resolve({
        rows: Array.from({ length: Math.min(left, values[2] as number) }, () => ({ event_id: '' })),
      });
    };
    const transaction: Transactions['transaction'] = (use) => use({ query });
    return { database: { transaction }, passed: () => passed, sizes };
  };
  const kept = { consumer: 'test', eventsKeptDays: 30, ordersKeptDays: 400 };

  it('is deleted in small parts, without looking at all of them for each', async () => {
    const table = tableOf(250_000);
    expect(await cleanUp(table.database, kept)).toEqual({ events: 250_000, orders: 0 });
    expect(Math.max(...table.sizes)).toBeLessThanOrEqual(5_000);
    expect(table.passed()).toBeLessThan(1_000_000);
  });

  it('and held by somebody is left for the next time', async () => {
    expect(await cleanUp(tableOf(250_000, true).database, kept)).toEqual({ events: 0, orders: 0 });
  });
});

/** The outbox of a service on a real PostgreSQL, without a connector: numbers, repeats, and what is refused before anything is written. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventId } from '../../src/domain/event-id.js';
import { exported, inTransaction, type Outbox, transactionOf } from '../../src/producer/index.js';
import { OwnService } from '../support/producer/service.js';
import { CONTRACT } from '../support/producer/topic.js';

let own: OwnService;
let outbox: Outbox;
const FIRST = { before: 0 };

beforeAll(async () => {
  own = await OwnService.open();
});
afterAll(() => own.close());
beforeEach(async () => {
  await own.pool.query('TRUNCATE dragoman_outbox, dragoman_count, dragoman_ownership');
  outbox = own.outbox();
});

const rows = async (): Promise<string[]> => {
  const text = 'SELECT aggregateid AS key, ce_ordersequence AS number FROM dragoman_outbox ORDER BY position';
  const { rows: all } = await own.pool.query<{ key: string; number: string }>(text);
  return all.map(({ key, number }) => `${key}/${Number(number)}`);
};
/** Records as they would be read of the topics. */
const partition = (number: number, value: object, headers = {}) => ({
  ...{ topic: own.topic, partition: number, offset: '0', value: JSON.stringify(value) },
  headers: { ce_type: 'dragoman.ownership.v1', ce_producer: 'dragoman:x.orders', ...headers },
});
const ownership = (value: object) => ({
  ...{ topic: `${own.name}.ownership`, partition: 0, offset: '0', value: JSON.stringify(value) },
});
const takeOver = (by = outbox) => {
  const handover = own.handover({});
  return by.take(own.pool, [ownership(handover), ...[0, 1, 2].map((number) => partition(number, handover))]);
};
const refused = (code: string) => ({ code }) as never;
/** Somebody waits for who publishes. */
const untilWaiting = (): Promise<void> =>
  vi.waitFor(async () => {
    const text = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
    expect((await own.pool.query(text)).rowCount).toBeGreaterThan(0);
  });

describe('what is published', () => {
  it('is numbered by key, in the order of its transactions, and undone with them', async () => {
    await takeOver();
    expect(await own.publish(outbox, '1', { ...FIRST, occurrence: '1' })).toMatchObject({ sequence: 1 });
    const client = await own.pool.connect();
    const failing = transactionOf(client, async (tx) => {
      await outbox.publish(tx, own.contract, { ...value('1') }, { causationId: 'c', occurrence: '2' });
      throw new Error('no stock');
    });
    await expect(failing).rejects.toThrow('no stock');
    client.release();
    expect(await own.publish(outbox, '1', { occurrence: '3' })).toMatchObject({ sequence: 2 });
    expect(await own.publish(outbox, '2', { ...FIRST, occurrence: '1' })).toMatchObject({ sequence: 1 });
    expect(await rows()).toEqual(['1/1', '1/2', '2/1']);
  });

  it('is numbered without gaps by many at once', async () => {
    await takeOver();
    const all = Array.from({ length: 40 }, (_, at) =>
      own.publish(outbox, String(at % 2), { ...FIRST, occurrence: String(at) }),
    );
    await Promise.all(all);
    for (const key of ['0', '1']) {
      const numbers = (await rows()).filter((row) => row.startsWith(`${key}/`)).map((row) => Number(row.split('/')[1]));
      expect(numbers).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    }
  });

  it('is published once, whoever published it before', async () => {
    await takeOver();
    const first = await own.publish(outbox, '1', { ...FIRST, occurrence: '1' });
    expect(await own.publish(outbox, '1', { occurrence: '1' })).toEqual({ id: first.id, sequence: null });
    const immediate = own.outbox({ owner: 'immediate' });
    await immediate.take(own.pool, [legacy('7', '1', 5)]);
    expect(await own.publish(immediate, '7', { occurrence: '1' })).toMatchObject({ sequence: null });
    expect(await own.publish(immediate, '7', { occurrence: '2' })).toMatchObject({ sequence: 6 });
    expect(await rows()).toEqual(['1/1', '7/6']);
  });

  it('has a number only where the last one is known', async () => {
    await takeOver();
    await expect(own.publish(outbox, '1')).rejects.toMatchObject(refused('SEQUENCE_UNKNOWN'));
    for (const before of [-1, 0.5, NaN])
      await expect(own.publish(outbox, '1', { before })).rejects.toMatchObject(refused('EVENT_INVALID'));
    expect(await own.publish(outbox, '1', { before: 4, occurrence: 'a' })).toMatchObject({ sequence: 5 });
    expect(await own.publish(outbox, '1', { before: 9, occurrence: 'b' })).toMatchObject({ sequence: 6 });
  });
});

it('whatever stands in the topic is read over: numbers and keys that no one gives', async () => {
  await takeOver();
  const keys = ['k'.repeat(10_000), 'zero\0'];
  const odd = [...keys.map((key) => legacy(key, '1', 1)), legacy('7', '1', Number.MAX_SAFE_INTEGER - 1)];
  await outbox.take(own.pool, odd);
  await outbox.take(own.pool, odd);
  const immediate = own.outbox({ owner: 'immediate' });
  expect(await own.publish(immediate, '7', { occurrence: '2' })).toMatchObject({ sequence: Number.MAX_SAFE_INTEGER });
  expect(await own.publish(immediate, keys[0]!, { occurrence: '1' })).toMatchObject({ sequence: null });
  expect(await own.publish(immediate, keys[0]!, { occurrence: '2' })).toMatchObject({ sequence: 2 });
});

describe('what is not owned', () => {
  it('is refused: before the move, of another market, begun in legacy, behind the way back', async () => {
    const notOwned = refused('ROUTE_NOT_OWNED');
    await expect(own.publish(outbox, '1', FIRST)).rejects.toMatchObject(notOwned);
    const handover = own.handover({});
    await outbox.take(own.pool, [ownership(handover), partition(0, handover), partition(1, handover)]);
    await expect(own.publish(outbox, '1', FIRST)).rejects.toMatchObject(notOwned);
    await outbox.take(own.pool, [legacy('7', '1', 5), partition(2, handover)]);
    await own.publish(outbox, '1', FIRST);
    await expect(own.publish(outbox, '7', FIRST)).rejects.toMatchObject(notOwned);
    const ask = own.handover({ epoch: 2, from: 'service', to: 'legacy' });
    await outbox.take(own.pool, [ownership({ ...ask, asked: true })]);
    await expect(own.publish(outbox, '2', FIRST)).rejects.toMatchObject(notOwned);
    // What it began is its own until the end.
    expect(await own.publish(outbox, '1', { occurrence: '2' })).toMatchObject({ sequence: 2 });
    const { rows: handed } = await own.pool.query(
      'SELECT partition, ce_ownershipepoch AS epoch FROM dragoman_outbox WHERE partition IS NOT NULL ORDER BY position',
    );
    expect(handed).toEqual([0, 1, 2].map((number) => ({ partition: number, epoch: '2' })));
    expect(await rows()).toHaveLength(5);
  });

  it('is its own that it began, also when its first event comes behind the way back', async () => {
    await takeOver();
    const begin = (key: string, market = 'DE') =>
      inTransaction(own.pool, (tx) => outbox.begin(tx, key, { tenant: 'ACME', market, channel: 'WEB' }));
    await begin('20');
    await begin('20');
    await expect(begin('21', 'AT')).rejects.toMatchObject(refused('ROUTE_NOT_OWNED'));
    const ask = own.handover({ epoch: 2, from: 'service', to: 'legacy' });
    await outbox.take(own.pool, [ownership({ ...ask, asked: true })]);
    await own.pool.query('TRUNCATE dragoman_outbox');
    await expect(begin('22')).rejects.toMatchObject(refused('ROUTE_NOT_OWNED'));
    expect(await own.publish(outbox, '20', { occurrence: '1' })).toMatchObject({ sequence: 1 });
    await expect(own.publish(outbox, '22', FIRST)).rejects.toMatchObject(refused('ROUTE_NOT_OWNED'));
    expect(await rows()).toEqual(['20/1']);
  });

  it('is refused in a transaction that would not see the way back', async () => {
    await takeOver();
    const client = await own.pool.connect();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    const publishing = outbox.publish(client, own.contract, value('1'), { ...FIRST, causationId: 'c' });
    await expect(publishing).rejects.toMatchObject(refused('OUTBOX_ISOLATED'));
    await client.query('ROLLBACK');
    client.release();
  });

  it('is refused where the tables are not there', async () => {
    await own.pool.query('ALTER TABLE dragoman_count RENAME TO gone');
    await expect(takeOver().then(() => own.publish(outbox, '1', FIRST))).rejects.toMatchObject(
      refused('OUTBOX_MISSING'),
    );
    await own.pool.query('ALTER TABLE gone RENAME TO dragoman_count');
  });
});

describe('handing back', () => {
  it('waits for transactions that publish, lets none in behind it, and is tried again when they take too long', async () => {
    await takeOver();
    const slow = await own.pool.connect();
    await slow.query('BEGIN');
    await outbox.publish(slow, own.contract, value('1'), { ...FIRST, causationId: 'c' });
    const ask = [ownership({ ...own.handover({ epoch: 2, from: 'service', to: 'legacy' }), asked: true })];
    await expect(own.outbox({ handBackWaitMaxMs: 100 }).take(own.pool, ask)).rejects.toMatchObject({ code: '55P03' });
    const handing = outbox.take(own.pool, ask);
    await untilWaiting();
    const late = own.publish(outbox, '2', FIRST).catch((error: unknown) => error);
    await slow.query('COMMIT');
    slow.release();
    await handing;
    expect(await late).toMatchObject(refused('ROUTE_NOT_OWNED'));
    const { rows: all } = await own.pool.query<{ partition: number | null }>(
      'SELECT partition FROM dragoman_outbox ORDER BY position',
    );
    expect(all.map(({ partition: place }) => place)).toEqual([null, 0, 1, 2]);
  });

  it('is done contract by contract: who publishes under several is waited for, and waits for nobody', async () => {
    const { published } = own.contract;
    const properties = { ...(published.value['properties'] as object), eventType: { const: 'Another' } };
    const form = { value: { ...published.value, properties }, name: 'Another', type: 'Another.v1' };
    const another = exported<unknown>({ ...published, ...form });
    const both = own.outbox({ contracts: [own.contract, another] });
    const handovers = [CONTRACT, 'Another.v1'].map((contract) => own.handover({ contract }));
    for (const handover of handovers)
      await both.take(own.pool, [ownership(handover), ...[0, 1, 2].map((number) => partition(number, handover))]);
    const slow = await own.pool.connect();
    await slow.query('BEGIN');
    await both.publish(slow, own.contract, value('1'), { ...FIRST, causationId: 'c' });
    const asks = handovers.map((of) => ownership({ ...of, epoch: 2, from: 'service', to: 'legacy', asked: true }));
    const handing = both.take(own.pool, asks.reverse());
    await untilWaiting();
    await both.publish(slow, another, value('1'), { ...FIRST, causationId: 'c' });
    await slow.query('COMMIT');
    slow.release();
    await handing;
    expect((await both.standing(own.pool)).map(({ routes }) => routes[0]?.stage)).toEqual(['legacy', 'legacy']);
  });

  it('is done once, by however many are asked at once and however often', async () => {
    await takeOver();
    const ask = [ownership({ ...own.handover({ epoch: 2, from: 'service', to: 'legacy' }), asked: true })];
    await Promise.all([1, 2, 3].map(() => own.outbox().take(own.pool, ask)));
    const { rowCount } = await own.pool.query('SELECT FROM dragoman_outbox');
    expect(rowCount).toBe(3);
    expect(await outbox.standing(own.pool)).toMatchObject([{ routes: [{ epoch: 2, stage: 'legacy', coming: null }] }]);
  });
});

describe('what is tried out', () => {
  it('has numbers of its own, and says nothing of whose an order is', async () => {
    const trial = own.trial();
    const publishing = (occurrence: string) => own.publish(trial, '1', { occurrence });
    expect(await publishing('1')).toMatchObject({ sequence: 1 });
    expect(await publishing('2')).toMatchObject({ sequence: 2 });
    expect(await publishing('1')).toMatchObject({ sequence: null });
    await takeOver();
    await expect(own.publish(outbox, '1')).rejects.toMatchObject(refused('SEQUENCE_UNKNOWN'));
    expect(await own.publish(outbox, '1', { ...FIRST, occurrence: '1' })).toMatchObject({ sequence: 1 });
    expect(await publishing('3')).toMatchObject({ sequence: 3 });
    const { rows: topics } = await own.pool.query('SELECT aggregatetype FROM dragoman_outbox ORDER BY position');
    expect(topics.map(({ aggregatetype }) => aggregatetype === own.topic)).toEqual([false, false, true, false]);
    await outbox.take(own.pool, [legacy('7', '1', 5)]);
    await own.publish(trial, '7', { occurrence: '1' });
    await expect(own.publish(outbox, '7')).rejects.toMatchObject(refused('ROUTE_NOT_OWNED'));
  });
});

it('what is old is deleted', async () => {
  await takeOver();
  await own.publish(outbox, '1', FIRST);
  await own.pool.query(`UPDATE dragoman_outbox SET written_at = now() - interval '8 days'`);
  await outbox.cleanUp(own.pool);
  expect(await rows()).toEqual([]);
  expect(await own.publish(outbox, '1', { occurrence: '2' })).toMatchObject({ sequence: 2 });
});

const value = (orderId: string) => ({
  ...{ orderId, tenant: null, market: 'DE', channel: null, releaseNumber: '1', warehouseCode: 'W1' },
  releasedAt: '2026-03-01T00:00:00Z',
});
/** An event of Dragoman, as far as the outbox looks at it. */
const legacy = (key: string, occurrence: string, sequence: number) => ({
  ...{ topic: own.topic, partition: 0, offset: '0', key, value: '{}' },
  headers: {
    ce_type: 'OrderReleasedToWarehouse.v1',
    ce_id: eventId({ contract: 'OrderReleasedToWarehouse', majorVersion: 1, aggregateId: key, occurrence }),
    ce_ordersequence: String(sequence).padStart(12, '0'),
    ce_producer: 'dragoman:x.orders',
  },
});

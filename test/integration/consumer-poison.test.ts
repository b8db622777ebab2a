/** The consumer kit on a real PostgreSQL: no single event, whatever is in it or comes of it, keeps the others from having their effects. */
import { describe, expect, it } from 'vitest';
import { orderReleasedToWarehouseV1 } from '../../rules/contracts/order-released-to-warehouse.v1.js';
import { type Effect, on, onBatch, type Reading } from '../../src/consumer/index.js';
import type { Fields } from '../../src/consumer/read/content.js';
import { effects, insertEffect, moved, ownTables, pool, released, rig } from '../support/consumer/inbox.js';
import { TOPIC, withHeaders } from '../support/consumer/records.js';

ownTables();

const OTHER = ['2/1'];

describe('a record that PostgreSQL cannot take as it is', () => {
  const noise = Array.from({ length: 6_000 }, (_, at) => String.fromCharCode(33 + ((at * at * 7 + at * 13) % 89))).join(
    '',
  );
  const long = Array.from(noise, (sign, at) => String.fromCharCode(sign.charCodeAt(0) + ((at >> 5) % 300) * 64)).join(
    '',
  );
  const bad = (): ReturnType<typeof released> => ({ ...released('1', 1), value: null });
  it.each([
    ['has a zero byte in its key', () => ({ ...bad(), key: Buffer.from('1\0') }), 'VALUE_ABSENT'],
    ['has a key that no index has room for', () => ({ ...bad(), key: Buffer.from(long) }), 'VALUE_ABSENT'],
    ['has a zero byte in the name of a header', () => withHeaders(bad(), { 'a\0': 'b' }), 'VALUE_ABSENT'],
    [
      'has a zero byte in its type',
      () => withHeaders(released('1', 1), { 'content-type': 'a\0' }),
      'CONTENT_TYPE_UNKNOWN',
    ],
  ] as const)('%s: it is parked, byte for byte, and may be given up', async (_, made, code) => {
    const { take, inbox, letters } = rig();
    const record = made();
    expect(await take(record, released('2', 1))).toEqual([code, null]);
    expect(await effects()).toEqual(OTHER);
    expect(letters).toMatchObject([{ record }]);
    const [parked] = await inbox.parked(pool);
    const { rows } = await pool.query<{ record_key: Uint8Array }>('SELECT record_key FROM dragoman_parked');
    expect(Buffer.from(rows[0]?.record_key ?? [])).toEqual(Buffer.from(record.key as Buffer));
    expect(await inbox.discard(pool, parked ?? { topic: '', key: '' })).toEqual({ done: true, applied: 0 });
    expect(await inbox.parked(pool)).toEqual([]);
    expect(await take(record)).toEqual(['EVENT_DISCARDED']);
  });
});

describe('an effect that fails in a way that shows late', () => {
  const only = (fails: Effect<Fields>): Reading[] => [
    on(orderReleasedToWarehouseV1, async (event, tx) => {
      await tx.query(insertEffect, [event.key, event.sequence]);
      if (event.key === '1') await fails(event as never, tx);
    }),
  ];
  it.each<[string, Effect<Fields>]>([
    [
      'at COMMIT, by a deferred constraint',
      async (_, tx) => {
        await tx.query('CREATE TABLE once (n integer UNIQUE DEFERRABLE INITIALLY DEFERRED)');
        await tx.query('INSERT INTO once VALUES (1), (1)');
      },
    ],
    [
      'at the next statement, which is the kit’s',
      (_, tx) => tx.query('INSERT INTO dragoman_order (consumer) VALUES (NULL)').catch(() => undefined),
    ],
    [
      'at its own next statement',
      async (_, tx) => {
        await tx.query('INSERT INTO dragoman_order (consumer) VALUES (NULL)').catch(() => undefined);
        await tx.query('SELECT 1');
      },
    ],
    ['in words with a zero byte', () => Promise.reject(new Error('no warehouse \0'))],
    ['by more than the database has room for', (_, tx) => tx.query(`SELECT repeat('x', 2000000000)::text || 'x'`)],
  ])('%s, parks that event alone', async (_, fails) => {
    const { take, inbox } = rig({ reads: only(fails) });
    expect(await take(released('1', 1), released('2', 1))).toEqual(['EFFECT_FAILED', null]);
    expect(await effects()).toEqual(OTHER);
    expect(await inbox.retry(pool, { topic: TOPIC, key: '1' })).toMatchObject({ done: false });
  });

  it('because of several events together, has its effect for each by itself', async () => {
    const rows = 'SELECT * FROM unnest($1::text[], $2::integer[])';
    const reads = [
      onBatch(orderReleasedToWarehouseV1, (events, tx) =>
        tx.query(`INSERT INTO newest ${rows} ON CONFLICT (key) DO UPDATE SET n = EXCLUDED.n`, [
          events.map(({ key }) => key),
          events.map(({ sequence }) => sequence),
        ]),
      ),
    ];
    await pool.query('CREATE TABLE newest (key text PRIMARY KEY, n integer)');
    expect(await rig({ reads }).take(released('1', 1), released('1', 2))).toEqual([null, null]);
    expect((await pool.query('SELECT key, n FROM newest')).rows).toEqual([{ key: '1', n: 2 }]);
  });
});

it('records without a key are of one order, and bounded as all are', async () => {
  const { take } = rig({ parkedRecordsMax: 2 });
  const keyless = (): ReturnType<typeof released> => ({ ...released('1', 1), key: null, value: null });
  await take(keyless(), keyless());
  await expect(take(keyless(), released('2', 1))).rejects.toMatchObject({ code: 'INBOX_FULL' });
  expect(await effects()).toEqual([]);
  expect(await take(released('2', 1))).toEqual([null]);
});

describe('a dead letter that was not written', () => {
  it('is written when the record is read again, also of an event, and with why it was parked', async () => {
    const reads = [on(orderReleasedToWarehouseV1, () => Promise.reject(new Error('no such warehouse')))];
    const [bad, behind] = [released('1', 1), released('1', 2)];
    const away = rig({ reads, deadLetters: () => Promise.reject(new Error('no broker')) });
    await expect(away.take(bad, behind)).rejects.toThrow('no broker');
    const { take, letters } = rig({ reads });
    expect(await take(bad, behind, moved(bad))).toEqual(['EFFECT_FAILED', 'ORDER_WAITS', 'EVENT_REPUBLISHED']);
    expect(letters).toMatchObject([{ code: 'EFFECT_FAILED', record: bad }]);
    expect(letters[0]?.text).toContain('no such warehouse');
  });
});

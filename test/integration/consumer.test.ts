/** The consumer kit on a real PostgreSQL: each event has its effect once, and nothing is lost, whatever comes. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { orderReleasedToWarehouseV1 } from '../../rules/contracts/order-released-to-warehouse.v1.js';
import { type ConsumedRecord, on, TryLater } from '../../src/consumer/index.js';
import { GAPS_MAX } from '../../src/consumer/store/numbers.js';
import { effects, insertEffect, moved, ownTables, pool, released, rig } from '../support/consumer/inbox.js';
import { TOPIC, withHeaders } from '../support/consumer/records.js';

ownTables();

describe('repeats', () => {
  it('have no effect: read again, or published again, in the same batch or a later one', async () => {
    const { take, inbox } = rig();
    const [one, two] = [released('1', 1), released('1', 2)];
    const copy = moved(one);
    expect(await take(one, two, copy)).toEqual([null, null, 'EVENT_REPUBLISHED']);
    expect(await take(one, moved(two))).toEqual(['EVENT_READ_AGAIN', 'EVENT_REPUBLISHED']);
    expect(await effects()).toEqual(['1/1', '1/2']);
    expect(inbox.counts).toMatchObject({ applied: 2, EVENT_READ_AGAIN: 1, EVENT_REPUBLISHED: 2 });
  });

  it('that say so have no effect either, and one that was lost has it', async () => {
    const { take } = rig();
    const marked = { 'dragoman-repeat': Buffer.from(randomUUID()) };
    const [one, two, lost] = [released('1', 1), released('1', 2), released('1', 3)];
    const next = released('1', 4);
    await take(one, two, next);
    const repeats = [one, two, lost].map((record) => withHeaders(moved(record), marked));
    expect(await take(...repeats)).toEqual(['EVENT_REPUBLISHED', 'EVENT_REPUBLISHED', 'SEQUENCE_LATE']);
    expect(await effects()).toEqual(['1/1', '1/2', '1/4', '1/3']);
  });

  it('are none for another consumer', async () => {
    await rig().take(released('1', 1));
    expect(await rig({ consumer: 'other' }).take(released('1', 1))).toEqual([null]);
  });

  it('older than ids are kept are known by their number', async () => {
    const old = released('1', 1, { occurredAt: '2020-01-01T00:00:00.000Z' });
    const { take, inbox } = rig();
    await take(old, released('1', 2));
    const days = `now() - interval '40 days'`;
    await pool.query(`UPDATE dragoman_inbox SET taken_at = ${days}; UPDATE dragoman_order SET begun_at = ${days}`);
    expect(await inbox.cleanUp(pool)).toEqual({ events: 2, orders: 0 });
    expect(await take(moved(old))).toEqual(['EVENT_KNOWN_BY_NUMBER']);
    expect(await effects()).toEqual(['1/1', '1/2']);
  });
});

it('a later major is told of once, and counted', async () => {
  const { take, inbox } = rig();
  const later = (key: string): ConsumedRecord =>
    withHeaders(released(key, 1), { ce_type: 'com.example.OrderReleasedToWarehouse.v2' });
  expect(await take(later('1'), later('2'))).toEqual(['VERSION_NEWER', null]);
  expect(await take(later('3'))).toEqual([null]);
  expect(inbox.counts).toMatchObject({ VERSION_NEWER: 3, applied: 0 });
});

describe('numbers', () => {
  it('that are skipped are told, kept, and closed when they come', async () => {
    const { take, inbox } = rig();
    expect(await take(released('1', 1), released('1', 4))).toEqual([null, 'SEQUENCE_GAP']);
    const gap = { topic: TOPIC, key: '1', contract: 'OrderReleasedToWarehouse.v1' };
    expect(await inbox.gaps(pool)).toMatchObject([{ ...gap, gaps: [[2, 3]] }]);
    expect(await take(released('1', 3), released('1', 2), released('1', 5))).toEqual([
      ...['SEQUENCE_LATE', 'SEQUENCE_LATE'],
      null,
    ]);
    expect(await inbox.gaps(pool)).toEqual([]);
    expect(await effects()).toEqual(['1/1', '1/4', '1/3', '1/2', '1/5']);
  });

  it('that are missing may be closed: nobody waits for them, and the order is deleted when it is old', async () => {
    const { take, inbox } = rig();
    await take(released('1', 1), released('1', 4), released('2', 1), released('2', 3));
    await pool.query(`UPDATE dragoman_order SET seen_at = now() - interval '500 days' WHERE key = '1'`);
    const [open] = await inbox.gaps(pool);
    expect(open).toMatchObject({ key: '1', gaps: [[2, 3]] });
    await inbox.closeGaps(pool, { ...open!, gaps: [[3, 3]] });
    expect(await inbox.gaps(pool)).toMatchObject([{ key: '1', gaps: [[2, 2]] }, { key: '2' }]);
    expect(await inbox.cleanUp(pool)).toMatchObject({ orders: 0 });
    await inbox.closeGaps(pool, open!);
    expect(await inbox.gaps(pool)).toMatchObject([{ key: '2' }]);
    expect(await inbox.cleanUp(pool)).toMatchObject({ orders: 1 });
    await inbox.closeGaps(pool, { ...open!, key: '2', gaps: [[2, 2]] });
    const late = released('2', 2);
    expect(await take(late, released('2', 4))).toEqual(['SEQUENCE_CLOSED', null]);
    expect(await take(late)).toEqual(['EVENT_READ_AGAIN']);
    expect(await effects()).toEqual(['1/1', '1/4', '2/1', '2/3', '2/4']);
  });

  it('that make more gaps than are kept park the order, until some are closed', async () => {
    const { take, inbox } = rig();
    await take(...Array.from({ length: GAPS_MAX + 1 }, (_, i) => released('1', 1 + 2 * i)));
    expect(await take(released('1', 1_000))).toEqual(['SEQUENCE_GAPS_FULL']);
    for (const open of await inbox.gaps(pool)) await inbox.closeGaps(pool, open);
    expect(await inbox.retry(pool, { topic: TOPIC, key: '1' })).toEqual({ done: true, applied: 1 });
  });

  it('may begin in the middle; what came before may still come', async () => {
    const { take } = rig();
    expect(await take(released('1', 7), released('1', 8))).toEqual(['SEQUENCE_BEGINS_LATE', null]);
    expect(await take(released('1', 6))).toEqual(['SEQUENCE_LATE']);
  });

  it('that another event has park the order', async () => {
    const { take } = rig();
    await take(released('1', 1));
    const other = released('1', 1, { eventId: randomUUID() });
    expect(await take(other, released('1', 2), released('2', 1))).toEqual(['SEQUENCE_TAKEN', 'ORDER_WAITS', null]);
    expect(await effects()).toEqual(['1/1', '2/1']);
  });
});

describe('what cannot take effect', () => {
  const broken = (key: string): ConsumedRecord => ({ ...released(key, 1), value: Buffer.from('{') });

  it('parks its order, and only it; the bytes go to the dead letters', async () => {
    const { take, letters, inbox } = rig();
    const bad = broken('1');
    expect(await take(bad, released('2', 1), released('1', 2))).toEqual(['EVENT_NOT_JSON', null, 'ORDER_WAITS']);
    expect(await take(bad, released('1', 3))).toEqual(['EVENT_NOT_JSON', 'ORDER_WAITS']);
    expect(await effects()).toEqual(['2/1']);
    expect(letters[0]).toMatchObject({
      record: bad,
      headers: {
        ce_type: bad.headers?.['ce_type'],
        'dragoman.dlq.error.code': 'EVENT_NOT_JSON',
        'dragoman.dlq.group': 'test',
        'dragoman.dlq.origin.topic': TOPIC,
        'kafka_dlt-original-topic': TOPIC,
      },
    });
    expect(await inbox.parked(pool)).toMatchObject([{ key: '1', code: 'EVENT_NOT_JSON', records: 3 }]);
  });

  it('is tried again as it was read, and with it what waits, in order', async () => {
    let isMended = false;
    const reads = [
      on(orderReleasedToWarehouseV1, ({ key, sequence }, tx) => {
        if (sequence === 2 && !isMended) throw new Error('no such warehouse');
        return tx.query(insertEffect, [key, sequence]);
      }),
    ];
    const { take, inbox, letters } = rig({ reads });
    const events = [1, 2, 3].map((sequence) => released('1', sequence));
    expect(await take(...events, released('2', 1))).toEqual([null, 'EFFECT_FAILED', 'ORDER_WAITS', null]);
    expect(letters.map(({ code }) => code)).toEqual(['EFFECT_FAILED']);
    const order = { topic: TOPIC, key: '1' };
    expect(await inbox.retry(pool, order)).toMatchObject({
      done: false,
      text: expect.stringContaining('no such') as string,
    });
    expect(await take(released('1', 4))).toEqual(['ORDER_WAITS']);
    isMended = true;
    expect(await inbox.retry(pool, order)).toEqual({ done: true, applied: 3 });
    expect(await take(released('1', 5), ...events)).toEqual([
      ...[null, 'EVENT_READ_AGAIN', 'EVENT_READ_AGAIN', 'EVENT_READ_AGAIN'],
    ]);
    expect(await effects()).toEqual(['1/1', '2/1', '1/2', '1/3', '1/4', '1/5']);
    expect(await inbox.parked(pool)).toEqual([]);
  });

  it('may be given up: the others go on, and its number is a gap', async () => {
    const { take, inbox } = rig();
    const bad = { ...released('1', 2), value: null };
    await take(released('1', 1), bad, released('1', 3));
    expect(await inbox.discard(pool, { topic: TOPIC, key: '1' })).toEqual({ done: true, applied: 1 });
    expect(await effects()).toEqual(['1/1', '1/3']);
    expect(await inbox.gaps(pool)).toMatchObject([{ gaps: [[2, 2]] }]);
    expect(await take(bad, released('1', 4))).toEqual(['EVENT_DISCARDED', null]);
  });

  it('stops the consumer where too many orders park, and nothing is lost', async () => {
    const { take, inbox } = rig({ parkedOrdersMax: 2 });
    await take(broken('1'), broken('2'));
    await expect(take(broken('3'), released('4', 1))).rejects.toMatchObject({ code: 'INBOX_FULL' });
    await expect(take(broken('3'))).rejects.toMatchObject({ code: 'INBOX_FULL' });
    await inbox.discard(pool, { topic: TOPIC, key: '1' });
    expect(await take(broken('3'), released('4', 1))).toEqual(['EVENT_NOT_JSON', null]);
  });

  it('for a violated constraint is the fault of the event; for a missing table it is not', async () => {
    const reads = (sql: string) => [on(orderReleasedToWarehouseV1, (_, tx) => tx.query(sql))];
    const { take } = rig({ reads: reads('INSERT INTO dragoman_order (consumer) VALUES (NULL)') });
    expect(await take(released('1', 1), released('2', 1))).toEqual(['EFFECT_FAILED', 'EFFECT_FAILED']);
    await expect(rig({ reads: reads('SELECT FROM nowhere') }).take(released('3', 1))).rejects.toThrow('nowhere');
  });
});

describe('what is not the fault of an event', () => {
  it('undoes the batch, which takes effect when it is read again', async () => {
    let isBusy = true;
    const reads = [
      on(orderReleasedToWarehouseV1, async ({ key, sequence }, tx) => {
        await tx.query(insertEffect, [key, sequence]);
        if (isBusy && key === '2') throw new TryLater('the warehouse does not answer');
      }),
    ];
    const { take, inbox } = rig({ reads });
    const batch = [released('1', 1), released('2', 1)];
    await expect(take(...batch)).rejects.toThrow('does not answer');
    expect(await effects()).toEqual([]);
    isBusy = false;
    expect(await take(...batch)).toEqual([null, null]);
    expect(await effects()).toEqual(['1/1', '2/1']);
    expect(inbox.counts.applied).toBe(2);
  });

  it('may be a connection that is lost in the middle', async () => {
    let isLost = false;
    const reads = [
      on(orderReleasedToWarehouseV1, async ({ key, sequence }, tx) => {
        await tx.query(insertEffect, [key, sequence]);
        if (isLost) return;
        isLost = true;
        await tx.query('SELECT pg_terminate_backend(pg_backend_pid())');
      }),
    ];
    const { take } = rig({ reads });
    await expect(take(released('1', 1))).rejects.toThrow();
    expect(await take(released('1', 1))).toEqual([null]);
    expect(await effects()).toEqual(['1/1']);
  });

  it('may be tables that are not there', async () => {
    await pool.query('ALTER TABLE dragoman_inbox RENAME TO gone');
    await expect(rig().take(released('1', 1))).rejects.toMatchObject({ code: 'INBOX_MISSING' });
    await pool.query('ALTER TABLE gone RENAME TO dragoman_inbox');
  });

  it('may be dead letters that cannot be written: they are tried when the records are read again', async () => {
    const [bad, good] = [{ ...released('1', 1), value: null }, released('2', 1)];
    const { take } = rig({ deadLetters: () => Promise.reject(new Error('no broker')) });
    await expect(take(bad, good)).rejects.toThrow('no broker');
    const second = rig();
    expect(await second.take(bad, good)).toEqual(['VALUE_ABSENT', 'EVENT_READ_AGAIN']);
    expect(second.letters).toHaveLength(1);
    expect(await effects()).toEqual(['2/1']);
  });
});

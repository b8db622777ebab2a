/** The consumer kit on a real PostgreSQL: each event has its effect once, and nothing is lost, whatever comes. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { orderAcceptedForFulfillmentV1 } from '../../rules/contracts/order-accepted-for-fulfillment.v1.js';
import { orderReleasedToWarehouseV1 } from '../../rules/contracts/order-released-to-warehouse.v1.js';
import { loadRules } from '../../src/adapters/files/rules-loader.js';
import { publishedContracts } from '../../src/contracts/published-contracts.js';
import { mockBroken, mockTroubles } from '../../src/mocks/index.js';
import { SETTINGS } from '../support/contracts/published.js';
import {
  type ConsumedRecord,
  type ConsumerCode,
  type DeadLetter,
  deadLetterTopic,
  exported,
  Inbox,
  INBOX_SQL,
  type InboxOptions,
  type Notice,
  on,
  onBatch,
  TryLater,
} from '../../src/consumer/index.js';
import { consumedRecords, fieldsOf, TOPIC, withFields, withHeaders } from '../support/pipeline/consumed.js';

const { postgres, kafka } = inject('stack');
const schema = `consumer_${randomUUID().slice(0, 8)}`;
let pool: pg.Pool;

beforeAll(async () => {
  const { host, port, user, password, database } = postgres;
  pool = new pg.Pool({ host, port, user, password, database, options: `-c search_path=${schema}`, max: 12 });
  pool.on('error', () => undefined); // one that a test ended
  await pool.query(`CREATE SCHEMA ${schema}`);
});
afterAll(async () => {
  await pool.query(`DROP SCHEMA ${schema} CASCADE`);
  await pool.end();
});
beforeEach(async () => {
  await pool.query(`${INBOX_SQL}; CREATE TABLE IF NOT EXISTS effect (id serial, key text, sequence integer);
    TRUNCATE dragoman_inbox, dragoman_order, dragoman_parked, effect`);
});

const [template] = consumedRecords().filter((record) => fieldsOf(record)['eventType'] === 'OrderReleasedToWarehouse');
let offsets = 1_000;

/** Number `sequence` of that order; the same id for the same number. */
function released(key: string, sequence: number, fields: Readonly<Record<string, unknown>> = {}): ConsumedRecord {
  offsets += 1;
  const eventId = `00000000-0000-5000-8000-${key.padStart(6, '0')}${String(sequence).padStart(6, '0')}`;
  const occurredAt = new Date().toISOString();
  const record = withFields(template!, { eventId, sequence, orderId: key, occurredAt, ...fields });
  return { ...withHeaders(record, { ce_id: undefined }), key, offset: String(offsets) };
}
const moved = (record: ConsumedRecord): ConsumedRecord => ({ ...record, offset: String((offsets += 1)) });

const insertEffect = 'INSERT INTO effect (key, sequence) VALUES ($1, $2)';
const write = on(orderReleasedToWarehouseV1, ({ key, sequence }, tx) => tx.query(insertEffect, [key, sequence]));

interface Rig {
  readonly inbox: Inbox;
  readonly notices: Notice[];
  readonly letters: DeadLetter[];
  readonly take: (...records: readonly ConsumedRecord[]) => Promise<(ConsumerCode | null)[]>;
}

function rig(options: Partial<InboxOptions> = {}): Rig {
  const notices: Notice[] = [];
  const letters: DeadLetter[] = [];
  const inbox = new Inbox({
    ...{ consumer: 'test', reads: [write], tell: (notice: Notice) => notices.push(notice) },
    deadLetters: (some) => Promise.resolve(letters.push(...some)),
    ...options,
  });
  const take = async (...records: readonly ConsumedRecord[]): Promise<(ConsumerCode | null)[]> => {
    const before = notices.length;
    await inbox.take(pool, records);
    const told = notices.slice(before);
    return records.map(({ offset }) => told.find(({ place }) => place.offset === String(offset))?.code ?? null);
  };
  return { inbox, notices, letters, take };
}

async function effects(): Promise<string[]> {
  const { rows } = await pool.query<{ key: string; sequence: number }>('SELECT key, sequence FROM effect ORDER BY id');
  return rows.map(({ key, sequence }) => `${key}/${sequence}`);
}

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

describe('numbers', () => {
  it('that are skipped are told, kept, and closed when they come', async () => {
    const { take, inbox } = rig();
    expect(await take(released('1', 1), released('1', 4))).toEqual([null, 'SEQUENCE_GAP']);
    const gap = { topic: TOPIC, key: '1', contract: 'OrderReleasedToWarehouse.v1' };
    expect(await inbox.gaps(pool)).toEqual([{ ...gap, gaps: [[2, 3]] }]);
    expect(await take(released('1', 3), released('1', 2), released('1', 5))).toEqual([
      ...['SEQUENCE_LATE', 'SEQUENCE_LATE'],
      null,
    ]);
    expect(await inbox.gaps(pool)).toEqual([]);
    expect(await effects()).toEqual(['1/1', '1/4', '1/3', '1/2', '1/5']);
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
    await take(released('1', 1), { ...released('1', 2), value: null }, released('1', 3));
    expect(await inbox.discard(pool, { topic: TOPIC, key: '1' })).toEqual({ done: true, applied: 1 });
    expect(await effects()).toEqual(['1/1', '1/3']);
    expect(await inbox.gaps(pool)).toMatchObject([{ gaps: [[2, 2]] }]);
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

describe('many at once', () => {
  const orders = ['1', '2', '3', '4', '5', '6'];
  const stream = (): ConsumedRecord[] => [1, 2, 3, 4, 5].flatMap((n) => orders.map((key) => released(key, n)));
  const inOrder = async (): Promise<void> => {
    const all = await effects();
    expect(all).toHaveLength(orders.length * 5);
    for (const key of orders)
      expect(all.filter((one) => one.startsWith(`${key}/`))).toEqual([1, 2, 3, 4, 5].map((n) => `${key}/${n}`));
  };

  it('who read the same records in other pieces give each effect once, in order, and never wait in a circle', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 3, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(sizes, async (pieces) => {
        await pool.query('TRUNCATE dragoman_inbox, dragoman_order, dragoman_parked, effect');
        const records = stream();
        const readAll = async (size: number): Promise<void> => {
          const { take } = rig();
          for (let at = 0; at < records.length; at += size) await take(...records.slice(at, at + size));
        };
        await Promise.all(pieces.map(readAll));
        await inOrder();
      }),
      { numRuns: 8 },
    );
  });

  it('who retry an order while its events come leave none behind', async () => {
    for (let round = 0; round < 10; round += 1) {
      await pool.query('TRUNCATE dragoman_inbox, dragoman_order, dragoman_parked, effect');
      let isMended = false;
      const reads = [
        on(orderReleasedToWarehouseV1, ({ key, sequence }, tx) => {
          if (key === '1' && !isMended) throw new Error('not yet');
          return tx.query(insertEffect, [key, sequence]);
        }),
      ];
      const { take, inbox } = rig({ reads });
      const records = stream();
      await take(...records.slice(0, 12));
      isMended = true;
      const order = { topic: TOPIC, key: '1' };
      await Promise.all([
        inbox.retry(pool, order),
        (async () => {
          for (const record of records.slice(12)) await take(record);
        })(),
      ]);
      // What came between the retry and its end may wait: whoever looks sees it.
      if ((await inbox.parked(pool)).length > 0) expect(await inbox.retry(pool, order)).toMatchObject({ done: true });
      await inOrder();
    }
  });

  it('are given to an effect for batches together, two contracts of one order apart', async () => {
    const calls: string[][] = [];
    const note = (events: readonly { contract: string; key: string }[]): unknown =>
      calls.push(events.map(({ contract, key }) => `${contract.slice(5, 8)} ${key}`));
    const reads = [onBatch(orderAcceptedForFulfillmentV1, note), onBatch(orderReleasedToWarehouseV1, note)];
    const [first] = consumedRecords().filter((one) => fieldsOf(one)['eventType'] === 'OrderAcceptedForFulfillment');
    const accepted = (key: string): ConsumedRecord => {
      const eventId = randomUUID();
      return { ...withFields(first!, { orderId: key, eventId }), key, offset: String((offsets += 1)), headers: {} };
    };
    await rig({ reads }).take(accepted('1'), released('2', 1), accepted('2'), released('3', 1), released('1', 1));
    expect(calls).toEqual([['Acc 1'], ['Rel 2'], ['Acc 2'], ['Rel 3', 'Rel 1']]);
  });
});

describe('mock events of exported contracts', () => {
  const QUIET: readonly (ConsumerCode | null)[] = ['TYPE_UNKNOWN', 'VERSION_OLDER'];

  it('are told as their makers say, one by one and in one batch', async () => {
    const { rules } = await loadRules('rules');
    for (const { contract } of publishedContracts(rules, SETTINGS)) {
      for (const isBatch of [false, true]) {
        const reads = [on(exported(contract), ({ key, sequence }, tx) => tx.query(insertEffect, [key, sequence]))];
        const { take, inbox } = rig({ consumer: `${contract.name} ${isBatch}`, reads });
        for (const { what, records, codes } of mockTroubles(contract)) {
          const told: (ConsumerCode | null)[] = [];
          // The same record twice in one batch is told by its place, so one by one only.
          if (!isBatch || codes.includes('EVENT_READ_AGAIN'))
            for (const one of records) told.push(...(await take(one)));
          else told.push(...(await take(...records)));
          expect([what, ...told]).toEqual([what, ...codes.map((code) => (QUIET.includes(code) ? null : code))]);
        }
        expect(inbox.counts.TYPE_UNKNOWN).toBe(1);
        const broken = mockBroken(contract).map(({ record }) => record);
        const before = inbox.counts.applied;
        await take(...broken);
        expect(inbox.counts.applied).toBe(before);
        const { rows } = await pool.query<{ n: number }>(
          'SELECT count(*)::integer AS n FROM dragoman_parked WHERE consumer = $1 AND record_offset < 100000',
          [`${contract.name} ${isBatch}`],
        );
        expect(rows[0]?.n).toBe(broken.length);
      }
    }
  });
});

describe('dead letters in a topic', () => {
  it('have the bytes of the original, or say that it is too large for the topic', async () => {
    const client = new Kafka({ brokers: [...kafka.bootstrapServers], logLevel: logLevel.NOTHING });
    const topic = `${schema}.dead-letters`;
    const [admin, producer] = [client.admin(), client.producer({ retry: { retries: 1 } })];
    const consumer = client.consumer({ groupId: schema });
    await Promise.all([admin.connect(), producer.connect(), consumer.connect()]);
    try {
      const configEntries = [{ name: 'max.message.bytes', value: '5000' }];
      await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries }], waitForLeaders: true });
      const small = { ...released('1', 1), value: Buffer.from([0x7b, 0xff, 0x00]) };
      const large = { ...released('2', 1), value: Buffer.alloc(20_000, 'x') };
      await rig({ deadLetters: deadLetterTopic(producer, topic) }).take(small, large);
      const got: { key: string; value: Buffer | null; headers: Record<string, unknown> }[] = [];
      await consumer.subscribe({ topic, fromBeginning: true });
      await new Promise<void>((resolve) => {
        void consumer.run({
          eachMessage: ({ message }) => {
            got.push({ key: String(message.key), value: message.value, headers: message.headers ?? {} });
            if (got.length === 2) resolve();
            return Promise.resolve();
          },
        });
      });
      expect(got[0]).toMatchObject({ key: '1', value: small.value });
      expect(String(got[0]?.headers['dragoman.dlq.error.code'])).toBe('EVENT_NOT_JSON');
      expect(got[1]).toMatchObject({ key: '2', value: null });
      expect(String(got[1]?.headers['dragoman.dlq.value'])).toContain('too large');
      expect(String(got[1]?.headers['dragoman.dlq.origin.offset'])).toBe(large.offset);
    } finally {
      await Promise.all([consumer.disconnect(), producer.disconnect()]);
      await admin.deleteTopics({ topics: [topic] });
      await admin.disconnect();
    }
  });
});

/** The consumer kit where many work at once, with mock events of every kind, and with dead letters in a real topic. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { Kafka, logLevel } from 'kafkajs';
import { describe, expect, inject, it } from 'vitest';
import { orderAcceptedForFulfillmentV1 } from '../../rules/contracts/order-accepted-for-fulfillment.v1.js';
import { orderReleasedToWarehouseV1 } from '../../rules/contracts/order-released-to-warehouse.v1.js';
import { loadRules } from '../../src/adapters/files/rules-loader.js';
import {
  type ConsumedRecord,
  type ConsumerCode,
  deadLetterTopic,
  exported,
  on,
  onBatch,
} from '../../src/consumer/index.js';
import { publishedContracts } from '../../src/contracts/published-contracts.js';
import { mockBroken, mockTroubles } from '../../src/mocks/index.js';
import {
  effects,
  emptied,
  insertEffect,
  nextOffset,
  ownTables,
  pool,
  released,
  rig,
  schema,
} from '../support/consumer/inbox.js';
import { consumedRecords, fieldsOf, TOPIC, withFields } from '../support/consumer/records.js';
import { SETTINGS } from '../support/contracts/published.js';

ownTables();

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
        await emptied();
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
      await emptied();
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
      return { ...withFields(first!, { orderId: key, eventId }), key, offset: nextOffset(), headers: {} };
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
    const client = new Kafka({ brokers: [...inject('stack').kafka.bootstrapServers], logLevel: logLevel.NOTHING });
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

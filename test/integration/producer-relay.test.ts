/** The outbox without a connector: each row is written once, in order, whoever relays and wherever it fails. */
import type { Kafka, Transaction } from 'kafkajs';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { conformOf } from '../../src/cli/conform/conform.js';
import { headerOf, keyOf } from '../../src/consumer/read/record.js';
import { type Outbox, relayOutbox, type RelayOptions } from '../../src/producer/index.js';
import { OwnService } from '../support/producer/service.js';
import { PARTITIONS } from '../support/producer/topic.js';

let own: OwnService;
let outbox: Outbox;
const WAIT = { timeout: 60_000, interval: 100 };

beforeAll(async () => {
  own = await OwnService.open();
  outbox = own.outbox();
  await own.follow(outbox);
  await own.move();
  await vi.waitFor(async () => expect((await outbox.standing(own.pool))[0]?.routes[0]?.stage).toBe('service'), WAIT);
});
afterAll(() => own.close());
beforeEach(() => own.pool.query('TRUNCATE dragoman_outbox'));

const options = (said: Partial<RelayOptions> = {}): RelayOptions => ({
  ...{ kafka: own.client, database: own.pool, service: own.name, topic: own.topic, pollMs: 20 },
  ...said,
});
const publish = async (keys: readonly string[]): Promise<void> => {
  for (const key of keys) await own.publish(outbox, key, { before: 0, occurrence: '1' });
};
const written = async (): Promise<(string | null)[]> =>
  (await own.read()).filter((record) => headerOf(record, 'ce_type') !== 'dragoman.ownership.v1').map(keyOf);
const keysFrom = (first: number, count: number): string[] =>
  Array.from({ length: count }, (_, at) => String(first + at));

/** A client whose commits fail, the first one before it is done, the second one after. */
function failing(kafka: Kafka, failures: string[]): RelayOptions['kafka'] {
  return {
    admin: () => kafka.admin(),
    producer: (given) => {
      const producer = kafka.producer(given);
      const transaction = async () => {
        const open = await producer.transaction();
        const commit = async (): Promise<void> => {
          const failure = failures.shift();
          if (failure !== 'before') await open.commit();
          if (failure !== undefined) throw new Error(failure);
        };
        return {
          sendOffsets: (offsets: Parameters<Transaction['sendOffsets']>[0]) => open.sendOffsets(offsets),
          sendBatch: (batch: Parameters<Transaction['sendBatch']>[0]) => open.sendBatch(batch),
          abort: () => open.abort(),
          commit,
        };
      };
      return { connect: () => producer.connect(), disconnect: () => producer.disconnect(), transaction };
    },
  };
}

it('writes rows once, though commits fail before and after they are done', async () => {
  const keys = keysFrom(1_000, 60);
  await publish(keys);
  const told: unknown[] = [];
  const ending = new AbortController();
  const kafka = failing(own.client, ['before', 'after']);
  const relaying = relayOutbox(options({ kafka, tell: (error) => told.push((error as Error).message) }), ending.signal);
  await vi.waitFor(async () => expect((await written()).toSorted()).toEqual(keys), WAIT);
  await publish(keysFrom(1_060, 5));
  await vi.waitFor(async () => expect(await written()).toHaveLength(65), WAIT);
  ending.abort();
  await relaying;
  expect(told).toEqual(['before', 'after']);
  const { rowCount } = await own.pool.query('SELECT FROM dragoman_outbox');
  expect(rowCount).toBeLessThanOrEqual(5); // the last ones are deleted by whoever comes next
});

it('is done by one of several, and by another one when that ends; and ends with the handover records', async () => {
  const before = (await written()).length;
  const [first, second] = [new AbortController(), new AbortController()];
  const relaying = [relayOutbox(options(), first.signal), relayOutbox(options(), second.signal)];
  await publish(keysFrom(2_000, 20));
  await vi.waitFor(async () => expect(await written()).toHaveLength(before + 20), WAIT);
  first.abort();
  await relaying[0];
  await publish(keysFrom(3_000, 20));
  await vi.waitFor(async () => expect(await written()).toHaveLength(before + 40), WAIT);
  await own.ask();
  await vi.waitFor(async () => {
    const answers = (await own.read()).filter((record) => headerOf(record, 'ce_producer') === 'service:order-service');
    expect(answers.filter((record) => headerOf(record, 'ce_type') === 'dragoman.ownership.v1')).toHaveLength(
      PARTITIONS,
    );
  }, WAIT);
  second.abort();
  await relaying[1];
  const report = await conformOf(own.kafka, own.admin, own.topic, [own.contract.published]);
  expect(report.findings).toEqual([]);
  expect(report.events).toBe(before + 40);
});

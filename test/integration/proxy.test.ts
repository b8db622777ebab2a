/**
 * Answers that never arrive, on real servers: three brokers and Redis behind the fault proxy. Whatever answer is lost, the writer
 * and the store find out what happened, and every record is committed once, as an independent `read_committed` reader tells.
 */
import type { Admin, Kafka } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { kafkaClient } from '../../src/adapters/kafka/client.js';
import {
  createMissing,
  journalSettings,
  KEPT_SETTINGS,
  PROGRESS_SETTINGS,
  STATE_SETTINGS,
  type TopicPlan,
} from '../../src/adapters/kafka/ground/topics.js';
import { KafkaSink } from '../../src/adapters/kafka/write/sink.js';
import { redisClient } from '../../src/adapters/redis/client.js';
import { packedCells } from '../../src/adapters/redis/packed-cells.js';
import { RedisStore } from '../../src/adapters/redis/store.js';
import type { Config } from '../../src/config/schema.js';
import type { Cell, Commit } from '../../src/pipeline/ports.js';
import { progressRecord } from '../../src/pipeline/state/records.js';
import { readTopic } from '../e2e/console-consumer.js';
import { kafkaProxy, redisProxy, type FaultProxy } from '../proxy/fault-proxy.js';
import type { FaultKind } from '../proxy/faults.js';
import type { KafkaApi } from '../proxy/kafka-protocol.js';
import type { RedisCommand } from '../proxy/redis-protocol.js';
import { openStack, type Stack } from '../stack/stack.js';
import { stackConfig } from '../support/servers/stack-config.js';

const REQUEST_TIMEOUT_MS = 3_000;
/** As a task does it: a cluster that has just begun, or is busy, needs longer than the short time-outs of these tests. */
const again = <T>(act: () => Promise<T>): Promise<T> => vi.waitFor(act, { timeout: 120_000, interval: 500 });
const LOSSES: readonly FaultKind[] = ['cut-answer', 'swallow-answer', 'cut-request', 'cut-in-request'];

let stack: Stack<'kafka' | 'redis'>;
let config: Config;
let kafkaFaults: FaultProxy<KafkaApi>;
let redisFaults: FaultProxy<RedisCommand>;

beforeAll(async () => {
  const services = ['kafka', 'redis'] as const;
  stack = await openStack({ provider: 'native', services, kafkaBrokers: 3, faultProxy: true, isShortLived: true });
  const { kafka, redis } = stack.endpoints;
  kafkaFaults = kafkaProxy(kafka.proxied!.routes);
  redisFaults = redisProxy(redis.proxied!.routes);
  await Promise.all([kafkaFaults.start(), redisFaults.start()]);
  config = stackConfig(
    { kafka: kafka.proxied!, redis: redis.proxied! },
    {
      DRAGOMAN_KAFKA_REQUEST_TIMEOUT_MS: String(REQUEST_TIMEOUT_MS),
      DRAGOMAN_KAFKA_FETCH_MAX_WAIT_MS: '500',
      DRAGOMAN_REDIS_COMMAND_TIMEOUT_MS: '500',
    },
  );
});

afterAll(async () => {
  await Promise.all([kafkaFaults.stop(), redisFaults.stop()]);
  await stack.down();
});

describe('the sink', () => {
  const [events, journal, input] = ['lost.events', 'lost.journal', 'lost.in/0'];
  const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
  const own = { state: 'lost.state', journal, progress: 'lost.progress' };
  let kafka: Kafka;
  let admin: Admin;
  let sink: KafkaSink;
  let published = 0;

  beforeAll(async () => {
    kafka = kafkaClient(config.kafka, () => undefined);
    admin = kafka.admin();
    await admin.connect();
    const plan = { partitions: 3, replicationFactor: -1, settings: KEPT_SETTINGS };
    const plans: TopicPlan[] = [
      { ...plan, topic: events, kind: 'contract' },
      { ...plan, topic: 'lost.in', kind: 'transactions', partitions: 1 },
      { ...plan, topic: own.state, kind: 'state', settings: STATE_SETTINGS },
      { ...plan, topic: journal, kind: 'journal', settings: journalSettings(60_000) },
      { ...plan, topic: own.progress, kind: 'progress', partitions: 1, settings: PROGRESS_SETTINGS },
    ];
    await again(() => createMissing(admin, plans));
    sink = new KafkaSink(kafka, admin, {
      groupId: 'lost',
      transactionalId: 'lost.p',
      own,
      others: [events],
      inputPartitions: [input],
      transactionTimeoutMs: config.kafka.transactionTimeoutMs,
    });
    await again(() => sink.fence());
  });

  afterAll(async () => {
    await sink.close();
    await admin.disconnect();
  });

  const commitOf = (n: number): Commit => ({
    records: [
      ...[events, journal].flatMap((topic) => keys.map((key) => ({ topic, key, value: String(n) }))),
      progressRecord(own, 'progress', String(n)),
    ],
    offsets: new Map([[input, n]]),
    metadata: `commit ${n}`,
    bases: new Map(),
  });

  /** As the task does it: after any error it fences, and the progress tells whether to go on. @returns attempts. */
  async function publish(): Promise<number> {
    const n = (published += 1);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await sink.commit(commitOf(n));
        return attempt;
      } catch (error) {
        expect(error).toMatchObject({ code: 'COMMIT_UNCERTAIN' });
        await again(() => sink.fence());
        const found = await again(() => sink.progress());
        const told = await again(() => sink.committed());
        expect(told.get(input)?.offset ?? 0).toBeLessThanOrEqual(Number(found?.progress ?? 0));
        if (found?.progress === String(n)) return attempt;
      }
    }
  }

  describe.each(['EndTxn', 'AddPartitionsToTxn', 'Produce'] as const)('%s', (on) => {
    it.each(LOSSES)('%s: the commit is found, or done again', async (fault) => {
      await publish(); // after it nothing is left of the fault before
      const lost = kafkaFaults.once({ on, fault });
      const attempts = await publish();
      await lost;
      const isCommitted = on === 'EndTxn' && (fault === 'cut-answer' || fault === 'swallow-answer');
      if (isCommitted) expect(attempts).toBe(1);
      else expect(attempts).toBeGreaterThan(1);
    });
  });

  /** Told to tools, some time after the commit. */
  const untilTold = (): Promise<void> =>
    expect
      .poll(async () => (await again(() => sink.committed())).get(input)?.offset, { timeout: 30_000 })
      .toBe(published);

  it.each(LOSSES)('OffsetCommit %s: no commit waits for it, and the offsets are told again', async (fault) => {
    const lost = kafkaFaults.once({ on: 'OffsetCommit', fault });
    expect(await publish()).toBe(1);
    await lost;
    expect(await publish()).toBe(1);
    await untilTold();
  });

  it.each(LOSSES)('InitProducerId %s: the writer fences again', async (fault) => {
    const lost = kafkaFaults.once({ on: 'InitProducerId', fault });
    await sink.fence();
    await lost;
    await publish();
  });

  it('gives up a connection on which no answer comes any more', async () => {
    const lost = kafkaFaults.once({ on: 'OffsetFetch', fault: 'swallow-answer' });
    await expect(sink.committed()).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
    await lost;
    await vi.waitFor(() => sink.committed(), { timeout: 3 * REQUEST_TIMEOUT_MS });
    await untilTold();
  });

  it('has committed every record once and in order, says an independent reader', async () => {
    const expected = Array.from({ length: published }, (_, n) => String(n + 1));
    const read = [events, journal].map((topic) => readTopic(stack, { topic, isolation: 'read_committed' }));
    for (const records of await Promise.all(read)) {
      for (const key of keys) {
        expect(records.filter((record) => record.key === key).map(({ value }) => value)).toEqual(expected);
      }
      expect(records).toHaveLength(published * keys.length);
    }
    expect(Object.values(kafkaFaults.counts).every((times) => times === 1)).toBe(true);
    expect(Object.keys(kafkaFaults.counts)).toHaveLength(5 * LOSSES.length + 1);
  });
});

describe('the store', () => {
  const cellsOf = (n: number): Cell[] => [{ hash: 'order:1', field: '', value: `{"n":${n}}` }];

  it.each(LOSSES)('EVALSHA %s: the same write again changes nothing', async (fault) => {
    const store = new RedisStore(redisClient(config.redis), { namespace: 'lost', pipeline: fault });
    await store.marker();
    await store.save(null, 'one', cellsOf(1));
    const lost = redisFaults.once({ on: 'EVALSHA', fault });
    await expect(store.save('one', 'two', cellsOf(2))).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE' });
    await lost;
    await vi.waitFor(() => store.save('one', 'two', cellsOf(2)), { timeout: 10_000, interval: 50 });
    await store.save('one', 'two', cellsOf(3)); // whoever sends it again, it has been applied
    expect(await store.load('two', ['order:1'])).toEqual([new Map([['', '{"n":2}']])]);
    await store.close();
  });

  it.each(LOSSES)('EVALSHA %s: a restore that is asked for again goes on, and copies each part once', async (fault) => {
    const store = new RedisStore(redisClient(config.redis), { namespace: 'lost', pipeline: `restore-${fault}` });
    const away = { code: 'REDIS_UNAVAILABLE' };
    /** Whatever is asked, the first answer is lost, and the same is asked until one comes. */
    const twice = async (ask: () => Promise<unknown>): Promise<void> => {
      const lost = redisFaults.once({ on: 'EVALSHA', fault });
      await expect(ask()).rejects.toMatchObject(away);
      await lost;
      await vi.waitFor(ask, { timeout: 10_000, interval: 50 });
    };
    await store.marker();
    await store.save(null, 'one', cellsOf(1));
    let seen = 'one';
    await twice(async () => {
      seen = (await store.marker()) ?? '';
      await store.beginRestore(seen, 'restore', null);
    });
    expect(['one', 'restore']).toContain(seen);
    const at = { partition: 0, from: 0, to: 7 };
    await twice(() => store.copy('restore', at, packedCells(cellsOf(2))));
    await store.copy('restore', at, packedCells(cellsOf(3)));
    await twice(() => store.endRestore('restore', 'two', new Map([[0, 7]])));
    expect(await store.load('two', ['order:1'])).toEqual([new Map([['', '{"n":2}']])]);
    await store.clear();
    await store.close();
  });
});

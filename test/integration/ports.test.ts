/** The promises of the ports over real Kafka and Redis: the suites that `test/unit/adapters/ports.test.ts` runs in memory. */
import { randomUUID } from 'node:crypto';
import type { Admin, Kafka } from 'kafkajs';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, inject } from 'vitest';
import { kafkaClient } from '../../src/adapters/kafka/client.js';
import { readRange } from '../../src/adapters/kafka/read/topic-reader.js';
import { KafkaSink } from '../../src/adapters/kafka/write/sink.js';
import {
  createMissing,
  journalSettings,
  KEPT_SETTINGS,
  PROGRESS_SETTINGS,
  STATE_SETTINGS,
} from '../../src/adapters/kafka/ground/topics.js';
import { redisClient } from '../../src/adapters/redis/client.js';
import { RedisStore } from '../../src/adapters/redis/store.js';
import { sinkPromises } from '../contract/sink.js';
import { storePromises } from '../contract/store.js';
import { removeOwn, stackConfig } from '../support/servers/stack-config.js';

const endpoints = inject('stack');
const prefix = `ports-${randomUUID().slice(0, 8)}`;
const config = stackConfig(endpoints);
let worlds = 0;

describe('the store in Redis', () => {
  const opened: RedisStore[] = [];
  const control = new Redis(endpoints.redis);
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
  });
  afterAll(async () => {
    const keys = await control.keys(`{${prefix}*`);
    if (keys.length > 0) await control.del(...keys);
    control.disconnect();
  });

  storePromises(async () => {
    const scope = { namespace: `${prefix}-${(worlds += 1)}`, pipeline: 'p' };
    const connect = async (): Promise<RedisStore> => {
      const store = new RedisStore(redisClient(config.redis), scope);
      opened.push(store);
      await store.marker(); // a task asks for it first: this connects
      return store;
    };
    const lose = async (): Promise<void> => {
      const keys = await control.keys(`{${scope.namespace}:p}*`);
      if (keys.length > 0) await control.del(...keys);
    };
    return { store: await connect(), other: await connect(), lose };
  });
});

describe('the sink in Kafka', () => {
  let kafka: Kafka;
  let admin: Admin;
  beforeAll(async () => {
    kafka = kafkaClient(config.kafka, () => undefined);
    admin = kafka.admin();
    await admin.connect();
  });
  afterAll(async () => {
    await removeOwn(admin, prefix);
    await admin.disconnect();
  });

  sinkPromises(async () => {
    const name = `${prefix}-${(worlds += 1)}`;
    const [events, input] = [`${name}.events`, `${name}.in`];
    const own = { state: `${name}.state`, journal: `${name}.journal`, progress: `${name}.progress` };
    const plan = { partitions: 1, replicationFactor: -1, settings: KEPT_SETTINGS };
    await createMissing(admin, [
      { ...plan, topic: events, kind: 'contract' },
      { ...plan, topic: input, kind: 'transactions' },
      { ...plan, topic: own.state, kind: 'state', partitions: 3, settings: STATE_SETTINGS },
      { ...plan, topic: own.journal, kind: 'journal', partitions: 3, settings: journalSettings(60_000) },
      { ...plan, topic: own.progress, kind: 'progress', settings: PROGRESS_SETTINGS },
    ]);
    const writer = (): KafkaSink =>
      new KafkaSink(kafka, admin, {
        groupId: name,
        transactionalId: `${name}.p`,
        own,
        others: [events],
        inputPartitions: [`${input}/0`],
        transactionTimeoutMs: config.kafka.transactionTimeoutMs,
      });
    const visible = async (): Promise<string[]> => {
      const [end] = await admin.fetchTopicOffsets(events);
      const values: string[] = [];
      const range = { topic: events, from: [0], to: [Number(end?.high)] };
      for await (const records of readRange(kafka, range)) values.push(...records.map(({ value }) => value ?? ''));
      return values;
    };
    return { writer, visible, topics: { ...own, events }, input: `${input}/0`, unwritable: `${name}.missing` };
  });
});

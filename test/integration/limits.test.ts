/** How much Kafka takes of one record, and what Redis takes of one write, with real servers. */
import { randomUUID } from 'node:crypto';
import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { kafkaClient } from '../../src/adapters/kafka/client.js';
import {
  CONTRACT_SETTINGS,
  createMissing,
  journalSettings,
  PROGRESS_SETTINGS,
  STATE_SETTINGS,
} from '../../src/adapters/kafka/ground/topics.js';
import { KafkaSink } from '../../src/adapters/kafka/write/sink.js';
import { redisClient } from '../../src/adapters/redis/client.js';
import { RedisStore } from '../../src/adapters/redis/store.js';
import { ownTopics } from '../../src/domain/own-topics.js';
import { batchBytes, OWN_RECORD_BYTES_MAX, RECORD_BYTES_MAX } from '../../src/domain/record-size.js';
import type { Cell, OutputRecord } from '../../src/pipeline/ports.js';
import { cutCells, loadAll } from '../../src/pipeline/state/cutting.js';
import { stackConfig } from '../support/servers/stack-config.js';

const prefix = `limits-${randomUUID().slice(0, 8)}`;
const stack = inject('stack');
const config = stackConfig(stack);

describe('a record in Kafka', () => {
  const [events, journal, input] = ['events', 'journal', 'in'].map((name) => `${prefix}.${name}`) as [
    string,
    string,
    string,
  ];
  const own = { state: `${prefix}.state`, journal, progress: `${prefix}.progress` };
  let kafka: Kafka;
  let admin: Admin;
  let sink: KafkaSink;

  beforeAll(async () => {
    kafka = kafkaClient(config.kafka, () => undefined);
    admin = kafka.admin();
    await admin.connect();
    const plan = { partitions: 1, replicationFactor: -1 };
    await createMissing(admin, [
      { ...plan, topic: events, kind: 'contract', settings: CONTRACT_SETTINGS },
      { ...plan, topic: own.state, kind: 'state', settings: STATE_SETTINGS },
      { ...plan, topic: journal, kind: 'journal', settings: journalSettings(60_000) },
      { ...plan, topic: own.progress, kind: 'progress', settings: PROGRESS_SETTINGS },
      { ...plan, topic: input, kind: 'table', settings: {} },
    ]);
    sink = new KafkaSink(kafka, admin, {
      ...{ groupId: prefix, transactionalId: prefix, own, others: [events] },
      ...{ inputPartitions: [`${input}/0`], transactionTimeoutMs: 30_000 },
    });
  });
  afterAll(async () => {
    await sink.close();
    await admin.deleteTopics({ topics: [events, input, ...ownTopics(own)] });
    await admin.deleteGroups([prefix]).catch(() => undefined);
    await admin.disconnect();
  });

  const commit = (...records: OutputRecord[]): Promise<unknown> =>
    sink.commit({ records, offsets: new Map([[`${input}/0`, 1]]), metadata: '', bases: new Map() });
  /** Exactly so large, as Dragoman counts. */
  const record = (topic: string, bytes: number): OutputRecord => {
    const empty = { topic, key: 'k', value: '', headers: { 'content-type': 'application/json' } };
    return { ...empty, value: 'x'.repeat(bytes - batchBytes(empty)) };
  };
  const limit = (topic: string, bytes: number): Promise<void> =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: topic,
          configEntries: [{ name: 'max.message.bytes', value: String(bytes) }],
        },
      ],
    });

  it('may be as large as the settings of its topic say, which the sink knows', async () => {
    await sink.fence();
    // Of a group and of topics that are new, coordinator and leaders have to be found first.
    const isWarm = async (): Promise<boolean> => {
      await sink.fence();
      return commit(record(events, 500), record(journal, 500)).then(
        () => true,
        () => false,
      );
    };
    await expect.poll(isWarm, { timeout: 30_000 }).toBe(true);
    expect([events, journal].map((topic) => sink.recordBytesMax(topic))).toEqual([
      RECORD_BYTES_MAX,
      OWN_RECORD_BYTES_MAX,
    ]);
    await commit(record(events, RECORD_BYTES_MAX), record(journal, OWN_RECORD_BYTES_MAX));
  });

  it('that is larger is found among the others, and is not tried again', async () => {
    const large = record(events, RECORD_BYTES_MAX + 100);
    const all = [record(events, 500), large, record(journal, 500)];
    await expect(commit(...all)).rejects.toMatchObject({ code: 'RECORD_TOO_LARGE' });
    await sink.fence();
    await expect(commit(...all)).rejects.toMatchObject({
      code: 'RECORD_TOO_LARGE',
      details: { topic: events, key: 'k', bytes: RECORD_BYTES_MAX + 100 },
    });
    await sink.fence();
    await commit(record(events, 500), record(journal, 500));
  });

  it('is known to be too large from the next start on, when the limit of its topic was lowered', async () => {
    await limit(events, 100_000);
    await expect
      .poll(
        async () => {
          await sink.fence();
          return sink.recordBytesMax(events);
        },
        { timeout: 10_000 },
      )
      .toBe(100_000);
    await commit(...Array.from({ length: 30 }, () => record(events, 60_000))); // cut into batches that the topic takes
    await expect(commit(record(events, 100_200))).rejects.toMatchObject({ code: 'RECORD_TOO_LARGE' });
  });
});

it('more cells than a call can have arguments are stored in Redis, and read again', async () => {
  const store = new RedisStore(redisClient(config.redis), { namespace: prefix, pipeline: 'p' });
  const owners = new Map(
    Array.from({ length: 100_000 }, (_, i) => [`oms.line:order:${i}`, `order:${i % 900}`] as const),
  );
  const states = new Map(Array.from({ length: 20 }, (_, i) => [`order:${i}`, 'x'.repeat(1_000_000)] as const));
  const cells: readonly Cell[] = [
    ...[...owners].map(([field, value]) => ({ hash: '~rows', field, value })),
    ...[...states].map(([hash, value]) => ({ hash, field: '', value })),
  ];
  try {
    expect(await store.marker()).toBeNull();
    await store.save(null, 'before', []);
    const { first, last } = cutCells(cells);
    for (const [i, piece] of first.entries()) await store.save(i === 0 ? 'before' : String(i), String(i + 1), piece);
    await store.save(String(first.length), 'after', last);
    const rows = await loadAll([...owners.keys()], (some) => store.loadFields('after', '~rows', some));
    expect(rows).toEqual([...owners.values()]);
    const texts = await loadAll([...states.keys()], (some) => store.load('after', some));
    expect(texts.map((fields) => fields.get('')?.length)).toEqual([...states.values()].map(({ length }) => length));
  } finally {
    await store.clear();
    await store.close();
  }
});

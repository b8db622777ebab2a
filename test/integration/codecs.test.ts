/**
 * Topics that are compressed, with real brokers: they compress again whatever comes into a topic with a `compression.type`, by the same
 * Java code as a producer. Read as input, as journal and as contract topic.
 */
import { randomUUID } from 'node:crypto';
import type { Admin, Kafka } from 'kafkajs';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { kafkaClient } from '../../src/adapters/kafka/client.js';
import { type Codec, DECOMPRESSORS } from '../../src/adapters/kafka/codecs/codecs.js';
import {
  createMissing,
  journalSettings,
  KEPT_SETTINGS,
  PROGRESS_SETTINGS,
  STATE_SETTINGS,
  verifyTopics,
} from '../../src/adapters/kafka/ground/topics.js';
import { KafkaGroup } from '../../src/adapters/kafka/group/group.js';
import { KafkaSink } from '../../src/adapters/kafka/write/sink.js';
import type { OwnRecord, Source } from '../../src/pipeline/ports.js';
import { progressRecord } from '../../src/pipeline/state/records.js';
import { removeOwn, stackConfig } from '../support/servers/stack-config.js';

const prefix = `codecs-${randomUUID().slice(0, 8)}`;
const config = stackConfig(inject('stack'));
/** Some kilobytes each, some of it alike and some not; more than one block of any codec. */
const values = Array.from({ length: 300 }, (_, i) =>
  JSON.stringify({ i, text: `${i} ä `.repeat(200), id: randomUUID() }),
);

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

async function write(topic: string): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  for (let i = 0; i < values.length; i += 100)
    await producer.send({ topic, messages: values.slice(i, i + 100).map((value) => ({ key: 'k', value })) });
  await producer.disconnect();
}

/** As a pipeline reads its input. */
async function readInput(topic: string): Promise<string[]> {
  const read: string[] = [];
  let group: KafkaGroup | null = null;
  const all = async (source: Source): Promise<void> => {
    await source.seek(new Map());
    while (read.length < values.length) {
      await source.wait(200);
      for (let batch = source.take(`${topic}/0`); batch !== undefined; batch = source.take(`${topic}/0`))
        read.push(...Array.from(batch.records, ({ value }) => value?.toString() ?? ''));
    }
  };
  await new Promise<void>((resolve, reject) => {
    const settings = {
      groupId: topic,
      shards: new Map([['p', 1]]),
      progressOf: () => topic,
      inputsOf: () => new Map([['p', [topic]]]),
      config: config.kafka,
      queuedBytesMax: 1e8,
    };
    group = new KafkaGroup(
      kafkaClient(config.kafka, () => undefined),
      settings,
      {
        assigned: (_pipeline, source) => void all(source).then(resolve, reject),
        lost: () => undefined,
        gaveUp: reject,
      },
    );
    group.start().catch(reject);
  }).finally(() => group?.stop());
  return read;
}

describe.each(Object.keys(DECOMPRESSORS) as Codec[])('topics with compression.type=%s', (codec) => {
  const [input, journal, events] = ['in', 'journal', 'events'].map((name) => `${prefix}.${codec}.${name}`) as [
    string,
    string,
    string,
  ];
  let decompressor = vi.spyOn(DECOMPRESSORS, codec);
  beforeEach(() => {
    decompressor = vi.spyOn(DECOMPRESSORS, codec);
  });
  const plan = { partitions: 1, replicationFactor: -1 };
  const own = { state: `${prefix}.${codec}.state`, journal, progress: `${prefix}.${codec}.progress` };
  const plans = [
    { ...plan, topic: input, kind: 'table', settings: { 'compression.type': codec } },
    { ...plan, topic: journal, kind: 'journal', settings: { ...journalSettings(60_000), 'compression.type': codec } },
    { ...plan, topic: own.state, kind: 'state', settings: { ...STATE_SETTINGS, 'compression.type': codec } },
    { ...plan, topic: own.progress, kind: 'progress', settings: { ...PROGRESS_SETTINGS, 'compression.type': codec } },
    { ...plan, topic: events, kind: 'contract', settings: { ...KEPT_SETTINGS, 'compression.type': codec } },
  ] as const;

  it('are fit', async () => {
    await createMissing(admin, plans);
    expect(await verifyTopics(admin, plans)).toEqual([]);
  });

  it('are read as input', async () => {
    await write(input);
    decompressor.mockClear();
    expect(await readInput(input)).toEqual(values);
    expect(decompressor).toHaveBeenCalled();
  });

  it('are written and read as state, journal and progress, and written as contract topic', async () => {
    const sink = new KafkaSink(kafka, admin, {
      ...{ groupId: journal, transactionalId: journal, own, others: [events] },
      ...{ inputPartitions: [`${input}/0`], transactionTimeoutMs: 30_000 },
    });
    await sink.fence();
    const topics = [own.state, own.journal, events];
    const records = [
      ...values.flatMap((value) => topics.map((topic) => ({ topic, key: 'k', value }))),
      ...values.map((value) => progressRecord(own, 'progress', value)),
    ];
    await sink.commit({ records, offsets: new Map([[`${input}/0`, 7]]), metadata: '', bases: new Map() });
    await sink.fence();
    decompressor.mockClear();
    for (const topic of ['state', 'journal'] as const) {
      const read: OwnRecord[] = [];
      for await (const chunk of sink.read(topic, [0], (await sink.ends())[topic])) read.push(...chunk);
      expect(read.map(({ value }) => value)).toEqual(values);
    }
    expect((await sink.progress())?.progress).toBe(values.at(-1));
    expect(decompressor).toHaveBeenCalled();
    expect(await readInput(events)).toEqual(values);
    await sink.close();
  });
});

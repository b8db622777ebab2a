/** Own fetches against a real broker: what kafkajs's consumer does differently, or wrong (decision 0005). */
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, inject, it, vi } from 'vitest';
import { kafkaClient } from '../../src/adapters/kafka/client.js';
import { createTopics } from '../../src/adapters/kafka/ground/topics.js';
import { KafkaGroup } from '../../src/adapters/kafka/group/group.js';
import { KafkaHeartbeats } from '../../src/adapters/kafka/read/heartbeats.js';
import { readRanges } from '../../src/adapters/kafka/read/range-reader.js';
import type { KafkaSource } from '../../src/adapters/kafka/read/source.js';
import { QUIET_MS } from '../../src/pipeline/read/heartbeat-watch.js';
import { Task } from '../../src/pipeline/task.js';
import { newestProgress } from '../support/pipeline/progress.js';
import { edited, readRecording } from '../support/recordings.js';
import { Rig } from '../support/rig.js';
import { removeOwn, stackConfig } from '../support/servers/stack-config.js';
import { hdrRow, readyRules, SMALL_SOURCE_MS, SmallSource } from '../support/sources/ready-orders.js';

const config = stackConfig(inject('stack'));
const kafka = kafkaClient(config.kafka, () => undefined);
const admin = kafka.admin();
const MIB = 1024 * 1024;
const prefix = `reading-${randomBytes(4).toString('hex')}`;

beforeAll(() => admin.connect());
afterEach(() => {
  vi.useRealTimers();
});
afterAll(async () => {
  await removeOwn(admin, prefix);
  await admin.disconnect();
});

it('aborted transactions of two writers at once, compressed batches and markers: committed records only, to the end of the range', async () => {
  const topic = `${prefix}.mixed`;
  const configEntries = [{ name: 'compression.type', value: 'gzip' }];
  await createTopics(admin, [{ topic, numPartitions: 1, configEntries }]);
  const writers = ['a', 'b'].map((name) =>
    kafka.producer({ transactionalId: `${prefix}.${name}`, maxInFlightRequests: 1 }),
  );
  const plain = kafka.producer();
  await Promise.all([...writers, plain].map((producer) => producer.connect()));
  const [a, b] = await Promise.all(writers.map((writer) => writer.transaction()));
  await a!.send({ topic, messages: [{ value: 'aborted 1' }] });
  await b!.send({ topic, messages: [{ value: 'aborted 2' }, { value: 'aborted 3' }] });
  await plain.send({ topic, messages: [{ value: 'one' }, { value: 'two' }] });
  await b!.abort();
  await a!.abort();
  // Refused, and asked for again, while the markers of the one before are on their way.
  const again = await writers[1]!.transaction();
  await again.send({ topic, messages: [{ value: 'three' }] });
  await again.commit();
  await Promise.all([...writers, plain].map((producer) => producer.disconnect()));
  const [ends] = await admin.fetchTopicOffsets(topic);
  const read = async (from: number): Promise<string[]> => {
    const values: string[] = [];
    const ranges = new Map([[`${topic}/0`, { from, to: Number(ends?.high) }]]);
    for await (const chunk of readRanges(kafka, { what: 'The topic', ranges, expired: 'refused' }))
      values.push(...Array.from(chunk?.records ?? [], ({ value }) => String(value)));
    return values;
  };
  expect(await read(0)).toEqual(['one', 'two', 'three']);
  // In the middle of both: the first record belongs to the transaction that began later.
  expect(await read(2)).toEqual(['one', 'two', 'three']);
  expect(await read(4)).toEqual(['two', 'three']);
});

it('records larger than a fetch takes of a partition, or of all of them: each comes, in its order, and none keeps the others', async () => {
  const topic = `${prefix}.large`;
  const configEntries = [{ name: 'max.message.bytes', value: String(8 * MIB) }];
  await createTopics(admin, [{ topic, numPartitions: 2, configEntries }]);
  const producer = kafka.producer();
  await producer.connect();
  const sizes = [10, 3 * MIB, 20, 5 * MIB, 30];
  for (const partition of [0, 1])
    for (const size of sizes)
      await producer.send({ topic, messages: [{ partition, value: randomBytes(size / 2).toString('hex') }] });
  await producer.disconnect();
  const ranges = new Map([0, 1].map((partition) => [`${topic}/${partition}`, { from: 0, to: sizes.length }]));
  const read = new Map<string, number[]>();
  for await (const chunk of readRanges(kafka, { what: 'The topic', ranges, expired: 'refused' })) {
    const lengths = Array.from(chunk?.records ?? [], ({ value }) => value?.length ?? -1);
    if (chunk !== null) read.set(chunk.partition, [...(read.get(chunk.partition) ?? []), ...lengths]);
  }
  expect(read).toEqual(new Map([...ranges.keys()].map((partition) => [partition, sizes])));
});

it('records that are deleted before a paused partition is read again: refused, and the committed progress stays', async () => {
  const topic = `${prefix}.rows`;
  await createTopics(admin, [{ topic, numPartitions: 1 }]);
  const producer = kafka.producer();
  await producer.connect();
  const send = (from: number, bytes: number): Promise<unknown> =>
    producer.send({
      topic,
      messages: Array.from({ length: 10 }, (_, i) => ({ value: String(from + i).padEnd(bytes) })),
    });
  await send(0, 60_000);
  await admin.setOffsets({ groupId: prefix, topic, partitions: [{ partition: 0, offset: '3' }] });
  const before = await admin.fetchOffsets({ groupId: prefix, topics: [topic] });
  const client = kafkaClient(config.kafka, () => undefined);
  const settings = {
    groupId: prefix,
    shards: new Map([['p', 1]]),
    progressOf: () => topic,
    inputsOf: () => new Map([['p', [topic]]]),
    config: config.kafka,
    queuedBytesMax: 1,
  };
  let group: KafkaGroup | undefined;
  const source = await new Promise<KafkaSource>((resolve, reject) => {
    group = new KafkaGroup(client, settings, {
      assigned: (_, assigned) => resolve(assigned),
      lost: () => undefined,
      gaveUp: reject,
    });
    group.start().catch(reject);
  });
  await source.seek(new Map([[`${topic}/0`, 0]]));
  await expect.poll(() => source.positionOf(`${topic}/0`), { timeout: 10_000 }).toBeNull();
  await send(10, 100);
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '15' }] });
  const offsets: number[] = [];
  const readOn = async (): Promise<void> => {
    for (;;) {
      const batch = source.take(`${topic}/0`);
      if (batch === undefined) await source.wait(200);
      else offsets.push(...Array.from(batch.records, ({ offset }) => offset));
    }
  };
  await expect(readOn()).rejects.toMatchObject({ code: 'OFFSETS_LOST', details: { start: 15 } });
  expect(offsets).toEqual(Array.from({ length: offsets.length }, (_, i) => i));
  expect(await admin.fetchOffsets({ groupId: prefix, topics: [topic] })).toEqual(before);
  await group?.stop();
  await producer.disconnect();
});

it('heartbeats: the newest one of each connector moves the clock of its quiet source, and what is due by it is decided', async () => {
  const HOUR = 60 * 60 * 1_000;
  const topic = `${prefix}.heartbeat`;
  await createTopics(admin, [{ topic, numPartitions: 1 }]);
  const recorded = readRecording('postgres/16-heartbeats').find((record) => record.topic.startsWith('__debezium'))!;
  const producer = kafka.producer();
  await producer.connect();
  const beat = async (ms: number): Promise<void> => {
    const { key, value } = edited(recorded, (heartbeat) => Object.assign(heartbeat, { ts_ms: ms }));
    await producer.send({ topic, messages: [{ key, value }] });
  };
  const topics = new Map([
    ['legacy', topic],
    ['silent', `${prefix}.nowhere`],
  ]);
  const real = new KafkaHeartbeats(kafka, admin, topics, (record) => Promise.resolve(record));
  expect(await real.newest()).toEqual(new Map());
  // More than are looked at, with nothing among them, and one that is not committed.
  for (let i = 1; i <= 25; i += 1) await beat(i);
  await producer.send({ topic, messages: [{ key: recorded.key, value: null }] });
  const writer = kafka.producer({ transactionalId: `${prefix}.heartbeats`, maxInFlightRequests: 1 });
  await writer.connect();
  const aborted = await writer.transaction();
  await aborted.send({ topic, messages: [{ value: '{"ts_ms":26}' }] });
  await aborted.abort();
  await writer.disconnect();
  expect(await real.newest()).toEqual(new Map([['legacy', '{"ts_ms":25}']]));

  const retire = { when: ({ header }: { header?: { sts: string } }) => header?.sts === 'DONE', after: '1 hour' };
  const { records } = new SmallSource().transaction(hdrRow('1', 'DONE'));
  const rig = new Rig(records, { rules: readyRules({ retire }), nowMs: SMALL_SOURCE_MS + 24 * HOUR });
  let looks = 0;
  const heartbeats = { newest: () => real.newest().finally(() => (looks += 1)) };
  const untilLooked = async (count: number): Promise<void> => {
    while (looks < count) await new Promise((resolve) => setImmediate(resolve));
  };
  const outcomes = (): string[] => rig.journal().map(({ outcome }) => outcome);
  // Between two looks, and while nothing happens: what waits for the broker does not wait for time.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const began = SMALL_SOURCE_MS + 2 * HOUR;
  await beat(began);
  const clock = { nowMs: () => SMALL_SOURCE_MS + 24 * HOUR };
  const task = new Task({ ...rig.ports(), heartbeats, clock, observe: () => undefined }, rig.settings());
  const running = task.run();
  const lengths = [QUIET_MS - 1, 2];
  let now = began;
  for (const [i, length] of lengths.entries()) {
    await untilLooked(i + 1);
    await vi.advanceTimersByTimeAsync(6_000);
    expect(outcomes()).toEqual(['applied']);
    await beat((now += length));
    await vi.advanceTimersByTimeAsync(30_000);
  }
  await untilLooked(lengths.length + 1);
  await vi.waitFor(() => expect(outcomes()).toEqual(['applied', 'retired']));
  expect(newestProgress(rig).clock).toBe(now - QUIET_MS);
  task.stop();
  await vi.advanceTimersByTimeAsync(30_000);
  expect(await running).toBe('closed');
  await producer.disconnect();
});

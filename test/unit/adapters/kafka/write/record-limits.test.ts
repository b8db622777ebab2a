/** What brokers say that they take, what they really take, and what a sink makes of the difference. */
import { describe, expect, it } from 'vitest';
import { KafkaSink } from '../../../../../src/adapters/kafka/write/sink.js';
import { batchBytes } from '../../../../../src/domain/record-size.js';
import type { Commit, OutputRecord } from '../../../../../src/pipeline/ports.js';
import { simulatedKafka } from '../../../../simulation/kafka/client.js';
import { Cluster } from '../../../../simulation/kafka/cluster.js';
import { choices } from '../../../../support/choices.js';
import { configOf } from '../../../../support/rig.js';

const surroundings = {
  nowMs: 0,
  random: choices(1),
  after: (delayMs: number, run: () => void) => setTimeout(run, delayMs).unref(),
};
const record = (topic: string, key: string, length: number): OutputRecord => ({
  topic,
  key,
  value: 'x'.repeat(length),
});
const commitOf = (records: readonly OutputRecord[]): Commit => ({
  records,
  offsets: new Map([['in/0', 1]]),
  metadata: '',
  bases: new Map(),
});

async function sinkOf(cluster: Cluster): Promise<KafkaSink> {
  for (const topic of ['in', 'events', 'dead-letters', 'state', 'journal']) cluster.createTopic(topic, 2);
  cluster.createTopic('progress', 1);
  const kafka = simulatedKafka(
    cluster,
    { call: (_name, effect) => Promise.resolve().then(effect) },
    {
      name: 'test',
      config: configOf().kafka,
    },
  );
  const admin = kafka.admin();
  await admin.connect();
  const sink = new KafkaSink(kafka, admin, {
    ...{ groupId: 'group', transactionalId: 'group.p', others: ['events', 'dead-letters'], inputPartitions: ['in/0'] },
    own: { state: 'state', journal: 'journal', progress: 'progress' },
    transactionTimeoutMs: 60_000,
  });
  await sink.fence();
  return sink;
}

describe('a sink', () => {
  it('knows what the settings of its topics say', async () => {
    const cluster = new Cluster(surroundings);
    cluster.recordBytesMax.said = 70_000;
    const sink = await sinkOf(cluster);
    expect(['events', 'journal'].map((topic) => sink.recordBytesMax(topic))).toEqual([70_000, 70_000]);
    cluster.recordBytesMax.said = 80_000;
    await sink.fence();
    expect(sink.recordBytesMax('events')).toBe(80_000);
  });

  it('finds the record that brokers do not take, and then knows better than the settings', async () => {
    const cluster = new Cluster(surroundings);
    const sink = await sinkOf(cluster);
    cluster.recordBytesMax.taken = 50_000;
    const large = record('events', 'b', 60_000);
    const records = [record('events', 'a', 10), record('journal', 'a', 20), large, record('journal', 'b', 20)];
    await expect(sink.commit(commitOf(records))).rejects.toMatchObject({
      code: 'RECORD_TOO_LARGE',
      disposition: 'corrupt',
    });
    await sink.fence();
    await expect(sink.commit(commitOf(records))).rejects.toMatchObject({
      code: 'RECORD_TOO_LARGE',
      details: { topic: 'events', key: 'b', bytes: batchBytes(large) },
    });
    await sink.fence();
    expect(sink.recordBytesMax('events')).toBe(batchBytes(large) - 1);
    expect(sink.recordBytesMax('journal')).toBe(1_048_588);
    await sink.commit(commitOf(records.filter((one) => one !== large)));
    const seen = (): unknown[] => [0, 1].flatMap((n) => cluster.committed(`events/${n}`).map(({ key }) => key));
    await expect.poll(seen).toEqual(['a']);
  });

  it('forgets that when the settings change', async () => {
    const cluster = new Cluster(surroundings);
    const sink = await sinkOf(cluster);
    cluster.recordBytesMax.taken = 50_000;
    await expect(sink.commit(commitOf([record('events', 'b', 60_000)]))).rejects.toMatchObject({
      details: { topic: 'events' },
    });
    cluster.recordBytesMax.taken = Infinity;
    cluster.recordBytesMax.said = 2_000_000;
    await sink.fence();
    expect(sink.recordBytesMax('events')).toBe(2_000_000);
    await sink.commit(commitOf([record('events', 'b', 60_000)]));
  });
});

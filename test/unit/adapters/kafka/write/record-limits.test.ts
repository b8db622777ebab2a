/** What brokers say that they take, what they really take, and what a sink makes of the difference. */
import { describe, expect, it } from 'vitest';
import { KafkaSink } from '../../../../../src/adapters/kafka/write/sink.js';
import { roundsOf } from '../../../../../src/adapters/kafka/write/rounds.js';
import { batchBytes, recordBytes } from '../../../../../src/domain/record-size.js';
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

describe('records are cut into sends', () => {
  const limits = { batchBytesMax: () => 1_000, requestBytesMax: 2_500, recordsMax: Infinity };
  const partitionOf = ({ key }: OutputRecord): number => Number(key);
  const sizes = (records: readonly OutputRecord[], more = {}): number[][] =>
    roundsOf(records, partitionOf, { ...limits, ...more }).map((round) =>
      [...round.values()].map((batch) => batch.length),
    );

  it('that have one batch for each partition, none too large', () => {
    const small = record('t', '0', 1_000 / 2 - 61 / 2 - 41);
    expect(2 * recordBytes(small) + 61).toBeLessThanOrEqual(1_000);
    expect(sizes([small, small])).toEqual([[2]]);
    expect(sizes([small, small, record('t', '0', 0)])).toEqual([[2], [1]]);
  });

  it('with a record that is larger than a batch alone in its batch', () => {
    expect(sizes([record('t', '0', 1), record('t', '0', 2_000), record('t', '0', 1)])).toEqual([[1], [1], [1]]);
  });

  it('of a bounded number of bytes over all partitions', () => {
    const all = ['0', '1', '2', '3'].map((key) => record('t', key, 800));
    expect(sizes(all)).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('one by one where one is looked for', () => {
    expect(sizes([record('t', '0', 1), record('t', '1', 1), record('t', '0', 1)], { recordsMax: 1 })).toEqual([
      [1],
      [1],
      [1],
    ]);
  });

  it('and keep their order in each partition', () => {
    const records = Array.from({ length: 200 }, (_, i) => ({
      ...record('t', String(i % 3), (i * 37) % 900),
      headers: { i: String(i) },
    }));
    const rounds = roundsOf(records, partitionOf, limits);
    for (const partition of [0, 1, 2]) {
      const order = rounds.flatMap((round) =>
        (round.get(`t/${partition}`) ?? []).map(({ headers }) => Number(headers.i)),
      );
      expect(order).toEqual(Array.from({ length: 200 }, (_, i) => i).filter((i) => i % 3 === partition));
    }
  });
});

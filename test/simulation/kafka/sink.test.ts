/** The real sink over the fake cluster keeps what it promises over a real one (`test/integration/ports.test.ts` runs the same suite). */
import { loadConfig } from '../../../src/config/load.js';
import { KafkaSink } from '../../../src/adapters/kafka/write/sink.js';
import { expect, it } from 'vitest';
import { progressRecord } from '../../../src/pipeline/state/records.js';
import { taskName, WHOLE } from '../../../src/domain/shard.js';
import { sinkPromises } from '../../contract/sink.js';
import { choices } from '../../support/choices.js';
import type { Link } from './broker.js';
import { simulatedKafka } from './client.js';
import { Cluster } from './cluster.js';

const { config } = loadConfig({ file: null, env: {}, readText: () => '', pipelinesRequired: false });

/** Every request arrives and is answered, at once. */
const link: Link = { call: (_name, effect) => Promise.resolve().then(effect) };
const surroundings = {
  nowMs: 0,
  random: choices(1),
  after: (delayMs: number, run: () => void) => setTimeout(run, delayMs).unref(),
};

const OWN = { state: 'state', journal: 'journal', progress: 'progress' } as const;

async function opened(shards = 1) {
  const cluster = new Cluster(surroundings);
  cluster.createTopic('events', 1);
  cluster.createTopic('in', 1);
  cluster.createTopic(OWN.progress, shards);
  for (const topic of [OWN.state, OWN.journal]) cluster.createTopic(topic, 2 * 3);
  const kafka = simulatedKafka(cluster, link, { name: 'test', config: config.kafka });
  const admin = kafka.admin();
  await admin.connect();
  const writer = (shard = WHOLE): KafkaSink => {
    const id = `group.${taskName('p', shard)}`;
    return new KafkaSink(kafka, admin, {
      ...{ groupId: id, transactionalId: id, shard, own: OWN, others: ['events'] },
      ...{ inputPartitions: ['in/0'], transactionTimeoutMs: 60_000 },
    });
  };
  return { cluster, writer };
}

sinkPromises(async () => {
  const { cluster, writer } = await opened();
  return {
    writer,
    visible: () => Promise.resolve(cluster.committed('events/0').map(({ value }) => value ?? '')),
    topics: { ...OWN, events: 'events' },
    input: 'in/0',
    unwritable: 'missing',
  };
});

it('writes to topics that it is told of when it has fenced, and to none that is not there', async () => {
  const { cluster, writer } = await opened();
  cluster.createTopic('more', 3);
  const sink = writer();
  await sink.fence();
  expect(() => sink.partitionOf('more', 'a')).toThrow(/Topic more does not exist/);
  await sink.alsoTo(['events', 'more']);
  const partitions = ['a', 'b', 'c', 'd', 'e'].map((place) => sink.partitionOf('more', place));
  expect(new Set(partitions).size).toBeGreaterThan(1);
  await sink.commit({
    ...{ offsets: new Map(), metadata: '', bases: new Map() },
    records: [{ topic: 'more', key: 'a', value: 'told' }, progressRecord(OWN, 'progress', 'number 1')],
  });
  await expect.poll(() => cluster.committed(`more/${partitions[0]}`).map(({ value }) => value)).toEqual(['told']);
  await expect(sink.alsoTo(['missing'])).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
  await sink.close();
});

it('knows the partitions of its shard alone, and leaves those of the others as they are', async () => {
  const { writer } = await opened(3);
  const [first, second] = [0, 1].map((index) => writer({ index, count: 3 })) as [KafkaSink, KafkaSink];
  for (const sink of [first, second]) await sink.fence();
  const places = Array.from({ length: 20 }, (_, i) => String(i));
  for (const topic of [OWN.state, OWN.journal]) {
    expect(new Set(places.map((place) => first.partitionOf(topic, place)))).toEqual(new Set([0, 3]));
    expect(new Set(places.map((place) => second.partitionOf(topic, place)))).toEqual(new Set([1, 4]));
  }
  const records = [
    ...places.map((place) => ({ topic: OWN.state, key: place, value: 'cell', place })),
    progressRecord(OWN, 'progress', 'of the first'),
  ];
  await first.commit({ records, offsets: new Map(), metadata: '', bases: new Map() });
  await expect.poll(async () => (await first.progress())?.progress).toBe('of the first');
  expect(await second.progress()).toBeNull();
  const { state } = await first.ends();
  expect(state.map((end) => end > 0)).toEqual([true, false, false, true, false, false]);
  expect((await second.ends()).state).toEqual([0, 0, 0, 0, 0, 0]);
  await expect(
    writer({ index: 0, count: 2 })
      .fence()
      .then(() => writer({ index: 0, count: 2 }).progress()),
  ).rejects.toMatchObject({
    code: 'PARTITIONS_CHANGED',
  });
  await Promise.all([first.close(), second.close()]);
});

/** Committed offsets name every partition, or none: whichever answer of which broker comes first, kafkajs leaves none out. */
import { expect, it } from 'vitest';
import { KafkaSink } from '../../../../src/adapters/kafka/write/sink.js';
import { simulatedKafka } from '../../../simulation/kafka/client.js';
import { Cluster } from '../../../simulation/kafka/cluster.js';
import { World } from '../../../simulation/world.js';
import { configOf } from '../../../support/rig.js';

const OWN = { state: 'state', journal: 'journal', progress: 'progress' } as const;
const TOPICS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const PARTITIONS = TOPICS.map((topic) => `${topic}/0`);

/** What a new process finds when it takes over; answers are up to 30 ms late. */
async function found(seed: number): Promise<readonly string[]> {
  const world: World = new World({
    seed,
    fates: () => ({ requestMs: 1, answerMs: world.random() * 30, breakMs: null, end: null, fault: null }),
  });
  const cluster = new Cluster(world);
  for (const topic of [...TOPICS, ...Object.values(OWN)]) cluster.createTopic(topic, 1);
  cluster.groups.commit('group', new Map(PARTITIONS.map((name) => [name, { offset: 7, metadata: '' }])));
  const process = world.process('new');
  const names: string[] = [];
  let isOver = false;
  const main = async (): Promise<void> => {
    const kafka = simulatedKafka(cluster, process, { name: 'new', config: configOf().kafka });
    const admin = kafka.admin();
    const sink = new KafkaSink(kafka, admin, {
      ...{ groupId: 'group', transactionalId: 'group.p', own: OWN, others: [] },
      ...{ inputPartitions: PARTITIONS, transactionTimeoutMs: 60_000 },
    });
    await admin.connect();
    await sink.fence();
    names.push(...(await sink.committed()).keys());
    isOver = true;
  };
  process.start(() => void main().catch((error: unknown) => world.fail(error)));
  await world.run(() => isOver, 60_000);
  return names.sort();
}

it('are all there, whatever order the answers of brokers have', async () => {
  for (let seed = 1; seed <= 60; seed += 1) expect(await found(seed), `seed ${seed}`).toEqual(PARTITIONS);
});

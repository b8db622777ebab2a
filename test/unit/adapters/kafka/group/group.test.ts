/** The real group over a simulated Kafka: no pipeline is left without a task, and none is read in part. */
import { AssignerProtocol } from 'kafkajs';
import { expect, it } from 'vitest';
import { KafkaGroup } from '../../../../../src/adapters/kafka/group/group.js';
import type { KafkaSource } from '../../../../../src/adapters/kafka/read/source.js';
import { simulatedKafka } from '../../../../simulation/kafka/client.js';
import { Cluster } from '../../../../simulation/kafka/cluster.js';
import { World } from '../../../../simulation/world.js';
import { configOf } from '../../../../support/rig.js';

const PLAIN = { requestMs: 1, answerMs: 1, breakMs: null, end: null, fault: null };

/** Nothing reaches Kafka from 5 s on. @returns what the owner is told, and how often the pipeline was assigned and lost. */
async function outage(forMs: number): Promise<{ confirmed: boolean[]; assigned: number; lost: number }> {
  const isAway = (of: World): boolean => of.nowMs > 5_000 && of.nowMs < 5_000 + forMs;
  const world = new World({ seed: 1, fates: (_, of) => (isAway(of) ? { ...PLAIN, requestMs: null } : PLAIN) });
  const cluster = new Cluster(world);
  cluster.createTopic('in', 2);
  const process = world.process('member');
  const config = configOf().kafka;
  const sources: KafkaSource[] = [];
  const confirmed: boolean[] = [];
  let lost = 0;
  const listener = {
    assigned: (_: string, source: KafkaSource) => void sources.push(source),
    lost: () => (lost += 1),
    gaveUp: (error: Error) => world.fail(error),
  };
  process.start(() => {
    const kafka = simulatedKafka(cluster, process, { name: 'member', config });
    const pipelinesOf = () => new Map([['orders', ['in']]]);
    const group = new KafkaGroup(kafka, { groupId: 'group', pipelinesOf, config, queuedBytesMax: 1_000_000 }, listener);
    group.start().catch((error: unknown) => world.fail(error));
    setTimeout(() => void sources[0]?.confirmOwned().then((owned) => confirmed.push(owned)), 6_000);
  });
  await world.run(() => false, 5_000 + forMs + 120_000);
  return { confirmed, assigned: sources.length, lost };
}

it('confirms the owner after a short outage', async () => {
  expect(await outage(2_000)).toEqual({ confirmed: [true], assigned: 1, lost: 0 });
});

it.each([26_000, 90_000])(
  'assigns the pipeline anew when the owner could not be confirmed for %i ms',
  async (forMs) => {
    expect(await outage(forMs)).toEqual({ confirmed: [false], assigned: 2, lost: 0 });
  },
);

it('reads a topic that appears later too, without joining anew, and says so once', async () => {
  const world = new World({ seed: 1, fates: () => PLAIN });
  const cluster = new Cluster(world);
  cluster.createTopic('in', 2);
  const process = world.process('member');
  const config = configOf().kafka;
  const told: unknown[] = [];
  const sources: KafkaSource[] = [];
  const listener = {
    assigned: (_: string, source: KafkaSource) => {
      sources.push(source);
      told.push(source.partitions);
    },
    lost: () => told.push('lost'),
    gaveUp: (error: Error) => world.fail(error),
  };
  const look = async (): Promise<void> => void told.push(await sources.at(-1)!.lookForTopics());
  const lookAt = (ms: number): unknown =>
    setTimeout(() => void look().catch((error: unknown) => world.fail(error)), ms);
  process.start(() => {
    const kafka = simulatedKafka(cluster, process, { name: 'member', config });
    const pipelinesOf = (existing: ReadonlySet<string>) =>
      new Map([['orders', ['in', ...['message'].filter((topic) => existing.has(topic))]]]);
    const group = new KafkaGroup(kafka, { groupId: 'group', pipelinesOf, config, queuedBytesMax: 1_000_000 }, listener);
    group.start().catch((error: unknown) => world.fail(error));
    lookAt(8_000);
    setTimeout(() => cluster.createTopic('message', 1), 9_000);
    lookAt(10_000);
    lookAt(12_000);
  });
  await world.run(() => false, 20_000);
  cluster.moveCoordinator('group');
  await world.run(() => false, 60_000);
  expect(told).toEqual([['in/0', 'in/1'], false, 'lost', ['in/0', 'in/1', 'message/0'], true, false]);
});

/** @returns partitions that a member which declares `in` and `more` is assigned when another member leads, and gives these. */
async function assignedBy(given: Record<string, number[]>): Promise<(readonly string[])[]> {
  const world = new World({ seed: 1, fates: () => PLAIN });
  const cluster = new Cluster(world);
  for (const topic of ['in', 'more']) cluster.createTopic(topic, 2);
  const encoded = { version: 1, assignment: given, userData: Buffer.alloc(0) };
  cluster.groups.otherLeader = () => Promise.resolve(AssignerProtocol.MemberAssignment.encode(encoded));
  const process = world.process('member');
  const config = configOf().kafka;
  const assigned: (readonly string[])[] = [];
  const listener = {
    assigned: (_: string, source: KafkaSource) => void assigned.push(source.partitions),
    lost: () => world.fail(new Error('lost')),
    gaveUp: (error: Error) => world.fail(error),
  };
  process.start(() => {
    const kafka = simulatedKafka(cluster, process, { name: 'member', config });
    const pipelinesOf = () => new Map([['orders', ['in', 'more']]]);
    const group = new KafkaGroup(kafka, { groupId: 'group', pipelinesOf, config, queuedBytesMax: 1_000_000 }, listener);
    group.start().catch((error: unknown) => world.fail(error));
  });
  await world.run(() => false, 20_000);
  return assigned;
}

it.each([
  ['names it without partitions', { in: [0, 1], more: [] }],
  ['never heard of it', { in: [0, 1] }],
  ['declares another one besides', { in: [0, 1], less: [0] }],
])('reads all that the member declares, though the leader %s', async (_, given) => {
  expect(await assignedBy(given)).toEqual([['in/0', 'in/1', 'more/0', 'more/1']]);
});

it('owns nothing when the leader gives nothing of a pipeline', async () => {
  expect(await assignedBy({ less: [0] })).toEqual([]);
});

/** The real group over a simulated Kafka: no task is left without an owner, and each reads all of its pipeline's input. */
import { AssignerProtocol } from 'kafkajs';
import { expect, it } from 'vitest';
import { type GroupListener, type GroupSettings, KafkaGroup } from '../../../../../src/adapters/kafka/group/group.js';
import type { KafkaSource } from '../../../../../src/adapters/kafka/read/source.js';
import type { KafkaConfig } from '../../../../../src/config/schema.js';
import { taskName } from '../../../../../src/domain/shard.js';
import { simulatedKafka } from '../../../../simulation/kafka/client.js';
import { Cluster } from '../../../../simulation/kafka/cluster.js';
import { createErrorFromCode } from '../../../../simulation/kafka/kafkajs-internals.js';
import { World } from '../../../../simulation/world.js';
import { configOf } from '../../../../support/rig.js';

const PLAIN = { requestMs: 1, answerMs: 1, breakMs: null, end: null, fault: null };

const settingsOf = (config: KafkaConfig, shards = 1): GroupSettings => ({
  groupId: 'group',
  shards: new Map([['orders', shards]]),
  progressOf: (pipeline) => `${pipeline}.progress`,
  inputsOf: () => new Map([['orders', ['in']]]),
  ...{ config, queuedBytesMax: 1_000_000 },
});

/** Nothing reaches Kafka from 5 s on. @returns what the owner is told, and how often the task was assigned and lost. */
async function outage(forMs: number): Promise<{ confirmed: boolean[]; assigned: number; lost: number }> {
  const isAway = (of: World): boolean => of.nowMs > 5_000 && of.nowMs < 5_000 + forMs;
  const world = new World({ seed: 1, fates: (_, of) => (isAway(of) ? { ...PLAIN, requestMs: null } : PLAIN) });
  const cluster = new Cluster(world);
  cluster.createTopic('in', 2);
  cluster.createTopic('orders.progress', 1);
  const process = world.process('member');
  const config = configOf().kafka;
  const sources: KafkaSource[] = [];
  const confirmed: boolean[] = [];
  let lost = 0;
  const listener = {
    assigned: (_: unknown, source: KafkaSource) => void sources.push(source),
    lost: () => (lost += 1),
    gaveUp: (error: Error) => world.fail(error),
  };
  process.start(() => {
    const kafka = simulatedKafka(cluster, process, { name: 'member', config });
    const group = new KafkaGroup(kafka, settingsOf(config), listener);
    group.start().catch((error: unknown) => world.fail(error));
    setTimeout(() => void sources[0]?.confirmOwned().then((owned) => confirmed.push(owned)), 6_000);
  });
  await world.run(() => false, 5_000 + forMs + 120_000);
  return { confirmed, assigned: sources.length, lost };
}

it('confirms the owner after a short outage', async () => {
  expect(await outage(2_000)).toEqual({ confirmed: [true], assigned: 1, lost: 0 });
});

it.each([26_000, 90_000])('assigns the task anew when the owner could not be confirmed for %i ms', async (forMs) => {
  expect(await outage(forMs)).toEqual({ confirmed: [false], assigned: 2, lost: 0 });
});

it('reads a topic that appears later too, without joining anew, and says so once', async () => {
  const world = new World({ seed: 1, fates: () => PLAIN });
  const cluster = new Cluster(world);
  cluster.createTopic('in', 2);
  cluster.createTopic('orders.progress', 1);
  const process = world.process('member');
  const config = configOf().kafka;
  const told: unknown[] = [];
  const sources: KafkaSource[] = [];
  const listener = {
    assigned: (_: unknown, source: KafkaSource) => {
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
    const inputsOf = (existing: ReadonlySet<string>) =>
      new Map([['orders', ['in', ...['message'].filter((topic) => existing.has(topic))]]]);
    const group = new KafkaGroup(kafka, { ...settingsOf(config), inputsOf }, listener);
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

/** @returns tasks that a member of three shards is assigned, and what each reads, when another member leads and gives these, or joining fails so. */
async function assignedBy(given: Record<string, number[]> | Error): Promise<unknown[]> {
  const world = new World({ seed: 1, fates: () => PLAIN });
  const cluster = new Cluster(world);
  cluster.createTopic('in', 2);
  cluster.createTopic('orders.progress', 3);
  cluster.groups.otherLeader = () => {
    if (given instanceof Error) throw given;
    const encoded = { version: 1, assignment: given, userData: Buffer.alloc(0) };
    return Promise.resolve(AssignerProtocol.MemberAssignment.encode(encoded));
  };
  const process = world.process('member');
  const config = configOf().kafka;
  const told: unknown[] = [];
  const listener: GroupListener = {
    assigned: ({ pipeline, shard }, { partitions }) => void told.push([taskName(pipeline, shard), partitions]),
    lost: () => world.fail(new Error('lost')),
    gaveUp: ({ code, disposition }) => void told.push([code, disposition]),
  };
  process.start(() => {
    const kafka = simulatedKafka(cluster, process, { name: 'member', config });
    new KafkaGroup(kafka, settingsOf(config, 3), listener).start().catch((error: unknown) => world.fail(error));
  });
  await world.run(() => false, 20_000);
  return told;
}

it('runs the shards whose partitions of the progress it is given, each over all of the input', async () => {
  expect(await assignedBy({ 'orders.progress': [0, 2] })).toEqual([
    ['orders.0', ['in/0', 'in/1']],
    ['orders.2', ['in/0', 'in/1']],
  ]);
});

it('runs nothing that it does not know, of another number of shards or another pipeline', async () => {
  expect(await assignedBy({ 'orders.progress': [3], 'returns.progress': [0] })).toEqual([]);
});

it('does not join members that spread work in another way, and says what to do', async () => {
  const inconsistent = createErrorFromCode(23);
  expect(await assignedBy(inconsistent)).toEqual([['MEMBER_OF_OTHER_VERSION', 'refuse']]);
});

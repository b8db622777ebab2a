/** The real group over a simulated Kafka: an outage that is longer than the session must not leave a pipeline without a task. */
import { expect, it } from 'vitest';
import { KafkaGroup } from '../../../src/adapters/kafka/group.js';
import type { KafkaSource } from '../../../src/adapters/kafka/source.js';
import { simulatedKafka } from '../../simulation/kafka/client.js';
import { Cluster } from '../../simulation/kafka/cluster.js';
import { World } from '../../simulation/world.js';
import { configOf } from '../../support/rig.js';

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
    const pipelines = new Map([['orders', ['in']]]);
    const group = new KafkaGroup(kafka, { groupId: 'group', pipelines, config, queuedBytesMax: 1_000_000 }, listener);
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

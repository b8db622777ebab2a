/** Offsets for Kafka's tools: told by and by, the newest ones, and never in the way of a commit. */
import { describe, expect, it } from 'vitest';
import { KafkaSink } from '../../../../../src/adapters/kafka/write/sink.js';
import { progressRecord } from '../../../../../src/pipeline/state/records.js';
import { simulatedKafka } from '../../../../simulation/kafka/client.js';
import { Cluster, NO_FAULTS } from '../../../../simulation/kafka/cluster.js';
import { type Fate, World } from '../../../../simulation/world.js';
import { configOf } from '../../../../support/rig.js';

const OWN = { state: 'state', journal: 'journal', progress: 'progress' } as const;
const PLAIN: Fate = { requestMs: 1, answerMs: 1, breakMs: null, end: null, fault: null };

interface Told {
  /** Times in ms at which coordinators were told, with the offset. */
  readonly told: [atMs: number, offset: number][];
  readonly untold: string[];
  /** How long each commit took. */
  readonly commitsMs: number[];
}

/** Commits every 100 ms, `commits` times, then waits, then ends. @param isAway whether the coordinator is not reached at this time. */
async function committing(commits: number, isAway: (nowMs: number) => boolean = () => false): Promise<Told> {
  const made: Told = { told: [], untold: [], commitsMs: [] };
  const world: World = new World({
    seed: 1,
    fates: ({ name }, { nowMs }) =>
      name === 'kafka.offsetCommit' && isAway(nowMs) ? { ...PLAIN, requestMs: null } : PLAIN,
  });
  const cluster = new Cluster(world);
  for (const topic of ['in', ...Object.values(OWN)]) cluster.createTopic(topic, 1);
  world.onEffect = (name) => {
    const offset = cluster.groups.committed('group.p').get('in/0')?.offset ?? 0;
    if (name === 'kafka.offsetCommit') made.told.push([Math.round(world.nowMs), offset]);
  };
  const process = world.process('member');
  let isOver = false;
  const main = async (): Promise<void> => {
    const kafka = simulatedKafka(cluster, process, { name: 'member', config: configOf().kafka });
    const admin = kafka.admin();
    await admin.connect();
    const sink = new KafkaSink(kafka, admin, {
      ...{ groupId: 'group.p', transactionalId: 'group.p', own: OWN, others: [] },
      ...{ inputPartitions: ['in/0'], transactionTimeoutMs: 60_000 },
      onUntold: ({ code }) => made.untold.push(code),
    });
    await sink.fence();
    for (let n = 1; n <= commits; n += 1) {
      const startedMs = world.nowMs;
      const records = [progressRecord(OWN, 'progress', String(n))];
      await sink.commit({ records, offsets: new Map([['in/0', n]]), metadata: `commit ${n}`, bases: new Map() });
      made.commitsMs.push(world.nowMs - startedMs);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect((await sink.committed()).get('in/0')?.metadata ?? 'commit').toMatch(/^commit/);
    await sink.close();
    isOver = true;
  };
  process.start(() => void main().catch((error: unknown) => world.fail(error)));
  await world.run(() => isOver, 600_000);
  return made;
}

describe('offsets', () => {
  it('are told once a second at most, the newest ones, and once more at the end', async () => {
    const { told, untold } = await committing(35);
    expect(told.length).toBeGreaterThan(3);
    expect(told.length).toBeLessThan(7);
    for (const [i, [atMs]] of told.slice(1, -1).entries()) expect(atMs - told[i]![0]).toBeGreaterThanOrEqual(1_000);
    expect(told.at(-1)?.[1]).toBe(35);
    expect(untold).toEqual([]);
  });

  it('that cannot be told hold up no commit; it is said once, and they are told when it is over', async () => {
    const { told, untold, commitsMs } = await committing(400, (nowMs) => nowMs < 30_000);
    expect(Math.max(...commitsMs)).toBeLessThan(100);
    expect(untold).toEqual(['KAFKA_UNAVAILABLE']);
    expect(told[0]?.[0]).toBeGreaterThan(30_000);
    expect(told.at(-1)?.[1]).toBe(400);
  });

  it('hold up nobody who ends', async () => {
    const { told, untold } = await committing(1, () => true);
    expect([told, untold.length]).toEqual([[], 0]);
  });
});

it('a Kafka transaction that meets the end of the one before waits for it', async () => {
  const world: World = new World({ seed: 1, fates: () => PLAIN });
  const cluster = new Cluster(world, {
    ...NO_FAULTS,
    markers: { usualMs: 400, slowShare: 0, slowMs: 0, twiceShare: 0 },
  });
  for (const topic of ['in', ...Object.values(OWN)]) cluster.createTopic(topic, 1);
  let starts = 0;
  world.onEffect = (name) => void (starts += Number(name === 'kafka.addPartitionsToTxn'));
  const process = world.process('member');
  let done = 0;
  const main = async (): Promise<void> => {
    const kafka = simulatedKafka(cluster, process, { name: 'member', config: configOf().kafka });
    const admin = kafka.admin();
    await admin.connect();
    const sink = new KafkaSink(kafka, admin, {
      ...{ groupId: 'group.p', transactionalId: 'group.p', own: OWN, others: [] },
      ...{ inputPartitions: ['in/0'], transactionTimeoutMs: 60_000 },
    });
    await sink.fence();
    for (; done < 5; done += 1) {
      const records = [progressRecord(OWN, 'progress', String(done))];
      await sink.commit({ records, offsets: new Map(), metadata: '', bases: new Map() });
    }
    await sink.confirmFence();
    done += 1;
  };
  process.start(() => void main().catch((error: unknown) => world.fail(error)));
  await world.run(() => done === 6, 60_000);
  expect(done).toBe(6);
  expect(starts).toBeGreaterThan(20);
  expect(cluster.committed('progress/0').map(({ value }) => value)).toEqual(['0', '1', '2', '3', '4']);
});

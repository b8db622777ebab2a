/**
 * The smallest history that needs every promise of the sink: writers, one after another and now and then two at once, copy the numbers
 * from 0 on into a topic and a journal, in Kafka transactions of some numbers each, with the next number as committed offset. Whatever
 * happens on the way, every number has to be there once, in order.
 */
import { KafkaSink } from '../../../src/adapters/kafka/write/sink.js';
import { loadConfig } from '../../../src/config/load.js';
import type { OutputRecord } from '../../../src/pipeline/ports.js';
import { below, chosen, type Choices } from '../../support/choices.js';
import { chanceFates, weather } from '../chance.js';
import type { Process } from '../process.js';
import { World } from '../world.js';
import { simulatedKafka } from './client.js';
import { Cluster, type ClusterFaults, NO_FAULTS } from './cluster.js';

const { config } = loadConfig({ file: null, env: {}, readText: () => '', pipelinesRequired: false });

const INPUT = 'in/0';
const TRANSACTIONAL_ID = 'group.p';
const SETTINGS = {
  groupId: 'group',
  transactionalId: TRANSACTIONAL_ID,
  journalTopic: 'journal',
  topics: ['out', 'journal'],
  inputPartitions: [INPUT],
  metadataPartition: INPUT,
  transactionTimeoutMs: 30_000,
};
const CALM_MS = 60_000;
const END_MS = 900_000;
const RETRY_MS = 500;

export interface CountingEnd {
  /** What is wrong, or null. */
  readonly violation: string | null;
  readonly world: World;
  readonly cluster: Cluster;
}

/** Half of the kinds of faults are absent from each history. */
export function clusterFaults(random: Choices): ClusterFaults {
  const share = (): number => (random() < 0.5 ? 0 : chosen(random, [0.01, 0.05, 0.2]));
  return {
    leaderMoves: share(),
    refusals: share(),
    refusalsAfterAppend: share(),
    coordinatorMoves: share(),
    shortFetches: share(),
    fetchLeaderMoves: share(),
    falseOutOfRange: share(),
    markers: { usualMs: chosen(random, [1, 10, 100]), slowShare: share(), slowMs: 5_000 },
  };
}

export async function countingHistory(seed: number, numbers = 60): Promise<CountingEnd> {
  const start: { fates: ReturnType<typeof chanceFates> } = {
    fates: () => ({ requestMs: 0, answerMs: 0, breakMs: null, end: null, fault: null }),
  };
  const world = new World({ seed, fates: (place, at) => start.fates(place, at) });
  const { random } = world;
  start.fates = chanceFates(weather(random, { calmFromMs: CALM_MS, stopMs: 8_000 }), () => false);
  const cluster = new Cluster(world, clusterFaults(random));
  cluster.createTopic('out', 3);
  cluster.createTopic('journal', 2);
  cluster.createTopic('in', 1);
  const writers = new Writers(world, cluster, numbers);
  world.after(CALM_MS, () => (cluster.faults = NO_FAULTS));
  nemeses(world, cluster, writers);
  let violation: string | null = null;
  let seen = 0;
  world.afterStep = () => {
    const visible = stableOffsets(cluster);
    if (visible > seen) violation ??= wrongOrder(cluster);
    seen = visible;
  };
  await world.run(() => violation !== null || isDone(cluster, writers), END_MS);
  violation ??= missing(cluster, numbers) ?? wrongJournal(cluster, writers.journal);
  return { violation, world, cluster };
}

/** Moves of ownership, of leaders and coordinators, brokers that go, and the log cleaner, until it becomes calm. */
function nemeses(world: World, cluster: Cluster, writers: Writers): void {
  const { random } = world;
  const kinds = [
    () => writers.takeOver(),
    () => cluster.moveLeader(chosen(random, [...cluster.partitionsOf('out'), ...cluster.partitionsOf('journal')])),
    () => cluster.moveCoordinator(chosen(random, [TRANSACTIONAL_ID, SETTINGS.groupId])),
    () => cluster.stopBroker(1 + below(random, 3), random() * 5_000),
    () => cluster.partitionsOf('journal').forEach((name) => cluster.log(name).compact()),
    () => cluster.transactions.expire(TRANSACTIONAL_ID),
  ].filter(() => random() < 0.6);
  const pauseMs = chosen(random, [300, 2_000, 10_000]);
  const again = (): void => {
    if (kinds.length > 0) chosen(random, kinds)();
    if (world.nowMs < CALM_MS) world.after(random() * 2 * pauseMs, again);
  };
  world.after(random() * pauseMs, again);
}

class Writers {
  /** The journal as the last writer read it when everything was done. */
  journal: readonly string[] | null = null;
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #numbers: number;
  #owner: Process;
  #processes = 0;

  constructor(world: World, cluster: Cluster, numbers: number) {
    this.#world = world;
    this.#cluster = cluster;
    this.#numbers = numbers;
    this.#owner = this.#start();
    const watch = (): void => {
      if (this.#owner.isDead) this.takeOver();
      world.after(2_000, watch);
    };
    world.after(2_000, watch);
  }

  /** Another process becomes the owner; the former one learns of it when it fails. */
  takeOver(): void {
    this.#owner = this.#start();
  }

  #start(): Process {
    const process = this.#world.process(`writer-${(this.#processes += 1)}`);
    const kafka = simulatedKafka(this.#cluster, process, { name: process.name, config: config.kafka });
    process.start(() => {
      const admin = kafka.admin();
      const write = async (): Promise<void> => {
        await admin.connect();
        await this.#write(process, new KafkaSink(kafka, admin, SETTINGS));
      };
      const retry = (): void => {
        write().catch(() => {
          if (this.#owner === process) setTimeout(retry, RETRY_MS);
        });
      };
      retry();
    });
    return process;
  }

  async #write(process: Process, sink: KafkaSink): Promise<void> {
    const { random } = this.#world;
    await sink.fence();
    const { offsets } = await sink.committed();
    let next = offsets?.get(INPUT) ?? 0;
    while (next < this.#numbers) {
      const until = Math.min(this.#numbers, next + 1 + below(random, 4));
      const numbers = Array.from({ length: until - next }, (_, i) => next + i);
      await sink.commit({ records: numbers.flatMap(recordsOf), offsets: new Map([[INPUT, until]]), metadata: '' });
      next = until;
    }
    if (this.#owner !== process) return;
    await sink.fence();
    const [from, to] = [await sink.journalBegin(), await sink.journalEnd()];
    const journal: string[] = [];
    for await (const records of sink.readJournal(from, to)) journal.push(...records.map(({ value }) => value));
    if (this.#owner === process) this.journal = journal;
  }
}

const recordsOf = (number: number): OutputRecord[] => [
  { topic: 'out', key: `k${number % 7}`, value: String(number) },
  { topic: 'journal', key: `a:${number % 5}`, value: String(number) },
];

const valuesOf = (cluster: Cluster, partition: string): number[] =>
  cluster.committed(partition).map(({ value }) => Number(value));

const WRITTEN = ['out/0', 'out/1', 'out/2', 'journal/0', 'journal/1'];
const stableOffsets = (cluster: Cluster): number =>
  WRITTEN.reduce((sum, partition) => sum + cluster.log(partition).stableEnd, 0);

function wrongOrder(cluster: Cluster): string | null {
  for (const partition of WRITTEN) {
    const values = valuesOf(cluster, partition);
    const at = values.findIndex((value, i) => i > 0 && value <= values[i - 1]!);
    if (at < 0) continue;
    const value = values[at]!;
    return `${values.indexOf(value) < at ? 'G3: duplicate' : 'G2: out of order'}: ${value} in ${partition}`;
  }
  return null;
}

function missing(cluster: Cluster, numbers: number): string | null {
  const values = new Set(cluster.partitionsOf('out').flatMap((partition) => valuesOf(cluster, partition)));
  for (let number = 0; number < numbers; number += 1) if (!values.has(number)) return `G3: lost: ${number}`;
  return null;
}

/** Everything that is in the journal now was read, once. What was read and is gone was compacted since. */
function wrongJournal(cluster: Cluster, read: readonly string[] | null): string | null {
  if (read === null) return 'G3: the writers never came to an end';
  if (new Set(read).size < read.length) return `G3: the journal was read as ${read.join()}`;
  const written = cluster.partitionsOf('journal').flatMap((partition) => valuesOf(cluster, partition));
  const missed = written.filter((value) => !read.includes(String(value)));
  return missed.length === 0 ? null : `G3: not read in the journal: ${missed.join()}`;
}

const isDone = (cluster: Cluster, writers: Writers): boolean =>
  writers.journal !== null && cluster.groups.committed('group').size > 0;

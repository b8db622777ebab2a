/**
 * The smallest history that needs every promise of the sink: writers, one after another and now and then two at once, copy the numbers
 * from 0 on into a topic, a journal and cells, in Kafka transactions of some numbers each, with the next number in progress and offset.
 * Whatever happens on the way, every number has to be there once, in order, and nothing may be committed behind the progress that is found.
 */
import { KafkaSink } from '../../../src/adapters/kafka/write/sink.js';
import { loadConfig } from '../../../src/config/load.js';
import type { Ends, OutputRecord, OwnRecord, OwnTopic } from '../../../src/pipeline/ports.js';
import { progressRecord } from '../../../src/pipeline/state/records.js';
import { below, chosen, type Choices } from '../../support/choices.js';
import { chanceFates, weather } from '../chance.js';
import type { Process } from '../process.js';
import { World } from '../world.js';
import { simulatedKafka } from './client.js';
import { Cluster, type ClusterFaults, NO_FAULTS } from './cluster.js';

const { config } = loadConfig({ file: null, env: {}, readText: () => '', pipelinesRequired: false });

const INPUT = 'in/0';
const TRANSACTIONAL_ID = 'group.p';
const OWN = { state: 'state', journal: 'journal', progress: 'progress' } as const;
const SETTINGS = {
  groupId: 'group',
  transactionalId: TRANSACTIONAL_ID,
  own: OWN,
  others: ['out'],
  inputPartitions: [INPUT],
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
    markers: { usualMs: chosen(random, [1, 10, 100]), slowShare: share(), slowMs: 5_000, twiceShare: share() },
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
  cluster.createTopic(OWN.journal, 2);
  cluster.createTopic(OWN.state, 2);
  cluster.createTopic(OWN.progress, 1);
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
  await world.run(() => violation !== null || writers.violation !== null || isDone(cluster, writers), END_MS);
  violation ??= writers.violation ?? missing(cluster, numbers) ?? wrongRead(cluster, writers.read);
  return { violation, world, cluster };
}

/** Moves of ownership, of leaders and coordinators, brokers that go, and the log cleaner, until it becomes calm. */
function nemeses(world: World, cluster: Cluster, writers: Writers): void {
  const { random } = world;
  const kinds = [
    () => writers.takeOver(),
    () =>
      cluster.moveLeader(
        chosen(
          random,
          ['out', ...Object.values(OWN)].flatMap((topic) => cluster.partitionsOf(topic)),
        ),
      ),
    () => cluster.moveCoordinator(chosen(random, [TRANSACTIONAL_ID, SETTINGS.groupId])),
    () => cluster.stopBroker(1 + below(random, 3), random() * 5_000),
    () => cluster.partitionsOf(OWN.state).forEach((name) => cluster.log(name).compact()),
    () => cluster.log(`${OWN.progress}/0`).compact(),
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
  /** State and journal as the last writer read them when everything was done. */
  read: Readonly<Record<OwnTopic, readonly OwnRecord[]>> | null = null;
  /** What a writer saw that must never be. */
  violation: string | null = null;
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
    let { next, ends } = await this.#begin(sink);
    while (next < this.#numbers) {
      const until = Math.min(this.#numbers, next + 1 + below(random, 4));
      const numbers = Array.from({ length: until - next }, (_, i) => next + i);
      const records = numbers.flatMap(recordsOf);
      const { bases, after } = predicted(sink, records, ends);
      const progress = progressRecord(OWN, 'progress', JSON.stringify({ next: until, ends: after }));
      const all = [...records, progress, ...(next === 0 ? [progressRecord(OWN, 'footprint', FOOTPRINT)] : [])];
      await sink.commit({ records: all, offsets: new Map([[INPUT, until]]), metadata: `commit of ${until}`, bases });
      [next, ends] = [until, after];
    }
    if (this.#owner !== process) return;
    ({ ends } = await this.#begin(sink));
    const begins = await sink.begins();
    const all = { state: await read(sink, 'state', begins, ends), journal: await read(sink, 'journal', begins, ends) };
    if (this.#owner === process) this.read = all;
  }

  /** Fences, finds out how far everything is, and holds that against what is there. */
  async #begin(sink: KafkaSink): Promise<Written> {
    await sink.fence();
    const found = await sink.progress();
    const ends = await sink.ends();
    const empty = { state: ends.state.map(() => 0), journal: ends.journal.map(() => 0) };
    const written = found === null ? { next: 0, ends: empty } : (JSON.parse(found.progress) as Written);
    const told = (await sink.committed()).get(INPUT)?.offset ?? 0;
    const later = [
      ...(await read(sink, 'state', written.ends, ends)),
      ...(await read(sink, 'journal', written.ends, ends)),
    ];
    await sink.confirmFence(); // else another one has written meanwhile
    if (later.length > 0)
      this.violation ??= `G3: ${later.length} records were committed behind the progress at ${written.next}`;
    if (told > written.next) this.violation ??= `T8: the progress is at ${written.next}, ${told} is told to tools`;
    if (found !== null && found.footprint !== FOOTPRINT)
      this.violation ??= `G3: the footprint was not found at ${written.next}`;
    return { next: written.next, ends };
  }
}

async function read(sink: KafkaSink, topic: OwnTopic, from: Ends, to: Ends): Promise<OwnRecord[]> {
  const all: OwnRecord[] = [];
  for await (const records of sink.read(topic, from[topic], to[topic])) all.push(...records);
  return all;
}

const FOOTPRINT = 'ground';

interface Written {
  readonly next: number;
  readonly ends: Ends;
}

const recordsOf = (number: number): OutputRecord[] => [
  { topic: 'out', key: `k${number % 7}`, value: String(number) },
  { topic: OWN.journal, key: `a:${number % 5}`, value: String(number), place: String(number % 5) },
  { topic: OWN.state, key: `["a:${number % 5}",""]`, value: String(number), place: String(number % 5) },
];

/** Where the records will be, and what is next after the Kafka transaction. */
function predicted(
  sink: KafkaSink,
  records: readonly OutputRecord[],
  ends: Ends,
): { bases: Map<string, number>; after: Ends } {
  const bases = new Map<string, number>();
  const after = { state: [...ends.state], journal: [...ends.journal] };
  for (const topic of ['state', 'journal'] as const) {
    const places = records.filter((record) => record.topic === topic).map(({ place = '' }) => place);
    const partitions = places.map((place) => sink.partitionOf(topic, place));
    for (const partition of new Set(partitions)) {
      const base = ends[topic][partition] ?? 0;
      bases.set(`${topic}/${partition}`, base);
      after[topic][partition] = base + partitions.filter((one) => one === partition).length + 1;
    }
  }
  return { bases, after };
}

const valuesOf = (cluster: Cluster, partition: string): number[] =>
  cluster.committed(partition).map(({ value }) => Number(value));

const WRITTEN = ['out/0', 'out/1', 'out/2', 'journal/0', 'journal/1', 'state/0', 'state/1'];
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

/** Everything that is there now was read, once. What was read and is gone was compacted since. */
function wrongRead(cluster: Cluster, read: Writers['read']): string | null {
  if (read === null) return 'G3: the writers never came to an end';
  for (const topic of ['state', 'journal'] as const) {
    const values = read[topic].map(({ value }) => Number(value));
    if (new Set(values).size < values.length) return `G3: the ${topic} was read as ${values.join()}`;
    const written = cluster.partitionsOf(topic).flatMap((partition) => valuesOf(cluster, partition));
    const missed = written.filter((value) => !values.includes(value));
    if (missed.length > 0) return `G3: not read in the ${topic}: ${missed.join()}`;
  }
  return null;
}

const isDone = (cluster: Cluster, writers: Writers): boolean =>
  writers.read !== null && cluster.groups.committed('group').size > 0;

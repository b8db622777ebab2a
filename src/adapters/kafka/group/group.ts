/**
 * The consumer group: which tasks this member owns. One member for all pipelines of the process; it subscribes to their progress topics, and
 * holding a partition of one is owning that shard of the pipeline. A task that is assigned is announced once, and once more when it is lost;
 * keeping it over a rejoin is silent. What a task reads, each member looks up by itself.
 *
 * Nothing is read and no offset is committed through the group (decision 0005): sources read by themselves, and how far a task is stands in
 * its progress.
 */
import type { Admin, Consumer, Kafka } from 'kafkajs';
import type { KafkaConfig } from '../../../config/schema.js';
import { ownsPartition, type PipelineShard, shardsOf } from '../../../domain/shard.js';
import { DragomanError } from '../../../errors.js';
import { invariant } from '../../../invariant.js';
import { logEndsAdmin, withMembershipOnly } from '../clusters.js';
import { asking, typeOf, unavailable } from '../failure.js';
import { partitionName, splitName } from '../names.js';
import { KafkaSource } from '../read/source.js';
import { shardAssigner } from './assigner.js';
import { watchClock } from './clock-watch.js';
import { Confirmation } from './confirmation.js';

/** Topics by pipeline. */
export type Inputs = ReadonlyMap<string, readonly string[]>;

export interface GroupSettings {
  readonly groupId: string;
  /** How many shards each pipeline has that this member can run. */
  readonly shards: ReadonlyMap<string, number>;
  readonly progressOf: (pipeline: string) => string;
  /** What each pipeline reads, of the topics that there are. */
  readonly inputsOf: (existing: ReadonlySet<string>) => Inputs;
  /** Topics of which each shard reads the partitions of its own aggregates. */
  readonly shared?: ReadonlySet<string>;
  readonly config: KafkaConfig;
  /** Bytes fetched and not taken yet, of all partitions together. */
  readonly queuedBytesMax: number;
}

export interface GroupListener {
  /** @param source of all that the pipeline reads. */
  assigned(task: PipelineShard, source: KafkaSource): void;
  lost(task: PipelineShard): void;
  /** The consumer has given up; the process should end and be started anew. */
  gaveUp(error: DragomanError): void;
}

/** By topic. */
type GivenPartitions = Readonly<Record<string, readonly number[]>>;

/** The client asks so often whether a heartbeat is due. */
const TURN_MS = 250;

/**
 * What kafkajs 2.2.4 tells (consumerGroup.js, runner.js), and what it means for who owns a task:
 *
 * | Heard                             | Known                                                 | Done                                                   |
 * | --------------------------------- | ----------------------------------------------------- | ------------------------------------------------------ |
 * | an assignment (`GROUP_JOIN`)      | what is this member's until the next one              | what it lacks is lost, what is new in it assigned      |
 * | a heartbeat was answered          | the last assignment holds                             | whoever asks is confirmed; what was given up is owned  |
 * |                                   |                                                       | anew: nobody else was given it, or it would join first |
 * | it joins anew (`REBALANCING`)     | nothing: the assignment to come may be the same       | tasks go on                                            |
 * | it was thrown out (`CRASH`)       | others may have its tasks                             | whoever asks is told so; it joins anew, or gives up    |
 * | nothing, for two session timeouts | others may have them (the broker waits for one)       | the task that asked ends, and is given up              |
 *
 * A task that failed asks before it goes on (`confirmOwned`): only what is heard after that answers it.
 */
export class KafkaGroup {
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #consumer: Consumer;
  readonly #settings: GroupSettings;
  readonly #listener: GroupListener;
  /** By the partition of a progress topic that stands for it, every task that can be run here. */
  readonly #tasks: ReadonlyMap<string, PipelineShard>;
  /** Of those that are owned, likewise. */
  readonly #sources = new Map<string, KafkaSource>();
  /** Those of the last assignment that ended because nothing was heard: owned anew if that still holds. */
  readonly #givenUp = new Set<string>();
  #inputs: Inputs = new Map();
  /** Partitions by input topic, as they were when it was first seen. */
  readonly #partitions = new Map<string, readonly string[]>();
  readonly #confirmation = new Confirmation();
  #joined = false;
  #stopping = false;
  #endClockWatch: () => void = () => undefined;

  constructor(kafka: Kafka, settings: GroupSettings, listener: GroupListener) {
    const { config, groupId, shards, progressOf } = settings;
    this.#kafka = kafka;
    this.#admin = logEndsAdmin(kafka);
    this.#settings = settings;
    this.#listener = listener;
    const ofPipeline = ([pipeline, count]: readonly [string, number]): [string, PipelineShard][] =>
      shardsOf(count).map((shard) => [partitionName(progressOf(pipeline), shard.index), { pipeline, shard }]);
    this.#tasks = new Map([...shards].flatMap(ofPipeline));
    const byProgress = new Map([...shards].map(([pipeline, count]) => [progressOf(pipeline), count]));
    this.#consumer = withMembershipOnly(kafka).consumer({
      groupId,
      partitionAssigners: [shardAssigner(() => ({ shards: byProgress, owned: [...this.#sources.keys()] }))],
      sessionTimeout: config.sessionTimeoutMs,
      rebalanceTimeout: config.rebalanceTimeoutMs,
      heartbeatInterval: config.heartbeatIntervalMs,
      maxWaitTimeInMs: TURN_MS,
      allowAutoTopicCreation: false,
      retry: { retries: 10, restartOnFailure: () => Promise.resolve(!this.#stopping) },
    });
  }

  get isJoined(): boolean {
    return this.#joined;
  }

  /** Joins the group; assignments follow through the listener. */
  async start(): Promise<void> {
    const { events } = this.#consumer;
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => this.#assign(payload.memberAssignment));
    this.#consumer.on(events.REBALANCING, () => (this.#joined = false));
    this.#consumer.on(events.HEARTBEAT, () => {
      this.#confirmation.answer(true);
      this.#ownGivenUp();
    });
    this.#consumer.on(events.CRASH, ({ payload }) => {
      this.#joined = false;
      this.#confirmation.answer(false);
      if (!payload.restart) this.#listener.gaveUp(stopped(payload.error));
    });
    this.#endClockWatch = watchClock({
      harmlessMs: this.#settings.config.sessionTimeoutMs / 2,
      onSetBack: (byMs) => this.#listener.gaveUp(clockSetBack(byMs)),
    });
    await asking('The consumer group cannot be joined', async () => {
      await this.#admin.connect();
      await this.#lookForTopics();
      await this.#consumer.connect();
      const { shards, progressOf } = this.#settings;
      await this.#consumer.subscribe({ topics: [...shards.keys()].map(progressOf), fromBeginning: true });
      await this.#consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#endClockWatch();
    for (const source of this.#sources.values()) source.close();
    this.#confirmation.answer(false);
    await asking('The consumer group cannot be left', () => this.#consumer.disconnect());
    await this.#admin.disconnect();
  }

  async #lookForTopics(): Promise<void> {
    const existing = new Set(await this.#admin.listTopics());
    const inputs = this.#settings.inputsOf(existing);
    const added = new Set([...inputs.values()].flat().filter((topic) => !this.#partitions.has(topic)));
    if (added.size === 0) return;
    const { topics } = await this.#admin.fetchTopicMetadata({ topics: [...added] });
    for (const { name, partitions } of topics) {
      const ids = partitions.map(({ partitionId }) => partitionId).sort((a, b) => a - b);
      this.#partitions.set(
        name,
        ids.map((id) => partitionName(name, id)),
      );
    }
    this.#inputs = inputs;
  }

  /**
   * Topics that came after the start are read besides, by every task of the pipelines that they are of.
   * @returns whether this source is replaced for it.
   */
  async #ownAdded(source: KafkaSource): Promise<boolean> {
    await asking('Topics cannot be listed', () => this.#lookForTopics());
    for (const [name, kept] of [...this.#sources]) {
      if (this.#inputOf(name).every((partition) => kept.partitions.includes(partition))) continue;
      this.#lose(name);
      this.#own(name);
    }
    return ![...this.#sources.values()].includes(source);
  }

  #inputOf(name: string): string[] {
    const { pipeline } = this.#taskOf(name);
    const all = (this.#inputs.get(pipeline) ?? []).flatMap((topic) => this.#partitions.get(topic) ?? []);
    return all.filter((partition) => !this.#isOfOthers(name, partition));
  }

  #isOfOthers(name: string, partition: string): boolean {
    const { topic, partition: number } = splitName(partition);
    return this.#settings.shared?.has(topic) === true && !ownsPartition(this.#taskOf(name).shard, number);
  }

  #taskOf(name: string): PipelineShard {
    const task = this.#tasks.get(name);
    invariant(task !== undefined, `${name} stands for no task of this member.`);
    return task;
  }

  #assign(assignment: GivenPartitions): void {
    this.#joined = true;
    this.#givenUp.clear();
    const given = Object.entries(assignment).flatMap(([topic, ids]) => ids.map((id) => partitionName(topic, id)));
    const now = given.filter((name) => this.#tasks.has(name));
    for (const name of [...this.#sources.keys()]) if (!now.includes(name)) this.#lose(name);
    for (const name of now) if (!this.#sources.has(name)) this.#own(name);
    this.#confirmation.answer(true);
  }

  #own(name: string): void {
    const { config, queuedBytesMax } = this.#settings;
    const partitions = this.#inputOf(name);
    const total = this.#tasks.size * partitions.length;
    const source: KafkaSource = new KafkaSource(this.#kafka, this.#admin, {
      partitions,
      isOfOthers: (partition) => this.#isOfOthers(name, partition),
      isUnhurried: (partition) => this.#settings.shared?.has(splitName(partition).topic) === true,
      limits: {
        maxWaitMs: config.fetchMaxWaitMs,
        bytesMax: config.fetchMaxBytes,
        partitionBytesMax: config.fetchMaxBytesPerPartition,
      },
      queuedBytesMax: Math.max(256 * 1024, Math.floor(queuedBytesMax / Math.max(1, total))),
      confirmOwned: () => this.#confirmOwned(name),
      lookForTopics: () => this.#ownAdded(source),
    });
    this.#sources.set(name, source);
    this.#listener.assigned(this.#taskOf(name), source);
  }

  #lose(name: string): void {
    this.#sources.get(name)?.close();
    this.#sources.delete(name);
    this.#listener.lost(this.#taskOf(name));
  }

  /** A task that is not confirmed ends, so it counts as not owned here until the group gives it again. */
  async #confirmOwned(name: string): Promise<boolean> {
    const source = this.#sources.get(name);
    const answered = await this.#confirmation.asked(this.#settings.config.sessionTimeoutMs * 2);
    const isKept = source !== undefined && this.#sources.get(name) === source;
    if (!answered && isKept) {
      source.close();
      this.#sources.delete(name);
      this.#givenUp.add(name);
    }
    return answered && isKept;
  }

  /** The group answers again, and had not thrown this member out: what it gave is owned anew. */
  #ownGivenUp(): void {
    for (const name of this.#givenUp) this.#own(name);
    this.#givenUp.clear();
  }
}

const stopped = (cause: Error): DragomanError =>
  typeOf(cause) === 'INCONSISTENT_GROUP_PROTOCOL'
    ? new DragomanError(
        'MEMBER_OF_OTHER_VERSION',
        'The group has members of a version of Dragoman that spreads work in another way, or of another program. Work cannot be divided between the ' +
          'two, so this member does not join, and theirs go on. Stop all members of the other version, then start this one; nothing is lost ' +
          'meanwhile, because each task goes on from its progress.',
        { cause },
      )
    : unavailable('The consumer has stopped', cause);

const clockSetBack = (byMs: number): DragomanError =>
  new DragomanError(
    'KAFKA_UNAVAILABLE',
    `The clock was set back by ${Math.round(byMs / 1_000)} s. For so long the Kafka client would send no heartbeat, and the group would ` +
      'forget this member without telling it. The process ends; start it again.',
  );

/**
 * The consumer group: which pipelines this member owns. One member for all pipelines of the process. A pipeline that is assigned is
 * announced once, and once more when it is lost; keeping it over a rejoin is silent. The leader may know fewer topics than this member
 * declares (a rolling deployment), so what a pipeline reads is looked up here; the group gives whole pipelines.
 *
 * Nothing is read and no offset is committed through the group (decision 0005): sources read by themselves, and tasks commit inside
 * their Kafka transactions.
 */
import type { Admin, Consumer, Kafka } from 'kafkajs';
import type { KafkaConfig } from '../../../config/schema.js';
import { DragomanError } from '../../../errors.js';
import { logEndsAdmin, withMembershipOnly } from '../clusters.js';
import { asking, unavailable } from '../failure.js';
import { partitionName, splitName } from '../names.js';
import { KafkaSource } from '../read/source.js';
import { type Pipelines, pipelineAssigner } from './assigner.js';
import { watchClock } from './clock-watch.js';
import { Confirmation } from './confirmation.js';

export interface GroupSettings {
  readonly groupId: string;
  /** What each pipeline reads, of the topics that there are. */
  readonly pipelinesOf: (existing: ReadonlySet<string>) => Pipelines;
  readonly config: KafkaConfig;
  /** Bytes fetched and not taken yet, of all partitions together. */
  readonly queuedBytesMax: number;
}

export interface GroupListener {
  assigned(pipeline: string, source: KafkaSource): void;
  lost(pipeline: string): void;
  /** The consumer has given up; the process should end and be started anew. */
  gaveUp(error: DragomanError): void;
}

/** By topic. */
type GivenPartitions = Readonly<Record<string, readonly number[]>>;

/** The client asks so often whether a heartbeat is due. */
const TURN_MS = 250;

/**
 * What kafkajs 2.2.4 tells (consumerGroup.js, runner.js), and what it means for who owns a pipeline:
 *
 * | Heard                             | Known                                                 | Done                                                   |
 * | --------------------------------- | ----------------------------------------------------- | ------------------------------------------------------ |
 * | an assignment (`GROUP_JOIN`)      | what is this member's until the next one              | what it lacks is lost, what is new in it assigned      |
 * | a heartbeat was answered          | the last assignment holds                             | whoever asks is confirmed; what was given up is owned  |
 * |                                   |                                                       | anew: nobody else was given it, or it would join first |
 * | it joins anew (`REBALANCING`)     | nothing: the assignment to come may be the same       | tasks go on                                            |
 * | it was thrown out (`CRASH`)       | others may have its pipelines                         | whoever asks is told so; it joins anew, or gives up    |
 * | nothing, for two session timeouts | others may have them (the broker waits for one)       | the task that asked ends, and its pipeline is given up |
 *
 * A task that failed asks before it goes on (`confirmOwned`): only what is heard after that answers it.
 */
export class KafkaGroup {
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #consumer: Consumer;
  readonly #settings: GroupSettings;
  readonly #listener: GroupListener;
  readonly #sources = new Map<string, KafkaSource>();
  /** Partitions by pipeline of the last assignment whose task ended because nothing was heard: owned anew if that still holds. */
  readonly #givenUp = new Map<string, readonly string[]>();
  #pipelines: Pipelines = new Map();
  /** Partitions by topic, as they were when it was first seen. */
  readonly #partitions = new Map<string, readonly string[]>();
  readonly #confirmation = new Confirmation();
  #joined = false;
  #stopping = false;
  #endClockWatch: () => void = () => undefined;

  constructor(kafka: Kafka, settings: GroupSettings, listener: GroupListener) {
    const { config, groupId } = settings;
    this.#kafka = kafka;
    this.#admin = logEndsAdmin(kafka);
    this.#settings = settings;
    this.#listener = listener;
    this.#consumer = withMembershipOnly(kafka).consumer({
      groupId,
      partitionAssigners: [pipelineAssigner(() => ({ pipelines: this.#pipelines, owned: [...this.#sources.keys()] }))],
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
      if (!payload.restart) this.#listener.gaveUp(unavailable('The consumer has stopped', payload.error));
    });
    this.#endClockWatch = watchClock({
      harmlessMs: this.#settings.config.sessionTimeoutMs / 2,
      onSetBack: (byMs) => this.#listener.gaveUp(clockSetBack(byMs)),
    });
    await asking('The consumer group cannot be joined', async () => {
      await this.#admin.connect();
      await this.#lookForTopics();
      await this.#consumer.connect();
      await this.#consumer.subscribe({ topics: [...this.#partitions.keys()], fromBeginning: true });
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
    const pipelines = this.#settings.pipelinesOf(existing);
    const added = new Set([...pipelines.values()].flat().filter((topic) => !this.#partitions.has(topic)));
    if (added.size === 0) return;
    const { topics } = await this.#admin.fetchTopicMetadata({ topics: [...added] });
    for (const { name, partitions } of topics) {
      const ids = partitions.map(({ partitionId }) => partitionId).sort((a, b) => a - b);
      this.#partitions.set(
        name,
        ids.map((id) => partitionName(name, id)),
      );
    }
    this.#pipelines = pipelines;
  }

  /**
   * Topics that came after the start are read besides, by every pipeline that they are of. The subscription stays: the group need not know.
   * @returns whether this source is replaced for it.
   */
  async #ownAdded(source: KafkaSource): Promise<boolean> {
    await asking('Topics cannot be listed', () => this.#lookForTopics());
    for (const [pipeline, kept] of [...this.#sources]) {
      const all = (this.#pipelines.get(pipeline) ?? []).flatMap((topic) => this.#partitions.get(topic) ?? []);
      const more = all.filter((name) => !kept.partitions.some((own) => splitName(own).topic === splitName(name).topic));
      if (more.length === 0) continue;
      this.#lose(pipeline);
      this.#own(pipeline, [...kept.partitions, ...more]);
    }
    return ![...this.#sources.values()].includes(source);
  }

  /** The leader has asked how many partitions there are now; what it does not know was asked by this member. */
  #partitionsOf(pipeline: string, assignment: GivenPartitions): string[] {
    return (this.#pipelines.get(pipeline) ?? []).flatMap((topic) => {
      const given = (assignment[topic] ?? []).map((id) => partitionName(topic, id));
      return given.length > 0 ? given : (this.#partitions.get(topic) ?? []);
    });
  }

  #assign(assignment: GivenPartitions): void {
    this.#joined = true;
    this.#givenUp.clear();
    const now = [...this.#pipelines.keys()].filter((pipeline) =>
      this.#pipelines.get(pipeline)?.some((topic) => topic in assignment),
    );
    for (const pipeline of [...this.#sources.keys()]) if (!now.includes(pipeline)) this.#lose(pipeline);
    for (const pipeline of now) {
      const mine = this.#partitionsOf(pipeline, assignment);
      const kept = this.#sources.get(pipeline);
      if (kept === undefined) this.#own(pipeline, mine);
      else if ([...kept.partitions].sort().join() !== [...mine].sort().join()) {
        this.#lose(pipeline);
        this.#own(pipeline, mine);
      }
    }
    this.#confirmation.answer(true);
  }

  #own(pipeline: string, partitions: readonly string[]): void {
    const { config, queuedBytesMax } = this.#settings;
    const total = this.#pipelines.size * partitions.length;
    const source: KafkaSource = new KafkaSource(this.#kafka, this.#admin, {
      partitions,
      limits: {
        maxWaitMs: config.fetchMaxWaitMs,
        bytesMax: config.fetchMaxBytes,
        partitionBytesMax: config.fetchMaxBytesPerPartition,
      },
      queuedBytesMax: Math.max(256 * 1024, Math.floor(queuedBytesMax / Math.max(1, total))),
      confirmOwned: () => this.#confirmOwned(pipeline),
      lookForTopics: () => this.#ownAdded(source),
    });
    this.#sources.set(pipeline, source);
    this.#listener.assigned(pipeline, source);
  }

  #lose(pipeline: string): void {
    this.#sources.get(pipeline)?.close();
    this.#sources.delete(pipeline);
    this.#listener.lost(pipeline);
  }

  /** A task that is not confirmed ends, so its pipeline counts as not owned here until the group gives it again. */
  async #confirmOwned(pipeline: string): Promise<boolean> {
    const source = this.#sources.get(pipeline);
    const answered = await this.#confirmation.asked(this.#settings.config.sessionTimeoutMs * 2);
    const isKept = source !== undefined && this.#sources.get(pipeline) === source;
    if (!answered && isKept) {
      source.close();
      this.#sources.delete(pipeline);
      this.#givenUp.set(pipeline, source.partitions);
    }
    return answered && isKept;
  }

  /** The group answers again, and had not thrown this member out: what it gave is owned anew. */
  #ownGivenUp(): void {
    for (const [pipeline, partitions] of this.#givenUp) this.#own(pipeline, partitions);
    this.#givenUp.clear();
  }
}

const clockSetBack = (byMs: number): DragomanError =>
  new DragomanError(
    'KAFKA_UNAVAILABLE',
    `The clock was set back by ${Math.round(byMs / 1_000)} s. For so long the Kafka client would send no heartbeat, and the group would ` +
      'forget this member without telling it. The process ends; start it again.',
  );

/**
 * The consumer group: which pipelines this member owns, and the fetched batches that go to each. One consumer for all pipelines of
 * the process. A pipeline that is assigned is announced once, and once more when it is lost; keeping it over a rejoin is silent.
 *
 * Offsets are never committed here: only the tasks do that, inside their Kafka transactions.
 */
import type { Admin, Consumer, Kafka } from 'kafkajs';
import type { KafkaConfig } from '../../config/schema.js';
import { DragomanError } from '../../errors.js';
import { type Pipelines, pipelineAssigner } from './assigner.js';
import { watchClock } from './clock-watch.js';
import { logEndsAdmin } from './clusters.js';
import { asking, unavailable } from './failure.js';
import { byTopic, partitionName } from './names.js';
import { KafkaSource } from './source.js';

export interface GroupSettings {
  readonly groupId: string;
  readonly pipelines: Pipelines;
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

export class KafkaGroup {
  readonly #admin: Admin;
  readonly #consumer: Consumer;
  readonly #settings: GroupSettings;
  readonly #listener: GroupListener;
  readonly #sources = new Map<string, KafkaSource>();
  /** Partitions by pipeline that are this member's as long as it is joined, whose task ended because it could not be confirmed. */
  readonly #givenUp = new Map<string, readonly string[]>();
  readonly #pipelineByTopic = new Map<string, string>();
  #heartbeatWaiters: ((owned: boolean) => void)[] = [];
  #joined = false;
  #stopping = false;
  #endClockWatch: () => void = () => undefined;

  constructor(kafka: Kafka, settings: GroupSettings, listener: GroupListener) {
    const { config, groupId, pipelines } = settings;
    this.#admin = logEndsAdmin(kafka);
    this.#settings = settings;
    this.#listener = listener;
    for (const [pipeline, topics] of pipelines) for (const topic of topics) this.#pipelineByTopic.set(topic, pipeline);
    this.#consumer = kafka.consumer({
      groupId,
      partitionAssigners: [pipelineAssigner(pipelines, () => [...this.#sources.keys()])],
      sessionTimeout: config.sessionTimeoutMs,
      rebalanceTimeout: config.rebalanceTimeoutMs,
      heartbeatInterval: config.heartbeatIntervalMs,
      maxBytes: config.fetchMaxBytes,
      maxBytesPerPartition: config.fetchMaxBytesPerPartition,
      maxWaitTimeInMs: config.fetchMaxWaitMs,
      minBytes: 1,
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
      this.#confirm(true);
      this.#ownGivenUp();
    });
    this.#consumer.on(events.CRASH, ({ payload }) => {
      this.#joined = false;
      this.#confirm(false);
      if (!payload.restart) this.#listener.gaveUp(unavailable('The consumer has stopped', payload.error));
    });
    this.#consumer.on(events.START_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize > 0) return;
      const { topic, partition, lastOffset, highWatermark } = payload;
      this.#sourceOf(topic)?.skip(topic, partition, Number(lastOffset) + 1, Number(highWatermark));
    });
    this.#endClockWatch = watchClock({
      harmlessMs: this.#settings.config.sessionTimeoutMs / 2,
      onSetBack: (byMs) => this.#listener.gaveUp(clockSetBack(byMs)),
    });
    const topics = [...this.#pipelineByTopic.keys()];
    await asking('The consumer group cannot be joined', async () => {
      await this.#admin.connect();
      await this.#consumer.connect();
      await this.#consumer.subscribe({ topics, fromBeginning: true });
      await this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: true,
        partitionsConsumedConcurrently: 64,
        eachBatch: (fetched) => {
          this.#sourceOf(fetched.batch.topic)?.deliver(fetched);
          return Promise.resolve();
        },
      });
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#endClockWatch();
    await asking('The consumer group cannot be left', () => this.#consumer.disconnect());
    await this.#admin.disconnect();
  }

  #sourceOf(topic: string): KafkaSource | undefined {
    return this.#sources.get(this.#pipelineByTopic.get(topic) ?? '');
  }

  #assign(assignment: Readonly<Record<string, readonly number[]>>): void {
    this.#joined = true;
    this.#givenUp.clear();
    const partitions = Object.entries(assignment).flatMap(([topic, list]) => list.map((p) => partitionName(topic, p)));
    const now = new Set(Object.keys(assignment).map((topic) => this.#pipelineByTopic.get(topic) ?? ''));
    for (const pipeline of [...this.#sources.keys()]) if (!now.has(pipeline)) this.#lose(pipeline);
    for (const pipeline of now) {
      const mine = partitions.filter(
        (name) => this.#pipelineByTopic.get(name.slice(0, name.lastIndexOf('/'))) === pipeline,
      );
      const kept = this.#sources.get(pipeline);
      if (kept === undefined) this.#own(pipeline, mine);
      else if (kept.partitions.length === mine.length) kept.resumeAll();
      else {
        this.#lose(pipeline);
        this.#own(pipeline, mine);
      }
    }
    this.#confirm(true);
  }

  #own(pipeline: string, partitions: readonly string[]): void {
    this.#consumer.pause(byTopic(partitions));
    const total = [...this.#settings.pipelines.values()].length * partitions.length;
    const source = new KafkaSource(this.#consumer, this.#admin, {
      partitions,
      partitionBytesMax: Math.max(256 * 1024, Math.floor(this.#settings.queuedBytesMax / Math.max(1, total))),
      confirmOwned: () => this.#confirmOwned(pipeline),
    });
    this.#sources.set(pipeline, source);
    this.#listener.assigned(pipeline, source);
  }

  #lose(pipeline: string): void {
    this.#sources.delete(pipeline);
    this.#listener.lost(pipeline);
  }

  /** A task that is not confirmed ends, so its pipeline counts as not owned here until the group gives it again. */
  async #confirmOwned(pipeline: string): Promise<boolean> {
    const source = this.#sources.get(pipeline);
    const answered = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), this.#settings.config.sessionTimeoutMs * 2);
      this.#heartbeatWaiters.push((owned) => {
        clearTimeout(timer);
        resolve(owned);
      });
    });
    const isKept = source !== undefined && this.#sources.get(pipeline) === source;
    if (!answered && isKept) {
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

  #confirm(owned: boolean): void {
    const waiters = this.#heartbeatWaiters;
    this.#heartbeatWaiters = [];
    for (const waiter of waiters) waiter(owned);
  }
}

const clockSetBack = (byMs: number): DragomanError =>
  new DragomanError(
    'KAFKA_UNAVAILABLE',
    `The clock was set back by ${Math.round(byMs / 1_000)} s. For so long the Kafka client would send no heartbeat, and the group would ` +
      'forget this member without telling it. The process ends; start it again.',
  );

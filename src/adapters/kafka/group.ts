/**
 * The consumer group: which pipelines this member owns. One member for all pipelines of the process. A pipeline that is assigned is
 * announced once, and once more when it is lost; keeping it over a rejoin is silent.
 *
 * Nothing is read and no offset is committed through the group (decision 0005): sources read by themselves, and tasks commit inside
 * their Kafka transactions.
 */
import type { Admin, Consumer, Kafka } from 'kafkajs';
import type { KafkaConfig } from '../../config/schema.js';
import { DragomanError } from '../../errors.js';
import { type Pipelines, pipelineAssigner } from './assigner.js';
import { watchClock } from './clock-watch.js';
import { logEndsAdmin, withMembershipOnly } from './clusters.js';
import { asking, unavailable } from './failure.js';
import { partitionName } from './names.js';
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

/** The client asks so often whether a heartbeat is due. */
const TURN_MS = 250;

export class KafkaGroup {
  readonly #kafka: Kafka;
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
    this.#kafka = kafka;
    this.#admin = logEndsAdmin(kafka);
    this.#settings = settings;
    this.#listener = listener;
    for (const [pipeline, topics] of pipelines) for (const topic of topics) this.#pipelineByTopic.set(topic, pipeline);
    this.#consumer = withMembershipOnly(kafka).consumer({
      groupId,
      partitionAssigners: [pipelineAssigner(pipelines, () => [...this.#sources.keys()])],
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
      this.#confirm(true);
      this.#ownGivenUp();
    });
    this.#consumer.on(events.CRASH, ({ payload }) => {
      this.#joined = false;
      this.#confirm(false);
      if (!payload.restart) this.#listener.gaveUp(unavailable('The consumer has stopped', payload.error));
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
      await this.#consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#endClockWatch();
    for (const source of this.#sources.values()) source.close();
    await asking('The consumer group cannot be left', () => this.#consumer.disconnect());
    await this.#admin.disconnect();
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
      else if ([...kept.partitions].sort().join() !== [...mine].sort().join()) {
        this.#lose(pipeline);
        this.#own(pipeline, mine);
      }
    }
    this.#confirm(true);
  }

  #own(pipeline: string, partitions: readonly string[]): void {
    const { config, queuedBytesMax } = this.#settings;
    const total = [...this.#settings.pipelines.values()].length * partitions.length;
    const source = new KafkaSource(this.#kafka, this.#admin, {
      partitions,
      limits: {
        maxWaitMs: config.fetchMaxWaitMs,
        bytesMax: config.fetchMaxBytes,
        partitionBytesMax: config.fetchMaxBytesPerPartition,
      },
      queuedBytesMax: Math.max(256 * 1024, Math.floor(queuedBytesMax / Math.max(1, total))),
      confirmOwned: () => this.#confirmOwned(pipeline),
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
    const answered = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), this.#settings.config.sessionTimeoutMs * 2);
      this.#heartbeatWaiters.push((owned) => {
        clearTimeout(timer);
        resolve(owned);
      });
    });
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

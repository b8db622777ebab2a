/** One member of the group as a process has it: the real task, source, sink and store, as `cli/run/members.ts` wires them, over simulated servers. */
import type { Admin, Kafka } from 'kafkajs';
import { logEndsAdmin } from '../../src/adapters/kafka/clusters.js';
import { KafkaSource } from '../../src/adapters/kafka/read/source.js';
import { KafkaSink } from '../../src/adapters/kafka/write/sink.js';
import { RedisStore } from '../../src/adapters/redis/store.js';
import type { KafkaConfig } from '../../src/config/schema.js';
import { type Shard, taskName } from '../../src/domain/shard.js';
import { DragomanError } from '../../src/errors.js';
import type { PipelineEvent } from '../../src/pipeline/events.js';
import type { CommandLog, CommandRecord } from '../../src/pipeline/ports.js';
import { readsTold } from '../../src/pipeline/told/told-inputs.js';
import { Task, type TaskPorts, type TaskSettings } from '../../src/pipeline/task.js';
import { chosen } from '../support/choices.js';
import type { Group } from './group.js';
import type { InputLog } from './input-log.js';
import { simulatedKafka } from './kafka/client.js';
import type { Cluster } from './kafka/cluster.js';
import type { Process } from './process.js';
import { SimulatedRedis } from './redis/client.js';
import type { RedisDeployment } from './redis/deployment.js';

export const SCOPE = { namespace: 'dragoman', pipeline: 'orders' } as const;

/** What Kafka knows a shard by. */
export const idOf = (shard: Shard): string => `${SCOPE.namespace}.${taskName(SCOPE.pipeline, shard)}`;

/** What its keys in Redis begin with. */
export const slotOf = (shard: Shard): string => `{${SCOPE.namespace}:${taskName(SCOPE.pipeline, shard)}}/`;

const FETCH_WAIT_MS = 400;
const MEGABYTE = 1024 * 1024;
/** From a queue that a record fills. */
const QUEUED_BYTES_MAX = [1, 4_000, MEGABYTE];

export interface Ground {
  readonly cluster: Cluster;
  readonly redis: RedisDeployment;
  /** Of each shard. */
  readonly groups: readonly Group[];
  readonly input: InputLog;
  readonly kafkaConfig: KafkaConfig;
  /** Of operators; more come. */
  readonly commands: readonly CommandRecord[];
  /** Besides those of the pipeline itself. */
  readonly outputTopics: readonly string[];
  /** Contract topics that are read. */
  readonly toldTopics: readonly string[];
  readonly observe: (event: PipelineEvent, process: Process) => void;
  readonly crashed: (process: Process, error: unknown) => void;
}

export class SimulatedMember {
  readonly #ground: Ground;
  readonly #process: Process;
  readonly #settings: TaskSettings;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #logEnds: Admin;
  #current: { readonly task: Task; readonly ended: Promise<void> } | null = null;
  #tasks = 0;

  constructor(ground: Ground, process: Process, settings: TaskSettings) {
    this.#ground = ground;
    this.#process = process;
    this.#settings = settings;
    const { cluster, kafkaConfig: config } = ground;
    this.#kafka = simulatedKafka(cluster, process, { name: process.name, config });
    this.#admin = this.#kafka.admin();
    this.#logEnds = logEndsAdmin(this.#kafka);
  }

  /** What the process does from its start on: connects, joins, runs the task when the pipeline is given to it. */
  async run(): Promise<void> {
    try {
      await Promise.all([this.#admin.connect(), this.#logEnds.connect()]);
    } catch (error) {
      return this.#ground.crashed(this.#process, error);
    }
    const confirmOwned = this.#group.join(this.#process, {
      assigned: () => this.#assign(confirmOwned),
      lost: () => this.#current?.task.lose(),
    });
  }

  get #group(): Group {
    return this.#ground.groups[this.#settings.shard.index] as Group;
  }

  /** An orderly end. */
  async stop(): Promise<void> {
    this.#current?.task.stop();
    await this.#current?.ended;
    this.#group.leave(this.#process);
  }

  #assign(confirmOwned: () => Promise<boolean>): void {
    const { input, observe, cluster, toldTopics } = this.#ground;
    const told = toldTopics.flatMap((topic) => cluster.partitionsOf(topic));
    const isOfOthers = (name: string): boolean => told.includes(name) && !readsTold(this.#settings.shard, name);
    const source = new KafkaSource(this.#kafka, this.#logEnds, {
      partitions: [...input.partitions, ...told.filter((name) => !isOfOthers(name))],
      isOfOthers,
      limits: { maxWaitMs: FETCH_WAIT_MS, bytesMax: MEGABYTE, partitionBytesMax: MEGABYTE },
      queuedBytesMax: chosen(this.#process.world.random, QUEUED_BYTES_MAX),
      confirmOwned,
      lookForTopics: () => Promise.resolve(false),
    });
    const { ports, close } = this.#ports(source);
    const task = new Task({ ...ports, observe: (event) => observe(event, this.#process) }, this.#settings);
    const former = this.#current?.ended ?? Promise.resolve();
    const ended = former.then(() => this.#run(task)).finally(close);
    this.#current = { task, ended };
  }

  async #run(task: Task): Promise<void> {
    try {
      await task.run();
    } catch (error) {
      this.#ground.crashed(this.#process, error);
    }
  }

  #ports(source: KafkaSource): {
    ports: Omit<TaskPorts, 'observe'>;
    close: () => void;
  } {
    const { redis, outputTopics } = this.#ground;
    const { topics, shard } = this.#settings;
    const id = idOf(shard);
    const sink = new KafkaSink(this.#kafka, this.#admin, {
      groupId: id,
      transactionalId: id,
      shard,
      own: topics,
      others: outputTopics,
      inputPartitions: source.partitions,
      transactionTimeoutMs: this.#ground.kafkaConfig.transactionTimeoutMs,
    });
    this.#tasks += 1;
    const client = new SimulatedRedis(redis, this.#process, `redis.${this.#tasks}`);
    const store = new RedisStore(client.asRedis(), { ...SCOPE, shard });
    const close = (): void => {
      source.close();
      void sink.close();
      void store.close();
    };
    return {
      ports: {
        source,
        commands: commandsOf(this.#ground.commands, this.#process),
        sink,
        store,
        clock: { nowMs: Date.now },
        random: drawnBytes,
      },
      close,
    };
  }
}

/** Its chance is the world's (`virtual-time.ts`). */
const drawnBytes = (bytes: number): Uint8Array =>
  Uint8Array.from({ length: bytes }, () => Math.floor(Math.random() * 256));

/** Asking whether a command came may fail. */
const commandsOf = (log: readonly CommandRecord[], process: Process): CommandLog => ({
  read: (offset) =>
    process.call(
      'kafka.commands',
      () => ({ records: log.slice(offset ?? 0), from: offset ?? 0, nextOffset: log.length }),
      {
        timeoutMs: 1_500,
        failure: (why) => new DragomanError('KAFKA_UNAVAILABLE', `The commands cannot be read: ${why}`),
      },
    ),
});

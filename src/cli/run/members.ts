/** The tasks of this process: one for each shard of a pipeline that the group gives it. Starts, watches and ends them. */
import { randomBytes } from 'node:crypto';
import type { Admin, Kafka } from 'kafkajs';
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import { KafkaCommands } from '../../adapters/kafka/commands.js';
import type { GroupListener } from '../../adapters/kafka/group/group.js';
import { KafkaGround } from '../../adapters/kafka/ground/ground.js';
import { KafkaHeartbeats } from '../../adapters/kafka/read/heartbeats.js';
import { KafkaSink } from '../../adapters/kafka/write/sink.js';
import type { KafkaSource } from '../../adapters/kafka/read/source.js';
import { redisClient } from '../../adapters/redis/client.js';
import { RedisStore } from '../../adapters/redis/store.js';
import type { Config } from '../../config/schema.js';
import type { Registrations } from '../../domain/registry/registration.js';
import { type PipelineShard, taskName } from '../../domain/shard.js';
import type { DragomanError } from '../../errors.js';
import type { Registry } from '../../adapters/registry/registry.js';
import type { Metrics } from '../../metrics/metrics.js';
import type { Observer } from '../../pipeline/events.js';
import { PlainRecords } from '../../pipeline/read/plain-records.js';
import { outputTopics } from '../../pipeline/state/records.js';
import { Task } from '../../pipeline/task.js';
import { HeldTransactions } from '../../server/held.js';
import { logObserver } from '../../server/log-observer.js';
import type { Logger } from '../../server/logger.js';
import { exitCodeOf } from '../exit.js';
import { Lives } from './lives.js';
import { Standing } from './standing.js';
import { groundSettings } from '../topics/topic-plans.js';
import { heartbeatTopics, idOf, taskSettings } from '../wiring.js';

export interface MemberPorts {
  readonly config: Config;
  readonly rules: LoadedRules;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Null: there is none. */
  readonly registry: Registry | null;
  /** Contracts whose events name their registered schema. */
  readonly registrations: Registrations;
  /** Topics that an operator vouches for as they are now. */
  readonly acceptedTopics: ReadonlySet<string>;
  /** Names in the rules that are new, or mean something else, on purpose. */
  readonly acceptedNames: ReadonlySet<string>;
  /** What else watches a task, by its name. */
  readonly observersOf: (task: string) => readonly Observer[];
}

interface Member {
  readonly lives: Lives;
  readonly ended: Promise<void>;
  readonly standing: Standing;
}

export class Members implements GroupListener {
  /** Resolves with an exit code when this process cannot go on. */
  readonly crashed: Promise<number>;
  readonly held = new HeldTransactions();
  readonly #ports: MemberPorts;
  /** By name of the task. */
  readonly #members = new Map<string, Member>();
  #crash: (code: number) => void = () => undefined;
  #isStopping = false;

  constructor(ports: MemberPorts) {
    this.#ports = ports;
    this.crashed = new Promise((resolve) => (this.#crash = resolve));
  }

  /** Not while it stops: what the group gives it meanwhile another member gets when this one has left. */
  assigned(of: PipelineShard, source: KafkaSource): void {
    if (this.#isStopping) return;
    const { pipeline, shard } = of;
    const name = taskName(pipeline, shard);
    const { config, rules, kafka, admin, logger, metrics, registry, registrations, acceptedTopics, acceptedNames } =
      this.#ports;
    const settings = { ...taskSettings(config, pipeline, rules, shard, registrations), acceptedTopics, acceptedNames };
    const clock = { nowMs: Date.now };
    const standing = new Standing(clock);
    const observers: Observer[] = [
      (event) => standing.observe(event),
      metrics.observer(of),
      logObserver(logger, of),
      this.held.observer(name),
      ...this.#ports.observersOf(name),
    ];
    const observe: Observer = (event) => {
      for (const observer of observers) observer(event);
    };
    const store = new RedisStore(redisClient(config.redis), { namespace: config.namespace, ...of });
    const id = idOf(config, of);
    const sink = new KafkaSink(kafka, admin, {
      ...{ groupId: id, transactionalId: id, shard, own: settings.topics },
      others: [...outputTopics(rules.rules, settings.topics), ...config.audiences],
      inputPartitions: source.partitions,
      transactionTimeoutMs: config.kafka.transactionTimeoutMs,
      onUntold: ({ code, message: text }) => observe({ kind: 'offsetsUntold', code, text }),
    });
    const commands = new KafkaCommands(kafka, admin, settings.topics.commands);
    for (const { name: from, mode } of settings.sources) metrics.setSequencing(of, from, mode);
    const ground = new KafkaGround(kafka, admin, groundSettings(config, pipeline, rules, source.partitions));
    const plain = new PlainRecords(registry);
    const topics = heartbeatTopics(config.pipelines[pipeline]?.sources ?? []);
    const heartbeats = new KafkaHeartbeats(kafka, admin, topics, (record) => plain.kept(record));
    const schemas = registry === null ? {} : { schemas: registry };
    const ports = {
      ...schemas,
      source,
      commands,
      sink,
      store,
      ground,
      heartbeats,
      clock,
      random: randomBytes,
      observe,
    };
    const task = new Task(ports, settings);
    const lives = new Lives(task, source);
    const former = this.#members.get(name)?.ended ?? Promise.resolve();
    const ended = former
      .then(() => lives.run())
      .then((end) => logger.info({ pipeline, ...(shard.count === 1 ? {} : { shard: shard.index }), end }, 'task ended'))
      .finally(() => Promise.all([sink.close(), store.close()]));
    this.#members.set(name, { lives, ended, standing });
  }

  lost({ pipeline, shard }: PipelineShard): void {
    this.#members.get(taskName(pipeline, shard))?.lives.lose();
  }

  gaveUp(error: DragomanError): void {
    this.#ports.logger.error({ code: error.code }, error.message);
    this.#crash(exitCodeOf(error));
  }

  /** True, or why not. Standing by (no task assigned) is ready. */
  readiness(): true | string {
    const waiting = [...this.#members].flatMap(([name, { standing }]) => {
      const ready = standing.readiness();
      return ready === true ? [] : [`${name}: ${ready}`];
    });
    return waiting.length === 0 ? true : waiting.join('; ');
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const { lives } of this.#members.values()) lives.stop();
    await Promise.all([...this.#members.values()].map(({ ended }) => ended));
  }
}

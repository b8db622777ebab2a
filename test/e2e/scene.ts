/**
 * One deployment on a running stack, with names of its own: a legacy database, connectors one after the other, a namespace, a
 * config file. Several may live on one stack, one after the other. `remove` takes all of it away again.
 */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { stringify } from 'yaml';
import { shardsOf, taskName } from '../../src/domain/shard.js';
import { askKafka, withAdmin } from '../stack/ask-kafka.js';
import { createConnector, deleteConnector, waitUntilRunning } from '../stack/connector.js';
import { dragomanCommand } from '../dragoman/command.js';
import type { Names } from './expected-record.js';
import type { CommonEndpoints, LegacySource } from './legacy-source.js';

export const PIPELINE = 'orders';
/** The contracts name it, so it is the same in every namespace. */
export const CONTRACT_TOPIC = 'orders.fulfillment';
/** The least that the config allows; heartbeats three times in it and more. */
export const SESSION_TIMEOUT_MS = 6_000;
const HEARTBEAT_INTERVAL_MS = 1_000;

export interface SceneOptions<E extends CommonEndpoints> {
  readonly endpoints: E;
  /** Config and logs go there. */
  readonly directory: string;
  /** @param database a name that nobody else has. */
  readonly legacy: (endpoints: E, database: string) => LegacySource;
  /** Where Dragoman finds the servers, when that is not where everybody else does. */
  readonly dragoman?: Pick<CommonEndpoints, 'kafka' | 'redis'>;
  /** Of the pipeline; 1 when it is left out. */
  readonly shards?: number;
  readonly registry?: SceneRegistry;
}

/** A schema registry that the connector writes with. */
export interface SceneRegistry {
  readonly url: string;
  /** A value as JSON. */
  readonly text: (value: Buffer) => Promise<string>;
}

export class Scene {
  /** First offset of each partition of the contract topic that belongs to this scene; none: all of it does. */
  firstOffsets: ReadonlyMap<number, number> = new Map();
  readonly names: Names;
  readonly namespace: string;
  readonly configFile: string;
  #contractTopicWasThere = false;
  /** Connectors so far; the last one is the current one. */
  #connectors = 0;
  #connectorProperties: Readonly<Record<string, string>> = {};

  private constructor(
    readonly endpoints: CommonEndpoints,
    readonly directory: string,
    readonly legacy: LegacySource,
    /** topic.prefix of every connector of this scene. */
    readonly prefix: string,
    private readonly dragoman: Pick<CommonEndpoints, 'kafka' | 'redis'>,
    readonly shards: number,
    readonly registry: SceneRegistry | undefined,
  ) {
    this.namespace = prefix;
    this.configFile = join(directory, 'dragoman.yaml');
    this.names = {
      source: prefix,
      sourceSystem: 'legacy-orders',
      eventSource: `urn:dragoman:${this.namespace}`,
      typePrefix: 'com.example',
      knowsPlaces: legacy.knowsPlaces,
    };
  }

  /** Database, the source of the truth, config file and every topic; no connector yet. */
  static async open<E extends CommonEndpoints>(options: SceneOptions<E>): Promise<Scene> {
    const { endpoints, directory, legacy, dragoman = endpoints, shards = 1, registry } = options;
    const id = randomBytes(4).toString('hex');
    const scene = new Scene(
      endpoints,
      directory,
      legacy(endpoints, `e2e_${id}`),
      `e2e-${id}`,
      dragoman,
      shards,
      registry,
    );
    await scene.legacy.install();
    await scene.writeConfig(scene.configFile, scene.legacy.rules);
    await scene.ask(async (admin) => {
      if (!(await admin.listTopics()).includes(CONTRACT_TOPIC)) return;
      scene.#contractTopicWasThere = true;
      const ends = await admin.fetchTopicOffsets(CONTRACT_TOPIC);
      scene.firstOffsets = new Map(ends.map(({ partition, high }) => [partition, Number(high)]));
    });
    await dragomanCommand(['topics', '--sources', '-c', scene.configFile]);
    return scene;
  }

  get journalTopic(): string {
    return `${this.namespace}.${PIPELINE}.journal`;
  }

  /** Under each of them one task tells its offsets. */
  get taskGroups(): string[] {
    return shardsOf(this.shards).map((shard) => `${this.namespace}.${taskName(PIPELINE, shard)}`);
  }

  get deadLetterTopic(): string {
    return `${this.namespace}.dead-letters`;
  }

  get transactionTopic(): string {
    return `${this.prefix}.transaction`;
  }

  /** The current connector. */
  get connector(): string {
    return `${this.prefix}-${this.#connectors}`;
  }

  kafka(): Kafka {
    return new Kafka({ brokers: [...this.endpoints.kafka.bootstrapServers], logLevel: logLevel.NOTHING });
  }

  withAdmin<T>(use: (admin: Admin) => Promise<T>): Promise<T> {
    return withAdmin(this.kafka(), use);
  }

  /** @param question may be asked again: brokers come and go. */
  ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    return askKafka(this.kafka(), question);
  }

  /** All that are there now. @returns how many. */
  deleteRecords(topic: string): Promise<number> {
    return this.ask(async (admin) => {
      const ends = await admin.fetchTopicOffsets(topic);
      const partitions = ends.map(({ partition, high }) => ({ partition, offset: high }));
      // By the same client, which knows the topic then; and to do it again does no harm.
      await admin.deleteTopicRecords({ topic, partitions });
      return ends.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
    });
  }

  /** A new connector, with offsets of its own: what stands in the tables now becomes the baseline. */
  async startConnector(properties: Readonly<Record<string, string>> = {}): Promise<void> {
    const { connect } = this.endpoints;
    this.#connectors += 1;
    this.#connectorProperties = properties;
    await createConnector(connect, this.connector, this.connectorConfig());
    await waitUntilRunning(connect, this.connector);
  }

  /** Of the current connector, with other properties laid over it. */
  connectorConfig(properties: Readonly<Record<string, string>> = {}): Record<string, string> {
    const names = { prefix: this.prefix, index: this.#connectors };
    return this.legacy.connectorConfig(names, { ...this.#connectorProperties, ...properties });
  }

  /** And what it has in the server: whatever is committed until the next one starts is streamed by nobody. */
  async deleteConnector(): Promise<void> {
    await deleteConnector(this.endpoints.connect, this.connector);
    await this.legacy.forgetConnector(this.#connectors);
  }

  /** @param rules folder. @param source more settings of the source. */
  writeConfig(file: string, rules: string, source: Readonly<Record<string, string>> = {}): Promise<void> {
    return writeFile(file, stringify(this.#config(rules, source)));
  }

  async remove(): Promise<void> {
    if (this.#connectors > 0) await this.deleteConnector();
    await this.legacy.remove();
    await this.withAdmin(async (admin) => {
      const own = (topic: string): boolean =>
        topic.startsWith(`${this.namespace}.`) ||
        topic === `__debezium-heartbeat.${this.prefix}` ||
        (topic === CONTRACT_TOPIC && !this.#contractTopicWasThere);
      await admin.deleteTopics({ topics: (await admin.listTopics()).filter(own) });
      const { groups } = await admin.listGroups();
      const left = groups.map(({ groupId }) => groupId).filter((groupId) => groupId.startsWith(this.namespace));
      await admin.deleteGroups(left);
    });
    await this.#removeKeys();
  }

  async #removeKeys(): Promise<void> {
    const redis = new Redis(this.endpoints.redis);
    try {
      for await (const keys of redis.scanStream({ match: `{${this.namespace}:*` }) as AsyncIterable<string[]>) {
        if (keys.length > 0) await redis.del(...keys);
      }
    } finally {
      redis.disconnect();
    }
  }

  #config(rules: string, source: Readonly<Record<string, string>>): unknown {
    const { names, legacy, shards, registry } = this;
    const sources = [{ name: names.source, connector: legacy.kind, beginning: 'empty', ...source }];
    const { kafka, redis } = this.dragoman;
    return {
      namespace: this.namespace,
      sourceSystem: names.sourceSystem,
      rules,
      event: { source: names.eventSource, typePrefix: names.typePrefix },
      pipelines: {
        [PIPELINE]: { sources, ...(shards === 1 ? {} : { shards }) },
      },
      kafka: {
        brokers: [...kafka.bootstrapServers],
        sessionTimeoutMs: SESSION_TIMEOUT_MS,
        heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
      },
      redis: { url: `redis://${redis.host}:${redis.port}` },
      ...(registry && { registry: { url: registry.url } }),
      http: { port: 0 },
    };
  }
}

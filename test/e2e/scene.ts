/**
 * One deployment on a running stack, with names of its own: a legacy database with audit, a connector, a namespace, a config
 * file. Several may live on one stack, one after the other. `remove` takes all of it away again.
 */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { Kafka, logLevel, type Admin } from 'kafkajs';
import { stringify } from 'yaml';
import { connectorConfig } from '../../legacy-db/connector.js';
import { installLegacyDb, removeAudit, withClient } from '../../legacy-db/database.js';
import { createConnector, deleteConnector, waitUntilRunning, withDatabase } from '../stack/connector.js';
import { projectDirectory } from '../stack/directories.js';
import type { Endpoints } from '../stack/provider.js';
import { dragomanCommand } from './dragoman-process.js';
import type { Names } from './expected-record.js';

export const PIPELINE = 'orders';
/** The contracts name it, so it is the same in every namespace. */
export const CONTRACT_TOPIC = 'orders.fulfillment';
/** The least that the config allows; heartbeats three times in it and more. */
export const SESSION_TIMEOUT_MS = 6_000;
const HEARTBEAT_INTERVAL_MS = 1_000;

export class Scene {
  /** First offset of each partition of the contract topic that belongs to this scene; none: all of it does. */
  firstOffsets: ReadonlyMap<number, number> = new Map();
  readonly names: Names;
  readonly connector: string;
  readonly namespace: string;
  readonly databaseUrl: string;
  readonly configFile: string;
  readonly #slot: string;
  readonly #database: string;
  #contractTopicWasThere = false;

  private constructor(
    readonly endpoints: Endpoints,
    readonly directory: string,
  ) {
    const id = randomBytes(4).toString('hex');
    this.connector = `e2e-${id}`;
    this.namespace = `e2e-${id}`;
    this.#slot = `e2e_${id}`;
    this.#database = `e2e_${id}`;
    this.configFile = join(directory, 'dragoman.yaml');
    this.names = {
      source: this.connector,
      sourceSystem: 'legacy-orders',
      eventSource: `urn:dragoman:${this.namespace}`,
      typePrefix: 'com.example',
    };
    const { host, port, user, password } = endpoints.postgres;
    this.databaseUrl = `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${this.#database}`;
  }

  /** Database, audit, config file and every topic; no connector yet. */
  static async open(endpoints: Endpoints, directory: string): Promise<Scene> {
    const scene = new Scene(endpoints, directory);
    await installLegacyDb({ url: scene.databaseUrl, audit: true });
    await writeFile(scene.configFile, stringify(scene.#config()));
    await scene.withAdmin(async (admin) => {
      if (!(await admin.listTopics()).includes(CONTRACT_TOPIC)) return;
      scene.#contractTopicWasThere = true;
      const ends = await admin.fetchTopicOffsets(CONTRACT_TOPIC);
      scene.firstOffsets = new Map(ends.map(({ partition, high }) => [partition, Number(high)]));
    });
    await dragomanCommand('topics', '--sources', '-c', scene.configFile);
    return scene;
  }

  get journalTopic(): string {
    return `${this.namespace}.${PIPELINE}.journal`;
  }

  get deadLetterTopic(): string {
    return `${this.namespace}.dead-letters`;
  }

  get transactionTopic(): string {
    return `${this.connector}.transaction`;
  }

  kafka(): Kafka {
    return new Kafka({ brokers: [...this.endpoints.kafka.bootstrapServers], logLevel: logLevel.NOTHING });
  }

  async withAdmin<T>(use: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.kafka().admin();
    await admin.connect();
    try {
      return await use(admin);
    } finally {
      await admin.disconnect();
    }
  }

  /** What stands in the tables now becomes the baseline. */
  async startConnector(): Promise<void> {
    const { connect, postgres } = this.endpoints;
    const config = connectorConfig({ prefix: this.connector, slot: this.#slot });
    const place = { connect, postgres: { ...postgres, database: this.#database } };
    await createConnector(connect, this.connector, withDatabase(config, place));
    await waitUntilRunning(connect, this.connector);
  }

  async remove(): Promise<void> {
    const { connect, postgres } = this.endpoints;
    const database = { postgres: { ...postgres, database: this.#database }, slot: this.#slot, publication: this.#slot };
    await deleteConnector(connect, this.connector, database);
    await removeAudit(this.databaseUrl);
    await withClient(this.databaseUrl.replace(/[^/]*$/, 'postgres'), (client) =>
      client.query(`DROP DATABASE ${client.escapeIdentifier(this.#database)} WITH (FORCE)`),
    );
    await this.withAdmin(async (admin) => {
      const own = (topic: string): boolean =>
        topic.startsWith(`${this.namespace}.`) ||
        topic === `__debezium-heartbeat.${this.connector}` ||
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

  #config(): unknown {
    const { names } = this;
    const { kafka, redis } = this.endpoints;
    return {
      namespace: this.namespace,
      sourceSystem: names.sourceSystem,
      rules: join(projectDirectory, 'rules'),
      event: { source: names.eventSource, typePrefix: names.typePrefix },
      pipelines: { [PIPELINE]: { sources: [{ name: names.source }] } },
      kafka: {
        brokers: [...kafka.bootstrapServers],
        sessionTimeoutMs: SESSION_TIMEOUT_MS,
        heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
      },
      redis: { url: `redis://${redis.host}:${redis.port}` },
      http: { port: 0 },
    };
  }
}

/**
 * A service with its outbox on a real PostgreSQL, in a schema of its own, and a contract topic of its own: Dragoman's part (events, handover records,
 * ownership records) is written by the test. For integration tests.
 */
import { randomUUID } from 'node:crypto';
import { type Admin, type Consumer, Kafka, logLevel, type Producer } from 'kafkajs';
import pg from 'pg';
import { inject } from 'vitest';
import { kafkaClient } from '../../../src/adapters/kafka/client.js';
import { createTopics } from '../../../src/adapters/kafka/ground/topics.js';
import { readRanges } from '../../../src/adapters/kafka/read/range-reader.js';
import type { TimedRecord } from '../../../src/cli/conform/conformance.js';
import { type Handover, handoverRecord, ownershipKey } from '../../../src/domain/ownership/handover.js';
import { pipelineProducer } from '../../../src/domain/ownership/headers.js';
import { selectorOf } from '../../../src/domain/ownership/route.js';
import {
  exported,
  type ExportedContract,
  inTransaction,
  kafkajsRun,
  Outbox,
  OUTBOX_SQL,
  type OutboxOptions,
  partitionsBy,
  type Published,
  type Publishing,
  TrialOutbox,
} from '../../../src/producer/index.js';
import { removeOwn, stackConfig } from '../servers/stack-config.js';
import { CONTEXT, CONTRACT, PARTITIONS, releasedContract, valueOf, WIRE } from './topic.js';

export class OwnService {
  readonly name = `kit_${randomUUID().slice(0, 8)}`;
  readonly topic = `${this.name}.events`;
  readonly contract: ExportedContract<unknown> = exported({ ...releasedContract, topic: this.topic });
  /** Dragoman's, which reads ranges. */
  readonly kafka: Kafka = kafkaClient(stackConfig(inject('stack')).kafka, () => undefined);
  /** A service's. */
  readonly client = new Kafka({ brokers: [...inject('stack').kafka.bootstrapServers], logLevel: logLevel.NOTHING });
  readonly admin: Admin = this.client.admin();
  readonly producer: Producer = this.client.producer({ transactionalId: this.name, maxInFlightRequests: 1 });
  readonly pool: pg.Pool;
  #consumer: Consumer | null = null;

  private constructor() {
    const { host, port, user, password, database } = inject('stack').postgres;
    const options = `-c search_path=${this.name}`;
    this.pool = new pg.Pool({ host, port, user, password, database, options, max: 20 });
    this.pool.on('error', () => undefined);
  }

  static async open(): Promise<OwnService> {
    const own = new OwnService();
    await own.pool.query(`CREATE SCHEMA ${own.name}`);
    await own.pool.query(OUTBOX_SQL);
    await own.pool.query(OUTBOX_SQL); // may be run again
    await own.admin.connect();
    await createTopics(own.admin, [
      { topic: own.topic, numPartitions: PARTITIONS },
      { topic: `${own.name}.ownership`, numPartitions: 1 },
    ]);
    await own.producer.connect();
    return own;
  }

  outbox(options: Partial<OutboxOptions> = {}): Outbox {
    return new Outbox({
      ...{ service: 'order-service', namespace: this.name, pipeline: 'orders', contracts: [this.contract], ...WIRE },
      ...{ aggregate: 'order', context: CONTEXT, partitionsOf: partitionsBy(this.admin), ...options },
    });
  }

  trial(): TrialOutbox {
    return new TrialOutbox({
      ...{ service: 'order-service', contracts: [this.contract], ...WIRE, aggregate: 'order', context: CONTEXT },
    });
  }

  /** Reads the topics of the outbox, as a service does. */
  async follow(outbox: Outbox): Promise<void> {
    this.#consumer = this.client.consumer({ groupId: `${this.name}.routes`, sessionTimeout: 10_000 });
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...outbox.topics], fromBeginning: true });
    await this.#consumer.run(kafkajsRun(outbox, this.pool));
  }

  publish(outbox: Pick<Outbox, 'publish'>, key: string, said: Partial<Publishing> = {}): Promise<Published> {
    const options = { causationId: 'request', occurredAt: '2026-03-01T00:00:00Z', ...said };
    return inTransaction(this.pool, (tx) =>
      outbox.publish(tx, this.contract, { ...valueOf(key), releaseNumber: options.occurrence ?? '' }, options),
    );
  }

  handover(said: Partial<Handover>): Handover {
    return {
      ...{ v: 1, contract: CONTRACT, selector: selectorOf({ market: 'DE' }), epoch: 1, from: 'legacy', to: 'service' },
      ...{ at: '2026-03-01T00:00:00Z', pipeline: 'orders', shard: 0, shards: 1, by: 'ops', reason: 'r', ...said },
    };
  }

  /** As Dragoman moves a route: records of all partitions and the ownership record in one Kafka transaction. */
  async move(said: Partial<Handover> = {}): Promise<void> {
    const handover = this.handover(said);
    const producer = pipelineProducer(this.name, 'orders');
    await this.write(
      Array.from({ length: PARTITIONS }, (_, partition) => ({
        topic: this.topic,
        messages: [{ partition, ...handoverRecord(handover, partition, { source: WIRE.eventSource, producer }) }],
      })),
      handover,
    );
  }

  /** As Dragoman asks a service to hand a route back. */
  ask(said: Partial<Handover> = {}): Promise<void> {
    const handover = this.handover({ epoch: 2, from: 'service', to: 'legacy', ...said });
    return this.write([], { ...handover, asked: true });
  }

  async write(records: Parameters<Producer['sendBatch']>[0]['topicMessages'], owned?: Handover & { asked?: true }) {
    const ownership =
      owned === undefined
        ? []
        : [
            {
              topic: `${this.name}.ownership`,
              messages: [{ key: ownershipKey(owned), value: JSON.stringify(owned) }],
            },
          ];
    const transaction = await this.producer.transaction();
    await transaction.sendBatch({ topicMessages: [...(records ?? []), ...ownership] });
    await transaction.commit();
  }

  /** What stands in the contract topic now. */
  async read(): Promise<TimedRecord[]> {
    const ends = await this.admin.fetchTopicOffsets(this.topic);
    const ranges = new Map(
      ends.map(({ partition, low, high }) => [`${this.topic}/${partition}`, { from: Number(low), to: Number(high) }]),
    );
    const records: TimedRecord[] = [];
    for await (const chunk of readRanges(this.kafka, { what: 'The topic', ranges, expired: 'refused' }))
      for (const record of chunk?.records ?? [])
        records.push({ ...record, topic: this.topic, partition: Number(chunk?.partition.split('/')[1]) });
    return records;
  }

  async close(): Promise<void> {
    await this.#consumer?.disconnect();
    await this.producer.disconnect();
    await removeOwn(this.admin, this.name);
    await this.admin.disconnect();
    await this.pool.query(`DROP SCHEMA ${this.name} CASCADE`);
    await this.pool.end();
  }
}

/**
 * The transactional producer of one task, with the rules that make kafkajs 2.2.4 exactly-once:
 *
 * - R1 no internal retries; after every send the result must name every partition sent to, with error code 0.
 * - R2 one `transactional.id` for each pipeline: the only fence there is.
 * - R3 any error throws the producer away; `fence` makes a new one (InitProducerId), after which outcomes are certain.
 *   Only CONCURRENT_TRANSACTIONS at the start of a Kafka transaction is asked again in place.
 */
import { type Admin, type Kafka, Partitioners, type PartitionMetadata, type Producer, type Transaction } from 'kafkajs';
import { batchBytes, bytesText } from '../../../domain/record-size.js';
import { DragomanError } from '../../../errors.js';
import type {
  Commit,
  Committed,
  JournalOffsets,
  JournalRecord,
  Offsets,
  OutputRecord,
  Sink,
} from '../../../pipeline/ports.js';
import { withLastingCoordinators } from '../clusters.js';
import { asking, isConcurrentTransaction, isForbidden, programFault, typeOf, unavailable } from '../failure.js';
import { byTopic, partitionName, splitName } from '../names.js';
import { readRange } from '../read/journal-reader.js';
import { wholeAnswer } from '../whole-answers.js';
import { isTooLarge, RecordLimits } from './record-limits.js';
import { type KafkaRecord, type Round, roundsOf } from './rounds.js';

export interface KafkaSinkSettings {
  readonly groupId: string;
  readonly transactionalId: string;
  readonly journalTopic: string;
  /** Every topic that may be written. */
  readonly topics: readonly string[];
  readonly inputPartitions: readonly string[];
  /** Carries the offset metadata. */
  readonly metadataPartition: string;
  readonly transactionTimeoutMs: number;
}

const FENCE_ATTEMPTS_MAX = 6;
const CONCURRENT_WAIT_MS = 1;
const CONCURRENT_WAITS_MAX = 10_000;
/** One send makes one record batch for each partition; the broker's limit is 1 MiB by default. */
const BATCH_BYTES_MAX = 900_000;
/** All batches of one send; a broker closes the connection on a request over `socket.request.max.bytes`, 100 MiB by default. */
const REQUEST_BYTES_MAX = 32 * 1024 * 1024;

export class KafkaSink implements Sink {
  readonly #kafka: Kafka;
  readonly #producers: Pick<Kafka, 'producer'>;
  readonly #admin: Admin;
  readonly #settings: KafkaSinkSettings;
  readonly #partitioner = Partitioners.DefaultPartitioner();
  readonly #limits: RecordLimits;
  #producer: Producer | null = null;
  /** A broker refused a batch as too large: the next commit sends records one by one, to find which. */
  #oneByOne = false;
  #partitions = new Map<string, PartitionMetadata[]>();
  #clusterId = '';

  constructor(kafka: Kafka, admin: Admin, settings: KafkaSinkSettings) {
    this.#kafka = kafka;
    this.#producers = withLastingCoordinators(kafka);
    this.#admin = admin;
    this.#settings = settings;
    this.#limits = new RecordLimits(admin, settings.topics, settings.journalTopic);
  }

  get clusterId(): string {
    return this.#clusterId;
  }

  async fence(): Promise<void> {
    this.#dispose();
    await asking('The topics to write to cannot be looked up', async () => {
      this.#clusterId = (await this.#admin.describeCluster()).clusterId;
      const { topics } = await this.#admin.fetchTopicMetadata({ topics: [...this.#settings.topics] });
      this.#partitions = new Map(topics.map(({ name, partitions }) => [name, partitions]));
      await this.#limits.ask();
    });
    for (let attempt = 1; ; attempt += 1) {
      const producer = this.#producers.producer({
        transactionalId: this.#settings.transactionalId,
        transactionTimeout: this.#settings.transactionTimeoutMs,
        maxInFlightRequests: 1,
        retry: { retries: 0 },
        allowAutoTopicCreation: false,
        createPartitioner: Partitioners.DefaultPartitioner,
      });
      try {
        await producer.connect();
        await (await producer.transaction()).abort();
        this.#producer = producer;
        return;
      } catch (cause) {
        void producer.disconnect().catch(() => undefined);
        if (isForbidden(cause))
          throw unavailable(`Write on transactional id ${this.#settings.transactionalId} is not allowed`, cause);
        if (attempt >= FENCE_ATTEMPTS_MAX) throw unavailable('The former writer cannot be fenced', cause);
        await sleep(500);
      }
    }
  }

  recordBytesMax(topic: string): number {
    return this.#limits.of(topic);
  }

  async committed(): Promise<Committed> {
    const { groupId, inputPartitions, metadataPartition } = this.#settings;
    return asking('Committed offsets cannot be read', async () => {
      const topics = byTopic(inputPartitions).map(({ topic }) => topic);
      const answers = await wholeAnswer(inputPartitions, () => this.#admin.fetchOffsets({ groupId, topics }));
      const offsets = new Map<string, number>();
      const found = new Map<string, string>();
      for (const { topic, partitions } of answers) {
        for (const { partition, offset, metadata: text } of partitions) {
          const name = partitionName(topic, partition);
          if (Number(offset) >= 0) offsets.set(name, Number(offset));
          if (text) found.set(name, text);
        }
      }
      // Another partition carried it when other tables were declared.
      const [other = null] = found.values();
      const metadata = found.get(metadataPartition) ?? other;
      return { offsets: offsets.size === 0 ? null : offsets, metadata };
    });
  }

  journalEnd(): Promise<JournalOffsets> {
    return this.#journalOffsets('high');
  }

  journalBegin(): Promise<JournalOffsets> {
    return this.#journalOffsets('low');
  }

  #journalOffsets(end: 'low' | 'high'): Promise<JournalOffsets> {
    return asking('The ends of the journal cannot be read', async () => {
      const { journalTopic: topic } = this.#settings;
      const partitions = await this.#admin.fetchTopicOffsets(topic);
      return partitions.sort((a, b) => a.partition - b.partition).map((one) => Number(one[end]));
    });
  }

  readJournal(from: JournalOffsets, to: JournalOffsets): AsyncIterable<readonly JournalRecord[]> {
    return readRange(this.#kafka, { topic: this.#settings.journalTopic, from, to });
  }

  /** A Kafka transaction of nothing: its coordinator refuses a writer that was fenced. */
  confirmFence(): Promise<void> {
    return this.#transact(async (transaction) => {
      await this.#sendOffsets(transaction, new Map(), '');
      await transaction.abort();
    });
  }

  commit({ records, offsets, metadata }: Commit): Promise<Map<number, number>> {
    return this.#transact(async (transaction) => {
      await this.#sendOffsets(transaction, offsets, metadata);
      const written = await this.#send(transaction, records);
      await transaction.commit();
      this.#oneByOne = false;
      this.#limits.askAgain();
      return written;
    });
  }

  async #transact<T>(run: (transaction: Transaction) => Promise<T>): Promise<T> {
    const producer = this.#producer;
    if (producer === null) throw new DragomanError('COMMIT_UNCERTAIN', 'The writer was not fenced before this commit.');
    try {
      return await run(await producer.transaction());
    } catch (cause) {
      this.#dispose();
      const ours = cause instanceof DragomanError ? cause : programFault('A Kafka transaction failed', cause);
      if (ours !== null) throw ours;
      const type = typeOf(cause);
      const text = cause instanceof Error ? cause.message : String(cause);
      throw new DragomanError(
        'COMMIT_UNCERTAIN',
        `A Kafka transaction failed${type === null ? '' : ` (${type})`}: ${text}`,
        {
          cause,
          details: { type },
        },
      );
    }
  }

  /** First in the transaction: it meets CONCURRENT_TRANSACTIONS while the markers of the last one are being written. */
  async #sendOffsets(transaction: Transaction, offsets: Offsets, metadata: string): Promise<void> {
    const { groupId, metadataPartition } = this.#settings;
    const topics = byTopic(offsets.keys()).map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map((partition) => {
        const name = partitionName(topic, partition);
        // kafkajs passes `metadata` on, though its types do not know it.
        return { partition, offset: String(offsets.get(name)), metadata: name === metadataPartition ? metadata : '' };
      }),
    }));
    for (let waits = 0; ; waits += 1) {
      try {
        return await transaction.sendOffsets({ consumerGroupId: groupId, topics });
      } catch (error) {
        if (!isConcurrentTransaction(error) || waits >= CONCURRENT_WAITS_MAX) throw error;
        await sleep(CONCURRENT_WAIT_MS);
      }
    }
  }

  /** @returns next offset of each journal partition written. */
  async #send(transaction: Transaction, records: readonly OutputRecord[]): Promise<Map<number, number>> {
    const journal = new Map<number, number>();
    for (const round of this.#rounds(records)) {
      const topicMessages = byTopic(round.keys()).map(({ topic, partitions }) => ({
        topic,
        messages: partitions.flatMap((partition) => round.get(partitionName(topic, partition)) ?? []),
      }));
      const results = await transaction.sendBatch({ acks: -1, topicMessages }).catch((error: unknown) => {
        throw isTooLarge(error) ? this.#tooLarge(round, error) : error;
      });
      const missing = new Set(round.keys());
      for (const { topicName, partition, errorCode, baseOffset } of results) {
        const name = partitionName(topicName, partition);
        if (errorCode === 0 && missing.delete(name) && topicName === this.#settings.journalTopic) {
          journal.set(partition, Number(baseOffset) + (round.get(name)?.length ?? 0));
        }
      }
      if (missing.size > 0) {
        throw new DragomanError('COMMIT_UNCERTAIN', `The broker did not confirm ${[...missing].join(', ')}.`);
      }
    }
    return journal;
  }

  #rounds(records: readonly OutputRecord[]): Round[] {
    return roundsOf(records, ({ topic, key }) => this.#partitionOf(topic, key), {
      batchBytesMax: (topic) => Math.min(BATCH_BYTES_MAX, this.#limits.of(topic)),
      requestBytesMax: REQUEST_BYTES_MAX,
      recordsMax: this.#oneByOne ? 1 : Infinity,
    });
  }

  /** Of a round with one record this is known to be the one; else the next commit looks for it, record by record. */
  #tooLarge(round: Round, cause: unknown): DragomanError {
    const [[name, [record]]] = [...round] as [[string, [KafkaRecord]]];
    this.#oneByOne = true;
    if (round.size > 1 || (round.get(name)?.length ?? 0) > 1)
      return new DragomanError('RECORD_TOO_LARGE', 'A record is larger than the brokers take; it is looked for.', {
        cause,
      });
    const { topic } = splitName(name);
    const bytes = batchBytes(record);
    this.#limits.refused(topic, bytes);
    return new DragomanError(
      'RECORD_TOO_LARGE',
      `The brokers do not take a record of ${bytesText(bytes)} bytes in ${topic}, whatever the topic's settings say. What makes one of ` +
        'this size parks its order from now on; raise max.message.bytes of the topic, or message.max.bytes of the brokers.',
      { cause, details: { topic, key: record.key, bytes } },
    );
  }

  #partitionOf(topic: string, key: string): number {
    const partitionMetadata = this.#partitions.get(topic);
    if (partitionMetadata === undefined) {
      throw new DragomanError('TOPIC_MISSING', `Topic ${topic} does not exist. Run \`dragoman topics\`.`, {
        details: { topic },
      });
    }
    return this.#partitioner({ topic, partitionMetadata, message: { key, value: null } });
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = null;
    await producer?.disconnect().catch(() => undefined);
  }

  /** A broken producer waits for its requests: let it, in the background. */
  #dispose(): void {
    void this.#producer?.disconnect().catch(() => undefined);
    this.#producer = null;
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

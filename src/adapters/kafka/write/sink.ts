/**
 * The transactional producer of one task, with the rules that make kafkajs 2.2.4 exactly-once:
 *
 * - R1 no internal retries; after every send the result must name every partition sent to, with error code 0.
 * - R2 one `transactional.id` for each task: the only fence there is.
 * - R3 any error throws the producer away; `fence` makes a new one (InitProducerId), after which outcomes are certain.
 *   Only CONCURRENT_TRANSACTIONS at the start of a Kafka transaction is asked again in place (`withPatientStart`).
 *
 * Of state and journal it knows the partitions of its shard; the others count as empty.
 */
import { type Admin, type Kafka, Partitioners, type Producer, type Transaction } from 'kafkajs';
import { batchBytes, bytesText } from '../../../domain/record-size.js';
import { DragomanError } from '../../../errors.js';
import type {
  Commit,
  CommittedOffsets,
  Ends,
  FoundProgress,
  OutputRecord,
  OwnRecord,
  OwnTopic,
  RecordCursor,
  Sink,
} from '../../../pipeline/ports.js';
import { ownTopics, type OwnTopics } from '../../../domain/own-topics.js';
import { Answers } from './answers.js';
import { logEndsAdmin, withLastingCoordinators, withPatientStart, withProduce } from '../clusters.js';
import { asking, isForbidden, programFault, typeOf, unavailable } from '../failure.js';
import { byTopic, partitionName } from '../names.js';
import { PlacedRecords } from '../look/placed-records.js';
import { readProgress } from '../read/progress-reader.js';
import { BatchWriter } from './batch-writer.js';
import { partitionOf } from '../../../domain/partition.js';
import { partitionFor, ownsPartition, type Shard, WHOLE } from '../../../domain/shard.js';
import { opaque, produceOfProducer } from './produce.js';
import { isTooLarge, RecordLimits } from './record-limits.js';
import { type EncodedBatch, type Round, roundsOf } from './rounds.js';
import { ownRecord, readRange, walkRange } from '../read/topic-reader.js';
import { ToldOffsets } from './told-offsets.js';
import { wholeAnswer } from '../whole-answers.js';

export interface KafkaSinkSettings {
  /** Without members: under it the consumed offsets are told to Kafka's tools. */
  readonly groupId: string;
  readonly transactionalId: string;
  /** Whose it is; absent: the whole pipeline's. */
  readonly shard?: Shard;
  readonly own: OwnTopics;
  /** Every other topic that may be written. */
  readonly others: readonly string[];
  readonly inputPartitions: readonly string[];
  readonly transactionTimeoutMs: number;
  /** Told once when offsets cannot be told, until they can. */
  readonly onUntold?: (error: DragomanError) => void;
}

const FENCE_ATTEMPTS_MAX = 6;
/** One send makes one record batch for each partition; the broker's limit is 1 MiB by default. */
const BATCH_BYTES_MAX = 900_000;
/** A broker gives no less than a batch to who asks for one decision of an order. */
const JOURNAL_BATCH_BYTES_MAX = 64 * 1024;
/** All batches of one send; a broker closes the connection on a request over `socket.request.max.bytes`, 100 MiB by default. */
const REQUEST_BYTES_MAX = 32 * 1024 * 1024;
/** What a broker answers as time of an append to a topic without LogAppendTime. */
const CLIENTS_TIME = -1;

export class KafkaSink implements Sink {
  readonly #kafka: Kafka;
  readonly #producers: Pick<Kafka, 'producer'>;
  readonly #admin: Admin;
  /** Gives the ends of logs, control records included. */
  readonly #logEnds: Admin;
  readonly #settings: KafkaSinkSettings;
  readonly #shard: Shard;
  readonly #topics: readonly string[];
  readonly #limits: RecordLimits;
  readonly #told: ToldOffsets;
  #producer: Producer | null = null;
  /** A broker refused a batch as too large: the next commit sends records one by one, to find which. */
  #oneByOne = false;
  /** How many, by topic. */
  #partitions = new Map<string, number>();
  /** An error leaves it to the requests that may still hold it. */
  #writer = new BatchWriter();
  #clusterId = '';
  /** Of the journal, while repairs ask for entries of it. */
  #placed: Promise<PlacedRecords> | null = null;
  /** Where the progress that was found ends, so that nothing newer is written over; null: it was not asked for since fencing. */
  #progressEnd: number | null = null;

  constructor(kafka: Kafka, admin: Admin, settings: KafkaSinkSettings) {
    this.#kafka = kafka;
    this.#producers = withProduce(withPatientStart(withLastingCoordinators(kafka)), produceOfProducer);
    this.#told = new ToldOffsets(kafka, settings.groupId, settings.onUntold ?? (() => undefined));
    this.#admin = admin;
    this.#logEnds = logEndsAdmin(kafka);
    this.#settings = settings;
    this.#shard = settings.shard ?? WHOLE;
    const own = ownTopics(settings.own);
    this.#topics = [...own, ...settings.others];
    this.#limits = new RecordLimits(admin, this.#topics, own);
  }

  get clusterId(): string {
    return this.#clusterId;
  }

  async fence(): Promise<void> {
    this.#dispose();
    this.#progressEnd = null;
    await asking('The topics to write to cannot be looked up', async () => {
      await this.#logEnds.connect();
      this.#clusterId = (await this.#admin.describeCluster()).clusterId;
      const { topics } = await this.#admin.fetchTopicMetadata({ topics: [...this.#topics] }).catch(this.#named);
      this.#partitions = new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
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

  /** The broker says that one of them is not there, and not which. @throws DragomanError TOPIC_MISSING, or what was thrown. */
  readonly #named = async (cause: unknown): Promise<never> => {
    if (typeOf(cause) !== 'UNKNOWN_TOPIC_OR_PARTITION') throw cause;
    const there = new Set(await this.#admin.listTopics());
    const gone = this.#topics.find((topic) => !there.has(topic));
    throw gone === undefined ? cause : noTopic(gone);
  };

  async alsoTo(topics: readonly string[]): Promise<void> {
    const more = topics.filter((topic) => !this.#partitions.has(topic));
    if (more.length === 0) return;
    const existing = await asking('Topics cannot be listed', () => this.#admin.listTopics());
    const missing = more.find((topic) => !existing.includes(topic));
    if (missing !== undefined) throw noTopic(missing);
    await asking('The topics to write to cannot be looked up', async () => {
      const { topics: found } = await this.#admin.fetchTopicMetadata({ topics: more });
      for (const { name, partitions } of found) this.#partitions.set(name, partitions.length);
    });
  }

  recordBytesMax(topic: string): number {
    return this.#limits.of(topic);
  }

  async progress(): Promise<FoundProgress | null> {
    const { progress } = this.#settings.own;
    const { found, end } = await readProgress(this.#kafka, this.#logEnds, progress, this.#shard);
    this.#progressEnd = end;
    return found;
  }

  async committed(): Promise<CommittedOffsets> {
    const { groupId, inputPartitions } = this.#settings;
    return asking('Committed offsets cannot be read', async () => {
      const topics = byTopic(inputPartitions).map(({ topic }) => topic);
      const answers = await wholeAnswer(inputPartitions, () => this.#admin.fetchOffsets({ groupId, topics }));
      const all = answers.flatMap(({ topic, partitions }) =>
        partitions.map(
          ({ partition, offset, metadata }) =>
            [partitionName(topic, partition), { offset: Number(offset), metadata: metadata ?? '' }] as const,
        ),
      );
      return new Map(all.filter(([, { offset }]) => offset >= 0));
    });
  }

  ends(): Promise<Ends> {
    return this.#bounds('high');
  }

  begins(): Promise<Ends> {
    return this.#bounds('low');
  }

  async #bounds(end: 'low' | 'high'): Promise<Ends> {
    const { state, journal } = this.#settings.own;
    const of = (topic: string): Promise<number[]> =>
      asking(`The ends of ${topic} cannot be read`, async () => {
        const partitions = await this.#logEnds.fetchTopicOffsets(topic);
        return partitions
          .sort((a, b) => a.partition - b.partition)
          .map((one) => (ownsPartition(this.#shard, one.partition) ? Number(one[end]) : 0));
      });
    return { state: await of(state), journal: await of(journal) };
  }

  read(topic: OwnTopic, from: readonly number[], to: readonly number[]): AsyncIterable<readonly OwnRecord[]> {
    return readRange(this.#kafka, { topic: this.#settings.own[topic], from, to });
  }

  walk(topic: OwnTopic, from: readonly number[], to: readonly number[]): AsyncIterable<RecordCursor> {
    return walkRange(this.#kafka, { topic: this.#settings.own[topic], from, to });
  }

  async entriesAt(wanted: Parameters<Sink['entriesAt']>[0]): Promise<(OwnRecord | null)[]> {
    const { journal } = this.#settings.own;
    const placed = await (this.#placed ??= this.#connectPlaced(journal));
    const byPartition = new Map<number, number[]>();
    for (const { place, offset } of wanted) {
      const partition = this.partitionOf(journal, place);
      byPartition.set(partition, [...(byPartition.get(partition) ?? []), offset]);
    }
    const found = new Map(
      await Promise.all(
        [...byPartition].map(
          async ([partition, offsets]) =>
            [partition, await placed.closeTogether(partitionName(journal, partition), offsets)] as const,
        ),
      ),
    );
    return wanted.map(({ place, offset }) => {
      const partition = this.partitionOf(journal, place);
      const record = found.get(partition)?.get(offset);
      return record === undefined ? null : ownRecord(partition, record);
    });
  }

  /** Asked again after a failure. */
  async #connectPlaced(topic: string): Promise<PlacedRecords> {
    const placed = new PlacedRecords(this.#kafka);
    try {
      await placed.connect([topic]);
      return placed;
    } catch (error) {
      this.#placed = null;
      throw error;
    }
  }

  /** A Kafka transaction of no offsets: its coordinator refuses a writer that was fenced. */
  confirmFence(): Promise<void> {
    return this.#transact(async (transaction) => {
      await transaction.sendOffsets({ consumerGroupId: this.#settings.groupId, topics: [] });
      await transaction.abort();
    });
  }

  commit({ records, offsets, metadata, bases }: Commit): Promise<number> {
    const progress = partitionName(this.#settings.own.progress, this.#shard.index);
    return this.#transact(async (transaction) => {
      const answers = new Answers(
        this.#progressEnd === null ? bases : new Map([...bases, [progress, this.#progressEnd]]),
      );
      await this.#send(transaction, records, answers);
      await transaction.commit();
      this.#told.tell({ offsets, metadata });
      this.#oneByOne = false;
      this.#limits.askAgain();
      if (this.#progressEnd !== null) this.#progressEnd = answers.nextOf(progress) ?? this.#progressEnd;
      return answers.appendedMs ?? Date.now();
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

  async #send(transaction: Transaction, records: readonly OutputRecord[], answers: Answers): Promise<void> {
    for (const round of this.#rounds(records)) {
      const topicMessages = [...round.values()].map((batch) => ({ topic: batch.topic, messages: [opaque(batch)] }));
      const results = await transaction.sendBatch({ acks: -1, topicMessages }).catch((error: unknown) => {
        throw isTooLarge(error) ? this.#tooLarge(round, error) : error;
      });
      const missing = new Set(round.keys());
      for (const { topicName, partition: number, errorCode, baseOffset, logAppendTime } of results) {
        const partition = partitionName(topicName, number);
        if (errorCode !== 0 || !missing.delete(partition)) continue;
        const appendedMs = Number(logAppendTime ?? CLIENTS_TIME);
        answers.take({
          partition,
          baseOffset: Number(baseOffset),
          records: round.get(partition)?.records.length ?? 0,
          appendedMs: appendedMs === CLIENTS_TIME ? null : appendedMs,
        });
      }
      if (missing.size > 0) {
        throw new DragomanError('COMMIT_UNCERTAIN', `The broker did not confirm ${[...missing].join(', ')}.`);
      }
    }
  }

  #rounds(records: readonly OutputRecord[]): Iterable<Round> {
    const { journal } = this.#settings.own;
    const batchBytesMax = (topic: string): number => (topic === journal ? JOURNAL_BATCH_BYTES_MAX : BATCH_BYTES_MAX);
    const limits = {
      batchBytesMax: (topic: string) => Math.min(batchBytesMax(topic), this.#limits.of(topic)),
      requestBytesMax: REQUEST_BYTES_MAX,
      recordsMax: this.#oneByOne ? 1 : Infinity,
    };
    const partitionOf = ({ topic, key, place, partition }: OutputRecord): number =>
      partition ?? this.partitionOf(topic, place ?? key);
    return roundsOf(records, partitionOf, limits, this.#writer);
  }

  /** Of a round with one record this is known to be the one; else the next commit looks for it, record by record. */
  #tooLarge(round: Round, cause: unknown): DragomanError {
    const [{ topic, records }] = [...round.values()] as [EncodedBatch];
    const [record] = records as [OutputRecord];
    this.#oneByOne = true;
    if (round.size > 1 || records.length > 1)
      return new DragomanError('RECORD_TOO_LARGE', 'A record is larger than the brokers take; it is looked for.', {
        cause,
      });
    const bytes = batchBytes(record);
    this.#limits.refused(topic, bytes);
    return new DragomanError(
      'RECORD_TOO_LARGE',
      `The brokers do not take a record of ${bytesText(bytes)} bytes in ${topic}, whatever the topic's settings say. What makes one of ` +
        'this size parks its order from now on; raise max.message.bytes of the topic, or message.max.bytes of the brokers.',
      { cause, details: { topic, key: record.key, bytes } },
    );
  }

  partitionOf(topic: string, place: string): number {
    return partitionFor(this.#shard, this.#settings.own, topic, partitionOf(place, this.partitionsOf(topic)));
  }

  partitionsOf(topic: string): number {
    const partitions = this.#partitions.get(topic);
    if (partitions === undefined) throw noTopic(topic);
    return partitions;
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = null;
    const placed = this.#placed;
    this.#placed = null;
    await Promise.all([
      placed?.then((each) => each.disconnect()).catch(() => undefined),
      this.#told.end(),
      this.#logEnds.disconnect().catch(() => undefined),
      producer?.disconnect().catch(() => undefined),
    ]);
  }

  /** A broken producer waits for its requests: let it, in the background. */
  #dispose(): void {
    void this.#producer?.disconnect().catch(() => undefined);
    this.#producer = null;
    this.#writer = new BatchWriter();
  }
}

const noTopic = (topic: string): DragomanError =>
  new DragomanError('TOPIC_MISSING', `Topic ${topic} does not exist. Run \`dragoman topics\`.`, { details: { topic } });

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

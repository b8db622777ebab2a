/**
 * The partitions of one pipeline, read by own fetches (decision 0005) for as long as the group gives them to this member. Fetched batches
 * wait here, as bytes, until they are taken; a partition whose queue is full is not asked for.
 *
 * Records that were deleted before they were read end the reading (SPEC T8): the broker says that its log begins behind the position. Holes
 * that compaction or markers leave are none of it.
 */
import type { Admin, Kafka } from 'kafkajs';
import { DragomanError } from '../../../errors.js';
import type { Offsets, RawBatch, Source } from '../../../pipeline/ports.js';
import { Signal } from '../../../pipeline/signal.js';
import { asking, unavailable } from '../failure.js';
import { byTopic, partitionName, splitName } from '../names.js';
import { wholeAnswer } from '../whole-answers.js';
import type { FetchLimits } from './fetch-request.js';
import { Fetcher, type FetchedRecords, type FetchTarget } from './fetcher.js';
import type { RecordRun } from './record-run.js';

export interface KafkaSourceSettings {
  readonly partitions: readonly string[];
  /** Of its topics, partitions that other shards read. Absent: none. */
  readonly isOfOthers?: (partition: string) => boolean;
  /**
   * Partitions in which mostly stands what this pipeline wrote itself: each commit would be an answer, and another request, of its own. One that
   * gave something is not asked for before {@link REST_MS} are over. Absent: none.
   */
  readonly isUnhurried?: (partition: string) => boolean;
  readonly limits: FetchLimits;
  /** Bytes waiting in one partition from which it is not asked for, until half of them are taken. */
  readonly queuedBytesMax: number;
  /** Resolves with true after the next heartbeat that the group answers, with false when this member was thrown out. */
  readonly confirmOwned: () => Promise<boolean>;
  /** See `Source`. */
  readonly lookForTopics: () => Promise<boolean>;
}

interface Queue {
  readonly batches: { readonly batch: RawBatch; readonly bytes: number }[];
  bytes: number;
  isFull: boolean;
  /** Offset to read on from. */
  position: number;
  /** It gave something just now, and is not asked for. */
  isResting: boolean;
}

/** What a service tells is read so much later, at the most: long before anybody waits for it. */
const REST_MS = 250;

export class KafkaSource implements Source, FetchTarget {
  readonly what = 'The input';
  readonly partitions: readonly string[];
  readonly limits: FetchLimits;
  readonly #kafka: Kafka;
  /** Gives the ends of the logs, uncommitted records included. */
  readonly #admin: Admin;
  readonly #settings: KafkaSourceSettings;
  readonly #queues = new Map<string, Queue>();
  readonly #signal = new Signal();
  #fetcher: Fetcher | null = null;
  #failure: DragomanError | null = null;
  #closed = false;

  constructor(kafka: Kafka, admin: Admin, settings: KafkaSourceSettings) {
    this.#kafka = kafka;
    this.#admin = admin;
    this.#settings = settings;
    this.partitions = settings.partitions;
    this.limits = settings.limits;
  }

  confirmOwned(): Promise<boolean> {
    return this.#settings.confirmOwned();
  }

  lookForTopics(): Promise<boolean> {
    return this.#settings.lookForTopics();
  }

  async seek(offsets: Offsets): Promise<void> {
    this.#drop();
    const bounds = await this.bounds();
    if (this.#closed) return; // lost meanwhile: nobody would end what is begun now
    for (const name of this.partitions) {
      const position = offsets.get(name) ?? bounds.get(name)?.first ?? 0;
      this.#queues.set(name, { batches: [], bytes: 0, isFull: false, position, isResting: false });
    }
    this.#failure = null;
    const fetcher = new Fetcher(this.#kafka, this);
    this.#fetcher = fetcher;
    void fetcher.run().catch((error: unknown) => {
      if (this.#fetcher === fetcher) this.#fail(unavailable('The input cannot be read', error));
    });
  }

  /** Ends reading for ever; what waits is dropped. */
  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #drop(): void {
    this.#fetcher?.stop();
    this.#fetcher = null;
    this.#queues.clear();
  }

  positionOf(partition: string): number | null {
    const queue = this.#queues.get(partition);
    return queue === undefined || queue.isFull || queue.isResting ? null : queue.position;
  }

  fetched({ partition, records: all, nextOffset, endOffset }: FetchedRecords): void {
    const queue = this.#queues.get(partition);
    if (queue === undefined) return;
    const records = all.detached(PINNED_SHARE_MIN);
    const bytes = sizeOf(records);
    queue.batches.push({
      batch: { partition, topic: splitName(partition).topic, records, nextOffset, endOffset },
      bytes,
    });
    queue.bytes += bytes;
    queue.position = nextOffset;
    if (queue.bytes >= this.#settings.queuedBytesMax) queue.isFull = true;
    if (this.#settings.isUnhurried?.(partition) === true) this.#rest(queue);
    this.#signal.notify();
  }

  #rest(queue: Queue): void {
    queue.isResting = true;
    setTimeout(() => {
      queue.isResting = false;
      this.#fetcher?.wake();
    }, REST_MS).unref();
  }

  expired(partition: string, start: number): void {
    this.#fail(expired(partition, this.#queues.get(partition)?.position ?? 0, start));
  }

  #fail(error: DragomanError): void {
    this.#failure ??= error;
    this.#signal.notify();
  }

  /** What was fetched before reading failed is still given. @throws DragomanError OFFSETS_LOST, KAFKA_UNAVAILABLE */
  take(partition: string): RawBatch | undefined {
    const queue = this.#queues.get(partition);
    const next = queue?.batches.shift();
    if (queue === undefined || next === undefined) {
      if (this.#failure !== null) throw this.#failure;
      return undefined;
    }
    queue.bytes -= next.bytes;
    if (queue.isFull && queue.bytes <= this.#settings.queuedBytesMax / 2) {
      queue.isFull = false;
      this.#fetcher?.wake();
    }
    return next.batch;
  }

  wait(timeoutMs: number): Promise<void> {
    return this.#signal.wait(timeoutMs);
  }

  wake(): void {
    this.#signal.notify();
  }

  async bounds(): Promise<Map<string, { first: number; end: number }>> {
    const bounds = new Map<string, { first: number; end: number }>();
    const ask = async ({ topic }: { readonly topic: string }) => ({
      topic,
      partitions: await this.#admin.fetchTopicOffsets(topic),
    });
    await asking('The ends of the input partitions cannot be read', async () => {
      const answers = await wholeAnswer(this.partitions, () => Promise.all(byTopic(this.partitions).map(ask)));
      for (const { topic, partitions } of answers) {
        for (const { partition, low, high } of partitions) {
          const name = partitionName(topic, partition);
          if (this.#settings.isOfOthers?.(name) !== true) bounds.set(name, { first: Number(low), end: Number(high) });
        }
      }
    });
    const own = new Set(this.partitions);
    const more = [...bounds.keys()].filter((name) => !own.has(name));
    if (more.length > 0) throw moreAppeared(more);
    return bounds;
  }
}

const moreAppeared = (partitions: readonly string[]): DragomanError =>
  new DragomanError(
    'PARTITIONS_CHANGED',
    `${partitions.join(', ')} appeared while this pipeline was read: keys have moved between partitions, so what came before and what comes ` +
      'after may be read in the wrong order. Nothing more is read. Start the members again: the start says what has to be looked at, and how to go on.',
    { details: { partitions } },
  );

const expired = (partition: string, position: number, start: number): DragomanError =>
  new DragomanError(
    'OFFSETS_LOST',
    `Offset ${position} of ${partition} was to be read next, but the partition now begins at ${start}: its records were deleted (retention) ` +
      'while this pipeline was behind, or held. Going on would lose orders. Re-snapshot, then start a new namespace.',
    { details: { partition, position, start } },
  );

/** A few records would keep the whole answer of the broker in memory for as long as they wait: less of it than this share is copied. */
const PINNED_SHARE_MIN = 1 / 20;

/** A batch counts too, so that those which markers have left empty cannot be without end. */
const OVERHEAD_BYTES = 100;

const sizeOf = ({ bytes, length }: RecordRun): number => bytes + (length + 1) * OVERHEAD_BYTES;

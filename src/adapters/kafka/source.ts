/**
 * The partitions of one pipeline, read through the consumer of the group. Fetched batches wait here, as bytes, until they are
 * taken; a partition whose queue is full is paused before the next fetch starts, so nothing fetched is thrown away.
 *
 * kafkajs: pausing while a fetch is under way drops its result, and a position is lost with every rejoin; both are settled here.
 */
import type { Admin, Consumer, EachBatchPayload } from 'kafkajs';
import { DragomanError } from '../../errors.js';
import type { Offsets, RawBatch, RawRecord, Source } from '../../pipeline/ports.js';
import { Signal } from '../../pipeline/signal.js';
import { asking } from './failure.js';
import { byTopic, partitionName, splitName } from './names.js';
import { wholeAnswer } from './whole-answers.js';

export interface KafkaSourceSettings {
  readonly partitions: readonly string[];
  /** Bytes waiting in one partition from which it is paused. */
  readonly partitionBytesMax: number;
  /** Resolves with true after the next heartbeat that the group answers, with false when this member was thrown out. */
  readonly confirmOwned: () => Promise<boolean>;
}

interface Queue {
  readonly batches: { readonly batch: RawBatch; readonly bytes: number }[];
  bytes: number;
  paused: boolean;
  /** Where the consumer has to go on reading. */
  position: number;
}

export class KafkaSource implements Source {
  readonly partitions: readonly string[];
  readonly #consumer: Consumer;
  /** Gives the ends of the logs, uncommitted records included. */
  readonly #admin: Admin;
  readonly #settings: KafkaSourceSettings;
  readonly #queues = new Map<string, Queue>();
  readonly #signal = new Signal();
  #reading = false;

  constructor(consumer: Consumer, admin: Admin, settings: KafkaSourceSettings) {
    this.#consumer = consumer;
    this.#admin = admin;
    this.#settings = settings;
    this.partitions = settings.partitions;
    this.#reset();
  }

  confirmOwned(): Promise<boolean> {
    return this.#settings.confirmOwned();
  }

  async seek(offsets: Offsets): Promise<void> {
    this.#consumer.pause(byTopic(this.partitions));
    this.#reset();
    const bounds = await this.bounds();
    for (const [name, queue] of this.#queues) queue.position = offsets.get(name) ?? bounds.get(name)?.first ?? 0;
    this.#reading = true;
    this.resumeAll();
  }

  /** After a rejoin that kept the partitions: kafkajs starts again from committed offsets, we go on where we were. */
  resumeAll(): void {
    if (!this.#reading) return this.#consumer.pause(byTopic(this.partitions));
    for (const [name, { position }] of this.#queues)
      this.#consumer.seek({ ...splitName(name), offset: String(position) });
    const paused = [...this.#queues].filter(([, queue]) => queue.paused).map(([name]) => name);
    const open = this.partitions.filter((name) => !paused.includes(name));
    this.#consumer.pause(byTopic(paused));
    this.#consumer.resume(byTopic(open));
  }

  /** Called for every batch that kafkajs fetched, before it fetches again. */
  deliver({ batch }: Pick<EachBatchPayload, 'batch'>): void {
    const { topic } = batch;
    const partition = partitionName(topic, batch.partition);
    const records = detached(batch.messages.map(rawRecord));
    const nextOffset = Number(batch.lastOffset()) + 1;
    this.#enqueue({ partition, topic, records, nextOffset, endOffset: Number(batch.highWatermark) });
  }

  /** Only control records or aborted ones were there: nothing to decode, but the partition was read so far. */
  skip(topic: string, partition: number, nextOffset: number, endOffset: number): void {
    this.#enqueue({ partition: partitionName(topic, partition), topic, records: [], nextOffset, endOffset });
  }

  #enqueue(batch: RawBatch): void {
    const queue = this.#queues.get(batch.partition);
    if (queue === undefined || !this.#reading || batch.nextOffset <= queue.position) return;
    const bytes = sizeOf(batch.records);
    queue.batches.push({ batch, bytes });
    queue.bytes += bytes;
    queue.position = batch.nextOffset;
    if (queue.bytes >= this.#settings.partitionBytesMax && !queue.paused) {
      queue.paused = true;
      this.#consumer.pause(byTopic([batch.partition]));
    }
    this.#signal.notify();
  }

  take(partition: string): RawBatch | undefined {
    const queue = this.#queues.get(partition);
    const next = queue?.batches.shift();
    if (queue === undefined || next === undefined) return undefined;
    queue.bytes -= next.bytes;
    if (queue.paused && queue.bytes <= this.#settings.partitionBytesMax / 2) {
      queue.paused = false;
      this.#consumer.resume(byTopic([partition]));
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
          bounds.set(partitionName(topic, partition), { first: Number(low), end: Number(high) });
        }
      }
    });
    const more = [...bounds.keys()].filter((name) => !this.#queues.has(name));
    if (more.length > 0) {
      throw new DragomanError(
        'TOPIC_MISCONFIGURED',
        `${more.join(', ')} appeared while reading; keys have moved between partitions.`,
      );
    }
    return bounds;
  }

  #reset(): void {
    for (const partition of this.partitions) {
      this.#queues.set(partition, { batches: [], bytes: 0, paused: false, position: 0 });
    }
  }
}

const rawRecord = (record: EachBatchPayload['batch']['messages'][number]): RawRecord => ({
  offset: Number(record.offset),
  timestampMs: Number(record.timestamp),
  key: record.key,
  value: record.value,
  headers: record.headers ?? {},
});

/** A few records would keep the whole answer of the broker in memory for as long as they wait. */
const PINNED_TIMES_MAX = 20;

/** The same records, copied when they are a small part of the answer that they came in. */
function detached(records: readonly RawRecord[]): readonly RawRecord[] {
  const answerBytes = records[0]?.value?.buffer.byteLength ?? 0;
  if (answerBytes <= sizeOf(records) * PINNED_TIMES_MAX) return records;
  return records.map((record) => ({ ...record, key: copyOf(record.key), value: copyOf(record.value) }));
}

const copyOf = (bytes: Buffer | null): Buffer | null => (bytes === null ? null : Buffer.from(bytes));

function sizeOf(records: readonly RawRecord[]): number {
  let bytes = 0;
  for (const { value } of records) bytes += (value?.length ?? 0) + 100;
  return bytes;
}

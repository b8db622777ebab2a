/**
 * Records of one partition by their offsets, and the first ones after a time: what a person looks up, not what a pipeline reads. Over one connection that stays
 * open: requests for several offsets are under way at once, and each brings the one batch that has its record.
 */
import type { Kafka } from 'kafkajs';
import type { RawRecord } from '../../../pipeline/ports.js';
import { type Cluster, openCluster, sendTo } from '../clusters.js';
import { asking, unavailable } from '../failure.js';
import { splitName } from '../names.js';
import { FETCH, type FetchAnswer, fetchAnswer, type FetchLimits, fetchRequest } from '../read/fetch-request.js';
import { corruptOr, partitionError, passesByItself } from '../read/partition-error.js';
import { type BatchesRead, readBatches } from '../read/record-batches.js';

/** A broker gives the first batch whole, whatever the limit (KIP-74). */
const ONE_BATCH: FetchLimits = { maxWaitMs: 0, bytesMax: 1, partitionBytesMax: 1 };
const MANY: FetchLimits = { maxWaitMs: 0, bytesMax: 256 * 1024, partitionBytesMax: 256 * 1024 };
const OFFSET_OUT_OF_RANGE = 1;
const ATTEMPTS_MAX = 6;
const PAUSE_MS = 50;

export class PlacedRecords {
  readonly #cluster: Cluster;
  /** By broker, the first request: kafkajs connects with it, and would do so once for each of several, and forget all but the last. */
  readonly #first = new Map<number, Promise<unknown>>();

  constructor(kafka: Kafka) {
    this.#cluster = openCluster(kafka);
  }

  /** @param topics that will be asked about. @throws DragomanError KAFKA_UNAVAILABLE, ACCESS_DENIED */
  async connect(topics: readonly string[]): Promise<void> {
    await asking('Kafka cannot be reached', async () => {
      await this.#cluster.connect();
      await this.#cluster.addMultipleTargetTopics(topics);
    });
  }

  async disconnect(): Promise<void> {
    await this.#cluster.disconnect();
  }

  /** How many a topic has that was named when this was connected. */
  partitionsOf(topic: string): number {
    return this.#cluster.findTopicPartitionMetadata(topic).length;
  }

  /**
   * Committed records of a partition (`topic/3`), in the order asked for; null: not there, or not there any more.
   * @throws DragomanError KAFKA_UNAVAILABLE, ACCESS_DENIED, SOURCE_UNSUPPORTED
   */
  at(partition: string, offsets: readonly number[]): Promise<(RawRecord | null)[]> {
    return Promise.all(
      offsets.map(async (offset) => {
        const read = await this.#fetch(partition, offset, ONE_BATCH);
        for (const record of read?.records ?? [])
          if (record.offset >= offset) return record.offset === offset ? record : null;
        return null;
      }),
    );
  }

  /** The same of many that stand close together, one request after the other: each brings all of them that are in its batch. By offset, those that are there. */
  async closeTogether(partition: string, offsets: readonly number[]): Promise<Map<number, RawRecord>> {
    const wanted = [...new Set(offsets)].sort((a, b) => a - b);
    const found = new Map<number, RawRecord>();
    for (let [next] = wanted; next !== undefined; [next] = wanted) {
      const read = await this.#fetch(partition, next, ONE_BATCH);
      const nextOffset = Math.max(next + 1, read?.nextOffset ?? 0);
      const here = new Set(wanted.splice(0, wanted.filter((offset) => offset < nextOffset).length));
      for (const record of read?.records ?? []) if (here.has(record.offset)) found.set(record.offset, record);
    }
    return found;
  }

  /** Some records from this offset on; null: there is nothing to be read there. */
  from(partition: string, offset: number): Promise<BatchesRead | null> {
    return this.#fetch(partition, offset, MANY);
  }

  /** Offset of the first record of a partition whose time is not before this one, ms since 1970; null: there is none. */
  async offsetAt(name: string, timeMs: number): Promise<number | null> {
    const { topic, partition } = splitName(name);
    const wanted = [{ topic, partitions: [{ partition }], fromTimestamp: Math.max(0, timeMs) }];
    const [found] = await asking(`Offsets of ${name} by time cannot be read`, () =>
      this.#cluster.fetchTopicsOffset(wanted),
    );
    const offset = Number(found?.partitions[0]?.offset ?? -1);
    return offset < 0 ? null : offset;
  }

  /** Null: the partition has no such offset. */
  async #fetch(partition: string, offset: number, limits: FetchLimits): Promise<BatchesRead | null> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#fetchOnce(partition, offset, limits);
      } catch (thrown) {
        const error = corruptOr(thrown);
        this.#disconnected(error);
        if (attempt >= ATTEMPTS_MAX || !passesByItself(error))
          throw unavailable(`${partition} cannot be read at offset ${offset}`, error);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt));
        await asking('Kafka cannot be reached', () => this.#cluster.refreshMetadata());
      }
    }
  }

  async #fetchOnce(name: string, offset: number, limits: FetchLimits): Promise<BatchesRead | null> {
    const { topic, partition } = splitName(name);
    const known = this.#cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition);
    if (known === undefined || known.leader < 0) throw new Error(`${name} has no leader`);
    const { errorCode, partitions } = await this.#ask(known.leader, fetchRequest(new Map([[name, offset]]), limits));
    const [answer] = partitions;
    const code = errorCode !== 0 ? errorCode : (answer?.errorCode ?? 0);
    if (code === OFFSET_OUT_OF_RANGE && (await this.#isOutside(name, offset))) return null;
    if (code !== 0 || answer === undefined) throw partitionError(code);
    const { aborted, batches } = answer;
    return readBatches(batches, { from: offset, aborted, bytesMax: limits.partitionBytesMax });
  }

  /** kafkajs keeps a broken connection until it is told. */
  #disconnected(error: unknown): void {
    if (!(error instanceof Error && 'host' in error && 'port' in error)) return;
    this.#cluster.removeBroker({ host: String(error.host), port: Number(error.port) });
    this.#first.clear();
  }

  async #ask(node: number, bytes: Buffer): Promise<FetchAnswer> {
    const broker = await this.#cluster.findBroker({ nodeId: node });
    const send = (): Promise<FetchAnswer> => sendTo(broker, { ...FETCH, bytes }, fetchAnswer);
    const first = this.#first.get(node);
    if (first !== undefined) return first.then(send);
    const answer = send();
    this.#first.set(node, answer);
    return answer.catch((error: unknown) => {
      this.#first.delete(node);
      throw error;
    });
  }

  /** A former leader says so of any offset that it does not know of yet, or any more. */
  async #isOutside(name: string, offset: number): Promise<boolean> {
    const { topic, partition } = splitName(name);
    const ask = async (fromBeginning: boolean): Promise<number> => {
      const [found] = await this.#cluster.fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning }]);
      return Number(found?.partitions[0]?.offset ?? -1);
    };
    return offset < (await ask(true)) || offset >= (await ask(false));
  }
}

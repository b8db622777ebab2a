/**
 * Reads partitions from their leaders, without a group: what is to be read, and from where, is asked before each request, and each answer
 * says where it began. So nothing is read twice or left out, whatever happens on the way:
 *
 * - a leader that moved, or is away: its partitions are asked again, where the metadata then says, after a pause that grows;
 * - OFFSET_OUT_OF_RANGE: the start of the log is asked for. Below it the records are gone. Else the answer came from a former leader.
 * - an answer that was cut, or is empty: the next request goes on where it ended.
 *
 * One request to each broker at a time. Partitions that gave records go behind the others, because a broker fills its answer in the order
 * of the request (KIP-74).
 */
import type { Kafka } from 'kafkajs';
import { DragomanError } from '../../../errors.js';
import { Signal } from '../../../pipeline/signal.js';
import { type Cluster, openCluster, sendTo } from '../clusters.js';
import { asking, unavailable } from '../failure.js';
import { byTopic, splitName } from '../names.js';
import { FETCH, fetchAnswer, type FetchLimits, fetchRequest, type PartitionAnswer } from './fetch-request.js';
import { corruptOr, partitionError, passesByItself } from './partition-error.js';
import { readBatches } from './record-batches.js';
import type { RecordRun } from './record-run.js';

export interface FetchedRecords {
  readonly partition: string;
  readonly records: RecordRun;
  /** Everything before it was seen, control records and aborted ones included. */
  readonly nextOffset: number;
  readonly endOffset: number;
}

/** Whoever reads. Called in the order of each partition, and only with what its position asks for. */
export interface FetchTarget {
  /** Says in errors what is read: `The journal`. */
  readonly what: string;
  readonly partitions: readonly string[];
  readonly limits: FetchLimits;
  /** Offset to read on from; null: not now. Call `wake` when that has changed. */
  positionOf(partition: string): number | null;
  fetched(records: FetchedRecords): void;
  /** Its records before `start` are gone, those at its position among them. */
  expired(partition: string, start: number): void;
}

/** Of a partition whose last answer was an error. */
interface Pause {
  readonly untilMs: number;
  readonly ms: number;
  /** Of the first of them. */
  readonly sinceMs: number;
}

const PAUSE_MS = 50;
const PAUSE_MAX_MS = 1_000;
/** Looked again without having been woken. */
const IDLE_MS = 1_000;
/** Nothing but errors of one partition for so long, whatever the others give. */
export const PATIENCE_MS = 30_000;

export class Fetcher {
  readonly #target: FetchTarget;
  readonly #cluster: Cluster;
  readonly #signal = new Signal();
  /** Those that gave records last are at the end. */
  readonly #order: Set<string>;
  readonly #busy = new Map<number, Promise<void>>();
  readonly #pauses = new Map<string, Pause>();
  #isStale = false;
  #isRefreshing = false;
  #stopping = false;
  #failure: DragomanError | null = null;

  constructor(kafka: Kafka, target: FetchTarget) {
    this.#target = target;
    this.#cluster = openCluster(kafka);
    this.#order = new Set(target.partitions);
  }

  /** A position has changed. */
  wake(): void {
    this.#signal.notify();
  }

  stop(): void {
    this.#stopping = true;
    this.#signal.notify();
  }

  /** Reads until it is stopped. @throws DragomanError KAFKA_UNAVAILABLE, ACCESS_DENIED, SOURCE_UNSUPPORTED */
  async run(): Promise<void> {
    const { what, partitions } = this.#target;
    try {
      await asking(`${what} cannot be read`, async () => {
        await this.#cluster.connect();
        await this.#cluster.addMultipleTargetTopics(byTopic(partitions).map(({ topic }) => topic));
      });
      while (!this.#stopping) {
        this.#refresh();
        const nowMs = performance.now();
        this.#send(nowMs);
        await this.#signal.wait(this.#waitMs(nowMs));
        if (this.#failure !== null) throw this.#failure;
      }
    } finally {
      this.#stopping = true;
      void this.#cluster.disconnect().catch(() => undefined); // waits for requests under way: let it
    }
  }

  #send(nowMs: number): void {
    for (const [node, positions] of this.#due(nowMs)) {
      if (this.#busy.has(node)) continue;
      const request = this.#fetch(node, positions).finally(() => {
        this.#busy.delete(node);
        this.#signal.notify();
      });
      this.#busy.set(node, request);
    }
  }

  /** By leader. */
  #due(nowMs: number): Map<number, Map<string, number>> {
    const due = new Map<number, Map<string, number>>();
    for (const partition of this.#order) {
      const position = this.#target.positionOf(partition);
      if (position === null) this.#pauses.delete(partition);
      if (position === null || (this.#pauses.get(partition)?.untilMs ?? 0) > nowMs) continue;
      const leader = this.#leaderOf(partition);
      if (leader === null) this.#pause(partition, new Error(`${partition} has no leader`));
      else due.set(leader, (due.get(leader) ?? new Map<string, number>()).set(partition, position));
    }
    return due;
  }

  #leaderOf(name: string): number | null {
    const { topic, partition } = splitName(name);
    const found = this.#cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition);
    return found === undefined || found.leader < 0 ? null : found.leader;
  }

  async #fetch(node: number, positions: ReadonlyMap<string, number>): Promise<void> {
    try {
      const broker = await this.#cluster.findBroker({ nodeId: node });
      const bytes = fetchRequest(positions, this.#target.limits);
      const answer = await sendTo(broker, { ...FETCH, bytes }, fetchAnswer);
      if (answer.errorCode !== 0) throw partitionError(answer.errorCode);
      for (const partition of answer.partitions) {
        const from = positions.get(partition.partition);
        if (from !== undefined) await this.#settle(partition, from);
      }
    } catch (error) {
      this.#disconnected(error);
      for (const partition of positions.keys()) this.#pause(partition, error);
    }
  }

  async #settle(answer: PartitionAnswer, from: number): Promise<void> {
    const { partition, errorCode, endOffset, aborted, batches } = answer;
    try {
      if (errorCode !== 0) throw partitionError(errorCode);
      const plan = { from, aborted, bytesMax: this.#target.limits.partitionBytesMax };
      const { records, nextOffset } = await readBatches(batches, plan);
      this.#pauses.delete(partition);
      if (nextOffset === from || !this.#isWanted(partition, from)) return;
      this.#order.delete(partition);
      this.#order.add(partition);
      this.#target.fetched({ partition, records, nextOffset, endOffset });
    } catch (error) {
      if (await this.#isExpired(partition, from, errorCode)) return;
      this.#pause(partition, placed(corruptOr(error), partition, from));
    }
  }

  async #isExpired(name: string, from: number, errorCode: number): Promise<boolean> {
    if (errorCode !== OFFSET_OUT_OF_RANGE) return false;
    const { topic, partition } = splitName(name);
    const wanted = [{ topic, partitions: [{ partition }], fromBeginning: true }];
    const [found] = await this.#cluster.fetchTopicsOffset(wanted).catch(() => []);
    const start = Number(found?.partitions[0]?.offset ?? -1);
    if (start <= from || !this.#isWanted(name, from)) return false;
    this.#target.expired(name, start);
    return true;
  }

  /** The target may have moved on, or another broker answered first, while this answer was on its way. */
  #isWanted(partition: string, from: number): boolean {
    return !this.#stopping && this.#target.positionOf(partition) === from;
  }

  /** kafkajs keeps a broken connection until it is told. */
  #disconnected(error: unknown): void {
    if (error instanceof Error && 'host' in error && 'port' in error)
      this.#cluster.removeBroker({ host: String(error.host), port: Number(error.port) });
  }

  #pause(partition: string, error: unknown): void {
    const now = performance.now();
    const before = this.#pauses.get(partition) ?? { ms: PAUSE_MS / 2, sinceMs: now };
    const ms = Math.min(PAUSE_MAX_MS, before.ms * 2);
    this.#pauses.set(partition, { untilMs: now + ms, ms, sinceMs: before.sinceMs });
    this.#isStale = true;
    if (!passesByItself(error) || now - before.sinceMs > PATIENCE_MS)
      this.#failure ??= unavailable(`${this.#target.what} cannot be read (${partition})`, error);
    this.#signal.notify();
  }

  /** Not awaited: partitions whose leader is there are read on meanwhile. When it fails, those that are not are paused again. */
  #refresh(): void {
    if (!this.#isStale || this.#isRefreshing) return;
    [this.#isStale, this.#isRefreshing] = [false, true];
    void this.#cluster
      .refreshMetadata()
      .catch(() => undefined)
      .finally(() => {
        this.#isRefreshing = false;
        this.#signal.notify();
      });
  }

  /** Until the next pause is over. Those that were over when it was sent are asked for, or wait for an answer of their broker, which wakes us. */
  #waitMs(sentMs: number): number {
    let next = sentMs + IDLE_MS;
    for (const { untilMs } of this.#pauses.values()) if (untilMs > sentMs) next = Math.min(next, untilMs);
    return Math.max(1, next - performance.now());
  }
}

/** What cannot be read says where it is. */
const placed = (error: unknown, partition: string, offset: number): unknown =>
  error instanceof DragomanError
    ? new DragomanError(error.code, `${partition} from offset ${offset} on: ${error.message}`, {
        cause: error,
        details: { ...error.details, partition, offset },
      })
    : error;

const OFFSET_OUT_OF_RANGE = 1;

/**
 * Reads ranges of partitions: each from one offset up to another, committed records only, without a group. A range ends with its last
 * offset, control records included.
 */
import type { Kafka } from 'kafkajs';
import { DragomanError } from '../../../errors.js';
import { Signal } from '../../../pipeline/signal.js';
import { Fetcher, type FetchedRecords, type FetchTarget } from './fetcher.js';
import type { RecordRun } from './record-run.js';
import { unavailable } from '../failure.js';

/** Offsets of one partition: `from` up to, not including, `to`. */
export interface OffsetRange {
  readonly from: number;
  readonly to: number;
}

export interface RangePlan {
  /** Says in errors what is read: `The journal`. */
  readonly what: string;
  /** By partition (`topic/3`). */
  readonly ranges: ReadonlyMap<string, OffsetRange>;
  /** What records are that were deleted while they were to be read. */
  readonly expired: 'left out' | 'refused';
}

/** What is read of one partition. */
export interface RangeChunk {
  readonly partition: string;
  readonly records: RecordRun;
}

/** What waits is short-lived: more of it would outlive a collection of young objects, which costs more than a request. */
const LIMITS = { maxWaitMs: 100, bytesMax: 2 * 1024 * 1024, partitionBytesMax: 512 * 1024 };
const CHUNKS_WAITING_MAX = 4;
/** Nothing came for this long: the broker is away. */
const SILENCE_MS = 30_000;
/** Control is given back so often, so that whoever reads can end. */
const TURN_MS = 500;

/**
 * Partitions in any order, each in its own, each record once. Null: nothing came for a while.
 * @throws DragomanError KAFKA_UNAVAILABLE (also when records are gone and `expired` says `refused`: their start has to be asked anew),
 * ACCESS_DENIED, SOURCE_UNSUPPORTED
 */
export async function* readRanges(kafka: Kafka, plan: RangePlan): AsyncIterable<RangeChunk | null> {
  const reading = new Reading(plan);
  if (reading.isDone()) return;
  const fetcher = new Fetcher(kafka, reading);
  const ended = fetcher.run().catch((error: unknown) => reading.fail(error));
  try {
    let quietSince = performance.now();
    while (!reading.isDone()) {
      const chunk = reading.take();
      if (chunk === undefined) await reading.wait(TURN_MS);
      else {
        quietSince = performance.now();
        fetcher.wake();
      }
      if (performance.now() - quietSince > SILENCE_MS)
        throw unavailable(`${plan.what}: Kafka gives nothing`, new Error('time-out'));
      yield chunk ?? null;
    }
  } finally {
    fetcher.stop();
    await ended;
  }
}

/** How far each range is read, and what waits to be taken. */
class Reading implements FetchTarget {
  readonly what: string;
  readonly partitions: readonly string[];
  readonly limits = LIMITS;
  readonly #plan: RangePlan;
  readonly #next: Map<string, number>;
  readonly #chunks: RangeChunk[] = [];
  readonly #signal = new Signal();
  #failure: unknown = null;

  constructor(plan: RangePlan) {
    this.#plan = plan;
    this.what = plan.what;
    const ranges = [...plan.ranges].filter(([, { from, to }]) => from < to);
    this.partitions = ranges.map(([partition]) => partition);
    this.#next = new Map(ranges.map(([partition, { from }]) => [partition, from]));
  }

  isDone(): boolean {
    return this.#chunks.length === 0 && this.#failure === null && this.#next.size === 0;
  }

  positionOf(partition: string): number | null {
    return this.#chunks.length >= CHUNKS_WAITING_MAX ? null : (this.#next.get(partition) ?? null);
  }

  fetched({ partition, records, nextOffset }: FetchedRecords): void {
    const end = this.#plan.ranges.get(partition)?.to ?? 0;
    this.#chunks.push({ partition, records: nextOffset <= end ? records : records.before(end) });
    this.#moveTo(partition, nextOffset);
  }

  expired(partition: string, start: number): void {
    if (this.#plan.expired === 'left out') this.#moveTo(partition, start);
    else this.fail(expiredWhileRead(this.what, partition, start));
  }

  fail(error: unknown): void {
    this.#failure ??= error;
    this.#signal.notify();
  }

  /** @throws what reading failed with. */
  take(): RangeChunk | undefined {
    if (this.#failure !== null) throw this.#failure as Error;
    return this.#chunks.shift();
  }

  wait(timeoutMs: number): Promise<void> {
    return this.#signal.wait(timeoutMs);
  }

  #moveTo(partition: string, next: number): void {
    if (next >= (this.#plan.ranges.get(partition)?.to ?? 0)) this.#next.delete(partition);
    else this.#next.set(partition, next);
    this.#signal.notify();
  }
}

const expiredWhileRead = (what: string, partition: string, start: number): DragomanError =>
  new DragomanError(
    'KAFKA_UNAVAILABLE',
    `${what}: records of ${partition} were deleted while they were to be read; it now begins at ${start}. Reading starts anew.`,
    { details: { partition, start } },
  );

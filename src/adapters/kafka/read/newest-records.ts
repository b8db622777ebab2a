/**
 * The newest committed record of some keys in one partition. Read backwards from its end in steps of 1, 2, 4, ... offsets: what was written
 * last is found by two fetches, however long the log is, and what was written long ago by a few more.
 *
 * A step is over when everything up to its end was seen, control records, aborted ones and what compaction left out included: before
 * that, what is not there yet cannot be told from what never was (decision 0016).
 */
import type { Kafka } from 'kafkajs';
import { DragomanError } from '../../../errors.js';
import type { RawRecord } from '../../../pipeline/ports.js';
import { Signal } from '../../../pipeline/signal.js';
import { unavailable } from '../failure.js';
import { Fetcher, type FetchedRecords, type FetchTarget } from './fetcher.js';

export interface NewestPlan {
  /** Says in errors what is read: `The progress`. */
  readonly what: string;
  /** `topic/0`. */
  readonly partition: string;
  readonly begin: number;
  readonly end: number;
  readonly keys: readonly string[];
}

/** Texts by key; a key of which there is no record, or a tombstone, has none. */
export type Newest = ReadonlyMap<string, string>;

const LIMITS = { maxWaitMs: 100, bytesMax: 10 * 1024 * 1024, partitionBytesMax: 1024 * 1024 };
/** Nothing came for this long. */
const SILENCE_MS = 30_000;

/** @throws DragomanError KAFKA_UNAVAILABLE, ACCESS_DENIED, SOURCE_UNSUPPORTED */
export async function newestRecords(kafka: Kafka, plan: NewestPlan): Promise<Newest> {
  const search = new BackwardSearch(plan);
  if (search.isDone()) return search.newest();
  const fetcher = new Fetcher(kafka, search);
  const ended = fetcher.run().catch((error: unknown) => search.fail(error));
  try {
    while (!search.isDone()) await search.moved();
    return search.newest();
  } finally {
    fetcher.stop();
    await ended;
  }
}

class BackwardSearch implements FetchTarget {
  readonly what: string;
  readonly partitions: readonly string[];
  readonly limits = LIMITS;
  readonly #plan: NewestPlan;
  readonly #signal = new Signal();
  readonly #missing: Set<string>;
  /** Null: a tombstone. */
  readonly #found = new Map<string, string | null>();
  /** Of the step under way: the last one of each key so far. */
  #seen = new Map<string, string | null>();
  #from: number;
  #to: number;
  #position: number;
  #failure: unknown = null;

  constructor(plan: NewestPlan) {
    this.#plan = plan;
    this.what = plan.what;
    this.partitions = [plan.partition];
    this.#missing = new Set(plan.keys);
    this.#to = plan.end;
    this.#from = this.#position = Math.max(plan.begin, plan.end - 1);
  }

  isDone(): boolean {
    return this.#missing.size === 0 || this.#to <= this.#plan.begin;
  }

  newest(): Newest {
    return new Map([...this.#found].flatMap(([key, value]) => (value === null ? [] : [[key, value] as const])));
  }

  positionOf(): number | null {
    return this.isDone() ? null : this.#position;
  }

  fetched({ records, nextOffset }: FetchedRecords): void {
    for (const record of records) if (record.offset < this.#to) this.#see(record);
    this.#position = nextOffset;
    if (nextOffset >= this.#to) this.#stepBack();
    this.#signal.notify();
  }

  #see({ key, value }: RawRecord): void {
    const name = key?.toString() ?? '';
    if (this.#missing.has(name)) this.#seen.set(name, value?.toString() ?? null);
  }

  #stepBack(): void {
    for (const [key, value] of this.#seen) {
      this.#found.set(key, value);
      this.#missing.delete(key);
    }
    this.#seen = new Map();
    const size = 2 * (this.#to - this.#from);
    this.#to = this.#from;
    this.#from = this.#position = Math.max(this.#plan.begin, this.#to - size);
  }

  expired(partition: string, start: number): void {
    this.fail(
      new DragomanError(
        'KAFKA_UNAVAILABLE',
        `${this.what}: records of ${partition} were deleted while they were looked through; it now begins at ${start}. It is read anew.`,
        { details: { partition, start } },
      ),
    );
  }

  fail(error: unknown): void {
    this.#failure ??= error;
    this.#signal.notify();
  }

  /** Resolves when something was read. @throws what reading failed with. */
  async moved(): Promise<void> {
    const [before, startedMs] = [this.#position, performance.now()];
    await this.#signal.wait(SILENCE_MS);
    if (this.#failure !== null) throw this.#failure as Error;
    if (this.#position !== before || this.isDone() || performance.now() - startedMs < SILENCE_MS) return;
    const { partition, end } = this.#plan;
    throw unavailable(
      `${this.what}: ${partition} gives nothing from offset ${before} on, and it ends at ${end}. Either Kafka is away, or somebody left ` +
        'a Kafka transaction there that is not decided (kafka-transactions.sh find-hanging)',
      new Error('time-out'),
    );
  }
}

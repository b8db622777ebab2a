/**
 * Plays a connector that keeps up with its database: every few milliseconds what is due goes to Kafka, with the time of
 * sending as its timestamp. Rows first, then, in a request of its own, BEGIN and END: a broker need not keep the order of the
 * partitions inside a request, and END has to be appended after the rows that it counts.
 *
 * Unlike a connector with Connect's exactly-once support it does not write in Kafka transactions: what that adds is no work of
 * Dragoman's.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Backlog, OrderedRecord } from '../backlog/backlog.js';
import type { StoredRecord } from '../backlog/record-file.js';
import { type PartitionBatch, RawProducer } from '../kafka/raw-producer.js';
import { recordBatch } from '../kafka/record-batch.js';
import { type DueTransaction, Pace, sourceTransactions } from './pace.js';

/** `poll.interval.ms` of the connector is 10; it polls on at once while there is something. */
const TICK_MS = 5;
/** Rows sent at once: well below the 1 MB that a broker takes in a batch. */
const POLL_ROWS_MAX = 500;
/** The broker is behind: a connector's buffer would be full. */
const UNDER_WAY_MAX = 200;

export interface SentTransaction {
  readonly rows: number;
  /** The Kafka timestamp of its rows: ms since 1970. */
  readonly sentMs: number;
  /** How long after it was due it was sent: up to 5 ms (one tick) is as it should be. */
  readonly behindMs: number;
}

export interface Fed {
  readonly startedMs: number;
  /** By transaction id. */
  readonly transactions: ReadonlyMap<string, SentTransaction>;
}

export interface FeedOptions {
  readonly broker: string;
  readonly backlog: Backlog;
  readonly rowsPerSecond: number;
  readonly seconds: number;
  /** Called before each sending; what it throws ends the feeding. */
  readonly check: () => void;
}

/** From the backlog's beginning, in real time. @throws BenchError BROKER_REFUSED, BACKLOG_INVALID */
export async function feed({ broker, backlog, rowsPerSecond, seconds, check }: FeedOptions): Promise<Fed> {
  const producer = await RawProducer.open(broker);
  const transactions = new Map<string, SentTransaction>();
  const sending = new Sending(producer, backlog);
  try {
    const pace = new Pace(sourceTransactions(backlog), { rowsPerSecond, untilMs: seconds * 1_000 });
    const startedMs = Date.now();
    const started = performance.now();
    const elapsed = (): number => performance.now() - started;
    while (pace.nextDueMs !== null) {
      await delay(TICK_MS - (elapsed() % TICK_MS));
      check();
      for (const due of polls(pace.dueAt(elapsed()))) {
        await sending.room();
        const nowMs = elapsed();
        const sentMs = sending.send(due);
        for (const { id, rows, dueMs } of due)
          transactions.set(id, { rows: rows.length, sentMs, behindMs: nowMs - dueMs });
      }
    }
    await sending.all();
    return { startedMs, transactions };
  } finally {
    producer.close();
  }
}

/** Parts that a broker takes. One is enough, unless sending was held up. */
function* polls(due: readonly DueTransaction[]): Generator<readonly DueTransaction[]> {
  let [poll, size]: [DueTransaction[], number] = [[], 0];
  for (const transaction of due) {
    if (poll.length > 0 && size + transaction.rows.length > POLL_ROWS_MAX) {
      yield poll;
      [poll, size] = [[], 0];
    }
    poll.push(transaction);
    size += transaction.rows.length;
  }
  if (poll.length > 0) yield poll;
}

class Sending {
  #last: Promise<unknown> = Promise.resolve();
  #failure: unknown;

  constructor(
    readonly producer: RawProducer,
    readonly backlog: Backlog,
  ) {}

  /** @returns the timestamp of all of it. */
  send(due: readonly DueTransaction[]): number {
    const sentMs = Date.now();
    const requests = [due.flatMap(({ rows }) => rows), due.flatMap(({ boundaries }) => boundaries)];
    for (const records of requests.filter(({ length }) => length > 0)) {
      this.#last = this.producer.send(this.#batches(records, sentMs));
      this.#last.catch((error: unknown) => (this.#failure ??= error)); // thrown by the next `room` or `all`
    }
    return sentMs;
  }

  /** Waits while too much is under way. */
  async room(): Promise<void> {
    if (this.producer.underWay > UNDER_WAY_MAX) await this.#last;
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  async all(): Promise<void> {
    await this.#last;
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  #batches(records: readonly OrderedRecord[], timestampMs: number): PartitionBatch[] {
    const byPartition = new Map<number, StoredRecord[]>();
    for (const { partition, record } of records) {
      const batch = byPartition.get(partition);
      if (batch === undefined) byPartition.set(partition, [record]);
      else batch.push(record);
    }
    return [...byPartition].flatMap(([number, batch]) => {
      const place = this.backlog.partitions[number];
      return place === undefined ? [] : [{ ...place, batch: recordBatch(batch, timestampMs) }];
    });
  }
}

/** For kafkajs: what `run` of its consumer is given, and dead letters in a topic. Only shapes of kafkajs are used. */
import type { DeadLetter, DeadLetterSink } from './dead-letters.js';
import type { Inbox } from './inbox.js';
import type { ConsumedRecord } from './read/record.js';
import type { Database } from './store/transaction.js';

/** What `eachBatch` of kafkajs is given. */
export interface KafkajsBatch {
  readonly batch: {
    readonly topic: string;
    readonly partition: number;
    readonly messages: readonly Omit<ConsumedRecord, 'topic' | 'partition'>[];
    lastOffset: () => string;
  };
  readonly resolveOffset: (offset: string) => void;
  readonly heartbeat: () => Promise<void>;
  readonly isRunning: () => boolean;
  readonly isStale: () => boolean;
}

export interface KafkajsRun {
  readonly eachBatchAutoResolve: false;
  readonly eachBatch: (given: KafkajsBatch) => Promise<void>;
}

const RECORDS_PER_TRANSACTION_MAX = 500;

/** `await consumer.run(kafkajsRun(inbox, pool))`. Offsets are committed after the transaction of the database, never before. */
export const kafkajsRun = (
  inbox: Pick<Inbox, 'take'>,
  database: Database,
  { recordsPerTransactionMax = RECORDS_PER_TRANSACTION_MAX }: { readonly recordsPerTransactionMax?: number } = {},
): KafkajsRun => ({
  eachBatchAutoResolve: false,
  eachBatch: async ({ batch, resolveOffset, heartbeat, isRunning, isStale }) => {
    const { topic, partition, messages } = batch;
    for (let at = 0; at < messages.length; at += recordsPerTransactionMax) {
      if (!isRunning() || isStale()) return;
      const records = messages.slice(at, at + recordsPerTransactionMax);
      await inbox.take(
        database,
        records.map(({ offset, key, value, headers }) => ({ topic, partition, offset, key, value, headers })),
      );
      const last = records.at(-1);
      if (last !== undefined) resolveOffset(String(last.offset));
      await heartbeat();
    }
    // Behind them may be records that nobody sees: ends of Kafka transactions, and what was aborted.
    resolveOffset(batch.lastOffset());
  },
});

/** The part of a kafkajs producer that is used. */
export interface KafkajsProducer {
  send(record: {
    topic: string;
    acks: number;
    messages: {
      key: Buffer | string | null;
      value: Buffer | string | null;
      headers: Record<string, Buffer | string | (Buffer | string)[]>;
    }[];
  }): Promise<unknown>;
}

/** Dead letters as records of one topic, with the key of the original. One that is too large goes without its value, which the original has. */
export function deadLetterTopic(producer: KafkajsProducer, topic: string): DeadLetterSink {
  const send = (letters: readonly KafkajsRecord[]): Promise<unknown> =>
    producer.send({ topic, acks: -1, messages: [...letters] });
  return async (letters) => {
    const records = letters.map(recordOf);
    try {
      await send(records);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      for (const record of records)
        await send([record]).catch(async (own: unknown) => {
          if (!isTooLarge(own)) throw own;
          await send([{ ...record, value: null, headers: { ...record.headers, ...VALUE_LEFT_OUT } }]);
        });
    }
  };
}

type KafkajsRecord = Parameters<KafkajsProducer['send']>[0]['messages'][number];

const VALUE_LEFT_OUT = { 'dragoman.dlq.value': 'left out: too large for this topic' };

function recordOf({ record: { key, value }, headers }: DeadLetter): KafkajsRecord {
  const shown = Object.entries(headers).flatMap(([name, given]) => {
    const values = (Array.isArray(given) ? (given as unknown[]) : [given]).filter((one) => one != null);
    return values.length === 0 ? [] : [[name, (values as (Uint8Array | string)[]).map(asBuffer)] as const];
  });
  return {
    key: key == null ? null : asBuffer(key),
    value: value === null ? null : asBuffer(value),
    headers: Object.fromEntries(shown),
  };
}

const asBuffer = (bytes: Uint8Array | string): Buffer =>
  typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const isTooLarge = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  (('type' in error && error.type === 'MESSAGE_TOO_LARGE') || ('cause' in error && isTooLarge(error.cause)));

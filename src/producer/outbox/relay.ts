/**
 * The outbox without Debezium: its rows are written by the service itself, in Kafka transactions of kafkajs. One process of a service relays, the others
 * stand by. Only shapes of kafkajs are used.
 *
 * R1 each row is written once: rows get the number of their batch before they are sent, by the connection that holds the lock; and the number of the
 *    last batch is committed, as an offset of a group, in the Kafka transaction that writes it. Whoever takes over ends the other's Kafka transaction
 *    first, and then asks for that number.
 * R2 the order of `position` is kept: a row that becomes visible late is of another key than those that overtook it, and a handover record
 *    becomes visible only after all that it stands behind.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Pool, type Queries, transactionOf } from '../../consumer/store/transaction.js';
import { ENDING_HEADERS, HEADER_COLUMNS } from './schema.js';

/** The part of a kafkajs client that is used. */
export interface RelayKafka {
  producer(options: {
    transactionalId: string;
    idempotent: boolean;
    maxInFlightRequests: number;
    transactionTimeout: number;
  }): RelayProducer;
  admin(): RelayAdmin;
}

interface RelayProducer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  transaction(): Promise<RelayTransaction>;
}

interface RelayTransaction {
  sendOffsets(offsets: {
    consumerGroupId: string;
    topics: { topic: string; partitions: { partition: number; offset: string }[] }[];
  }): Promise<void>;
  sendBatch(batch: { acks: number; topicMessages: { topic: string; messages: RelayRecord[] }[] }): Promise<unknown>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}

interface RelayRecord {
  readonly key: string;
  readonly value: string;
  readonly headers: Record<string, string>;
  readonly partition?: number;
}

interface RelayAdmin {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  fetchOffsets(options: {
    groupId: string;
    topics: string[];
  }): Promise<{ partitions: { partition: number; offset: string }[] }[]>;
}

export interface RelayOptions {
  readonly kafka: RelayKafka;
  readonly database: Pool;
  /** As the outbox has it. */
  readonly service: string;
  /** One that is there: under it stands the number of the last batch. `outbox.topics[0]` is right. */
  readonly topic: string;
  /** Told of what went wrong, before it is tried again. */
  readonly tell?: (error: unknown) => void;
  readonly pollMs?: number;
}

const POLL_MS = 50;
const AGAIN_MS = 1_000;
const ROWS_MAX = 500;
/** An open Kafka transaction holds the last stable offset for all readers of the topic. */
const TRANSACTION_TIMEOUT_MS = 10_000;
const LOCKS = 2016112018;

/** Until it is told to end. Not together with a connector over the same table. */
export async function relayOutbox(options: RelayOptions, signal: AbortSignal): Promise<void> {
  const { tell = () => undefined } = options;
  while (!signal.aborted) {
    try {
      await relayed(options, signal);
    } catch (error) {
      tell(error);
    }
    await delay(AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Returns when somebody else relays. */
async function relayed({ kafka, database, service, topic, pollMs = POLL_MS }: RelayOptions, signal: AbortSignal) {
  const leader = await database.connect();
  // A lost connection shows in the next query.
  leader.on?.('error', () => undefined);
  let isBroken = true;
  try {
    const lock = 'SELECT pg_try_advisory_lock($1::int, hashtext($2)) AS held';
    const [row] = (await leader.query(lock, [LOCKS, service])).rows as { held: boolean }[];
    if (row?.held !== true) return void (isBroken = false);
    const group = `${service}.outbox`;
    const producer = kafka.producer({
      ...{ transactionalId: group, idempotent: true, maxInFlightRequests: 1 },
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
    });
    try {
      await producer.connect(); // ends the Kafka transaction of whoever relayed before
      let sent = await lastBatch(kafka.admin(), group, topic);
      // Kafka forgets offsets of a group that wrote nothing for a week; then what nobody can know is written again, with its ids.
      await leader.query('UPDATE dragoman_outbox SET batch = NULL WHERE batch > $1', [sent + 1]);
      while (!signal.aborted) {
        const batch = await nextBatch(leader, sent);
        if (batch.length === 0) await delay(pollMs, undefined, { signal }).catch(() => undefined);
        else await send(producer, batch, { group, topic, number: (sent += 1) });
      }
    } finally {
      await producer.disconnect();
    }
  } finally {
    // The lock goes with the connection.
    leader.release(isBroken);
  }
}

async function lastBatch(admin: RelayAdmin, groupId: string, topic: string): Promise<number> {
  await admin.connect();
  try {
    const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
    return Math.max(0, Number(offsets?.partitions.find(({ partition }) => partition === 0)?.offset ?? 0));
  } finally {
    await admin.disconnect();
  }
}

type Row = Readonly<Record<string, string | number | null>>;

/**
 * What is sent is deleted. Then rows that have the next number already, else the oldest that have none.
 * @param leader the connection that holds the lock: with it gone, nothing is numbered.
 */
const nextBatch = (leader: Queries, sent: number): Promise<readonly Row[]> =>
  transactionOf(leader, async (tx) => {
    await tx.query('DELETE FROM dragoman_outbox WHERE batch <= $1', [sent]);
    const known = await batchOf(tx, sent + 1);
    if (known.length > 0) return known;
    await tx.query(
      `UPDATE dragoman_outbox SET batch = $1 WHERE position IN
         (SELECT position FROM dragoman_outbox WHERE batch IS NULL ORDER BY position LIMIT $2)`,
      [sent + 1, ROWS_MAX],
    );
    return batchOf(tx, sent + 1);
  });

const batchOf = async (tx: Queries, number: number): Promise<readonly Row[]> =>
  (await tx.query('SELECT * FROM dragoman_outbox WHERE batch = $1 ORDER BY position', [number])).rows as Row[];

async function send(
  producer: RelayProducer,
  rows: readonly Row[],
  { group, topic, number }: { group: string; topic: string; number: number },
): Promise<void> {
  const transaction = await producer.transaction();
  try {
    const partitions = [{ partition: 0, offset: String(number) }];
    await transaction.sendOffsets({ consumerGroupId: group, topics: [{ topic, partitions }] });
    const topics = [...new Set(rows.map(({ aggregatetype }) => String(aggregatetype)))];
    await transaction.sendBatch({
      acks: -1,
      topicMessages: topics.map((name) => ({
        topic: name,
        messages: rows.filter(({ aggregatetype }) => aggregatetype === name).map(recordOf),
      })),
    });
  } catch (error) {
    await transaction.abort().catch(() => undefined);
    throw error;
  }
  // Failed, nobody knows whether it is done: whoever goes on asks.
  await transaction.commit();
}

/** As the router makes it. */
function recordOf(row: Row): RelayRecord {
  const named = [
    ...[['ce_id', row['id']] as const, ['ce_type', row['type']] as const, ['ce_subject', row['aggregateid']] as const],
    ...Object.entries(HEADER_COLUMNS).map(([column, header]) => [header, row[column]] as const),
    ...ENDING_HEADERS.map((header) => [header, row[header]] as const),
  ];
  const headers = named.flatMap(([header, text]) => (text == null ? [] : [[header, String(text)] as const]));
  return {
    ...{ key: String(row['aggregateid']), value: String(row['payload']), headers: Object.fromEntries(headers) },
    ...(row['partition'] === null ? {} : { partition: Number(row['partition']) }),
  };
}

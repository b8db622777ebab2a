/**
 * The reader's own process: a plain `read_committed` consumer of the contract topics that notes when each event reaches it.
 * Reading the events' content waits until the end. Started by reader.ts, ends with it.
 */
import { kafkaOf } from '../kafka/cluster.js';
import { eventOf } from '../kafka/read-events.js';
import type { FromReader, ReaderTask } from './reader.js';

const COUNT_MS = 200;
/** The broker answers as soon as there is something; this is only how long it may hold a fetch that finds nothing. */
const FETCH_WAIT_MS = 10;

interface Received {
  readonly value: Buffer | null;
  readonly timestampMs: number;
  readonly receivedMs: number;
}

const tell = (what: FromReader): void => void process.send?.(what);

async function read({ broker, topics }: ReaderTask): Promise<void> {
  const received: Received[] = [];
  const consumer = kafkaOf(broker).consumer({
    groupId: `bench-latency-${process.pid}`,
    readUncommitted: false,
    maxWaitTimeInMs: FETCH_WAIT_MS,
  });
  consumer.on(consumer.events.GROUP_JOIN, () => tell({ kind: 'ready' }));
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    process.stderr.write(`bench: the reader: ${payload.error.message}\n`);
    process.exit(1);
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: ({ batch }) => {
      const receivedMs = Date.now();
      for (const { value, timestamp } of batch.messages)
        received.push({ value, timestampMs: Number(timestamp), receivedMs });
      return Promise.resolve();
    },
  });
  setInterval(() => tell({ kind: 'count', count: received.length }), COUNT_MS);
  process.on('message', () => {
    const events = received.map(({ value, timestampMs, receivedMs }) => ({
      ...eventOf(String(value ?? '{}'), timestampMs),
      receivedMs,
    }));
    tell({ kind: 'events', events });
  });
}

process.on('disconnect', () => process.exit());
await read(JSON.parse(process.argv[2] ?? '{}') as ReaderTask);

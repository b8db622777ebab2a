/** Puts a backlog into a broker: every record as it was, partition by partition, in batches as large as the connector's. */
import { type Backlog, recordsFile, transactionsOf } from '../backlog/backlog.js';
import { RecordReader, type StoredRecord } from '../backlog/record-file.js';
import { RawProducer } from './raw-producer.js';
import { recordBatch, recordBytesMax } from './record-batch.js';

/** `producer.override.batch.size` of the connector. */
const BATCH_BYTES = 131_072;
const UNDER_WAY_MAX = 16;

/** Records of each partition, by its number, that come before the others. */
export type Part = readonly number[];

export interface LoadOptions {
  /** Leave out so many records at the beginning of each partition: they are there already. */
  readonly from?: Part;
  /** Stop before this record of each partition. */
  readonly to?: Part;
  /** Leave this topic out. */
  readonly without?: string | undefined;
}

/** Everything, or what lies between two places. @returns seconds that it took. @throws BenchError BROKER_REFUSED */
export async function loadBacklog(broker: string, backlog: Backlog, options: LoadOptions = {}): Promise<number> {
  const { from, to, without } = options;
  const startedMs = performance.now();
  const producer = await RawProducer.open(broker);
  try {
    for (const [number, { topic, partition }] of backlog.partitions.entries()) {
      if (topic === without) continue;
      const sent: Promise<void>[] = [];
      const range = { from: from?.[number] ?? 0, to: to?.[number] ?? Infinity };
      for (const records of batchesOf(recordsFile(backlog.directory, number), range)) {
        const sending = producer.send([{ topic, partition, batch: recordBatch(records) }]);
        sending.catch(() => undefined); // seen below
        sent.push(sending);
        if (producer.underWay > UNDER_WAY_MAX) await sent[sent.length - UNDER_WAY_MAX];
      }
      await Promise.all(sent);
    }
  } finally {
    producer.close();
  }
  return (performance.now() - startedMs) / 1_000;
}

/** The first transactions, as a place in each partition. */
export function partOf(backlog: Backlog, transactions: number): Part {
  const part = backlog.partitions.map(() => 0);
  let rest = transactions;
  for (const records of transactionsOf(backlog.directory, backlog.partitions)) {
    if (rest === 0) break;
    for (const { partition } of records) part[partition] = (part[partition] ?? 0) + 1;
    rest -= 1;
  }
  return part;
}

function* batchesOf(file: string, { from, to }: { from: number; to: number }): Generator<StoredRecord[]> {
  const reader = new RecordReader(file);
  try {
    let batch: StoredRecord[] = [];
    let bytes = 0;
    let at = 0;
    for (let record = reader.next(); record !== null && at < to; record = reader.next()) {
      at += 1;
      if (at <= from) continue;
      batch.push(record);
      bytes += recordBytesMax(record);
      if (bytes < BATCH_BYTES) continue;
      yield batch;
      batch = [];
      bytes = 0;
    }
    if (batch.length > 0) yield batch;
  } finally {
    reader.close();
  }
}

/** Puts a backlog into a broker: every record as it was, partition by partition, in batches as large as the connector's. */
import { type Backlog, recordsFile } from '../backlog/backlog.js';
import { RecordReader, type StoredRecord } from '../backlog/record-file.js';
import { RawProducer } from './raw-producer.js';
import { recordBatch, recordBytesMax } from './record-batch.js';

/** `producer.override.batch.size` of the connector. */
const BATCH_BYTES = 131_072;
const UNDER_WAY_MAX = 16;

/** @returns seconds that it took. @throws BenchError BROKER_REFUSED */
export async function loadBacklog(broker: string, backlog: Backlog): Promise<number> {
  const startedMs = performance.now();
  const producer = await RawProducer.open(broker);
  try {
    for (const [number, { topic, partition }] of backlog.partitions.entries()) {
      const sent: Promise<void>[] = [];
      for (const records of batchesOf(recordsFile(backlog.directory, number))) {
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

function* batchesOf(file: string): Generator<StoredRecord[]> {
  const reader = new RecordReader(file);
  try {
    let batch: StoredRecord[] = [];
    let bytes = 0;
    for (let record = reader.next(); record !== null; record = reader.next()) {
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

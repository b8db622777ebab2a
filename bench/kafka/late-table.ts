/**
 * A table whose topic lags: its records come slowly, while everything else is there. First nothing for a while, then the records
 * of each of its partitions, spread evenly over time.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Backlog, recordsFile } from '../backlog/backlog.js';
import { RecordReader, type StoredRecord } from '../backlog/record-file.js';
import { RawProducer } from './raw-producer.js';
import { recordBatch } from './record-batch.js';

export interface LateTable {
  readonly topic: string;
  readonly silentSeconds: number;
  readonly seconds: number;
}

const TICK_MS = 100;

/** Resolves when all of it is there. @throws BenchError BROKER_REFUSED */
export async function fillLate(broker: string, backlog: Backlog, late: LateTable): Promise<void> {
  const { topic, silentSeconds, seconds } = late;
  const producer = await RawProducer.open(broker);
  const partitions = [...backlog.partitions.entries()]
    .filter(([, place]) => place.topic === topic)
    .map(([number, place]) => ({
      ...place,
      reader: new RecordReader(recordsFile(backlog.directory, number)),
      sent: 0,
    }));
  try {
    await delay(silentSeconds * 1_000);
    const startedMs = performance.now();
    for (let share = 0; share < 1; await delay(TICK_MS)) {
      share = Math.min(1, (performance.now() - startedMs) / (seconds * 1_000));
      const batches = partitions.flatMap((place) => {
        const records = next(place.reader, Math.floor(place.records * share) - place.sent);
        place.sent += records.length;
        return records.length === 0 ? [] : [{ topic, partition: place.partition, batch: recordBatch(records) }];
      });
      if (batches.length > 0) await producer.send(batches);
    }
  } finally {
    for (const { reader } of partitions) reader.close();
    producer.close();
  }
}

function next(reader: RecordReader, count: number): StoredRecord[] {
  const records: StoredRecord[] = [];
  while (records.length < count) {
    const record = reader.next();
    if (record === null) break;
    records.push(record);
  }
  return records;
}

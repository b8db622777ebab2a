/** Appends journal entries of any number of aggregates, keyed and partitioned as Dragoman does it. Not transactional: it reads the same. */
import { Partitioners } from 'kafkajs';
import { RawProducer } from '../kafka/raw-producer.js';
import { recordBatch } from '../kafka/record-batch.js';
import type { StoredRecord } from '../backlog/record-file.js';
import { withAdmin } from '../kafka/cluster.js';
import { made, type Made, type Template } from './template.js';

export interface Filling {
  readonly broker: string;
  readonly journal: string;
  readonly templates: readonly Template[];
  readonly aggregates: number;
}

export interface Filled {
  readonly entries: number;
  readonly bytes: number;
  readonly seconds: number;
}

const BATCH_BYTES = 500_000;
const UNDER_WAY_MAX = 8;
/** Every tenth aggregate has an earlier entry, of another form. */
const EARLIER_EVERY = 10;

/** The last entry of an aggregate. */
export const lastOf = ({ templates }: Pick<Filling, 'templates'>, number: number): Made =>
  made(templates[number % templates.length]!, number);

/** @throws BenchError BROKER_REFUSED */
export async function fillJournal(filling: Filling): Promise<Filled> {
  const { broker, journal: topic, templates, aggregates } = filling;
  const startedMs = performance.now();
  const found = await withAdmin(broker, (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
  const partitionMetadata = found.topics[0]?.partitions ?? [];
  const partitionOf = Partitioners.DefaultPartitioner();
  const producer = await RawProducer.open(broker);
  const waiting = new Map<number, { records: StoredRecord[]; bytes: number }>();
  const sent: Promise<void>[] = [];
  const total = { entries: 0, bytes: 0 };
  const send = async (partition: number, records: readonly StoredRecord[]): Promise<void> => {
    const sending = producer.send([{ topic, partition, batch: recordBatch(records) }]);
    sending.catch(() => undefined); // seen below
    sent.push(sending);
    if (producer.underWay > UNDER_WAY_MAX) await sent[sent.length - UNDER_WAY_MAX];
  };
  const append = async ({ text, entry }: Made): Promise<void> => {
    const [key, value] = [Buffer.from(text), Buffer.from(entry)];
    const partition = partitionOf({ topic, partitionMetadata, message: { key, value } });
    const open = waiting.get(partition) ?? { records: [], bytes: 0 };
    waiting.set(partition, open);
    open.records.push({ key, value, headers: [], timestampMs: Date.now() });
    open.bytes += value.length;
    total.entries += 1;
    total.bytes += value.length;
    if (open.bytes < BATCH_BYTES) return;
    waiting.delete(partition);
    await send(partition, open.records);
  };
  try {
    for (let number = 0; number < aggregates; number += 1) {
      const other = templates[(number + 1) % templates.length];
      if (number % EARLIER_EVERY === 0 && other !== undefined) await append(made(other, number));
      await append(lastOf(filling, number));
    }
    for (const [partition, { records }] of waiting) await send(partition, records);
    await Promise.all(sent);
  } finally {
    producer.close();
  }
  return { ...total, seconds: (performance.now() - startedMs) / 1_000 };
}

/** Appends the cells of any number of aggregates, keyed and partitioned as Dragoman does it. Not transactional: it reads the same. */
import { Partitioners } from 'kafkajs';
import type { Cell } from '../../src/pipeline/ports.js';
import { cellKey, placeOf } from '../../src/pipeline/state/cells.js';
import { MEMORY } from '../../src/pipeline/state/parts.js';
import type { StoredRecord } from '../backlog/record-file.js';
import { withAdmin } from '../kafka/cluster.js';
import { RawProducer } from '../kafka/raw-producer.js';
import { recordBatch } from '../kafka/record-batch.js';
import { made, type Made, type Template } from './template.js';

export interface Filling {
  readonly broker: string;
  /** State topic. */
  readonly topic: string;
  readonly templates: readonly Template[];
  readonly aggregates: number;
}

export interface Filled {
  /** Records. */
  readonly cells: number;
  readonly bytes: number;
  readonly seconds: number;
}

const BATCH_BYTES = 500_000;
const UNDER_WAY_MAX = 8;
/** Every tenth aggregate was another one before: of another memory, and with a row that is gone now. */
const EARLIER_EVERY = 10;
const GONE = 'roms.gone\t1';

/** What is to be restored of an aggregate. */
export const lastOf = ({ templates }: Pick<Filling, 'templates'>, number: number): Made =>
  made(templates[number % templates.length]!, number);

/** All records of an aggregate, in their order. */
export function recordsOf(filling: Pick<Filling, 'templates'>, number: number): readonly Cell[] {
  const { text, cells } = lastOf(filling, number);
  if (number % EARLIER_EVERY !== 0) return cells;
  const other = lastOf(filling, number + 1).cells.filter(({ field }) => field === MEMORY);
  const gone = { hash: text, field: GONE };
  return [
    ...other.map((cell) => ({ ...cell, hash: text })),
    { ...gone, value: '[]' },
    ...cells,
    { ...gone, value: null },
  ];
}

/** @throws BenchError BROKER_REFUSED */
export const fillState = (filling: Filling): Promise<Filled> => appendCells(filling, allRecords(filling));

function* allRecords(filling: Filling): Iterable<Cell> {
  for (let number = 0; number < filling.aggregates; number += 1) yield* recordsOf(filling, number);
}

/** In their order, by partition. @throws BenchError BROKER_REFUSED */
export async function appendCells(
  { broker, topic }: Pick<Filling, 'broker' | 'topic'>,
  cells: Iterable<Cell> | AsyncIterable<Cell>,
): Promise<Filled> {
  const startedMs = performance.now();
  const partitionOf = await partitioner(broker, topic);
  const producer = await RawProducer.open(broker);
  const waiting = new Map<number, { records: StoredRecord[]; bytes: number }>();
  const sent: Promise<void>[] = [];
  const total = { cells: 0, bytes: 0 };
  const send = async (partition: number, records: readonly StoredRecord[]): Promise<void> => {
    const sending = producer.send([{ topic, partition, batch: recordBatch(records) }]);
    sending.catch(() => undefined); // seen below
    sent.push(sending);
    if (producer.underWay > UNDER_WAY_MAX) await sent[sent.length - UNDER_WAY_MAX];
  };
  const append = async (cell: Cell): Promise<void> => {
    const [key, value] = [Buffer.from(cellKey(cell)), cell.value === null ? null : Buffer.from(cell.value)];
    const partition = partitionOf(placeOf(cell));
    const open = waiting.get(partition) ?? { records: [], bytes: 0 };
    waiting.set(partition, open);
    open.records.push({ key, value, headers: [], timestampMs: Date.now() });
    const bytes = key.length + (value?.length ?? 0);
    open.bytes += bytes;
    total.cells += 1;
    total.bytes += bytes;
    if (open.bytes < BATCH_BYTES) return;
    waiting.delete(partition);
    await send(partition, open.records);
  };
  try {
    for await (const cell of cells) await append(cell);
    for (const [partition, { records }] of waiting) await send(partition, records);
    await Promise.all(sent);
  } finally {
    producer.close();
  }
  return { ...total, seconds: (performance.now() - startedMs) / 1_000 };
}

/** Partition by place. */
async function partitioner(broker: string, topic: string): Promise<(place: string) => number> {
  const found = await withAdmin(broker, (admin) => admin.fetchTopicMetadata({ topics: [topic] }));
  const partitionMetadata = found.topics[0]?.partitions ?? [];
  const partitionOf = Partitioners.DefaultPartitioner();
  let last: { readonly place: string; readonly partition: number } | null = null;
  return (place) => {
    if (last?.place === place) return last.partition;
    const partition = partitionOf({ topic, partitionMetadata, message: { key: Buffer.from(place), value: null } });
    last = { place, partition };
    return partition;
  };
}

/** Records cut into sends: one send makes one record batch for each partition, and brokers bound both. */
import type { OutputRecord } from '../../../pipeline/ports.js';
import { partitionName } from '../names.js';
import type { BatchWriter } from './batch-writer.js';

/** One record batch, but for what the request puts in front (`sealBatch`). */
export interface EncodedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly OutputRecord[];
  readonly bytes: Buffer;
}

/** What one send takes, by partition (`topic/3`). Its bytes are those of the writer, until the next round is made. */
export type Round = ReadonlyMap<string, EncodedBatch>;

export interface RoundLimits {
  /** Bytes of one record batch of this topic; a single record may be more. */
  readonly batchBytesMax: (topic: string) => number;
  /** Bytes of all batches of a send. */
  readonly requestBytesMax: number;
  readonly recordsMax: number;
}

/** The records of one partition that are not in a round yet. */
interface Waiting {
  readonly topic: string;
  readonly partition: number;
  readonly records: OutputRecord[];
  next: number;
}

/** The records of each partition keep their order, over all rounds. */
export function* roundsOf(
  records: readonly OutputRecord[],
  partitionOf: (record: OutputRecord) => number,
  limits: RoundLimits,
  writer: BatchWriter,
): Generator<Round, void, undefined> {
  let waiting = byPartition(records, partitionOf);
  while (waiting.length > 0) {
    yield roundOf(waiting, limits, writer);
    waiting = waiting.filter(({ records: all, next }) => next < all.length);
  }
}

function byPartition(records: readonly OutputRecord[], partitionOf: (record: OutputRecord) => number): Waiting[] {
  const topics = new Map<string, Map<number, Waiting>>();
  for (const record of records) {
    const { topic } = record;
    const partition = partitionOf(record);
    let partitions = topics.get(topic);
    if (partitions === undefined) topics.set(topic, (partitions = new Map<number, Waiting>()));
    const waiting = partitions.get(partition);
    if (waiting === undefined) partitions.set(partition, { topic, partition, records: [record], next: 0 });
    else waiting.records.push(record);
  }
  return [...topics.values()].flatMap((partitions) => [...partitions.values()]);
}

function roundOf(waiting: readonly Waiting[], limits: RoundLimits, writer: BatchWriter): Round {
  writer.clear();
  const taken: { readonly from: Waiting; readonly records: readonly OutputRecord[]; readonly bytes: number }[] = [];
  let left = limits.recordsMax;
  for (const from of waiting) {
    if (left <= 0) break;
    const start = writer.length;
    const records = batchOf(from, { ...limits, recordsMax: left }, writer);
    if (records.length === 0) break;
    left -= records.length;
    taken.push({ from, records, bytes: writer.length - start });
  }
  const bytes = writer.view(0);
  const round = new Map<string, EncodedBatch>();
  let at = 0;
  for (const { from, records, bytes: length } of taken) {
    const { topic, partition } = from;
    const batch = { topic, partition, records, bytes: bytes.subarray(at, (at += length)) };
    round.set(partitionName(topic, partition), batch);
  }
  return round;
}

/** What fits; nothing when the request is full. The first record of a batch, or of a request, may be as large as it likes. */
function batchOf(from: Waiting, limits: RoundLimits, writer: BatchWriter): readonly OutputRecord[] {
  const { topic, records, next: first } = from;
  const start = writer.length;
  const bytesMax = limits.batchBytesMax(topic);
  writer.begin();
  for (let record = records[first]; record !== undefined; record = records[from.next]) {
    const count = from.next - first;
    const before = writer.length;
    if (count >= limits.recordsMax) break;
    writer.record(record, count);
    const isOver = writer.length > limits.requestBytesMax && (start > 0 || count > 0);
    if (isOver || (count > 0 && writer.length - start > bytesMax)) {
      writer.cut(count === 0 ? start : before);
      break;
    }
    from.next += 1;
  }
  return records.slice(first, from.next);
}

/** Where the input of a pipeline was left, as the former cluster has it, and where that is on this one. */
import type { Admin, Kafka } from 'kafkajs';
import { asking } from '../../../adapters/kafka/failure.js';
import { partitionName, splitName } from '../../../adapters/kafka/names.js';
import { readRanges } from '../../../adapters/kafka/read/range-reader.js';
import { DragomanError } from '../../../errors.js';
import { type Left, leftAt, TailSearch } from '../../../pipeline/moving/places.js';
import type { Offsets, RawRecord } from '../../../pipeline/ports.js';

export interface Brokers {
  readonly kafka: Kafka;
  readonly admin: Admin;
}

/** By partition. */
export type AllLeft = Readonly<Record<string, Left>>;

interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** Offsets looked at for the records before a place: control records, and what compaction took, stand between them. */
const OFFSETS_BEFORE = 256;

/** @throws DragomanError KAFKA_UNAVAILABLE */
export async function leftIn(brokers: Brokers, offsets: Offsets): Promise<AllLeft> {
  const all: Record<string, Left> = {};
  for (const [partition, offset] of offsets) {
    const bounds = (await boundsOf(brokers, splitName(partition).topic)).get(partition);
    const before: RawRecord[] = [];
    const range = { from: Math.max(bounds?.low ?? 0, offset - OFFSETS_BEFORE), to: offset };
    for await (const record of recordsOf(brokers, partition, range)) before.push(record);
    all[partition] = leftAt(offset, before);
  }
  return all;
}

/**
 * Next offset here, by partition.
 * @param byPosition the connector writes here by itself: what is there is read from the first record on, and what was decided is told by the
 * positions of the source.
 * @throws DragomanError SOURCE_GAP, PARTITIONS_CHANGED, TOPIC_MISSING, KAFKA_UNAVAILABLE
 */
export async function placesOf(brokers: Brokers, left: AllLeft, byPosition: boolean): Promise<Map<string, number>> {
  const places = new Map<string, number>();
  const topics = [...new Set(Object.keys(left).map((partition) => splitName(partition).topic))];
  for (const topic of topics) {
    const bounds = await boundsOf(brokers, topic);
    const owed = Object.keys(left).filter((partition) => splitName(partition).topic === topic);
    if (bounds.size !== owed.length) throw otherPartitions(topic, owed.length, bounds.size);
    for (const [partition, here] of bounds) {
      const place = left[partition];
      if (place === undefined) throw otherPartitions(topic, owed.length, bounds.size);
      places.set(partition, await placeOf(brokers, { partition, place, here, byPosition }));
    }
  }
  return places;
}

interface Looked {
  readonly partition: string;
  readonly place: Left;
  readonly here: Bounds;
  readonly byPosition: boolean;
}

async function placeOf(brokers: Brokers, { partition, place, here, byPosition }: Looked): Promise<number> {
  if (place.offset === 0) {
    if (here.low === 0) return 0;
    throw gap(partition, `there are none: nothing of it was read, and here its first ${here.low} offsets have expired`);
  }
  if (place.timestampMs === null) {
    if (here.high === 0) return 0;
    throw gap(partition, 'none was left when it was moved out, and here it has records, or had some');
  }
  const from = await offsetAt(brokers, partition, place.timestampMs, here);
  const search = new TailSearch(place, from === here.low);
  let firstMs: number | null = null;
  for await (const record of recordsOf(brokers, partition, { from, to: here.high })) {
    firstMs ??= record.timestampMs;
    search.see(record);
  }
  const [found, another] = search.found;
  if (another !== undefined)
    throw gap(partition, `they are here more than once (before offsets ${search.found.join()})`);
  if (found !== undefined) return found;
  const isLater = from === here.low && (firstMs === null || firstMs > place.timestampMs);
  const isWhole = isLater && here.low === 0;
  if (byPosition && isWhole) return 0;
  const range = `what is here (offsets ${here.low} to ${here.high})`;
  if (isWhole)
    throw gap(
      partition,
      `${range} began later; when the connector itself writes here, and went on where it was, say --by-position`,
    );
  throw gap(
    partition,
    isLater
      ? `${range} is later, and what was before it has expired here`
      : `${range} is as old as they are, and lacks them: it was not mirrored record by record, with the timestamps of the records as they were ` +
          '(the topic has to have message.timestamp.type=CreateTime here)',
  );
}

async function offsetAt({ admin }: Brokers, partition: string, timeMs: number, here: Bounds): Promise<number> {
  const { topic, partition: number } = splitName(partition);
  const all = await asking(`Offsets of ${topic} cannot be asked by time`, () =>
    admin.fetchTopicOffsetsByTimestamp(topic, timeMs),
  );
  const offset = Number(all.find((each) => each.partition === number)?.offset ?? -1);
  return offset < here.low ? here.low : Math.min(offset, here.high);
}

async function* recordsOf(
  { kafka }: Brokers,
  partition: string,
  range: { readonly from: number; readonly to: number },
): AsyncIterable<RawRecord> {
  if (range.from >= range.to) return;
  const plan = { what: `Partition ${partition}`, ranges: new Map([[partition, range]]), expired: 'left out' } as const;
  for await (const chunk of readRanges(kafka, plan)) if (chunk !== null) yield* chunk.records;
}

async function boundsOf({ admin }: Brokers, topic: string): Promise<Map<string, Bounds>> {
  const existing = await asking('Topics cannot be listed', () => admin.listTopics());
  if (!existing.includes(topic))
    throw new DragomanError('TOPIC_MISSING', `There is no topic ${topic} here: mirror it first. Nothing was written.`, {
      details: { topic },
    });
  const all = await asking(`The ends of ${topic} cannot be read`, () => admin.fetchTopicOffsets(topic));
  return new Map(
    all.map(({ partition, low, high }) => [partitionName(topic, partition), { low: Number(low), high: Number(high) }]),
  );
}

const gap = (partition: string, why: string): DragomanError =>
  new DragomanError(
    'SOURCE_GAP',
    `${partition} does not tell where to go on: of the last records that were decided on the former cluster, ${why}. Records in between may be ` +
      'missing, and orders would be lost without a sign. Nothing was written; mirror the topic with everything from before the move on.',
    { details: { partition } },
  );

const otherPartitions = (topic: string, owed: number, found: number): DragomanError =>
  new DragomanError(
    'PARTITIONS_CHANGED',
    `Topic ${topic} had ${owed} partitions on the former cluster, and has ${found} here: orders would be read in another order. Make it anew ` +
      `with ${owed}, and mirror partition by partition. Nothing was written.`,
    { details: { topic, owed, found } },
  );

/**
 * Where events stand: each is looked for from a little before the time at which its decision was written on, because both are in one Kafka transaction. The clocks
 * of the brokers, and of whoever wrote, are taken to be less apart than that.
 */
import { splitName } from '../names.js';
import type { PlacedRecords } from './placed-records.js';

/** Looked for so long before the time, and so long after it. */
const BEFORE_MS = 2_000;
const AFTER_MS = 5_000;
/** Read in vain for one event. */
const RECORDS_MAX = 50_000;

export interface WantedEvent {
  /** `ce_id` of its headers. */
  readonly id: string;
  /** Record key. */
  readonly key: string;
  /** `topic/3`. */
  readonly partition: string;
  readonly nearMs: number;
}

export interface FoundPlace {
  readonly partition: number;
  readonly offset: number;
}

/** By event id, those that are found. @throws DragomanError KAFKA_UNAVAILABLE, ACCESS_DENIED */
export async function eventsNear(
  reads: Pick<PlacedRecords, 'from' | 'offsetAt'>,
  wanted: readonly WantedEvent[],
): Promise<Map<string, FoundPlace>> {
  const byPartition = new Map<string, WantedEvent[]>();
  for (const each of wanted) byPartition.set(each.partition, [...(byPartition.get(each.partition) ?? []), each]);
  const found = new Map<string, FoundPlace>();
  await Promise.all([...byPartition].map(([partition, all]) => findIn(reads, partition, all, found)));
  return found;
}

/** One after the other in the order of their times: what one passes on the way is not read again for the next. */
async function findIn(
  reads: Pick<PlacedRecords, 'from' | 'offsetAt'>,
  name: string,
  wanted: readonly WantedEvent[],
  found: Map<string, FoundPlace>,
): Promise<void> {
  const { partition } = splitName(name);
  const left = new Map(wanted.toSorted((a, b) => a.nearMs - b.nearMs).map((each) => [each.id, each]));
  const keys = new Set(wanted.map(({ key }) => key));
  let position = 0;
  for (let [first] = left.values(); first !== undefined; [first] = left.values()) {
    const begin = await reads.offsetAt(name, first.nearMs - BEFORE_MS);
    if (begin === null) return;
    position = Math.max(position, begin);
    let [count, isPassed] = [0, false];
    while (left.has(first.id) && !isPassed && count < RECORDS_MAX) {
      const read = await reads.from(name, position);
      if (read === null || read.nextOffset === position) return;
      for (const { key, headers, offset, timestampMs } of read.records) {
        count += 1;
        isPassed = timestampMs > first.nearMs + AFTER_MS;
        if (key === null || !keys.has(key.toString())) continue;
        const id = textOf(headers['ce_id']);
        if (left.delete(id)) found.set(id, { partition, offset });
      }
      position = read.nextOffset;
    }
    left.delete(first.id);
  }
}

/** Of a header. */
export const textOf = (value: Buffer | string | (Buffer | string)[] | undefined): string => {
  const one = Array.isArray(value) ? value[0] : value;
  return one === undefined ? '' : one.toString();
};

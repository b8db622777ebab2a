/**
 * Looks through topics backwards in time, in steps that double, until something is found: for what has no place of its own, such as a source transaction in a
 * journal that is kept by aggregate. All partitions are read for the same time, so that what belongs together is found together.
 */
import type { Admin, Kafka } from 'kafkajs';
import type { RawRecord } from '../../../pipeline/ports.js';
import { asking } from '../failure.js';
import { partitionName } from '../names.js';
import { type OffsetRange, readRanges } from '../read/range-reader.js';

/** The first step; and how far besides is looked when something was found. */
const STEP_MS = 60_000;
/** All steps together, about: the one that goes beyond it is the last. */
export const SEARCH_RECORDS_MAX = 500_000;

/** That are kept; of further ones there is the count. A source transaction may have touched any number of aggregates. */
export const FOUND_MAX = 10_000;

export interface SearchPlan<T> {
  /** Says in errors what is read: `The journal`. */
  readonly what: string;
  readonly topics: readonly string[];
  /** What was written before this time, ms since 1970. */
  readonly untilMs: number;
  /** What is kept of a record; null: it is not looked for. @param partition `topic/3` */
  readonly pick: (record: RawRecord, partition: string) => T | null;
}

export interface SearchFound<T> {
  /** At most {@link FOUND_MAX}. */
  readonly found: readonly T[];
  readonly more: number;
  /** Looked at. */
  readonly records: number;
  /** From this time on; null: there was nothing. */
  readonly sinceMs: number | null;
  /** There was nothing older. */
  readonly isAll: boolean;
}

/** @throws DragomanError KAFKA_UNAVAILABLE, ACCESS_DENIED, SOURCE_UNSUPPORTED */
export async function searchBack<T>(
  kafka: Kafka,
  admin: Admin,
  plan: SearchPlan<T>,
  foundMax = FOUND_MAX,
): Promise<SearchFound<T>> {
  const first = await boundsOf(admin, plan.topics, 'low');
  let to = await offsetsAt(admin, plan.topics, plan.untilMs);
  const found: T[] = [];
  let [more, records, sinceMs]: [number, number, number | null] = [0, 0, null];
  let fromMs = plan.untilMs;
  let isLast = false;
  for (let stepMs = STEP_MS; ; stepMs *= 2) {
    fromMs = Math.max(0, fromMs - (isLast ? STEP_MS : stepMs));
    const from = fromMs === 0 ? first : await offsetsAt(admin, plan.topics, fromMs);
    const ranges = new Map<string, OffsetRange>();
    for (const [partition, end] of to)
      ranges.set(partition, {
        from: Math.max(first.get(partition) ?? 0, Math.min(end, from.get(partition) ?? end)),
        to: end,
      });
    for await (const chunk of readRanges(kafka, { what: plan.what, ranges, expired: 'left out' }))
      for (const record of chunk?.records ?? []) {
        records += 1;
        sinceMs = Math.min(sinceMs ?? record.timestampMs, record.timestampMs);
        const picked = plan.pick(record, chunk?.partition ?? '');
        if (picked === null) continue;
        if (found.length < foundMax) found.push(picked);
        else more += 1;
      }
    to = new Map([...ranges].map(([partition, range]) => [partition, range.from]));
    const isAll = [...to].every(([partition, offset]) => offset <= (first.get(partition) ?? 0));
    if (isAll || isLast || (found.length === 0 && records >= SEARCH_RECORDS_MAX))
      return { found, more, records, sinceMs, isAll };
    isLast = found.length > 0;
  }
}

export type Bounds = ReadonlyMap<string, number>;

/** First or next offset of each partition. */
export async function boundsOf(admin: Admin, topics: readonly string[], side: 'low' | 'high'): Promise<Bounds> {
  const all = await Promise.all(
    topics.map(async (topic) =>
      (await asking(`Offsets of ${topic} cannot be read`, () => admin.fetchTopicOffsets(topic))).map(
        (bounds) => [partitionName(topic, bounds.partition), Number(bounds[side])] as const,
      ),
    ),
  );
  return new Map(all.flat());
}

/** Of each partition the first offset at or after a time; its end where there is none. */
export async function offsetsAt(admin: Admin, topics: readonly string[], timeMs: number): Promise<Bounds> {
  const ends = await boundsOf(admin, topics, 'high');
  const all = await Promise.all(
    topics.map(async (topic) =>
      (
        await asking(`Offsets of ${topic} by time cannot be read`, () =>
          admin.fetchTopicOffsetsByTimestamp(topic, timeMs),
        )
      ).map(({ partition, offset }) => {
        const name = partitionName(topic, partition);
        return [name, Number(offset) < 0 ? (ends.get(name) ?? 0) : Number(offset)] as const;
      }),
    ),
  );
  return new Map(all.flat());
}

/** All committed records of a topic that were written between two times, each partition in its order. */
import type { Admin, Kafka } from 'kafkajs';
import { type OffsetRange, type RangeChunk, readRanges } from '../read/range-reader.js';
import { boundsOf, offsetsAt } from './search-back.js';

export interface Between {
  /** Says in errors what is read: `The journal`. */
  readonly what: string;
  readonly topic: string;
  /** Ms since 1970, broker time. */
  readonly sinceMs: number;
  /** What is there now, when it is later. */
  readonly untilMs: number;
}

/** What expired is left out. @throws DragomanError KAFKA_UNAVAILABLE, ACCESS_DENIED, SOURCE_UNSUPPORTED */
export async function* writtenBetween(
  kafka: Kafka,
  admin: Admin,
  { what, topic, sinceMs, untilMs }: Between,
): AsyncGenerator<RangeChunk> {
  const first = await boundsOf(admin, [topic], 'low');
  const from = sinceMs <= 0 ? first : await offsetsAt(admin, [topic], sinceMs);
  const to = await offsetsAt(admin, [topic], untilMs);
  const ranges = new Map<string, OffsetRange>();
  for (const [partition, end] of to)
    ranges.set(partition, { from: Math.max(first.get(partition) ?? 0, from.get(partition) ?? end), to: end });
  for await (const chunk of readRanges(kafka, { what, ranges, expired: 'left out' })) if (chunk !== null) yield chunk;
}

/** What a connector wrote as Kafka records: partitions by key, offsets with holes, and what becomes visible at once. */
import { below, choices } from '../choices.js';
import type { RecordedRecord } from '../recordings.js';
import type { Emission } from './emission.js';
import { jsonText } from './templates.js';

export interface Log {
  /** In the order in which they were written. */
  readonly records: readonly RecordedRecord[];
  /** Numbers of records, growing: so many are visible after each step. The last is all. */
  readonly visible: readonly number[];
}

/** @param partitionsOf how many partitions a topic has. */
export function logOf(emissions: readonly Emission[], partitionsOf: (topic: string) => number, seed: number): Log {
  const random = choices(seed + 2);
  const next = new Map<string, number>();
  const visible: number[] = [];
  const records = emissions.map((emission, i): RecordedRecord => {
    const key = emission.key === null ? null : jsonText(emission.key);
    const partition = hash(key ?? '') % partitionsOf(emission.topic);
    const place = `${emission.topic}/${partition}`;
    const offset = (next.get(place) ?? 0) + (random() < 0.15 ? 1 + below(random, 2) : 0);
    next.set(place, offset + 1);
    if (random() < 0.2) visible.push(i + 1);
    const value = emission.value === null ? null : jsonText(emission.value);
    const { topic, headers } = emission;
    return { topic, partition, offset, timestamp: 1_795_254_760_000 + i, key, value, headers };
  });
  return { records, visible: [...visible.filter((n) => n < records.length), records.length] };
}

/** FNV-1a, 32 bits: any function of the key would do. */
function hash(text: string): number {
  let value = 2_166_136_261;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 16_777_619) >>> 0;
  return value >>> 3;
}

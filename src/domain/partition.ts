/**
 * Which partition a key belongs to: as Kafka's own clients choose it (murmur2, `Utils.java`), and as kafkajs does, which takes big numbers
 * for it and so some microseconds for each record.
 */
import { UNIT_BYTES_MAX, writeUtf8 } from './utf8.js';

const SEED = 0x9747b28c;
const FACTOR = 0x5bd1e995;

export const partitionOf = (key: string, partitions: number): number => keyHash(key) % partitions;

/** What Kafka's default partitioner divides by the number of partitions. */
export const keyHash = (key: string): number => murmur2(key) & 0x7fffffff;

const SCRATCH = Buffer.alloc(1024 * UNIT_BYTES_MAX);

function murmur2(text: string): number {
  if (text.length * UNIT_BYTES_MAX > SCRATCH.length) {
    const bytes = Buffer.from(text);
    return hash(bytes, bytes.length);
  }
  return hash(SCRATCH, writeUtf8(SCRATCH, 0, text));
}

function hash(bytes: Buffer, length: number): number {
  const rest = length & ~3;
  let sum = SEED ^ length;
  for (let at = 0; at < rest; at += 4) {
    let word =
      byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8) | (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24);
    word = Math.imul(word, FACTOR);
    word = Math.imul(word ^ (word >>> 24), FACTOR);
    sum = Math.imul(sum, FACTOR) ^ word;
  }
  for (let at = length - 1; at >= rest; at -= 1) sum ^= byteAt(bytes, at) << (8 * (at - rest));
  if (length > rest) sum = Math.imul(sum, FACTOR);
  sum = Math.imul(sum ^ (sum >>> 13), FACTOR);
  return sum ^ (sum >>> 15);
}

const byteAt = (bytes: Buffer, at: number): number => bytes[at] as number;

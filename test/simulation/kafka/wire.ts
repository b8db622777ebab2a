/**
 * Fetch as bytes, as a broker reads and writes it (version 11; record batches of version 2), written apart from the reader in
 * `src/adapters/kafka/read/`.
 */
import { createRequire } from 'node:module';
import { int16, int32, int64 } from '../../../src/adapters/kafka/compact.js';
import type { LogEntry } from './partition-log.js';

export interface WantedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface FetchRequest {
  readonly maxWaitMs: number;
  readonly partitions: readonly WantedPartition[];
}

export function readFetchRequest(bytes: Buffer): FetchRequest {
  let at = 0;
  const int32 = (): number => bytes.readInt32BE((at += 4) - 4);
  const string = (): string => {
    const length = bytes.readInt16BE((at += 2) - 2);
    return bytes.toString('utf8', at, (at += length));
  };
  int32(); // replica
  const maxWaitMs = int32();
  at += 4 + 4 + 1 + 4 + 4; // bytes, isolation, session
  const partitions: WantedPartition[] = [];
  for (let topics = int32(); topics > 0; topics -= 1) {
    const topic = string();
    for (let count = int32(); count > 0; count -= 1) {
      const partition = int32();
      at += 4; // leader epoch
      const offset = Number(bytes.readBigInt64BE((at += 8) - 8));
      at += 8 + 4; // log start, bytes
      partitions.push({ topic, partition, offset });
    }
  }
  return { maxWaitMs, partitions };
}

export interface AnsweredPartition extends WantedPartition {
  readonly code: number;
  readonly end: number;
  readonly stableEnd: number;
  readonly aborted: readonly { readonly producerId: number; readonly firstOffset: number }[];
  readonly batches: Buffer;
}

export function fetchAnswer(partitions: readonly AnsweredPartition[]): Buffer {
  const parts = [int32(0), int16(0), int32(0), int32(partitions.length)];
  for (const { topic, partition, code, end, stableEnd, aborted, batches } of partitions) {
    parts.push(int16(topic.length), Buffer.from(topic), int32(1), int32(partition), int16(code));
    parts.push(int64(end), int64(stableEnd), int64(0), int32(aborted.length));
    for (const { producerId, firstOffset } of aborted) parts.push(int64(producerId), int64(firstOffset));
    parts.push(int32(-1), int32(batches.length), batches);
  }
  return Buffer.concat(parts);
}

const [TRANSACTIONAL, CONTROL] = [0x10, 0x20];
/** Keys of markers: version 0, then 0 for abort and 1 for commit, each of two bytes. */
const MARKER_KEYS = { abort: Buffer.from([0, 0, 0, 0]), commit: Buffer.from([0, 0, 0, 1]) } as const;

/** One record batch of entries that were written together. */
export function recordBatch(entries: readonly LogEntry[]): Buffer {
  const [first] = entries;
  if (first === undefined) return Buffer.alloc(0);
  const { kind, producerId, batch, timestampMs } = first;
  const records = Buffer.concat(entries.map((entry) => recordOf(entry, batch.first)));
  const attributes = (producerId < 0 ? 0 : TRANSACTIONAL) | (kind === 'record' ? 0 : CONTROL);
  const timeMs = Math.round(timestampMs);
  const checked = Buffer.concat([
    int16(attributes),
    int32(batch.last - batch.first),
    int64(timeMs),
    int64(timeMs),
    int64(producerId),
    int16(0),
    int32(0),
    int32(entries.length),
    records,
  ]);
  return sealed(Buffer.concat([int64(batch.first), int32(0), int32(0), Buffer.from([2]), int32(0), checked]));
}

/** The same batch with the length and the checksum that its bytes have. Before the length: its offset; after it: leader epoch and version. */
export function sealed(batch: Buffer): Buffer {
  batch.writeInt32BE(batch.length - 12, 8);
  batch.writeUInt32BE(crc32C(batch.subarray(21)), 17);
  return batch;
}

/** kafkajs's own: not the one under test. */
const crc32C = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/crc32C/index.js') as (
  bytes: Buffer,
) => number;

function recordOf({ kind, offset, key, value, headers }: LogEntry, base: number): Buffer {
  const names = Object.entries(headers);
  const content = Buffer.concat([
    Buffer.from([0]),
    varint(0),
    varint(offset - base),
    optional(kind === 'record' ? bytesOf(key) : MARKER_KEYS[kind]),
    optional(bytesOf(value)),
    varint(names.length),
    ...names.flatMap(([name, text]) => [optional(Buffer.from(name)), optional(Buffer.from(text))]),
  ]);
  return Buffer.concat([varint(content.length), content]);
}

const bytesOf = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));

const optional = (bytes: Buffer | null): Buffer =>
  bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes]);

/** Zigzag. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = ((value << 1) ^ (value >> 31)) >>> 0; ; left >>>= 7) {
    if (left < 0x80) return Buffer.from([...bytes, left]);
    bytes.push((left & 0x7f) | 0x80);
  }
}

/**
 * Fetch and Produce as bytes, as a broker reads and writes them (versions 11 and 7; record batches of version 2), written apart from what
 * `src/adapters/kafka/` has for it.
 */
import { createRequire } from 'node:module';
import { int16, int32, int64 } from '../../../src/adapters/kafka/compact.js';
import type { LogEntry, NewRecord, ProducerIdentity } from './partition-log.js';

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

export interface ProducedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly producer: ProducerIdentity;
  readonly sequence: number;
  readonly records: readonly NewRecord[];
}

/** @throws RangeError when a broker would not take it for what it is. */
export function readProduceRequest(bytes: Buffer): ProducedBatch[] {
  const walk = new Walk(bytes);
  walk.text(); // transactional id
  if (walk.int16() !== -1) throw new RangeError('A Kafka transaction waits for all replicas.');
  walk.int32(); // time-out
  const batches: ProducedBatch[] = [];
  for (let topics = walk.int32(); topics > 0; topics -= 1) {
    const topic = walk.text() ?? '';
    for (let count = walk.int32(); count > 0; count -= 1) {
      const partition = walk.int32();
      batches.push({ topic, partition, ...readBatch(walk.take(walk.int32())) });
    }
  }
  walk.expectEnd();
  return batches;
}

function readBatch(batch: Buffer): Omit<ProducedBatch, 'topic' | 'partition'> {
  const count = batch.readInt32BE(57);
  if (batch.readInt32BE(8) !== batch.length - 12) throw new RangeError('The length of a batch is another.');
  if (batch.readInt8(16) !== 2) throw new RangeError('A batch is of another version.');
  if (batch.readUInt32BE(17) !== crc32C(batch.subarray(21)))
    throw new RangeError('The checksum of a batch is another.');
  if (batch.readInt16BE(21) !== TRANSACTIONAL) throw new RangeError('A batch is not transactional.');
  if (batch.readInt32BE(23) !== count - 1) throw new RangeError('A batch ends with another record.');
  const walk = new Walk(batch.subarray(61));
  const records = Array.from({ length: count }, (_, place) => readRecord(walk.take(walk.varint()), place));
  walk.expectEnd();
  const producer = { producerId: Number(batch.readBigInt64BE(43)), epoch: batch.readInt16BE(51) };
  return { producer, sequence: batch.readInt32BE(53), records };
}

function readRecord(bytes: Buffer, expected: number): NewRecord {
  const walk = new Walk(bytes);
  walk.take(1); // attributes
  walk.varint(); // time
  if (walk.varint() !== expected) throw new RangeError('A record has another place in its batch.');
  const [key, value] = [walk.optional(), walk.optional()];
  const headers = Array.from({ length: walk.varint() }, () => [walk.optional() ?? '', walk.optional() ?? ''] as const);
  walk.expectEnd();
  return { key, value, headers: Object.fromEntries(headers) };
}

export interface ProducedAnswer {
  readonly topic: string;
  readonly partition: number;
  readonly code: number;
  readonly baseOffset: number;
}

export function produceAnswer(answers: readonly ProducedAnswer[], appendedMs: number): Buffer {
  const parts = [int32(answers.length)];
  for (const { topic, partition, code, baseOffset } of answers) {
    parts.push(int16(topic.length), Buffer.from(topic), int32(1), int32(partition), int16(code));
    parts.push(int64(baseOffset), int64(appendedMs), int64(0));
  }
  return Buffer.concat([...parts, int32(0)]);
}

class Walk {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new RangeError('A request ends too early.');
    return this.#bytes.subarray(this.#at, (this.#at += length));
  }

  int16(): number {
    return this.take(2).readInt16BE();
  }

  int32(): number {
    return this.take(4).readInt32BE();
  }

  text(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.take(length).toString();
  }

  optional(): string | null {
    const length = this.varint();
    return length < 0 ? null : this.take(length).toString();
  }

  /** Zigzag, of 32 bits. */
  varint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.take(1).readUInt8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
  }

  expectEnd(): void {
    if (this.#at !== this.#bytes.length) throw new RangeError('A request goes on where it should end.');
  }
}

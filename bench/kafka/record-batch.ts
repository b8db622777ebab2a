/**
 * Records -> one record batch of format 2, uncompressed, without producer id. Written straight into one buffer, because a
 * library's encoder would cost more time than the broker: a backlog is loaded for every run, and a paced producer shares
 * two processors with what it measures. Source: Kafka's documentation, "Message format".
 */
import type { StoredRecord } from '../backlog/record-file.js';
import { crc32c } from './crc32c.js';

const HEADER_BYTES = 61;
/** Where things are in the header. */
const AT = { length: 8, magic: 16, crc: 17, attributes: 21, lastOffsetDelta: 23, firstTime: 27, maxTime: 35 } as const;
const AT_PRODUCER = { id: 43, epoch: 51, sequence: 53, count: 57 } as const;
const MAGIC = 2;

/** An upper bound of a record's bytes in a batch. */
export function recordBytesMax({ key, value, headers }: StoredRecord): number {
  let bytes = 40 + (key?.length ?? 0) + (value?.length ?? 0);
  for (const [name, content] of headers) bytes += 10 + name.length * 3 + (content?.length ?? 0);
  return bytes;
}

/** @param timestampMs of all records, instead of their own. */
export function recordBatch(records: readonly StoredRecord[], timestampMs?: number): Buffer {
  const timeOf = (record: StoredRecord): number => timestampMs ?? record.timestampMs;
  const first = records[0] === undefined ? 0 : timeOf(records[0]);
  const writer = new Writer(records.reduce((bytes, record) => bytes + recordBytesMax(record), HEADER_BYTES));
  let newest = first;
  writer.at = HEADER_BYTES;
  for (const [i, record] of records.entries()) {
    newest = Math.max(newest, timeOf(record));
    writer.record(record, { timeDelta: timeOf(record) - first, offsetDelta: i });
  }
  const batch = writer.bytes.subarray(0, writer.at);
  batch.fill(0, 0, HEADER_BYTES);
  batch.writeInt32BE(batch.length - AT.length - 4, AT.length);
  batch.writeInt8(MAGIC, AT.magic);
  batch.writeInt32BE(records.length - 1, AT.lastOffsetDelta);
  batch.writeBigInt64BE(BigInt(first), AT.firstTime);
  batch.writeBigInt64BE(BigInt(newest), AT.maxTime);
  batch.writeBigInt64BE(-1n, AT_PRODUCER.id);
  batch.writeInt16BE(-1, AT_PRODUCER.epoch);
  batch.writeInt32BE(-1, AT_PRODUCER.sequence);
  batch.writeInt32BE(records.length, AT_PRODUCER.count);
  batch.writeUInt32BE(crc32c(batch, AT.attributes, batch.length), AT.crc);
  return batch;
}

class Writer {
  readonly bytes: Buffer;
  at = 0;

  constructor(bytesMax: number) {
    this.bytes = Buffer.allocUnsafe(bytesMax);
  }

  record(record: StoredRecord, { timeDelta, offsetDelta }: { timeDelta: number; offsetDelta: number }): void {
    const { key, value, headers } = record;
    this.varint(bodyBytes(record, timeDelta, offsetDelta));
    this.bytes[this.at++] = 0; // attributes
    this.varint(timeDelta);
    this.varint(offsetDelta);
    this.sized(key);
    this.sized(value);
    this.varint(headers.length);
    for (const [name, content] of headers) {
      this.sized(Buffer.from(name));
      this.sized(content);
    }
  }

  sized(content: Buffer | null): void {
    this.varint(content === null ? -1 : content.length);
    if (content !== null) this.at += content.copy(this.bytes, this.at);
  }

  /** Zigzag, seven bits a byte, lowest first. */
  varint(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0;
    while (rest > 0x7f) {
      this.bytes[this.at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.at++] = rest;
  }
}

function bodyBytes({ key, value, headers }: StoredRecord, timeDelta: number, offsetDelta: number): number {
  let bytes =
    1 + varintBytes(timeDelta) + varintBytes(offsetDelta) + sizedBytes(key?.length) + sizedBytes(value?.length);
  bytes += varintBytes(headers.length);
  for (const [name, content] of headers) bytes += sizedBytes(Buffer.byteLength(name)) + sizedBytes(content?.length);
  return bytes;
}

const sizedBytes = (length: number | undefined): number => varintBytes(length ?? -1) + (length ?? 0);

function varintBytes(value: number): number {
  const rest = ((value << 1) ^ (value >> 31)) >>> 0;
  return rest < 0x80 ? 1 : rest < 0x4000 ? 2 : rest < 0x200000 ? 3 : rest < 0x10000000 ? 4 : 5;
}

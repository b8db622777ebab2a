/**
 * How large a record is for Kafka, and how large it may be. A broker holds the record batch against `max.message.bytes` of its topic; a
 * record that does not fit alone never fits. Source: "Record Batch" in Kafka's documentation of its message format (v2).
 */

/** What `dragoman topics` gives state, journal and progress: whatever an order has grown to, what is known of it has to fit. */
export const OWN_RECORD_BYTES_MAX = 16 * 1024 * 1024;
/** What it gives every other topic; the default of Kafka. */
export const RECORD_BYTES_MAX = 1_048_588;
/** Less than this no topic that is written may allow: what Dragoman says of a record that was too large has to fit. */
export const RECORD_BYTES_MIN = 64 * 1024;

/** Limits as `dragoman topics` sets them. @param own topics that a pipeline writes for itself: state, journal, progress. */
export const recordBytesAsCreated =
  (own: readonly string[]) =>
  (topic: string): number =>
    own.includes(topic) ? OWN_RECORD_BYTES_MAX : RECORD_BYTES_MAX;

/** Of a set of rules as it is kept beside what it decided, zipped: some 5 MB of text. */
export const BUNDLE_BYTES_MAX = 1024 * 1024;

export const BATCH_OVERHEAD_BYTES = 61;
/** Lengths, time and place of a record, and the number of its headers, as varints; and the same of a header. */
const RECORD_OVERHEAD_BYTES = 40;
const HEADER_OVERHEAD_BYTES = 10;

export interface SizedRecord {
  readonly key: string;
  /** Null: a tombstone. */
  readonly value: string | Buffer | null;
  readonly headers?: Readonly<Record<string, string | Buffer>> | undefined;
}

/** Bytes in a batch; at most some 40 too many. */
export function recordBytes({ key, value, headers = {} }: SizedRecord): number {
  let bytes = RECORD_OVERHEAD_BYTES + Buffer.byteLength(key) + (value === null ? 0 : Buffer.byteLength(value));
  for (const [name, text] of Object.entries(headers))
    bytes += HEADER_OVERHEAD_BYTES + Buffer.byteLength(name) + Buffer.byteLength(text);
  return bytes;
}

/** Of a batch that holds nothing else. */
export const batchBytes = (record: SizedRecord): number => BATCH_OVERHEAD_BYTES + recordBytes(record);

/** Whether it fits, most often without a look at its bytes: a character has at most three. */
export function isWithin(record: SizedRecord, bytesMax: number): boolean {
  const { key, value, headers } = record;
  let chars = key.length + (value?.length ?? 0);
  let overhead = BATCH_OVERHEAD_BYTES + RECORD_OVERHEAD_BYTES;
  for (const name in headers) {
    chars += name.length + (headers[name] ?? '').length;
    overhead += HEADER_OVERHEAD_BYTES;
  }
  return overhead + chars * 3 <= bytesMax || batchBytes(record) <= bytesMax;
}

/** `1,234,567`, whatever the language of the machine. */
export const bytesText = (bytes: number): string => String(bytes).replace(/\B(?=(\d{3})+$)/g, ',');

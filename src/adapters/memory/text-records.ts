/** Records that are texts, as those are that come as bytes. */
import type { OwnRecord, RecordCursor } from '../../pipeline/ports.js';

export class TextRecords implements RecordCursor {
  readonly partition: number;
  readonly size: number;
  offset = -1;
  bytes = Buffer.alloc(0);
  readonly keyBegin = 0;
  keyEnd = 0;
  valueBegin = -1;
  valueEnd = -1;
  readonly #records: readonly OwnRecord[];
  #next = 0;

  /** @param records of this partition. */
  constructor(partition: number, records: readonly OwnRecord[]) {
    this.partition = partition;
    this.size = records.reduce((sum, { key, value }) => sum + key.length + (value?.length ?? 0), 0);
    this.#records = records;
  }

  next(): boolean {
    const record = this.#records[this.#next];
    if (record === undefined) return false;
    this.#next += 1;
    const { offset, key, value } = record;
    this.offset = offset;
    this.bytes = Buffer.from(key + (value ?? ''));
    this.keyEnd = Buffer.byteLength(key);
    this.valueBegin = value === null ? -1 : this.keyEnd;
    this.valueEnd = this.bytes.length;
    return true;
  }
}

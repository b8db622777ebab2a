/** Cells on their way into the state topic of a pipeline that has no progress yet: whoever looks takes them for nothing until it has. */
import { batchBytes, bytesText } from '../../domain/record-size.js';
import { DragomanError } from '../../errors.js';
import type { Cell, Ends, OutputRecord, Sink } from '../ports.js';
import { cellOf, cellRecord } from '../state/cells.js';

/** Of one Kafka transaction. */
export const RECORDS_MAX = 10_000;
const BYTES_MAX = 16 * 1024 * 1024;

/** What an attempt left that was broken off, of which no progress speaks, goes. @returns how many cells. */
export async function clear(sink: Sink, cells: CellWriter, begins: Ends, ends: Ends): Promise<number> {
  for await (const records of sink.read('state', begins.state, ends.state))
    for (const record of records) if (record.value !== null) await cells.put({ ...cellOf(record), value: null });
  return cells.count;
}

/** In Kafka transactions of bounded size. */
export class CellWriter {
  count = 0;
  readonly #sink: Sink;
  readonly #topic: string;
  readonly #recordsMax: number;
  #records: OutputRecord[] = [];
  #bytes = 0;

  constructor(sink: Sink, topic: string, recordsMax: number) {
    this.#sink = sink;
    this.#topic = topic;
    this.#recordsMax = recordsMax;
  }

  async put(cell: Cell): Promise<void> {
    const record = cellRecord(this.#topic, cell);
    const bytes = batchBytes(record);
    const bytesMax = this.#sink.recordBytesMax(this.#topic);
    if (bytes > bytesMax) throw tooLarge(this.#topic, cell, bytes, bytesMax);
    this.#records.push(record);
    this.#bytes += bytes;
    this.count += 1;
    if (this.#records.length >= this.#recordsMax || this.#bytes >= BYTES_MAX) await this.end();
  }

  async end(): Promise<void> {
    if (this.#records.length === 0) return;
    const records = this.#records;
    this.#records = [];
    this.#bytes = 0;
    await this.#sink.commit({ records, offsets: new Map(), metadata: '', bases: new Map() });
  }
}

const tooLarge = (topic: string, { hash, field }: Cell, bytes: number, bytesMax: number): DragomanError =>
  new DragomanError(
    'AGGREGATE_TOO_LARGE',
    `A cell of ${hash} is ${bytesText(bytes)} bytes as a record, and topic ${topic} takes ${bytesText(bytesMax)}. Nothing of ` +
      'this attempt counts. Raise max.message.bytes of the topic, then do it again.',
    { details: { topic, hash, field, bytes, bytesMax } },
  );

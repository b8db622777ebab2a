/** Writes to a `MemoryLog` with the promises of a transactional producer. */
import { batchBytes, bytesText, recordBytesAsCreated } from '../../domain/record-size.js';
import { DragomanError } from '../../errors.js';
import type { Commit, Committed, JournalOffsets, JournalRecord, OutputRecord, Sink } from '../../pipeline/ports.js';
import type { MemoryLog } from './log.js';

export interface MemorySinkSettings {
  readonly group: string;
  readonly journalTopic: string;
  /** As `dragoman topics` would create them, when it is left out. */
  readonly recordBytesMax?: (topic: string) => number;
}

export class MemorySink implements Sink {
  readonly clusterId = 'memory';
  readonly #log: MemoryLog;
  readonly #group: string;
  readonly #journal: string;
  readonly #recordBytesMax: (topic: string) => number;
  #epoch = 0;

  constructor(log: MemoryLog, settings: MemorySinkSettings) {
    this.#log = log;
    this.#group = settings.group;
    this.#journal = settings.journalTopic;
    this.#recordBytesMax = settings.recordBytesMax ?? recordBytesAsCreated(settings.journalTopic);
  }

  recordBytesMax(topic: string): number {
    return this.#recordBytesMax(topic);
  }

  fence(): Promise<void> {
    this.#epoch = this.#log.fence(this.#group);
    return Promise.resolve();
  }

  committed(): Promise<Committed> {
    const stored = this.#log.committed(this.#group);
    return Promise.resolve({ offsets: stored?.offsets ?? null, metadata: stored?.metadata ?? null });
  }

  journalEnd(): Promise<JournalOffsets> {
    return Promise.resolve(this.#log.partitionsOf(this.#journal).map((partition) => this.#log.end(partition)));
  }

  journalBegin(): Promise<JournalOffsets> {
    return Promise.resolve(this.#log.partitionsOf(this.#journal).map(() => 0));
  }

  async *readJournal(from: JournalOffsets, to: JournalOffsets): AsyncIterable<readonly JournalRecord[]> {
    for (const [partition, name] of this.#log.partitionsOf(this.#journal).entries()) {
      const range = this.#log.records(name).slice(from[partition] ?? 0, to[partition] ?? 0);
      yield range.map(({ offset, key, value }) => ({ partition, offset, key: key ?? '', value: value ?? '' }));
    }
    await Promise.resolve();
  }

  confirmFence(): Promise<void> {
    if (this.#log.isCurrent(this.#group, this.#epoch)) return Promise.resolve();
    return Promise.reject(new DragomanError('COMMIT_UNCERTAIN', 'Another writer has taken over in memory.'));
  }

  async commit({ records, offsets, metadata }: Commit): Promise<Map<number, number>> {
    await this.confirmFence();
    for (const record of records) this.#checkSize(record);
    const written = this.#log.commit(this.#group, records, { offsets, metadata });
    const journal = [...written].filter(([partition]) => partition.startsWith(`${this.#journal}/`));
    return new Map(journal.map(([name, next]) => [Number(name.slice(name.lastIndexOf('/') + 1)), next]));
  }

  #checkSize(record: OutputRecord): void {
    const bytes = batchBytes(record);
    if (bytes <= this.recordBytesMax(record.topic)) return;
    const text = `A record of ${record.topic} is ${bytesText(bytes)} bytes.`;
    throw new DragomanError('RECORD_TOO_LARGE', text, { details: { topic: record.topic, key: record.key, bytes } });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

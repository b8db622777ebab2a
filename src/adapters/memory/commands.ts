/** The commands log in a `MemoryLog`. */
import type { CommandBatch, CommandLog } from '../../pipeline/ports.js';
import type { MemoryLog } from './log.js';

export class MemoryCommands implements CommandLog {
  readonly #log: MemoryLog;
  readonly #partition: string;

  constructor(log: MemoryLog, topic: string) {
    this.#log = log;
    this.#partition = `${topic}/0`;
  }

  read(offset: number | null): Promise<CommandBatch> {
    const nextOffset = this.#log.end(this.#partition);
    const from = offset === null || offset > nextOffset ? 0 : offset;
    const records = this.#log.records(this.#partition).filter((record) => record.offset >= from);
    return Promise.resolve({
      records: records.map(({ offset: at, key, value }) => ({ offset: at, key: key ?? '', value: value ?? '' })),
      from,
      nextOffset,
    });
  }
}

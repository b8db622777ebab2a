/**
 * The commands log of the namespace as one task reads it: whatever the rows do, and a little ahead of the writer. Commands wait
 * here in their order; those for other pipelines too, because every one of them moves the offset.
 */
import type { Observer } from '../events.js';
import type { CommandLog, CommandRecord } from '../ports.js';
import { Signal } from '../signal.js';

export interface CommandsPorts {
  readonly log: CommandLog;
  readonly observe: Observer;
  /** Notified when commands came. */
  readonly work: Signal;
}

/** The log was to go on at one offset, and went on at another. */
export interface LostCommands {
  readonly expectedOffset: number;
  readonly foundOffset: number;
}

/** How long a command may lie unseen. */
const POLL_MS = 500;
/** Commands waiting for the writer from which no more are read. */
const WAITING_MAX = 1_000;

export class Commands {
  readonly #ports: CommandsPorts;
  readonly #waiting: CommandRecord[] = [];
  readonly #stopped = new Signal();
  #next: number | null;
  #stopping = false;
  #lost: LostCommands | null = null;
  #told: LostCommands | null = null;

  /** @param next where reading starts; null: at the beginning. */
  constructor(ports: CommandsPorts, next: number | null) {
    this.#ports = ports;
    this.#next = next;
  }

  /** The first command that has no effect yet. */
  peek(): CommandRecord | undefined {
    return this.#waiting[0];
  }

  /** The effect of the first command is in hand, to be committed together with `needed`. */
  advance(): void {
    this.#waiting.shift();
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Offset from which another process would have to read; null while nothing was ever read. */
  get needed(): number | null {
    return this.#waiting[0]?.offset ?? this.#next;
  }

  /** The last ones that were gone before they were read; another object each time. */
  get lost(): LostCommands | null {
    return this.#lost;
  }

  /** Nobody comes across them again, so they are told. @param lost as it was with what is committed of `needed`. */
  committed(lost: LostCommands | null): void {
    if (lost !== null && lost !== this.#told) this.#ports.observe({ kind: 'commandsLost', ...lost });
    this.#told = lost;
  }

  stop(): void {
    this.#stopping = true;
    this.#stopped.notify();
  }

  /** Reads until it is stopped. @throws what the log throws. */
  async run(): Promise<void> {
    while (!this.#stopping) {
      const read = this.#waiting.length < WAITING_MAX ? await this.read() : 0;
      if (read === 0) await this.#stopped.wait(POLL_MS);
      else this.#ports.work.notify();
    }
  }

  /** Reads what is there now. Before rows are looked at, too: a command may be what lets them go on. @returns how many. */
  async read(): Promise<number> {
    const expected = this.#next;
    const { records, from, nextOffset } = await this.#ports.log.read(expected);
    if (expected !== null && from !== expected) this.#lost = { expectedOffset: expected, foundOffset: from };
    this.#waiting.push(...records);
    this.#next = nextOffset;
    return records.length;
  }
}

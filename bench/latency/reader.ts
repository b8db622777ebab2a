/** The independent reader, seen from here: a process of its own, so that nobody else's event loop delays what it notes. */
import type { ChildProcess } from 'node:child_process';
import { BenchError } from '../bench-error.js';
import { childOf } from '../child.js';
import type { ReadEvent } from '../kafka/read-events.js';

export interface ReaderTask {
  readonly broker: string;
  readonly topics: readonly string[];
}

export interface ReceivedEvent extends ReadEvent {
  /** By the reader's clock: ms since 1970. */
  readonly receivedMs: number;
}

/** What the process tells. It is asked only once, without words, for its events. */
export type FromReader =
  | { readonly kind: 'ready' }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'events'; readonly events: readonly ReceivedEvent[] };

const ANSWER_TIMEOUT_MS = 60_000;

export class EventReader {
  /** Events received, as of the last 200 ms. */
  count = 0;
  readonly #child: ChildProcess;
  readonly #ready: Promise<void>;
  readonly #events: Promise<readonly ReceivedEvent[]>;

  private constructor(task: ReaderTask) {
    this.#child = childOf(new URL('reader-process.ts', import.meta.url), task);
    this.#child.on('message', (told: FromReader) => {
      if (told.kind === 'count') this.count = told.count;
    });
    this.#ready = this.#told('ready').then(() => undefined);
    this.#events = this.#told('events').then(({ events }) => events);
    this.#events.catch(() => undefined); // seen by whoever asks for them
  }

  /** Resolves when it reads all partitions. @throws BenchError CHILD_FAILED */
  static async open(task: ReaderTask): Promise<EventReader> {
    const reader = new EventReader(task);
    try {
      await inTime(reader.#ready);
      return reader;
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /** All that came so far. @throws BenchError CHILD_FAILED */
  async events(): Promise<readonly ReceivedEvent[]> {
    if (this.#child.connected) this.#child.send('events');
    return inTime(this.#events);
  }

  close(): void {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
  }

  #told<K extends FromReader['kind']>(kind: K): Promise<Extract<FromReader, { kind: K }>> {
    return new Promise((resolve, reject) => {
      this.#child.on('message', (told: FromReader) => {
        if (isOfKind(told, kind)) resolve(told);
      });
      this.#child.once('error', (cause) => reject(new BenchError('CHILD_FAILED', 'the reader', { cause })));
      this.#child.once('exit', (code, signal) =>
        reject(new BenchError('CHILD_FAILED', `the reader ended: ${signal ?? `exit code ${code}`}`)),
      );
    });
  }
}

const isOfKind = <K extends FromReader['kind']>(told: FromReader, kind: K): told is Extract<FromReader, { kind: K }> =>
  told.kind === kind;

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const fail = (): void =>
      reject(new BenchError('CHILD_FAILED', `no answer of the reader in ${ANSWER_TIMEOUT_MS} ms`));
    timer = setTimeout(fail, ANSWER_TIMEOUT_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** People with the console's page of flows open, seen from here: a process of its own, so that what they receive is read on another event loop. */
import type { ChildProcess } from 'node:child_process';
import { BenchError } from '../bench-error.js';
import { childOf } from '../child.js';

export interface VisitorsTask {
  /** Of Dragoman's HTTP server. */
  readonly url: string;
  readonly connections: number;
}

/** What they were told. */
export interface Visited {
  readonly connections: number;
  /** Contents received by all connections together. */
  readonly contents: number;
  /** Bytes of them, as they came over HTTP. */
  readonly bytes: number;
  /** Connections that ended before they were closed here: more than none, and nothing was measured. */
  readonly lost: number;
}

const OPEN_TIMEOUT_MS = 30_000;

export class Visitors {
  readonly #child: ChildProcess;

  private constructor(task: VisitorsTask) {
    this.#child = childOf(new URL('visitors-process.ts', import.meta.url), task);
  }

  /** Resolves when all of them look. @throws BenchError CHILD_FAILED */
  static async open(task: VisitorsTask): Promise<Visitors> {
    const visitors = new Visitors(task);
    try {
      await visitors.#next();
      return visitors;
    } catch (error) {
      visitors.close();
      throw error;
    }
  }

  /** What they have been told so far. @throws BenchError CHILD_FAILED */
  async visited(): Promise<Visited> {
    const told = this.#next();
    if (this.#child.connected) this.#child.send('visited');
    return told;
  }

  close(): void {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
  }

  /** The process tells only once that all look, and then when it is asked. */
  #next(): Promise<Visited> {
    return new Promise((resolve, reject) => {
      const fail = (words: string): void => reject(new BenchError('CHILD_FAILED', `the visitors: ${words}`));
      const timer = setTimeout(() => fail(`no answer in ${OPEN_TIMEOUT_MS} ms`), OPEN_TIMEOUT_MS);
      this.#child.once('message', (told: Visited) => {
        clearTimeout(timer);
        resolve(told);
      });
      this.#child.once('exit', (code, signal) => {
        clearTimeout(timer);
        fail(`ended: ${signal ?? `exit code ${code}`}`);
      });
    });
  }
}

/** What an orchestrator does: keeps one Dragoman running, starting it again at once whenever it ends. Counts what happens. */
import { setTimeout as delay } from 'node:timers/promises';
import { PATIENCE_FACTOR } from '../stack/patience.js';
import { DragomanProcess, type Exit, type LogLine, type ProcessOptions } from '../dragoman/process.js';

export interface KeeperCounts {
  starts: number;
  kills: number;
  /** Ends that nobody asked for. */
  readonly ownEnds: Exit[];
  restoresWhole: number;
  restoresPart: number;
  /** Errors of the task by code; most are expected while Redis is away. */
  readonly failures: Record<string, number>;
}

/** After an end that nobody asked for; without it a refusal at start would be a busy loop. */
const OWN_END_WAIT_MS = 1_000;

export class Keeper {
  readonly counts: KeeperCounts = { starts: 0, kills: 0, ownEnds: [], restoresWhole: 0, restoresPart: 0, failures: {} };
  #options: ProcessOptions;
  #current: DragomanProcess;
  /** A new process is about to take the place of the current one. */
  #replacement: Promise<void> | undefined;
  #stopping = false;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.#current = this.#start();
  }

  get current(): DragomanProcess {
    return this.#current;
  }

  /** kill -9, and a new process at once. */
  async kill(): Promise<void> {
    this.counts.kills += 1;
    await this.#replace((process) => process.kill());
  }

  /** SIGTERM, and a new process with other options once it is gone. */
  async redeploy(options: Partial<Pick<ProcessOptions, 'configFile' | 'environment'>>): Promise<void> {
    this.#options = { ...this.#options, ...options };
    await this.#replace((process) => process.stop());
  }

  /** Whichever process is the current one by then, has joined the group. @throws ProcessError NEVER_READY */
  async untilJoined(quietMaxMs: number): Promise<void> {
    for (const givenUpMs = performance.now() + PATIENCE_FACTOR * quietMaxMs; ;) {
      const joining = this.#current;
      try {
        return await joining.untilJoined(quietMaxMs);
      } catch (error) {
        if (!joining.hasEnded || this.#stopping || performance.now() > givenUpMs) throw error;
        await delay(OWN_END_WAIT_MS); // somebody killed it, and its successor is on the way
      }
    }
  }

  /** Several who want another process at once get one. */
  async #replace(end: (process: DragomanProcess) => Promise<unknown>): Promise<void> {
    if (this.#replacement !== undefined) {
      await end(this.#current);
      return this.#replacement;
    }
    this.#replacement = end(this.#current).then(() => {
      this.#replacement = undefined;
      if (this.#mayStart()) this.#current = this.#start();
    });
    return this.#replacement;
  }

  /** SIGTERM, and no new process. */
  async stop(): Promise<Exit> {
    this.#stopping = true;
    return this.#current.stop();
  }

  async abandon(): Promise<void> {
    this.#stopping = true;
    await this.#current.kill();
  }

  #start(): DragomanProcess {
    this.counts.starts += 1;
    const started = new DragomanProcess({ ...this.#options, onLine: (line) => this.#count(line) });
    void started.exited.then((exit) => this.#afterEnd(started, exit));
    return started;
  }

  async #afterEnd(ended: DragomanProcess, exit: Exit): Promise<void> {
    if (this.#replacement !== undefined || this.#stopping) return;
    this.counts.ownEnds.push(exit);
    await delay(OWN_END_WAIT_MS);
    if (this.#mayStart() && this.#current === ended) this.#current = this.#start();
  }

  /** Changes while a promise is awaited. */
  #mayStart(): boolean {
    return !this.#stopping;
  }

  #count(line: LogLine): void {
    this.#options.onLine?.(line);
    if (line.msg.startsWith('Redis restored from the whole state topic')) this.counts.restoresWhole += 1;
    if (line.msg.startsWith('Redis brought forward')) this.counts.restoresPart += 1;
    if (line.code !== undefined && line.level !== 'info') {
      this.counts.failures[line.code] = (this.counts.failures[line.code] ?? 0) + 1;
    }
  }
}

export function together(all: readonly KeeperCounts[]): KeeperCounts {
  const sum = (of: (counts: KeeperCounts) => number): number => all.reduce((total, counts) => total + of(counts), 0);
  const failures: Record<string, number> = {};
  for (const counts of all)
    for (const [code, count] of Object.entries(counts.failures)) failures[code] = (failures[code] ?? 0) + count;
  return {
    starts: sum(({ starts }) => starts),
    kills: sum(({ kills }) => kills),
    ownEnds: all.flatMap(({ ownEnds }) => ownEnds),
    restoresWhole: sum(({ restoresWhole }) => restoresWhole),
    restoresPart: sum(({ restoresPart }) => restoresPart),
    failures,
  };
}

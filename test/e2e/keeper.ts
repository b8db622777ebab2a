/** What an orchestrator does: keeps one Dragoman running, starting it again at once whenever it ends. Counts what happens. */
import { setTimeout as delay } from 'node:timers/promises';
import { DragomanProcess, type Exit, type LogLine, type ProcessOptions } from './dragoman-process.js';

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
  #replacing = false;
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
    this.#replacing = true;
    this.counts.kills += 1;
    await this.#current.kill();
    this.#current = this.#start();
    this.#replacing = false;
  }

  /** SIGTERM, and a new process with other options once it is gone. */
  async redeploy(options: Partial<Pick<ProcessOptions, 'configFile' | 'environment'>>): Promise<void> {
    this.#replacing = true;
    this.#options = { ...this.#options, ...options };
    await this.#current.stop();
    this.#current = this.#start();
    this.#replacing = false;
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
    if (this.#replacing || this.#stopping) return;
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
    if (line.msg.startsWith('Redis restored from the whole journal')) this.counts.restoresWhole += 1;
    if (line.msg.startsWith('Redis brought forward')) this.counts.restoresPart += 1;
    if (line.code !== undefined && line.level !== 'info') {
      this.counts.failures[line.code] = (this.counts.failures[line.code] ?? 0) + 1;
    }
  }
}

/**
 * One `dragoman run` as a child process, as a user would start it: for end-to-end runs, integration tests, the bench and the demo. What
 * they need to know of it (where its metrics are, states, troubles) is read from its log's lines on the way. It ends with this process,
 * however that ends.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { projectDirectory } from '../stack/directories.js';
import { patiently } from '../stack/patience.js';
import { type Entry, FROM_SOURCES } from './command.js';
import { guard } from './guard.js';
import { ProcessError } from './process-error.js';

export interface LogLine {
  readonly time: string;
  readonly level: string;
  readonly msg: string;
  readonly http?: string;
  readonly state?: string;
  readonly pipeline?: string;
  /** Of several. */
  readonly shard?: number;
  readonly reason?: string;
  readonly code?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessOptions {
  readonly configFile: string;
  readonly entry?: Entry;
  /** Its whole log is appended here. */
  readonly logFile?: string;
  readonly onLine?: (line: LogLine) => void;
  /** More options of `run`. */
  readonly args?: readonly string[];
  /** Laid over ours. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Ctrl-C in the terminal reaches only this process, which then stops it in order. */
  readonly isOutOfTerminal?: boolean;
}

const STOP_MAX_MS = 30_000;
const POLL_MS = 50;
const LINES_KEPT = 40;
const TROUBLES_KEPT = 5;
const TROUBLE_LENGTH_MAX = 500;
/** Levels that should not occur in a run without faults. */
const TROUBLE = new Set(['warn', 'error', 'fatal']);

export class DragomanProcess {
  readonly pid: number;
  readonly spawnedMs = Date.now();
  readonly exited: Promise<Exit>;
  /** By task, when it last came to `running`, by its own log; without those that do not run. */
  readonly #running = new Map<string, number>();
  /** Warnings and errors in its log, the first few. */
  readonly troubles: string[] = [];
  #url: string | undefined;
  /** Lines so far, and the last of them. */
  #lines = 0;
  readonly #lastLines: string[] = [];
  #ended: Exit | undefined;
  #isEndWanted = false;
  readonly #child: ChildProcess;
  readonly #options: ProcessOptions;

  constructor(options: ProcessOptions) {
    this.#options = options;
    const { entry = FROM_SOURCES, configFile, args = [], environment, isOutOfTerminal = false } = options;
    this.#child = spawn(process.execPath, [...entry, 'run', '-c', configFile, ...args], {
      cwd: projectDirectory,
      env: { ...cleanEnvironment(), ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: isOutOfTerminal,
    });
    this.pid = this.#child.pid ?? 0;
    const release = guard(this.pid);
    this.exited = once(this.#child, 'exit').then(([code, signal]: unknown[]) => {
      release();
      this.#ended = { code: code as number | null, signal: signal as NodeJS.Signals | null };
      this.#running.clear();
      return this.#ended;
    });
    this.#readLog(options.logFile);
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Of the task that came last; undefined while none runs. */
  get runningSinceMs(): number | undefined {
    return this.#running.size === 0 ? undefined : Math.max(...this.#running.values());
  }

  /** Where it answers; empty before it says so. */
  get httpUrl(): string {
    return this.#url ?? '';
  }

  /** The end of its log. */
  get lastWords(): string {
    return this.#lastLines.join('\n');
  }

  /** It has joined the group: with an assignment or standing by. @throws ProcessError NEVER_READY */
  async untilJoined(quietMaxMs = 60_000): Promise<void> {
    await this.#until('joins the group', quietMaxMs, async () => {
      if (this.#url === undefined) return false;
      const answer = await fetch(`${this.#url}/startupz`).catch(() => undefined);
      return answer?.ok === true;
    });
  }

  /** @returns since when, by its own log. @throws ProcessError NEVER_READY */
  async untilRunning(quietMaxMs = 60_000): Promise<number> {
    await this.#until('runs its task', quietMaxMs, () => Promise.resolve(this.runningSinceMs !== undefined));
    return this.runningSinceMs ?? 0;
  }

  /** @throws ProcessError DRAGOMAN_ENDED when nobody asked it to. */
  assertAlive(): void {
    if (this.#ended === undefined || this.#isEndWanted) return;
    throw new ProcessError('DRAGOMAN_ENDED', `${exitText(this.#ended)}; its last words:\n${this.lastWords}`);
  }

  /** Samples of one metric, by their label text; empty while it does not answer. */
  async metric(name: string): Promise<Map<string, number>> {
    const answer = this.#url === undefined ? undefined : await fetch(`${this.#url}/metrics`).catch(() => undefined);
    const text = (await answer?.text().catch(() => '')) ?? '';
    const samples = new Map<string, number>();
    for (const [, labels, number] of text.matchAll(new RegExp(`^${name}(\\{.*\\})? (\\S+)$`, 'gm'))) {
      samples.set(labels ?? '', Number(number));
    }
    return samples;
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<Exit> {
    this.#send('SIGKILL');
    return this.exited;
  }

  /** SIGSTOP: it lives, and does nothing until {@link resume}. */
  pause(): void {
    if (!this.hasEnded) this.#child.kill('SIGSTOP');
  }

  /** SIGCONT */
  resume(): void {
    if (!this.hasEnded) this.#child.kill('SIGCONT');
  }

  /** SIGTERM; by force when that is not enough within 30 s. */
  async stop(): Promise<Exit> {
    this.#send('SIGTERM');
    const late = new AbortController();
    const overdue = delay(STOP_MAX_MS, undefined, { signal: late.signal }).then(
      () => this.kill(),
      () => this.exited,
    );
    const exit = await Promise.race([this.exited, overdue]);
    late.abort();
    return exit;
  }

  #send(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (this.hasEnded) return;
    this.#isEndWanted = true;
    this.#child.kill(signal);
  }

  #readLog(logFile: string | undefined): void {
    const errors = this.#child.stderr;
    if (errors === null) return;
    const log = logFile === undefined ? undefined : createWriteStream(logFile, { flags: 'a' });
    createInterface({ input: errors }).on('line', (text) => {
      log?.write(`${text}\n`);
      this.#read(text);
    });
    void this.exited.then(() => log?.write(`# process ${this.pid} has ended: ${JSON.stringify(this.#ended)}\n`));
    errors.once('close', () => log?.end());
  }

  #read(text: string): void {
    this.#lines += 1;
    this.#lastLines.push(text);
    if (this.#lastLines.length > LINES_KEPT) this.#lastLines.shift();
    const line = parsed(text);
    if (line === undefined) return;
    if (TROUBLE.has(line.level) && this.troubles.length < TROUBLES_KEPT)
      this.troubles.push(text.slice(0, TROUBLE_LENGTH_MAX));
    if (line.http !== undefined) this.#url = line.http;
    if (line.state !== undefined && !this.hasEnded) {
      const task = `${line.pipeline ?? ''} ${line.shard ?? ''}`;
      if (line.state === 'running') this.#running.set(task, Date.parse(line.time));
      else this.#running.delete(task);
    }
    this.#options.onLine?.(line);
  }

  /** As long as its log goes on. */
  async #until(what: string, quietMaxMs: number, isSo: () => Promise<boolean>): Promise<void> {
    const holds = async (): Promise<boolean> => this.hasEnded || (await isSo());
    const isOver = await patiently({ holds, signs: () => this.#lines, quietMaxMs, pollMs: POLL_MS });
    if (isOver && this.#ended === undefined) return;
    const end =
      this.#ended === undefined
        ? `and says nothing more for ${quietMaxMs / 1000} s`
        : `and ended with ${exitText(this.#ended)}`;
    const log = this.#options.logFile === undefined ? '' : `; its log: ${this.#options.logFile}`;
    throw new ProcessError('NEVER_READY', `Dragoman never ${what} ${end}${log}; its last words:\n${this.lastWords}`);
  }
}

const exitText = ({ code, signal }: Exit): string => (code === null ? String(signal) : `exit code ${code}`);

/** The config file decides, not what the caller's shell has set. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DRAGOMAN_')));
}

function parsed(text: string): LogLine | undefined {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return undefined; // words of Node.js itself; they are in the file
  }
}

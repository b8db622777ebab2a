/** One Dragoman process: started by plain `node`, followed by its log, ended by its pid. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { BenchError } from '../bench-error.js';
import type { Build } from './build.js';
import { guard } from './guard.js';

export interface StartOptions {
  readonly build: Build;
  readonly config: string;
  /** Flags of node itself, such as --cpu-prof. */
  readonly nodeFlags?: readonly string[];
}

const RUNNING_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
const TOPICS_TIMEOUT_MS = 60_000;
const LOG_LINES_KEPT = 40;
const TROUBLES_KEPT = 5;
const LINE_LENGTH_MAX = 500;
/** pino's levels that should not occur in a run without faults. */
const TROUBLE = new Set(['warn', 'error', 'fatal']);

export class DragomanProcess {
  readonly pid: number;
  readonly spawnedMs: number;
  /** Warnings and errors in its log, the first few. */
  readonly troubles: string[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #lines: string[] = [];
  readonly #running: Promise<number>;
  #exit: string | null = null;

  constructor({ build, config, nodeFlags = [] }: StartOptions) {
    this.spawnedMs = Date.now();
    this.#child = spawn(process.execPath, [...nodeFlags, build.entry, 'run', '--config', config], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.pid = this.#child.pid ?? 0;
    const release = guard(this.pid);
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#exit = signal ?? `exit code ${code}`;
        release();
        resolve();
      });
    });
    this.#running = new Promise((resolve) => this.#follow(resolve));
  }

  /** Why it has ended, or null. */
  get exit(): string | null {
    return this.#exit;
  }

  get logTail(): string {
    return this.#lines.join('\n');
  }

  /** @returns when its task began to run, by its own log. @throws BenchError DRAGOMAN_ENDED, DRAGOMAN_LATE */
  async running(timeoutMs = RUNNING_TIMEOUT_MS): Promise<number> {
    const late = new Promise<'late'>((resolve) => setTimeout(resolve, timeoutMs, 'late').unref());
    const first = await Promise.race([this.#running, this.#ended, late]);
    if (typeof first === 'number') return first;
    const code = first === 'late' ? 'DRAGOMAN_LATE' : 'DRAGOMAN_ENDED';
    throw new BenchError(code, `no task is running (${this.#exit ?? 'still starting'}):\n${this.logTail}`);
  }

  /** @throws BenchError DRAGOMAN_ENDED */
  assertAlive(): void {
    if (this.#exit !== null) throw new BenchError('DRAGOMAN_ENDED', `${this.#exit}:\n${this.logTail}`);
  }

  /** In good order; by force after 30 s. */
  async stop(): Promise<void> {
    if (this.#exit !== null) return;
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.#ended;
    clearTimeout(force);
  }

  #follow(onRunning: (atMs: number) => void): void {
    if (this.#child.stderr === null) return;
    createInterface({ input: this.#child.stderr }).on('line', (line) => {
      this.#lines.push(line);
      if (this.#lines.length > LOG_LINES_KEPT) this.#lines.shift();
      const entry = parse(line);
      const isTrouble = entry.level !== undefined && TROUBLE.has(entry.level);
      if (isTrouble && this.troubles.length < TROUBLES_KEPT) this.troubles.push(line.slice(0, LINE_LENGTH_MAX));
      if (entry.state === 'running') onRunning(new Date(entry.time ?? Date.now()).getTime());
    });
  }
}

function parse(line: string): { readonly state?: string; readonly level?: string; readonly time?: string | number } {
  try {
    return JSON.parse(line) as ReturnType<typeof parse>;
  } catch {
    return {};
  }
}

/** A new broker knows its topics a moment after it has made them; `dragoman topics` may be called again. */
const TOPICS_ATTEMPTS = 4;

/** `dragoman topics`: makes the topics that it writes. @throws BenchError DRAGOMAN_ENDED */
export async function createOutputTopics(options: StartOptions): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await runTopics(options);
    } catch (error) {
      if (attempt >= TOPICS_ATTEMPTS) throw error;
    }
  }
}

function runTopics({ build, config }: StartOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [build.entry, 'topics', '--sources', '--config', config], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TOPICS_TIMEOUT_MS,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new BenchError('DRAGOMAN_ENDED', `dragoman topics: exit code ${code}\n${output}`));
    });
  });
}

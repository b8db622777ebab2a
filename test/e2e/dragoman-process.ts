/**
 * One Dragoman as a child process, as a user would start it: `dragoman run -c FILE` from the sources. Its log goes to a file;
 * what a test needs to know (where its metrics are, states, restores, failures) is read from the log's lines on the way.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { projectDirectory } from '../stack/directories.js';
import { patiently } from '../stack/patience.js';
import { run, type RunResult } from '../stack/native/run.js';
import { E2eError } from './e2e-error.js';

export interface LogLine {
  readonly time: string;
  readonly level: string;
  readonly msg: string;
  readonly http?: string;
  readonly state?: string;
  readonly reason?: string;
  readonly code?: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProcessOptions {
  readonly configFile: string;
  readonly logFile: string;
  readonly onLine?: (line: LogLine) => void;
  /** More options of `run`. */
  readonly args?: readonly string[];
  /** Laid over ours. */
  readonly environment?: Readonly<Record<string, string>>;
}

const COMMAND = ['--import', 'tsx', 'src/cli/dev.ts'];
const STOP_MAX_MS = 30_000;
const POLL_MS = 50;

export class DragomanProcess {
  readonly exited: Promise<Exit>;
  /** When its task last came to `running`, by its own log; undefined while it does not run. */
  runningSinceMs: number | undefined;
  #url: string | undefined;
  #lines = 0;
  #ended: Exit | undefined;
  readonly #child: ChildProcess;
  readonly #options: ProcessOptions;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.#child = spawn(process.execPath, [...COMMAND, 'run', '-c', options.configFile, ...(options.args ?? [])], {
      cwd: projectDirectory,
      env: { ...cleanEnvironment(), ...options.environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.exited = once(this.#child, 'exit').then(([code, signal]: unknown[]) => {
      this.#ended = { code: code as number | null, signal: signal as NodeJS.Signals | null };
      this.runningSinceMs = undefined;
      return this.#ended;
    });
    this.#readLog(options.logFile);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** It has joined the group: with an assignment or standing by. */
  async untilJoined(quietMaxMs = 60_000): Promise<void> {
    await this.#until('joins the group', quietMaxMs, async () => {
      if (this.#url === undefined) return false;
      const answer = await fetch(`${this.#url}/startupz`).catch(() => undefined);
      return answer?.ok === true;
    });
  }

  async untilRunning(quietMaxMs = 60_000): Promise<number> {
    await this.#until('runs its task', quietMaxMs, () => Promise.resolve(this.runningSinceMs !== undefined));
    return this.runningSinceMs ?? 0;
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
    if (!this.hasEnded) this.#child.kill('SIGKILL');
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
    if (!this.hasEnded) this.#child.kill('SIGTERM');
    const late = new AbortController();
    const overdue = delay(STOP_MAX_MS, undefined, { signal: late.signal }).then(
      () => this.kill(),
      () => this.exited,
    );
    const exit = await Promise.race([this.exited, overdue]);
    late.abort();
    return exit;
  }

  #readLog(logFile: string): void {
    const log = createWriteStream(logFile, { flags: 'a' });
    const errors = this.#child.stderr;
    if (errors === null) return;
    createInterface({ input: errors }).on('line', (text) => {
      log.write(`${text}\n`);
      this.#lines += 1;
      const line = parsed(text);
      if (line === undefined) return;
      if (line.http !== undefined) this.#url = line.http;
      if (line.state !== undefined && !this.hasEnded) {
        this.runningSinceMs = line.state === 'running' ? Date.parse(line.time) : undefined;
      }
      this.#options.onLine?.(line);
    });
    void this.exited.then(() => log.write(`# process ${this.pid ?? 0} has ended: ${JSON.stringify(this.#ended)}\n`));
    errors.once('close', () => log.end());
  }

  /** As long as its log goes on. */
  async #until(what: string, quietMaxMs: number, isSo: () => Promise<boolean>): Promise<void> {
    const holds = async (): Promise<boolean> => this.hasEnded || (await isSo());
    const isOver = await patiently({ holds, signs: () => this.#lines, quietMaxMs, pollMs: POLL_MS });
    if (isOver && this.#ended === undefined) return;
    const end =
      this.#ended === undefined
        ? `and says nothing more for ${quietMaxMs / 1000} s`
        : `and ended with ${this.#ended.code ?? this.#ended.signal ?? ''}`;
    throw new E2eError('NEVER_READY', `Dragoman never ${what} ${end}; its log: ${this.#options.logFile}`);
  }
}

/** Another command of the command line, to its end. @throws E2eError COMMAND_FAILED */
export async function dragomanCommand(...args: string[]): Promise<RunResult> {
  const result = await run(process.execPath, [...COMMAND, ...args], { directory: projectDirectory });
  if (result.exitCode === 0) return result;
  throw new E2eError(
    'COMMAND_FAILED',
    `dragoman ${args.join(' ')} ends with ${result.exitCode ?? '?'}:\n${result.output}`,
  );
}

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

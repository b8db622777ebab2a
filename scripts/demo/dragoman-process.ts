/** Dragoman as a process of its own, started as a user would start it, with a config file for this stack. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { projectDirectory } from '../../test/stack/directories.js';
import type { Endpoints } from '../../test/stack/stack.js';
import { DragomanError } from '../../src/errors.js';

export const NAMESPACE = 'demo';
export const PIPELINE = 'orders';
/** The connector's topic.prefix. */
export const SOURCE = 'legacy';

const OUTPUT_LENGTH_MAX = 4_000;
const STOP_MAX_MS = 25_000;

export class DragomanProcess {
  readonly #configFile: string;
  #child: ChildProcess | null = null;
  #output = '';
  #isStopping = false;

  /** Resolves when the process ends by itself. */
  ended: Promise<void> = new Promise(() => undefined);

  private constructor(configFile: string) {
    this.#configFile = configFile;
  }

  /** Writes the config and creates all topics, also those that the connector will write to. */
  static async prepare(directory: string, endpoints: Pick<Endpoints, 'kafka' | 'redis'>): Promise<DragomanProcess> {
    const configFile = join(directory, 'dragoman.yaml');
    await writeFile(configFile, JSON.stringify(configFor(endpoints), null, 2)); // JSON is YAML
    const dragoman = new DragomanProcess(configFile);
    const [code] = (await once(dragoman.#spawn('topics', '--sources'), 'exit')) as [number | null];
    if (code !== 0) throw dragoman.#failure(`dragoman topics ended with exit code ${code ?? 'none'}`);
    return dragoman;
  }

  start(): void {
    const child = this.#spawn('run');
    this.#child = child;
    this.ended = once(child, 'exit').then(([code]) => {
      if (!this.#isStopping) throw this.#failure(`dragoman run ended with exit code ${String(code)}`);
    });
    this.ended.catch(() => undefined); // also seen by who waits for it
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const overdue = setTimeout(() => child.kill('SIGKILL'), STOP_MAX_MS);
    await exited;
    clearTimeout(overdue);
  }

  #spawn(command: string, ...options: readonly string[]): ChildProcess {
    const args = ['--import', 'tsx', 'src/cli/dev.ts', command, '-c', this.#configFile, ...options];
    // A group of its own: Ctrl-C in the terminal reaches the demo, which then stops it in order.
    const child = spawn(process.execPath, args, {
      cwd: projectDirectory,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const keep = (bytes: Buffer): void => {
      this.#output = (this.#output + bytes.toString()).slice(-OUTPUT_LENGTH_MAX);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    return child;
  }

  #failure(text: string): DragomanError {
    return new DragomanError('INVARIANT_BROKEN', `${text}. Its last words:\n${this.#output.trimEnd()}`);
  }
}

/** One journal partition: its order is the order of all commits. */
const configFor = ({ kafka, redis }: Pick<Endpoints, 'kafka' | 'redis'>): unknown => ({
  namespace: NAMESPACE,
  sourceSystem: 'legacy-orders',
  rules: join(projectDirectory, 'rules'),
  pipelines: { [PIPELINE]: { sources: [{ name: SOURCE, beginning: 'empty' }] } },
  kafka: { brokers: [...kafka.bootstrapServers] },
  redis: { url: `redis://${redis.host}:${redis.port}` },
  journal: { partitions: 1 },
  http: { port: 0 },
  log: { level: 'warn' },
});

/**
 * Processes of one build with one config, started together: one, or as many as the pipeline has shards, of which each is to run one. What is
 * measured of them is taken from the moment at which the first task runs.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Entry } from '../../test/dragoman/command.js';
import { DragomanProcess, type LogLine } from '../../test/dragoman/process.js';
import { BenchError } from '../bench-error.js';
import { cpuAt, peakMemoryMb, type Usage, usageOf } from './usage.js';

export interface ProcessesOptions {
  readonly configFile: string;
  /** What Node runs, with its own options. */
  readonly entry: Entry;
  readonly count: number;
}

const SAMPLE_MS = 50;
/** Lets an assignment that is not the last one show. */
const SETTLE_MS = 500;

export class Processes {
  readonly spawnedMs = Date.now();
  readonly #all: readonly Watched[];
  readonly #sampler: NodeJS.Timeout;

  constructor({ configFile, entry, count }: ProcessesOptions) {
    this.#all = Array.from({ length: count }, () => new Watched(configFile, entry));
    this.#sampler = setInterval(() => this.#all.forEach((one) => one.sample()), SAMPLE_MS);
  }

  /** @returns when the first task ran. @throws ProcessError NEVER_READY; BenchError SHARDS_UNEVEN when one runs more than its own */
  async untilRunning(): Promise<number> {
    await Promise.all(this.#all.map(({ process }) => process.untilRunning()));
    if (this.#all.length > 1) {
      await delay(SETTLE_MS);
      for (const { process, tasks } of this.#all)
        if (tasks.size !== 1)
          throw new BenchError(
            'SHARDS_UNEVEN',
            `a process ran ${[...tasks].join(', ')}, and each was to run one shard: the group did not wait for all of them\n${process.lastWords}`,
          );
    }
    return Math.min(...this.#all.map((one) => one.runningMs));
  }

  assertAlive(): void {
    for (const { process } of this.#all) process.assertAlive();
  }

  get lastWords(): string {
    return this.#all.map(({ process }) => process.lastWords).join('\n');
  }

  get troubles(): string[] {
    return this.#all.flatMap(({ process }) => process.troubles);
  }

  /** Of each, from when its task ran to a moment. */
  cpuMsTo(atMs: number): number[] {
    return this.#all.map((one) => one.cpuMsTo(atMs));
  }

  /** Of the largest; null when one is not known. */
  get peakMemoryMb(): number | null {
    const peaks = this.#all.map(({ process }) => peakMemoryMb(process.pid));
    return peaks.some((peak) => peak === null) ? null : Math.max(...peaks.map(Number));
  }

  async stop(): Promise<void> {
    clearInterval(this.#sampler);
    await Promise.all(this.#all.map(({ process }) => process.stop()));
  }
}

class Watched {
  readonly process: DragomanProcess;
  /** That ran here at any time: shards by their numbers. */
  readonly tasks = new Set<string>();
  readonly #samples: Usage[] = [];
  runningMs = NaN;

  constructor(configFile: string, entry: ProcessesOptions['entry']) {
    const onLine = (line: LogLine): void => this.#see(line);
    this.process = new DragomanProcess({ configFile, entry, onLine });
  }

  sample(): void {
    const usage = usageOf(this.process.pid);
    if (usage !== null) this.#samples.push(usage);
  }

  cpuMsTo(atMs: number): number {
    return cpuAt(this.#samples, atMs) - cpuAt(this.#samples, this.runningMs);
  }

  #see({ state, shard, time }: LogLine): void {
    if (state !== 'running') return;
    this.tasks.add(String(shard ?? 0));
    if (Number.isNaN(this.runningMs)) this.runningMs = Date.parse(time);
  }
}

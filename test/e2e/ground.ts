/** A stack of its own for one run: opened, used, judged, taken down; what is needed to find a fault is kept. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceName } from '../stack/provider.js';
import { openStack, type Stack, type StackOptions } from '../stack/stack.js';
import { keepArtefacts } from './artefacts.js';
import { Cleanup } from './cleanup.js';
import type { Counts } from './report.js';
import type { RunTools } from './tools.js';
import type { Verdict } from './verdict.js';

export interface Outcome {
  /** What was run, when one command runs several things. */
  readonly title?: string;
  readonly counts: Counts;
  readonly right: boolean;
  readonly verdict: Verdict;
  /** More that helps to find a fault. */
  readonly details?: unknown;
}

/** The services of every run. */
export type Common = 'kafka' | 'connect' | 'redis';

export class Ground {
  readonly #cleanups: Cleanup[] = [];

  constructor(
    readonly provider: StackOptions['provider'] & string,
    readonly say: (line: string) => void,
  ) {}

  /** @throws whatever the run throws; logs are kept then too. */
  async use<S extends ServiceName>(
    options: StackOptions<S | Common>,
    run: (tools: RunTools<Stack<S | Common>>) => Promise<Outcome>,
  ): Promise<Outcome> {
    const { provider, say } = this;
    const cleanup = new Cleanup();
    this.#cleanups.push(cleanup);
    const directory = await mkdtemp(join(tmpdir(), 'dragoman-e2e-'));
    let stack: Stack<S | Common> | undefined;
    try {
      const opened = await openStack<S | Common>({ ...options, provider, progress: say });
      cleanup.add(() => opened.down());
      stack = opened;
      const outcome = await run({ stack: opened, directory, cleanup, say, stackGoesToo: true });
      if (outcome.right) await rm(directory, { recursive: true });
      else await keepArtefacts({ directory, stack: opened, ...outcome, say });
      return outcome;
    } catch (error) {
      if (stack !== undefined && !cleanup.hasBegun) await keepArtefacts({ directory, stack, say });
      throw error;
    } finally {
      await cleanup.run();
    }
  }

  /** Everything that is still there. */
  async end(): Promise<void> {
    for (const cleanup of this.#cleanups) await cleanup.run();
  }
}

/**
 * Checks that a member runs: by itself, of each pipeline whose first shard it has, and when the console is asked for one. They run beside its tasks and
 * over connections of their own. Those of the schedule end when the shard goes to another member, which goes on with them.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { LoadedRules } from '../../adapters/files/rules-loader.js';
import type { Config } from '../../config/schema.js';
import { CHECK_KINDS, checkKindOf } from '../../domain/reconciliation/discrepancy.js';
import { taskName } from '../../domain/shard.js';
import { DragomanError } from '../../errors.js';
import type { Observer } from '../../pipeline/events.js';
import type { RunOptions } from '../../reconcile/ports.js';
import { runCheck } from '../../reconcile/run.js';
import { runScheduled, type Scheduled } from '../../reconcile/schedule.js';
import type { Logger } from '../../server/logger.js';
import type { CheckAskedBy, ChecksPorts } from '../console/reconciliation/decide.js';
import { runsNow } from '../operator/reading/register.js';
import { withStores } from '../operator/reading/stored-states.js';
import { ALL, CHECK_OPENERS } from '../reconcile/checks.js';
import { type DeployedPipeline, openDeployment, type RunBy, runPorts } from '../reconcile/deployment.js';
import { openCheck } from '../reconcile/running.js';

export interface ReconcilingPorts {
  readonly config: Config;
  readonly rules: LoadedRules;
  readonly folder: string;
  readonly logger: Logger;
}

/** Who ran it, in the log of commands. */
const BY_ITSELF: RunBy = { by: 'dragoman', reason: 'it was due' };

interface Running {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

export class Reconciling implements ChecksPorts {
  readonly #ports: ReconcilingPorts;
  /** By pipeline. */
  readonly #running = new Map<string, Running>();
  /** The process ends. */
  readonly #leaving = new AbortController();

  constructor(ports: ReconcilingPorts) {
    this.#ports = ports;
  }

  /** Of the task of a first shard, where anything is scheduled. */
  observersOf(task: string): Observer[] {
    const { pipelines } = this.#ports.config;
    const found = Object.entries(pipelines).find(
      ([name, { shards }]) => taskName(name, { index: 0, count: shards }) === task,
    );
    if (found === undefined) return [];
    const [pipeline] = found;
    const scheduled = scheduledIn({ ...this.#ports, pipeline });
    if (scheduled.length === 0) return [];
    return [
      (event) => {
        if (event.kind !== 'state') return;
        if (event.state === 'running') this.#start(pipeline, scheduled);
        else this.#running.get(pipeline)?.stop.abort();
      },
    ];
  }

  names(pipeline: string): readonly string[] {
    return namesIn({ ...this.#ports, pipeline });
  }

  async begin(pipeline: string, check: string, { isRestarted, ...who }: CheckAskedBy): Promise<string> {
    const begin = isRestarted ? 'restart' : 'resume';
    return new Promise((resolve, reject) => {
      const hasBegun = (run: string): void => resolve(run);
      const run = this.#run(pipeline, check, { begin, signal: this.#leaving.signal, isLeft: true }, who, hasBegun);
      run.catch((error: unknown) => {
        reject(error instanceof Error ? error : new Error(String(error)));
        this.#failed(pipeline, check, error); // if it had begun, nobody waits any more
      });
    });
  }

  /** The process ends: what runs ends after what it is reading, and whoever has the pipeline next goes on with it. */
  leave(): void {
    this.#leaving.abort();
    for (const { stop } of this.#running.values()) stop.abort();
  }

  #start(pipeline: string, scheduled: readonly Scheduled[]): void {
    const former = this.#running.get(pipeline);
    if (this.#leaving.signal.aborted || former?.stop.signal.aborted === false) return;
    const stop = new AbortController();
    const ports = {
      runs: () => withStores(this.#ports.config, pipeline, runsNow),
      run: (check: string, signal: AbortSignal) =>
        this.#run(pipeline, check, { begin: 'resume', signal, isLeft: true }, BY_ITSELF).catch((error: unknown) =>
          this.#failed(pipeline, check, error),
        ),
      failed: (error: unknown) =>
        this.#ports.logger.warn({ pipeline, ...shown(error) }, 'which checks are due is not known'),
      nowMs: Date.now,
      sleep: (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal }).catch(() => undefined), // aborted: it is over
    };
    const ended = (former?.ended ?? Promise.resolve()).then(() => runScheduled(scheduled, ports, stop.signal));
    this.#running.set(pipeline, { stop, ended });
  }

  async #run(
    pipeline: string,
    name: string,
    how: Pick<RunOptions, 'begin' | 'signal' | 'isLeft'>,
    who: RunBy,
    hasBegun: (run: string) => void = () => undefined,
  ): Promise<void> {
    const { config, logger } = this.#ports;
    const { ratePerSecondMax: rate, shareMax: share } = config.reconcile[checkKindOf(name)];
    const deployment = await openDeployment({ ...this.#ports, pipeline });
    try {
      const check = await openCheck(deployment, name, ALL);
      try {
        const ports = runPorts(deployment, who, ({ run }) => hasBegun(run));
        const { ended, done, found, gone } = await runCheck(check, { rate, share, ...how }, ports);
        logger.info({ pipeline, check: name, ended, done, found, gone }, 'a check was run');
      } finally {
        await check.close();
      }
    } finally {
      await deployment.close();
    }
  }

  #failed(pipeline: string, check: string, error: unknown): void {
    this.#ports.logger.warn({ pipeline, check, ...shown(error) }, 'a check did not come to its end');
  }
}

export const namesIn = (of: DeployedPipeline): string[] =>
  CHECK_KINDS.flatMap((kind) => CHECK_OPENERS[kind]?.names(of) ?? []);

/** Those that the config asks for, of what the deployment has. */
export const scheduledIn = (of: DeployedPipeline): Scheduled[] =>
  namesIn(of).flatMap((check) => {
    const { everyMs } = of.config.reconcile[checkKindOf(check)];
    return everyMs === null ? [] : [{ check, everyMs }];
  });

const shown = (error: unknown): { readonly code: string; readonly text: string } =>
  error instanceof DragomanError
    ? { code: error.code, text: error.message }
    : { code: 'INTERNAL', text: error instanceof Error ? error.message : String(error) };

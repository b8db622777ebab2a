/**
 * When the service runs checks by itself: each so often, one after the other, and again when a run failed or was broken off. What decides is what the
 * runs themselves have reported, so it is the same whichever member has the pipeline. Pure, but for the loop, to which time and runs come in.
 */
import { type CheckRun, isAlive } from '../domain/reconciliation/check-run.js';

export interface Scheduled {
  /** `source`, `published` or `projection:<consumer>`. */
  readonly check: string;
  /** From the begin of one run that is done to the begin of the next one. */
  readonly everyMs: number;
}

/** A run that failed is tried again after so long, or `everyMs` if that is less. */
export const FAILED_AGAIN_MS = 600_000;
/** How often it is looked at what is due. */
export const LOOK_EVERY_MS = 30_000;

/** The check that is to be run now; null: none. One that lives, wherever it runs, is let be. One that was stopped by a person is not gone on with before its time. */
export function dueCheck(all: readonly Scheduled[], runs: readonly CheckRun[], nowMs: number): string | null {
  const due = all.flatMap(({ check, everyMs }) => {
    const sinceMs =
      nowMs -
      dueMs(
        runs.find((run) => run.check === check),
        everyMs,
        nowMs,
      );
    return sinceMs >= 0 ? [{ check, sinceMs }] : [];
  });
  due.sort((a, b) => b.sinceMs - a.sinceMs);
  return due[0]?.check ?? null;
}

function dueMs(run: CheckRun | undefined, everyMs: number, nowMs: number): number {
  if (run === undefined) return -Infinity;
  if (isAlive(run, nowMs)) return Infinity;
  const { ended, startedAt } = run.progress;
  if (ended === undefined) return Date.parse(run.at); // it was broken off
  if (ended === 'failed') return Date.parse(run.at) + Math.min(everyMs, FAILED_AGAIN_MS);
  return Date.parse(startedAt) + everyMs;
}

export interface SchedulePorts {
  /** Latest runs. */
  readonly runs: () => Promise<readonly CheckRun[]>;
  /** Runs it to its end, and throws nothing: what goes wrong is told where it runs. */
  readonly run: (check: string, signal: AbortSignal) => Promise<void>;
  /** Of what was asked for and did not come. */
  readonly failed: (error: unknown) => void;
  readonly nowMs: () => number;
  /** Resolves after so long, or when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** Until the signal is aborted. */
export async function runScheduled(
  all: readonly Scheduled[],
  { runs, run, failed, nowMs, sleep }: SchedulePorts,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const check = await runs().then(
      (known) => dueCheck(all, known, nowMs()),
      (error: unknown) => {
        failed(error);
        return null;
      },
    );
    if (check !== null && !isOver(signal)) await run(check, signal);
    await sleep(LOOK_EVERY_MS, signal);
  }
}

/** It may be by now, whatever was so before. */
const isOver = ({ aborted }: AbortSignal): boolean => aborted;

/**
 * The latest run of each check. It follows from the commands log alone, so every shard comes to the same, but for how many of what it found are its
 * own. Cells like all others:
 *
 *   ~checks   by check: its latest run
 */
import type { ReportCommand } from '../../domain/command.js';
import { type CheckRun, isAlive } from '../../domain/reconciliation/check-run.js';
import type { Cell } from '../ports.js';

export const CHECKS = '~checks';
/** Of one pipeline: `source`, `published`, and one for each consumer whose view is compared. */
export const CHECKS_MAX = 200;

/** Why a report, or a decision over discrepancies, is refused: the code begins the text of its outcome. docs/errors.md has this table. */
export const RECONCILE_REFUSALS = {
  CHECK_RUNS: 'A run of this check goes on: it reported within the last minute. Wait until it ends, or stop it.',
  CHECK_OVER: 'This run has ended, or another one of its check has begun since: what it reports counts no more.',
  CHECKS_MANY: 'As many checks have reported as one pipeline may have.',
  DISCREPANCY_UNKNOWN:
    'No discrepancy is meant by this that stands so: to be accepted it has to be open, to be revoked accepted.',
  DISCREPANCY_UNTIL_OVER: 'Discrepancies are accepted until an instant after the command, within a year.',
} as const satisfies Readonly<Record<string, string>>;

export type ReconcileRefusal = keyof typeof RECONCILE_REFUSALS;

/** What the report of a run comes to; `repeated`: it was taken before. */
export type RunStep =
  | { readonly kind: 'taken'; readonly run: CheckRun }
  | { readonly kind: 'repeated' }
  | { readonly kind: 'refused'; readonly code: ReconcileRefusal; readonly text: string };

export class Checks {
  readonly #runs = new Map<string, CheckRun>();
  readonly #fresh = new Set<string>();

  /** Forgets everything but these, which are stored. */
  reset(stored: Iterable<readonly [field: string, text: string]>): void {
    this.#runs.clear();
    this.#fresh.clear();
    for (const [check, text] of stored) this.#runs.set(check, runIn(text));
  }

  all(): CheckRun[] {
    return [...this.#runs.values()];
  }

  /** Whether the report counts; if so, the run as it stands by it, with what it found before. Changes nothing. */
  step({ by, at, arguments: report }: ReportCommand): RunStep {
    const { check, run, n, progress } = report;
    const known = this.#runs.get(check);
    const next = { ...{ check, run, n, by, at, progress }, lastDoneAt: known?.lastDoneAt ?? null };
    if (known?.run === run) {
      if (n <= known.n) return { kind: 'repeated' };
      if (known.progress.ended !== undefined) return refused('CHECK_OVER', `Run ${run} is ${known.progress.ended}.`);
      const { found, closed, beyond } = known;
      return { kind: 'taken', run: { ...next, found, closed, beyond } };
    }
    if (n > 0) return refused('CHECK_OVER', `The run of ${check} is ${known?.run ?? 'none'}, not ${run}.`);
    if (known !== undefined && isAlive(known, Date.parse(at)))
      return refused('CHECK_RUNS', `Run ${known.run} of ${check}, by ${known.by}, reported at ${known.at}.`);
    if (known === undefined && this.#runs.size >= CHECKS_MAX)
      return refused('CHECKS_MANY', `${this.#runs.size} have, and ${check} is none of them.`);
    return { kind: 'taken', run: { ...next, ...NONE } };
  }

  put(run: CheckRun): void {
    const isDone = run.progress.ended === 'done';
    this.#runs.set(run.check, isDone ? { ...run, lastDoneAt: run.at } : run);
    this.#fresh.add(run.check);
  }

  /** What is to be stored of it. */
  takeFresh(): Cell[] {
    const cells = [...this.#fresh].map((check): Cell => ({
      hash: CHECKS,
      field: check,
      value: JSON.stringify(this.#runs.get(check)),
    }));
    this.#fresh.clear();
    return cells;
  }
}

const NONE = { found: 0, closed: 0, beyond: 0 };

const refused = (code: ReconcileRefusal, text: string): RunStep => ({ kind: 'refused', code, text });

/** What is stored, as it is meant. */
export const runIn = (text: string): CheckRun => JSON.parse(text) as CheckRun;

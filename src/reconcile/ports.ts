/**
 * What a check is, and what its runner needs of the outside. A check reads: two sides, in chunks, each from a position on. What looks wrong is a
 * candidate; only what a second look shows once more is found (design amendment 21). The runner (`run.ts`) does the rest alike for all checks.
 */
import type { CheckReport, CheckRun } from '../domain/reconciliation/check-run.js';
import type { Discrepancy, DiscrepancyRef, Found } from '../domain/reconciliation/discrepancy.js';

/** What looks wrong, with both sides as they were seen. */
export interface Candidate {
  readonly found: Found;
  /** Both sides as this look saw them, as text or a hash: a second look that sees anything else says that they are changing. */
  readonly seen: string;
}

/**
 * What another look by key shows. `settled`: no difference any more. `inFlight`: not both sides are settled yet. `unknown`: it cannot be looked at now
 * (its table is not read any more, the aggregate is parked): nothing is said of it.
 */
export type Again = Candidate | 'settled' | 'inFlight' | 'unknown';

/** A part of a check's way, in its order. */
export interface Chunk {
  /** Where a later run goes on once this is reported, at most `POSITION_CHARS_MAX`; never ''. */
  readonly position: string;
  /** Rows, events or keys looked at in it: what the rate and the estimate count. */
  readonly looked: number;
  readonly candidates: readonly Candidate[];
  /** Counted in it and not compared, by a word: `parked`, `retired`, `expired`. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Reads only. Each of its reads is tried again where that may help; what it throws ends the run as failed, to be resumed at its position. */
export interface Check {
  /** `source`, `published` or `projection:<consumer>`. */
  readonly name: string;
  /** About how much there is to look at, all in all, whatever the position; null: not known. May ask. */
  size(): Promise<number | null>;
  /**
   * From a position on, to the end. The runner asks for the next chunk when it wants it: it keeps the rate.
   * @param from '' begins. @throws DragomanError RECONCILE_POSITION when the position is none of this check, or cannot be gone on from.
   */
  chunks(from: string): AsyncIterable<Chunk>;
  /**
   * Looks once more by key, after whatever was under way at the first look is done: the check itself waits for that, bounded. Of each ref what it
   * shows, in the order asked for. Asked for candidates of this run, and at its end for what was open before and was not found by it.
   * @param signal aborted when the run is stopped: it then answers `unknown`, or throws.
   */
  again(refs: readonly DiscrepancyRef[], signal: AbortSignal): Promise<readonly Again[]>;
  /** For people, of this run: what is no discrepancy, and one has to know (what it cannot compare, and why). Asked at the end of a run. */
  readonly notices?: () => readonly string[];
  close(): Promise<void>;
}

/** What is known by the cells of a pipeline, of all shards. */
export interface Register {
  /** The latest run; null: none ever reported. As the first shard has it. */
  run(check: string): Promise<CheckRun | null>;
  /** Of a check, those that are open or accepted. */
  standing(check: string): AsyncIterable<Discrepancy>;
}

export interface RunPorts {
  readonly register: Register;
  /** Into the commands log, one after the other. */
  readonly send: (report: CheckReport) => Promise<unknown>;
  readonly nowMs: () => number;
  /** Resolves after so long, or when the signal is aborted. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
  readonly newId: () => string;
  readonly observe: (told: RunTold) => void;
}

export interface RunOptions {
  /** Rows, events or keys a second at most. */
  readonly rate: number;
  /** Of the time, what the check may read in: the rest of it is left to others. 0 to 1. */
  readonly share: number;
  /** `resume`: goes on where the last run was broken off, if it was. */
  readonly begin: 'resume' | 'restart';
  /** Aborted: the run ends after what is under way, and can be resumed. */
  readonly signal: AbortSignal;
  /** When it is aborted it is left as if the process had ended: whoever comes next goes on with it. Else it is stopped, and that is reported. */
  readonly isLeft?: boolean;
}

/** To be shown while it runs; the first time when it has begun. */
export interface RunTold {
  readonly check: string;
  readonly run: string;
  readonly done: number;
  readonly of: number | null;
  readonly ratePerSecond: number;
  /** Null: not known. */
  readonly secondsLeft: number | null;
  readonly found: number;
}

export interface RunResult {
  readonly run: string;
  /** A run that fails throws. */
  readonly ended: 'done' | 'stopped' | 'left';
  /** Since the run began, those before it was resumed among them. */
  readonly done: number;
  /** Found, and seen to have settled, since this process began it. */
  readonly found: number;
  readonly gone: number;
  /** See `CheckProgress.counts`. */
  readonly counts: Readonly<Record<string, number>>;
  /** Of this process. */
  readonly seconds: number;
  /** See `Check.notices`. */
  readonly notices: readonly string[];
  /** The pipeline has taken all reports. */
  readonly isTaken: boolean;
}

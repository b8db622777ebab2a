/**
 * One run of a check, the same for all of them: looks chunk by chunk at the rate that it may, holds what looks wrong until a second look, reports what
 * is found, looks again at what was found before, and ends. A run that was broken off goes on where the last report of it says.
 *
 *   first look    candidates wait; the position stays before them
 *   second look   when there are many, when the oldest has waited, at the end; what shows the same once more is reported, with the position
 *   end           what was open before this run and was not found by it is looked at once more; what shows no difference is settled by itself
 */
import { type CheckProgress, isAlive } from '../domain/reconciliation/check-run.js';
import type { DiscrepancyRef, Found } from '../domain/reconciliation/discrepancy.js';
import { DragomanError } from '../errors.js';
import { estimate, Pace } from './pace.js';
import type { Again, Candidate, Check, Chunk, RunOptions, RunPorts, RunResult } from './ports.js';
import { Reporter } from './reporter.js';
import { secondLook } from './second-look.js';

/** Candidates after which a second look is taken. */
export const CANDIDATES_MAX = 500;
/** How long the oldest of them waits for one at most. */
const WAIT_MAX_MS = 60_000;
/** A run reports so often, whatever there is to say; well below the time after which it counts as dead. */
export const REPORT_EVERY_MS = 15_000;
/** Of one run; what is found beyond is counted, and not looked at again. */
export const FOUND_RUN_MAX = 100_000;
/** Looked at together at the end. */
const AGAIN_MAX = 200;
const TEXT_CHARS = 500;

/** @throws what the check throws, after that is reported; COMMAND_REFUSED (CHECK_RUNS, CHECK_OVER), COMMAND_UNANSWERED */
export const runCheck = (check: Check, options: RunOptions, ports: RunPorts): Promise<RunResult> =>
  new Run(check, options, ports).run();

type Ahead = Pick<CheckProgress, 'position' | 'done' | 'counts'>;

class Run {
  readonly #check: Check;
  readonly #options: RunOptions;
  readonly #ports: RunPorts;
  readonly #reporter: Reporter;
  readonly #begunMs: number;
  /** As it is reported: up to where everything is looked at for good. */
  #progress: CheckProgress;
  /** With what still waits for its second look. */
  #ahead: Ahead = { position: '', done: 0, counts: {} };
  /** Done before this process took it up. */
  #before = 0;
  #waiting: Candidate[] = [];
  #waitingSinceMs = 0;
  readonly #found = new Set<string>();
  #gone = 0;
  #reportedMs: number;

  constructor(check: Check, options: RunOptions, ports: RunPorts) {
    this.#check = check;
    this.#options = options;
    this.#ports = ports;
    this.#reporter = new Reporter(check.name, ports);
    this.#begunMs = ports.nowMs();
    this.#reportedMs = this.#begunMs;
    this.#progress = { startedAt: this.#now(), position: '', done: 0, of: null, counts: {} };
  }

  async run(): Promise<RunResult> {
    await this.#begin();
    try {
      this.#progress = { ...this.#progress, of: await this.#alive(this.#check.size()) };
      await this.#lookAtAll();
      if (!this.#isOver()) await this.#lookAgain();
      if (!this.#isOver()) await this.#lookAtKnown();
      if (!this.#isOver()) return await this.#end('done');
      return this.#options.isLeft === true ? this.#result('left', true) : await this.#end('stopped');
    } catch (error) {
      await this.#fail(error);
      throw error;
    }
  }

  async #begin(): Promise<void> {
    const { register, nowMs } = this.#ports;
    const known = await register.run(this.#check.name);
    if (known !== null && isAlive(known, nowMs()))
      throw new DragomanError(
        'COMMAND_REFUSED',
        `CHECK_RUNS: run ${known.run} of ${known.check}, by ${known.by}, reported at ${known.at}. Wait until it ends, or stop it.`,
        { details: { check: known.check, run: known.run } },
      );
    const isResumed = this.#options.begin === 'resume' && known !== null && known.progress.ended !== 'done';
    if (isResumed && known.progress.position !== '') {
      const { startedAt, position, done, of, counts } = known.progress;
      this.#progress = { startedAt, position, done, of, counts };
      this.#ahead = { position, done, counts };
      this.#before = done;
    }
    await this.#reporter.begin(this.#progress);
    this.#tell();
  }

  async #lookAtAll(): Promise<void> {
    const { nowMs, sleep } = this.#ports;
    const { signal } = this.#options;
    const pace = new Pace(this.#options, nowMs());
    const chunks = this.#check.chunks(this.#ahead.position)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const begunMs = nowMs();
        const next = await this.#alive(chunks.next());
        if (next.done === true || this.#isOver()) return;
        this.#take(next.value);
        const waitMs = pace.waitMs(next.value.looked, nowMs() - begunMs, nowMs());
        if (this.#isSecondLookDue()) await this.#lookAgain();
        else if (nowMs() - this.#reportedMs >= REPORT_EVERY_MS) await this.#report();
        if (waitMs > 0) await sleep(waitMs, signal);
        if (this.#isOver()) return;
      }
    } finally {
      await chunks.return?.(undefined);
    }
  }

  #take({ position, looked, candidates, counts }: Chunk): void {
    const ahead = this.#ahead;
    this.#ahead = { position, done: ahead.done + looked, counts: added(ahead.counts, counts) };
    if (this.#waiting.length === 0) this.#waitingSinceMs = this.#ports.nowMs();
    const room = Math.max(0, FOUND_RUN_MAX - this.#found.size - this.#waiting.length);
    this.#waiting.push(...candidates.slice(0, room));
    this.#count('beyond', candidates.length - Math.min(room, candidates.length));
    this.#tell();
  }

  #isSecondLookDue(): boolean {
    const { length } = this.#waiting;
    return length >= CANDIDATES_MAX || (length > 0 && this.#ports.nowMs() - this.#waitingSinceMs >= WAIT_MAX_MS);
  }

  /** At all that waits, in parts; then the position is behind it. */
  async #lookAgain(): Promise<void> {
    const lookedAt = this.#now();
    const found: Found[] = [];
    while (this.#waiting.length > 0) {
      const some = this.#waiting.slice(0, CANDIDATES_MAX);
      const looked = secondLook(some, await this.#again(some.map((each) => each.found)));
      if (this.#isOver()) return;
      this.#waiting = this.#waiting.slice(some.length);
      found.push(...looked.found);
      for (const kind of ['inFlight', 'unknown'] as const) this.#count(kind, looked[kind]);
    }
    for (const { id } of found) this.#found.add(id);
    await this.#report(found, [], lookedAt);
  }

  /** What was found by an earlier run, and not by this one. */
  async #lookAtKnown(): Promise<void> {
    let refs: DiscrepancyRef[] = [];
    const look = async (): Promise<void> => {
      const lookedAt = this.#now();
      const again = await this.#again(refs);
      if (this.#isOver()) return;
      const gone = refs.flatMap(({ id }, i) => (again[i] === 'settled' ? [id] : []));
      const still = again.flatMap((each) => (typeof each === 'string' ? [] : [each.found]));
      this.#gone += gone.length;
      for (const { id } of still) this.#found.add(id);
      refs = [];
      await this.#report(still, gone, lookedAt);
    };
    for await (const known of this.#ports.register.standing(this.#check.name)) {
      if (this.#isOver()) return;
      if (this.#found.has(known.id) || known.lastSeen >= this.#progress.startedAt) continue;
      refs.push(known);
      if (refs.length >= AGAIN_MAX) await look();
    }
    if (refs.length > 0) await look();
  }

  #again(refs: readonly DiscrepancyRef[]): Promise<readonly Again[]> {
    return this.#alive(this.#check.again(refs, this.#options.signal));
  }

  async #report(found: readonly Found[] = [], gone: readonly string[] = [], lookedAt = this.#now()): Promise<void> {
    if (this.#waiting.length === 0) this.#progress = { ...this.#progress, ...this.#ahead };
    this.#reportedMs = this.#ports.nowMs();
    await this.#reporter.report({ found, gone }, this.#progress, lookedAt);
    this.#tell();
  }

  async #end(ended: 'done' | 'stopped'): Promise<RunResult> {
    const text = (this.#check.notices?.() ?? []).join(' ').slice(0, TEXT_CHARS);
    this.#progress = { ...this.#progress, ended, ...(text === '' ? {} : { text }) };
    await this.#reporter.report({ found: [], gone: [] }, this.#progress, this.#now());
    return this.#result(ended, await this.#reporter.settle());
  }

  #result(ended: RunResult['ended'], isTaken: boolean): RunResult {
    const { done, counts } = this.#ahead;
    const seconds = (this.#ports.nowMs() - this.#begunMs) / 1_000;
    const { run } = this.#reporter;
    const notices = this.#check.notices?.() ?? [];
    return { run, ended, done, found: this.#found.size, gone: this.#gone, counts, seconds, notices, isTaken };
  }

  async #fail(error: unknown): Promise<void> {
    // Another run counts, or nobody takes reports: there is nobody to tell.
    if (error instanceof DragomanError && ['COMMAND_REFUSED', 'COMMAND_UNANSWERED'].includes(error.code)) return;
    const words = error instanceof DragomanError ? `${error.code}: ${error.message}` : String(error);
    this.#progress = { ...this.#progress, ended: 'failed', text: words.slice(0, TEXT_CHARS) };
    const telling = this.#reporter.report({ found: [], gone: [] }, this.#progress, this.#now());
    await telling.catch(() => undefined); // why it failed counts; unreported, the run is dead after a minute
  }

  /** While something lasts, the run says that it lives. */
  async #alive<T>(work: Promise<T>): Promise<T> {
    const over = new AbortController();
    const isOver = (): boolean => over.signal.aborted;
    const end = (): void => over.abort();
    const ended = work.then(end, end);
    while (!isOver()) {
      await Promise.race([ended, this.#ports.sleep(REPORT_EVERY_MS, over.signal)]);
      if (!isOver() && this.#ports.nowMs() - this.#reportedMs >= REPORT_EVERY_MS) await this.#report();
    }
    return work;
  }

  #count(kind: string, more: number): void {
    if (more > 0) this.#ahead = { ...this.#ahead, counts: added(this.#ahead.counts, { [kind]: more }) };
  }

  #tell(): void {
    const { done } = this.#ahead;
    const { of } = this.#progress;
    const seconds = (this.#ports.nowMs() - this.#begunMs) / 1_000;
    const estimated = estimate({ done, of, before: this.#before }, seconds);
    const { run } = this.#reporter;
    this.#ports.observe({ check: this.#check.name, run, done, of, ...estimated, found: this.#found.size });
  }

  /** Asked anew each time. */
  #isOver(): boolean {
    return this.#options.signal.aborted;
  }

  #now(): string {
    return new Date(this.#ports.nowMs()).toISOString();
  }
}

function added(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sums = new Map(Object.entries(a));
  for (const [kind, count] of Object.entries(b)) sums.set(kind, (sums.get(kind) ?? 0) + count);
  return Object.fromEntries(sums);
}

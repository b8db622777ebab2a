/** A check over two sides that are lists of numbers, and a pipeline in memory that takes its reports: time is the test's. */
import type { CommandOutcome } from '../../../src/domain/command.js';
import type { CheckReport } from '../../../src/domain/reconciliation/check-run.js';
import type { DiscrepancyRef } from '../../../src/domain/reconciliation/discrepancy.js';
import { WHOLE } from '../../../src/domain/shard.js';
import { Checks } from '../../../src/pipeline/discrepancies/checks.js';
import { Discrepancies } from '../../../src/pipeline/discrepancies/register.js';
import { takeDiscrepancies } from '../../../src/pipeline/discrepancies/reporting.js';
import type { Again, Candidate, Check, Chunk, RunOptions, RunPorts, RunTold } from '../../../src/reconcile/ports.js';
import { BEGUN, foundOf, reportOf } from './reports.js';

/** What both sides have of a number; absent: it is right. */
export type Wrong = 'missing' | 'different';

export interface MadeSides {
  readonly size: number;
  /** Numbers that are wrong now; a test changes it as it likes. */
  readonly wrong: Map<number, Wrong>;
}

const CHUNK = 100;

export class MadeCheck implements Check {
  readonly name = 'source';
  /** How often each number was looked at by `chunks`. */
  readonly looked: number[] = [];
  closed = 0;
  /** Called before each second look, and before each chunk: a test lets the sides change, or time pass. */
  beforeAgain: () => void = () => undefined;
  beforeChunk: (first: number) => void = () => undefined;
  readonly #sides: MadeSides;
  readonly #changed = new Set<number>();

  constructor(sides: MadeSides) {
    this.#sides = sides;
  }

  size(): Promise<number> {
    return Promise.resolve(this.#sides.size);
  }

  /** What is there once more looks otherwise than it did. */
  change(number: number): void {
    this.#changed.add(number);
  }

  async *chunks(from: string): AsyncIterable<Chunk> {
    for (let first = from === '' ? 0 : Number(from); first < this.#sides.size; first += CHUNK) {
      this.beforeChunk(first);
      const end = Math.min(first + CHUNK, this.#sides.size);
      const numbers = Array.from({ length: end - first }, (_, i) => first + i);
      this.looked.push(...numbers);
      const candidates = numbers.flatMap((number) => this.#candidate(number) ?? []);
      yield await Promise.resolve({ position: String(end), looked: end - first, candidates, counts: { parked: 1 } });
    }
  }

  again(refs: readonly DiscrepancyRef[]): Promise<readonly Again[]> {
    this.beforeAgain();
    return Promise.resolve(refs.map(({ businessKey }) => this.#candidate(Number(businessKey)) ?? 'settled'));
  }

  close(): Promise<void> {
    this.closed += 1;
    return Promise.resolve();
  }

  #candidate(number: number): Candidate | null {
    const is = this.#sides.wrong.get(number);
    if (is === undefined) return null;
    return { found: foundOf(String(number), { class: is }), seen: this.#changed.has(number) ? 'changed' : is };
  }
}

/** Takes reports as a pipeline does, after a while of its own. */
export class MadePipeline {
  readonly checks = new Checks();
  readonly discrepancies = new Discrepancies();
  readonly outcomes: (CommandOutcome | null)[] = [];
  readonly reports: CheckReport[] = [];
  readonly told: RunTold[] = [];
  nowMs = Date.parse(BEGUN);
  /** It takes nothing while it stands. */
  isStanding = false;
  by = 'ada';
  #waiting: CheckReport[] = [];
  #ids = 0;

  readonly ports: RunPorts = {
    register: {
      run: (check) => Promise.resolve(this.checks.all().find((run) => run.check === check) ?? null),
      standing: (check) => this.#standing(check),
    },
    send: (report) => {
      this.reports.push(report);
      this.#waiting.push(report);
      return Promise.resolve();
    },
    nowMs: () => this.nowMs,
    sleep: (ms, signal) => this.#sleep(ms, signal),
    newId: () => `0f8fad5b-d9cb-469f-a165-${String((this.#ids += 1)).padStart(12, '0')}`,
    observe: (told) => void this.told.push(told),
  };

  /** What a run found that was taken. */
  standing(): Record<string, string> {
    return Object.fromEntries(
      [...this.discrepancies.all()].map(({ businessKey, state }) => [businessKey, state.is] as const),
    );
  }

  take(): void {
    if (this.isStanding) return;
    for (const report of this.#waiting.splice(0)) {
      const command = { ...reportOf({ run: report.run }, 0, 0), by: this.by, at: new Date(this.nowMs).toISOString() };
      this.outcomes.push(takeDiscrepancies({ ...command, arguments: report }, this, WHOLE));
    }
  }

  async *#standing(check: string) {
    for (const each of this.discrepancies.all())
      if (each.check === check && each.state.is !== 'closed') yield await Promise.resolve(each);
  }

  async #sleep(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve)); // whatever goes on beside it comes first
    if (signal.aborted) return;
    this.nowMs += ms;
    this.take();
  }
}

export const options = (more: Partial<RunOptions> = {}): RunOptions => ({
  ...{ rate: 1_000_000, share: 1, begin: 'resume', signal: new AbortController().signal },
  ...more,
});

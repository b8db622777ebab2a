/** What is expected, counted: what became of it, how much of it is overdue now, and since when. */
import type { Decision } from '../domain/state/journal-entry.js';
import type { PipelineEvent } from '../pipeline/events.js';
import { ageSeconds } from './ages.js';
import type { Contexts } from './contexts.js';
import type { Series, TaskLabels } from './series.js';
import type { Shown } from './shown.js';

type OverdueTold = Extract<PipelineEvent, { kind: 'overdue' }>;

/** What was due in one hour and has not happened. */
interface Hour {
  count: number;
  /** Of all that was in it since it was empty. */
  oldestMs: number;
}

const HOUR_MS = 3_600_000;

interface Ground {
  readonly shown: Shown;
  readonly contexts: Contexts;
}

export class DeadlineWatch {
  readonly #series: Series;
  readonly #task: TaskLabels;
  readonly #ground: Ground;
  /** By fact and hour: so much at most, however many aggregates are overdue. */
  readonly #overdue = new Map<string, Map<number, Hour>>();

  constructor(series: Series, task: TaskLabels, ground: Ground) {
    this.#series = series;
    this.#task = task;
    this.#ground = ground;
  }

  decided({ deadlines = [], context }: Decision): void {
    for (const { fact, became: outcome } of deadlines)
      this.#series.expectedFacts.inc({
        ...{ ...this.#task, fact, outcome },
        context: this.#ground.contexts.label(context),
      });
  }

  /** What was overdue before is told anew. */
  begin(): void {
    for (const hours of this.#overdue.values()) hours.clear();
  }

  overdue({ fact, dueMs, more }: Pick<OverdueTold, 'fact' | 'dueMs' | 'more'>): void {
    const hours = this.#overdue.get(fact) ?? new Map<number, Hour>();
    this.#overdue.set(fact, hours);
    const at = Math.floor(dueMs / HOUR_MS);
    const hour = hours.get(at) ?? { count: 0, oldestMs: dueMs };
    hour.count += more;
    hour.oldestMs = Math.min(hour.oldestMs, dueMs);
    if (hour.count > 0) hours.set(at, hour);
    else hours.delete(at);
  }

  /** Writes the gauges as they are at this moment. */
  refresh(nowMs: number): void {
    for (const [fact, hours] of this.#overdue) {
      let [count, oldestMs] = [0, Infinity];
      for (const hour of hours.values()) {
        count += hour.count;
        oldestMs = Math.min(oldestMs, hour.oldestMs);
      }
      const labels = { ...this.#task, fact };
      this.#ground.shown.set(this.#series.overdueFacts, labels, count);
      this.#ground.shown.set(this.#series.overdueOldest, labels, count === 0 ? 0 : ageSeconds(oldestMs, nowMs));
    }
  }

  /** The task is another member's now. */
  forget(): void {
    this.#overdue.clear();
  }
}

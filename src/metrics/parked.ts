/**
 * What is parked, counted by reason and by what is at stake, and how long the oldest of each has been waiting. Told by events, written
 * when the metrics are read, forgotten when the pipeline moves to another member.
 */
import type { ParkedAggregate } from '../pipeline/events.js';
import { ageSeconds } from './ages.js';
import type { Series, TaskLabels } from './series.js';

export class ParkedWatch {
  readonly #series: Series;
  readonly #task: TaskLabels;
  /** By aggregate. */
  readonly #parked = new Map<string, ParkedAggregate>();
  /** What was written, to be taken back. */
  readonly #written = new Set<string>();

  constructor(series: Series, task: TaskLabels) {
    this.#series = series;
    this.#task = task;
  }

  add(parked: ParkedAggregate): void {
    this.#parked.set(`${parked.aggregate}:${parked.id}`, parked);
  }

  remove({ aggregate, id }: Pick<ParkedAggregate, 'aggregate' | 'id'>): void {
    this.#parked.delete(`${aggregate}:${id}`);
  }

  /** Writes the gauges as they are at this moment. */
  refresh(nowMs: number): void {
    const task = this.#task;
    const counts = new Map<string, { reason: string; importance: string; count: number }>();
    const oldestMs = new Map<string, number>();
    for (const { code: reason, severity: importance, sinceMs } of this.#parked.values()) {
      const name = `${reason} ${importance}`;
      counts.set(name, { reason, importance, count: (counts.get(name)?.count ?? 0) + 1 });
      oldestMs.set(importance, Math.min(sinceMs, oldestMs.get(importance) ?? sinceMs));
    }
    this.#takeBack();
    for (const [name, { reason, importance, count }] of counts) {
      this.#series.parked.set({ ...task, reason, importance }, count);
      this.#written.add(name);
    }
    for (const [importance, sinceMs] of oldestMs)
      this.#series.parkedOldest.set({ ...task, importance }, ageSeconds(sinceMs, nowMs));
  }

  /** The task is another member's now. */
  forget(): void {
    this.#parked.clear();
    this.#takeBack();
  }

  #takeBack(): void {
    const task = this.#task;
    for (const name of this.#written) {
      const [reason = '', importance = ''] = name.split(' ');
      this.#series.parked.remove({ ...task, reason, importance });
      this.#series.parkedOldest.remove({ ...task, importance });
    }
    this.#written.clear();
  }
}

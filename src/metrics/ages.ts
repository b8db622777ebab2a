/**
 * What grows while nothing happens: lag and ages. Told by events, computed when the metrics are read, forgotten when the pipeline
 * moves to another member, so that an old owner does not report a lag for ever.
 */
import type { PipelineEvent } from '../pipeline/events.js';
import type { Series, TaskLabels } from './series.js';

type Consumed = Extract<PipelineEvent, { kind: 'consumed' }>;
type ClockTold = Extract<PipelineEvent, { kind: 'clock' }>;
type Sequenced = Extract<PipelineEvent, { kind: 'sequenced' }>;

interface PartitionAge {
  readonly topic: string;
  readonly partition: string;
  readonly lagRecords: number;
  /** Source time of the newest row read; when none was read yet, when the lag was first seen. Null without lag. */
  readonly behindSinceMs: number | null;
}

export class Ages {
  readonly #series: Series;
  readonly #task: TaskLabels;
  readonly #partitions = new Map<string, PartitionAge>();
  readonly #newestMs = new Map<string, number>();
  readonly #oldestOpenMs = new Map<string, number | null>();
  /** Sources whose time is shown. */
  #clocked: string[] = [];
  #newestReadMs: number | null = null;
  /** Since when rows were read without a commit after them; it goes on while the task recovers. */
  #uncommittedSinceMs: number | null = null;

  constructor(series: Series, task: TaskLabels) {
    this.#series = series;
    this.#task = task;
  }

  consumed(event: Consumed, nowMs: number): void {
    const { topic, partition, records, lagRecords, newestSourceTimeMs } = event;
    if (records > 0) {
      this.#newestReadMs = nowMs;
      this.#uncommittedSinceMs ??= nowMs;
    }
    const newest = newestSourceTimeMs ?? this.#newestMs.get(partition) ?? null;
    if (newest !== null) this.#newestMs.set(partition, newest);
    const before = this.#partitions.get(partition)?.behindSinceMs ?? nowMs;
    const behindSinceMs = lagRecords === 0 ? null : (newest ?? before);
    const number = partition.slice(topic.length + 1);
    this.#partitions.set(partition, { topic, partition: number, lagRecords, behindSinceMs });
  }

  /** What was read before the commit began is in it, or waits for its transaction (`oldestOpen`). */
  committed(seconds: number, nowMs: number): void {
    const begunMs = nowMs - seconds * 1_000;
    this.#uncommittedSinceMs = (this.#newestReadMs ?? begunMs) > begunMs ? begunMs : null;
  }

  sequenced({ source, openTransactions, heldRows, oldestOpenTimeMs, held }: Sequenced): void {
    const labels = { ...this.#task, source };
    this.#series.openTransactions.set(labels, openTransactions);
    this.#series.heldRows.set(labels, heldRows);
    this.#series.transactionHeld.set(labels, held === null ? 0 : 1);
    this.#oldestOpenMs.set(source, oldestOpenTimeMs);
  }

  clock({ clockMs, sources }: ClockTold): void {
    this.#forgetClock();
    if (clockMs !== null) this.#series.clock.set(this.#task, clockMs / 1_000);
    for (const { source, timeMs } of sources) {
      if (timeMs === null) continue;
      this.#series.sourceClock.set({ ...this.#task, source }, timeMs / 1_000);
      this.#clocked.push(source);
    }
  }

  #forgetClock(): void {
    this.#series.clock.remove(this.#task);
    for (const source of this.#clocked) this.#series.sourceClock.remove({ ...this.#task, source });
    this.#clocked = [];
  }

  /** Writes the gauges as they are at this moment. */
  refresh(nowMs: number): void {
    this.#series.uncommitted.set(this.#task, ageSeconds(this.#uncommittedSinceMs, nowMs));
    for (const { topic, partition, lagRecords, behindSinceMs } of this.#partitions.values()) {
      this.#series.lagRecords.set({ ...this.#task, topic, partition }, lagRecords);
      this.#series.lagSeconds.set({ ...this.#task, topic, partition }, ageSeconds(behindSinceMs, nowMs));
    }
    for (const [topic, newestMs] of this.#newestByTopic())
      this.#series.sourceLastEvent.set({ ...this.#task, topic }, newestMs / 1000);
    for (const [source, oldestMs] of this.#oldestOpenMs) {
      this.#series.oldestOpen.set({ ...this.#task, source }, ageSeconds(oldestMs, nowMs));
    }
  }

  /** The task is another member's now. */
  forget(): void {
    for (const { topic, partition } of this.#partitions.values()) {
      this.#series.lagRecords.remove({ ...this.#task, topic, partition });
      this.#series.lagSeconds.remove({ ...this.#task, topic, partition });
      this.#series.sourceLastEvent.remove({ ...this.#task, topic });
    }
    this.#partitions.clear();
    this.#newestMs.clear();
    [this.#newestReadMs, this.#uncommittedSinceMs] = [null, null];
    this.#forgetClock();
    this.forgetOpen();
  }

  /** The task is not running: what it held open is read again later. */
  forgetOpen(): void {
    for (const source of this.#oldestOpenMs.keys()) {
      const labels = { ...this.#task, source };
      this.#series.openTransactions.remove(labels);
      this.#series.heldRows.remove(labels);
      this.#series.transactionHeld.remove(labels);
      this.#series.oldestOpen.remove(labels);
    }
    this.#oldestOpenMs.clear();
  }

  #newestByTopic(): Map<string, number> {
    const newest = new Map<string, number>();
    for (const [partition, { topic }] of this.#partitions) {
      const timeMs = this.#newestMs.get(partition);
      if (timeMs !== undefined) newest.set(topic, Math.max(timeMs, newest.get(topic) ?? 0));
    }
    return newest;
  }
}

/** Never negative: clocks of two machines differ. */
export const ageSeconds = (sinceMs: number | null, nowMs: number): number =>
  sinceMs === null ? 0 : Math.max(0, nowMs - sinceMs) / 1000;

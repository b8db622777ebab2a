/**
 * Reads a log as consumers do: partitions in any order relative to each other, only what is visible yet, ends of partitions
 * asked when the sequencer wants them and answered later (nothing is read in between, as in the pipeline's reader), and again from any earlier boundary (a restart, or another owner that
 * starts from an older one).
 */
import type { Decoder } from '../../../src/decode/decoder.js';
import type { Step } from '../../../src/domain/source/transaction.js';
import type { Frontier } from '../../../src/sequence/frontier/frontier.js';
import type { Sequencer } from '../../../src/sequence/sequencer.js';
import { below, type Choices, choices } from '../choices.js';
import type { Log } from '../history/log.js';
import { type RecordedRecord, sourceRecord } from '../recordings.js';

export interface Consumer {
  readonly decoder: Decoder;
  readonly sequencer: Sequencer;
}

/** A boundary from which another process may read on. */
export interface Boundary {
  readonly needed: ReadonlyMap<string, number>;
  readonly frontier: Frontier;
}

export interface Delivery {
  readonly seed: number;
  /** How often a process ends. */
  readonly restarts: number;
  /** All records are there from the beginning. */
  readonly isBacklog: boolean;
}

export type StartConsumer = (from: Boundary | null) => Consumer;

const partitionOf = ({ topic, partition }: RecordedRecord): string => `${topic}/${partition}`;

/** @returns everything that was handed on; what a restart gives again stands once, in the place of what the former life gave. */
export const deliver = (log: Log, delivery: Delivery, start: StartConsumer): Step[] =>
  new DeliveryRun(log, delivery, start).run();

class DeliveryRun {
  readonly #log: Log;
  readonly #start: StartConsumer;
  readonly #random: Choices;
  readonly #byPartition = new Map<string, RecordedRecord[]>();
  #restarts: number;
  #visible = 0;
  #steps = 0;
  #consumer!: Consumer;
  /** Next record of each partition. */
  #next = new Map<string, number>();
  /** How many records of each partition are visible, until more are. */
  readonly #ends = new Map<string, number>();
  #asked: Map<string, number> | null = null;
  #out: Step[] = [];
  readonly #boundaries: { readonly boundary: Boundary; readonly out: number }[] = [];

  constructor(log: Log, { seed, restarts, isBacklog }: Delivery, start: StartConsumer) {
    this.#log = log;
    this.#start = start;
    this.#random = choices(seed);
    this.#restarts = restarts;
    this.#begin(null);
    const topics = new Set(this.#consumer.decoder.topics);
    for (const record of log.records) {
      if (!topics.has(record.topic)) continue;
      const partition = partitionOf(record);
      const own = this.#byPartition.get(partition) ?? [];
      if (own.length === 0) this.#byPartition.set(partition, own);
      own.push(record);
    }
    if (isBacklog) this.#visible = log.records.length;
  }

  run(): Step[] {
    for (;;) {
      this.#restart();
      const dice = this.#random();
      if (dice < 0.15) this.#write();
      else if (dice < 0.85 && this.#asked === null) this.#read();
      if (this.#random() < 0.8) this.#drain(this.#random() < 0.6 ? Infinity : 1);
      if (this.#isRead()) {
        if (this.#visible < this.#log.records.length) this.#write();
        else if (this.#restarts <= 0 || this.#random() < 0.3) break;
        else this.#restarts -= 1;
      }
    }
    for (let before = -1; before !== this.#out.length || this.#asked !== null;) {
      before = this.#out.length;
      this.#drain(Infinity);
    }
    return this.#out;
  }

  /** What the last life still holds at the end. */
  get consumer(): Consumer {
    return this.#consumer;
  }

  #begin(from: Boundary | null): void {
    this.#consumer = this.#start(from);
    this.#asked = null;
    this.#next = new Map();
    for (const [partition, records] of this.#byPartition) {
      const offset = from?.needed.get(partition) ?? 0;
      const next = records.findIndex((record) => record.offset >= offset);
      this.#next.set(partition, next === -1 ? records.length : next);
    }
  }

  #restart(): void {
    if (this.#restarts <= 0 || this.#random() > 0.08) return;
    this.#restarts -= 1;
    const { length } = this.#boundaries;
    const kept = this.#random() < 0.6 ? length : below(this.#random, length + 1);
    const last = this.#boundaries[kept - 1];
    this.#boundaries.length = kept;
    this.#out = this.#out.slice(0, last?.out ?? 0);
    this.#begin(last === undefined ? null : throughJson(last.boundary));
  }

  #write(): void {
    this.#visible = this.#log.visible.find((n) => n > this.#visible) ?? this.#log.records.length;
    this.#ends.clear();
  }

  /** Timestamps of generated records count them, so they tell what is visible. */
  #end(partition: string): number {
    let end = this.#ends.get(partition);
    if (end === undefined) {
      end = (this.#byPartition.get(partition) ?? []).findLastIndex((record) => this.#isVisible(record)) + 1;
      this.#ends.set(partition, end);
    }
    return end;
  }

  #isVisible(record: RecordedRecord): boolean {
    return this.#visible >= this.#log.records.length || this.#numberOf(record) < this.#visible;
  }

  #numbers: Map<RecordedRecord, number> | null = null;
  #numberOf(record: RecordedRecord): number {
    this.#numbers ??= new Map(this.#log.records.map((each, i) => [each, i]));
    return this.#numbers.get(record) ?? 0;
  }

  #isRead(): boolean {
    for (const partition of this.#byPartition.keys())
      if ((this.#next.get(partition) ?? 0) < this.#end(partition)) return false;
    return true;
  }

  #read(): void {
    const partitions = [...this.#byPartition.keys()].filter((name) => (this.#next.get(name) ?? 0) < this.#end(name));
    const partition = partitions[below(this.#random, partitions.length)];
    if (partition === undefined) return;
    const records = this.#byPartition.get(partition) ?? [];
    const from = this.#next.get(partition) ?? 0;
    const to = Math.min(this.#end(partition), from + 1 + below(this.#random, 1 + below(this.#random, 12)));
    const { decoder, sequencer } = this.#consumer;
    for (const record of records.slice(from, to)) sequencer.push(decoder.decode(sourceRecord(record)));
    if (to === this.#end(partition)) sequencer.readUpTo(partition, this.#bound(partition));
    this.#next.set(partition, to);
  }

  /** One behind the last visible record, or behind a control record after it. */
  #bound(partition: string): number {
    const records = this.#byPartition.get(partition) ?? [];
    const last = records[this.#end(partition) - 1];
    const following = records[this.#end(partition)];
    const hole = last !== undefined && following?.offset !== last.offset + 1 ? 1 : 0;
    return last === undefined ? 0 : last.offset + 1 + hole;
  }

  #drain(stepsMax: number): void {
    const { sequencer } = this.#consumer;
    for (let steps = 0; steps < stepsMax;) {
      const next = sequencer.peek();
      if (next !== undefined) {
        this.#out.push(structuredClone(next));
        sequencer.advance();
        steps += 1;
        this.#boundaries.push({
          boundary: { needed: sequencer.needed(), frontier: sequencer.frontier },
          out: this.#out.length,
        });
      } else if (this.#asked !== null) {
        if (this.#random() < 0.3 && !this.#isOver()) return;
        sequencer.settle(this.#asked);
        this.#asked = null;
      } else if (sequencer.wantsBounds) {
        this.#asked = new Map([...this.#byPartition.keys()].map((name) => [name, this.#bound(name)]));
      } else return;
      if (++this.#steps > STEPS_MAX) throw new RangeError('the sequencer asks for ends of partitions without end');
    }
  }

  #isOver(): boolean {
    return this.#visible >= this.#log.records.length && this.#isRead();
  }
}

const STEPS_MAX = 1_000_000;

/** As it travels in offset metadata. */
const throughJson = ({ needed, frontier }: Boundary): Boundary => ({
  needed: new Map(needed),
  frontier: JSON.parse(JSON.stringify(frontier)) as Frontier,
});

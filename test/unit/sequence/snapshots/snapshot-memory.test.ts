/**
 * S9: rows of a snapshot that cannot leave yet wait in their topics, not in memory; what the next transaction lacks is read first, wherever it is.
 */
import { describe, expect, it } from 'vitest';
import type { DecodedRecord } from '../../../../src/domain/source/change-event.js';
import { positionOf } from '../../../../src/domain/source/position.js';
import { NO_FRONTIER } from '../../../../src/sequence/frontier/frontier.js';
import { Sequencer } from '../../../../src/sequence/sequencer.js';

const TX = 'legacy.transaction/0';
const [A, B] = ['legacy.oms.a/0', 'legacy.oms.b/0'];
const HELD_ROWS_MAX = 100;
const SNAPSHOT_ROWS = 5_000;
const at = (n: number) => positionOf(String(n));

/** Writes records of two tables, in order. */
class Writer {
  readonly records: DecodedRecord[] = [];
  readonly #next = new Map<string, number>();
  #last = 100;

  /** One row each in these partitions. @param between what is written after the first of them. */
  transaction(partitions: readonly string[], place = this.#last + 10, between: () => void = () => undefined): this {
    const id = String(place);
    partitions.forEach((partition, i) => {
      const own = { id, predecessor: at(this.#last), commit: null, position: at(place - 5), order: i + 1 };
      this.#row(partition, { op: 'u', transaction: own });
      if (i === 0) between();
    });
    const tables = partitions.map((partition) => (partition === A ? 'oms.a' : 'oms.b'));
    this.#add(TX, (offset) => ({
      ...{ kind: 'end', partition: TX, offset, id, position: at(place), serial: null, rows: tables.length },
      ...{ rowsByTable: new Map(tables.map((table) => [table, 1])), sourceTimeMs: place },
    }));
    this.#last = place;
    return this;
  }

  snapshot(generation: number, partitions: readonly string[] = [A]): this {
    for (const partition of partitions)
      for (let i = 0; i < SNAPSHOT_ROWS; i += 1)
        this.#row(partition, { op: 'r', snapshot: { generation: at(generation), isLast: false } });
    return this;
  }

  #row(partition: string, what: Partial<Extract<DecodedRecord, { kind: 'change' }>>): void {
    this.#add(partition, (offset) => ({
      ...{ kind: 'change', partition, offset, source: 'legacy', table: partition === A ? 'oms.a' : 'oms.b' },
      ...{ op: 'r', key: `k${offset}`, otherKey: null, row: {}, transaction: null, snapshot: null, sourceTimeMs: 1 },
      ...{ refusal: null, ...what },
    }));
  }

  #add(partition: string, make: (offset: number) => DecodedRecord): void {
    const offset = this.#next.get(partition) ?? 0;
    this.#next.set(partition, offset + 1);
    this.records.push(make(offset));
  }
}

/** Reads as the input does: none that is ahead, and first the one that was read least far. */
class Reading {
  readonly sequencer: Sequencer;
  readonly out: string[] = [];
  most = 0;
  baselineRows = 0;
  readonly #unread: Map<string, DecodedRecord[]>;

  constructor(records: readonly DecodedRecord[], start: Partial<ConstructorParameters<typeof Sequencer>[0]> = {}) {
    this.sequencer = new Sequencer({
      ...{ source: 'legacy', mode: 'exact', transactionPartition: TX, messagePartitions: [], gaps: 'refuse' },
      ...{ partitionsByTable: new Map([['oms.a', [A]], ['oms.b', [B]]]), transactionRowsMax: 1_000 }, // prettier-ignore
      ...{ frontier: { ...NO_FRONTIER, position: at(100) }, heldRowsMax: HELD_ROWS_MAX, ...start },
    });
    this.#unread = new Map([TX, A, B].map((name) => [name, records.filter(({ partition }) => partition === name)]));
  }

  get left(): number {
    return [...this.#unread.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** @param withheld is not delivered, though its end is known. */
  go(withheld: string | null = null): this {
    const ends = new Map([...this.#unread].map(([name, all]) => [name, (all.at(-1)?.offset ?? -1) + 1]));
    for (;;) {
      this.#drain(ends);
      const names = [...this.#unread].filter(([, { length }]) => length > 0).map(([name]) => name);
      const [first] = names
        .filter((name) => name !== withheld && !this.sequencer.isAhead(name))
        .sort((l, r) => ((this.sequencer.place(l) ?? '') < (this.sequencer.place(r) ?? '') ? -1 : 1));
      const record = first === undefined ? undefined : this.#unread.get(first)?.shift();
      if (record === undefined) return this;
      this.sequencer.push(record);
      this.most = Math.max(this.most, this.sequencer.status.heldRows);
    }
  }

  #drain(ends: ReadonlyMap<string, number>): void {
    for (;;) {
      const step = this.sequencer.peek();
      if (step === undefined && !this.sequencer.wantsBounds) return;
      if (step === undefined) this.sequencer.settle(ends);
      else this.#take(step);
    }
  }

  #take(step: NonNullable<ReturnType<Sequencer['peek']>>): void {
    if (step.kind === 'transaction') this.out.push(step.id);
    if (step.kind === 'baseline') {
      this.baselineRows += step.changes.length;
      if (this.out.at(-1) !== 'snapshot') this.out.push('snapshot');
    }
    this.sequencer.advance();
  }
}

const STREAMED_MAX = 4;

describe('a snapshot far ahead of the other partitions', () => {
  it('waits in its topic while the next transaction waits for a partition that is not delivered', () => {
    const { records } = new Writer().transaction([B]).snapshot(500);
    const reading = new Reading(records).go(B);
    expect(reading.most).toBeLessThanOrEqual(HELD_ROWS_MAX + STREAMED_MAX);
    reading.go();
    expect(reading.out).toEqual(['110', 'snapshot']);
    expect([reading.left, reading.baselineRows]).toEqual([0, SNAPSHOT_ROWS]);
    expect(reading.most).toBeLessThanOrEqual(HELD_ROWS_MAX + STREAMED_MAX);
  });

  it('waits for a long backlog, whose transactions leave first', () => {
    const writer = new Writer();
    for (let i = 0; i < 1_000; i += 1) writer.transaction([B]);
    const { records } = writer.snapshot(50_000).transaction([A, B], 60_000);
    const reading = new Reading(records).go();
    expect([reading.out.length, reading.out.at(-2), reading.out.at(-1)]).toEqual([1_002, 'snapshot', '60000']);
    expect([reading.left, reading.baselineRows]).toEqual([0, SNAPSHOT_ROWS]);
    expect(reading.most).toBeLessThanOrEqual(HELD_ROWS_MAX + STREAMED_MAX);
  });

  it('begins before a transaction that was committed before it and stands behind it: nothing else is left to read', () => {
    const { records } = new Writer().transaction([B]).snapshot(500).transaction([A, B], 130).transaction([B], 600);
    const reading = new Reading(records).go();
    expect(reading.out).toEqual(['110', 'snapshot', '130', '600']);
    expect([reading.left, reading.baselineRows]).toEqual([0, SNAPSHOT_ROWS]);
    expect(reading.most).toBeLessThanOrEqual(HELD_ROWS_MAX + STREAMED_MAX);
  });

  it('is read through, whole in memory, when it was taken in the middle of a transaction', () => {
    const writer = new Writer().transaction([B]);
    const { records } = writer.transaction([B, A], 130, () => writer.snapshot(500, [A, B])).transaction([A], 600);
    const reading = new Reading(records).go();
    expect(reading.out).toEqual(['110', '130', 'snapshot', '600']);
    expect([reading.left, reading.baselineRows]).toEqual([0, 2 * SNAPSHOT_ROWS]);
    // Not of the table of which the transaction has all its rows.
    expect(reading.most).toBeLessThanOrEqual(SNAPSHOT_ROWS + HELD_ROWS_MAX + STREAMED_MAX);
  });
});

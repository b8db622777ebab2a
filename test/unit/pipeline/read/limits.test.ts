/**
 * Memory has a bound and nothing waits for ever (S9): many open transactions, one that does not end, partitions far behind the
 * others. Histories are a recorded one lived again and again; what must come out is told by its END records alone.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import type { Position } from '../../../../src/domain/source/position.js';
import type { Step } from '../../../../src/domain/source/transaction.js';
import type { PipelineEvent } from '../../../../src/pipeline/events.js';
import type { RawBatch, Source } from '../../../../src/pipeline/ports.js';
import { Task } from '../../../../src/pipeline/task.js';
import { isBoundary, isEnd, isSnapshotRow, isStreamedRow, positionsOf } from '../../../support/recorded/histories.js';
import { repeated } from '../../../support/recorded/repeated.js';
import { envelopeOf, type RecordedRecord } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';
import { bench, type Bench, drain, endsOf, partitionOf, read } from '../../../support/sequencing.js';

const TRANSACTIONS = 104;
/** Records that are pushed before it is asked again whether a partition is ahead, as in `pipeline/read/input.ts`. */
const STEP = 100;
/** Each partition may take one step after it was last found to be needed. */
const SLACK = 19 * STEP;
/** The number of held rows is looked at after so many steps. */
const LOOK_STEPS = 100;
const BOUNDARIES = 'legacy.transaction/0';

const positionsIn = (records: readonly RecordedRecord[]): string[] =>
  records.filter(isEnd).map((record) => (envelopeOf(record).id ?? '').replace(/^.*:/, ''));
const plain = (positions: readonly string[]): string[] => positions.map((position) => position.replace(/^\D*0*/, ''));

/** Reads partitions as the task does: never one that is ahead, and first the one that was read least far. */
class Reading {
  readonly out: Step[] = [];
  heldRowsMost = 0;
  readonly #bench: Bench;
  readonly #ends: ReadonlyMap<string, number>;
  readonly #queues = new Map<string, RecordedRecord[]>();
  readonly #next = new Map<string, number>();
  /** Offset from which a partition is not delivered. */
  readonly #withheld = new Map<string, number>();

  constructor(records: readonly RecordedRecord[], heldRowsMax: number) {
    this.#bench = bench(records, { heldRowsMax });
    this.#ends = endsOf(records);
    for (const record of records) {
      const queue = this.#queues.get(partitionOf(record)) ?? [];
      queue.push(record);
      this.#queues.set(partitionOf(record), queue);
    }
  }

  get sequencer(): Bench['sequencer'] {
    return this.#bench.sequencer;
  }

  get isAllRead(): boolean {
    return [...this.#queues].every(([partition, { length }]) => (this.#next.get(partition) ?? 0) === length);
  }

  withhold(partition: string, from = 0): this {
    this.#withheld.set(partition, from);
    return this;
  }

  release(partition: string): this {
    this.#withheld.delete(partition);
    return this;
  }

  /** Until nothing more is there that may be read. */
  read(): this {
    let steps = 0;
    for (let partition = this.#furthestBehind(); partition !== null; partition = this.#furthestBehind()) {
      const from = this.#next.get(partition) ?? 0;
      const records = this.#deliverable(partition).slice(from, from + STEP);
      for (const record of records) read(this.#bench, record);
      this.#next.set(partition, from + records.length);
      this.out.push(...drain(this.#bench, this.#ends));
      steps += 1;
      if (steps % LOOK_STEPS === 0) this.#look();
    }
    this.#look();
    return this;
  }

  #look(): void {
    this.heldRowsMost = Math.max(this.heldRowsMost, this.sequencer.status.heldRows);
  }

  #furthestBehind(): string | null {
    let [found, place]: [string | null, Position | null] = [null, null];
    for (const partition of this.#queues.keys()) {
      if (this.sequencer.isAhead(partition)) continue;
      if ((this.#next.get(partition) ?? 0) >= this.#deliverable(partition).length) continue;
      const here = this.sequencer.place(partition);
      if (here === null) return partition;
      if (place === null || here < place) [found, place] = [partition, here];
    }
    return found;
  }

  #deliverable(partition: string): readonly RecordedRecord[] {
    const from = this.#withheld.get(partition);
    const queue = this.#queues.get(partition) ?? [];
    return from === undefined ? queue : queue.slice(0, from);
  }
}

const streamedRows = (records: readonly RecordedRecord[]): number => records.filter(isStreamedRow).length;
const rowsIn = (out: readonly Step[]): number =>
  out.reduce((sum, step) => sum + (step.kind === 'transaction' ? step.changes.length : 0), 0);

function expectAllInOrder(reading: Reading, records: readonly RecordedRecord[]): void {
  expect(plain(positionsOf(reading.out))).toEqual(positionsIn(records));
  expect(rowsIn(reading.out)).toBe(streamedRows(records));
  expect(reading.isAllRead).toBe(true);
  expect(reading.sequencer.status).toMatchObject({ openTransactions: 0, heldRows: 0 });
}

describe('the sequencer', () => {
  it('holds 10,000 open transactions and hands all of them on when their ends come', () => {
    const records = repeated('postgres/01-lifecycle', 100);
    const reading = new Reading(records, 100_000).withhold(BOUNDARIES).read();
    expect(reading.sequencer.status.openTransactions).toBe(100 * TRANSACTIONS);
    expect(reading.heldRowsMost).toBeGreaterThan(30_000);
    expect(positionsOf(reading.out)).toEqual([]);
    expectAllInOrder(reading.release(BOUNDARIES).read(), records);
  }, 120_000);

  it.each([200, 1_000])('reads no more than is allowed (%i rows) while one transaction does not end', (heldRowsMax) => {
    const records = repeated('postgres/01-lifecycle', 20);
    const ends = records.filter(isBoundary);
    const stuck = ends.findIndex(isEnd);
    for (const from of [stuck, ends.findLastIndex((end, at) => isEnd(end) && at < ends.length / 2)]) {
      const reading = new Reading(records, heldRowsMax).withhold(BOUNDARIES, from).read();
      expect(reading.isAllRead).toBe(false);
      expect(plain(positionsOf(reading.out))).toEqual(positionsIn(ends.slice(0, from)));
      expect(reading.heldRowsMost).toBeLessThanOrEqual(heldRowsMax + SLACK);
      expectAllInOrder(reading.release(BOUNDARIES).read(), records);
      expect(reading.heldRowsMost).toBeLessThanOrEqual(heldRowsMax + SLACK);
    }
  });

  it('goes on when a partition comes after all others, whichever it is', () => {
    const records = repeated('postgres/01-lifecycle', 10);
    for (const partition of endsOf(records).keys()) {
      const reading = new Reading(records, 300).withhold(partition).read();
      expect(reading.isAllRead, partition).toBe(false);
      expect(reading.heldRowsMost, partition).toBeLessThanOrEqual(300 + SLACK);
      expectAllInOrder(reading.release(partition).read(), records);
    }
  }, 120_000);

  it('goes on when a partition comes record by record', () => {
    const records = repeated('postgres/01-lifecycle', 10);
    for (const partition of ['legacy.oms.pay_txn/1', 'legacy.oms.whs_rel/0', BOUNDARIES]) {
      const reading = new Reading(records, 300);
      const end = endsOf(records).get(partition) ?? 0;
      for (let offset = 0; offset <= end; offset += 1) reading.withhold(partition, offset).read();
      expectAllInOrder(reading, records);
      expect(reading.heldRowsMost, partition).toBeLessThanOrEqual(300 + SLACK);
    }
  }, 120_000);

  it('stops at a transaction whose end is lost, and does not pass over it', () => {
    const records = repeated('postgres/01-lifecycle', 3);
    const lost = records.filter(isEnd)[150];
    const reading = new Reading(
      records.filter((record) => record !== lost),
      1_000,
    );
    expect(reading.read().sequencer.held?.code).toBe('TRANSACTION_WITHOUT_END');
    expect(plain(positionsOf(reading.out))).toEqual(positionsIn(records).slice(0, 150));
  });
});

/** Some partitions give nothing until they are let go, though their records are there, as when fetching them is slow. */
class LateSource implements Source {
  readonly partitions: readonly string[];
  readonly confirmOwned: Source['confirmOwned'];
  readonly lookForTopics: Source['lookForTopics'];
  readonly seek: Source['seek'];
  readonly wait: Source['wait'];
  readonly wake: Source['wake'];
  readonly bounds: Source['bounds'];
  readonly #source: Source;
  #isLate: (partition: string) => boolean;

  constructor(source: Source, isLate: (partition: string) => boolean) {
    this.#source = source;
    this.#isLate = isLate;
    this.partitions = source.partitions;
    this.confirmOwned = () => source.confirmOwned();
    this.lookForTopics = () => source.lookForTopics();
    this.seek = (offsets) => source.seek(offsets);
    this.wait = (timeoutMs) => source.wait(timeoutMs);
    this.wake = () => source.wake();
    this.bounds = () => source.bounds();
  }

  letGo(): void {
    this.#isLate = () => false;
    this.#source.wake();
  }

  take(partition: string): RawBatch | undefined {
    return this.#isLate(partition) ? undefined : this.#source.take(partition);
  }
}

/** A row of this topic as a snapshot shows it that is taken after all of `records`, so many times, in a partition that has nothing else. */
function snapshotOf(topic: string, records: readonly RecordedRecord[], rows: number): RecordedRecord[] {
  const own = records.filter((record) => record.topic === topic);
  const last = own.findLast((record) => record.value !== null && envelopeOf(record).op !== 'd')!;
  const value = JSON.parse(last.value!) as { source: object };
  const lsn = 10 ** 15;
  const source = { ...value.source, snapshot: 'true', lsn, sequence: `[null,"${lsn}"]` };
  const text = JSON.stringify({ ...value, op: 'r', before: null, transaction: null, source });
  const partition = 1 + Math.max(...own.map((record) => record.partition));
  return Array.from({ length: rows }, (_, offset) => ({ ...last, partition, offset, value: text }));
}

describe('the task', () => {
  const LIVES = 10;
  let rules: LoadedRules;
  let records: RecordedRecord[];
  let whole: Rig;
  beforeAll(async () => {
    rules = await retailerRules();
    records = repeated('postgres/01-lifecycle', LIVES);
    whole = new Rig(records, { rules });
    await whole.live();
  }, 120_000);

  /** One life in which these partitions come when the task has nothing more to do without them. */
  async function lived(
    isLate: (partition: string) => boolean,
    heldRowsMax: number,
    played = records,
  ): Promise<{ rig: Rig; told: PipelineEvent[] }> {
    const rig = new Rig(played, { rules, settings: { heldRowsMax } });
    const ports = rig.ports();
    const source = new LateSource(ports.source, isLate);
    const told: PipelineEvent[] = [];
    let idle: () => void = () => undefined;
    const observe = (event: PipelineEvent): void => {
      told.push(event);
      if (event.kind === 'idle' || event.kind === 'failed') idle();
    };
    const task = new Task({ ...ports, source, clock: { nowMs: () => 0 }, observe }, rig.settings());
    const nextIdle = (): Promise<void> => new Promise((resolve) => (idle = resolve));
    const stuck = nextIdle();
    const running = task.run();
    await stuck;
    const before = rig.published().length;
    expect(before).toBeLessThan(whole.published().length);
    const drained = nextIdle();
    source.letGo();
    await drained;
    task.stop();
    await running;
    return { rig, told };
  }

  it.each<[string, (partition: string) => boolean]>([
    ['the topic of one table', (partition) => partition.startsWith('legacy.oms.pay_txn/')],
    ['one partition of the largest table', (partition) => partition === 'legacy.oms.ord_line/1'],
    ['the transaction topic', (partition) => partition === BOUNDARIES],
  ])(
    'publishes the same when %s comes late, and holds few rows until then',
    async (_, isLate) => {
      const { rig, told } = await lived(isLate, 500);
      const held = told.flatMap((event) => (event.kind === 'sequenced' ? [event.heldRows] : []));
      expect(Math.max(...held)).toBeGreaterThan(0);
      expect(Math.max(...held)).toBeLessThanOrEqual(500 + SLACK);
      expect(told.filter(({ kind }) => kind === 'failed')).toEqual([]);
      expect(rig.published()).toEqual(whole.published());
    },
    60_000,
  );

  it('leaves a new snapshot of a table in its topic while what was committed before it waits for another table', async () => {
    const snapshot = snapshotOf('legacy.oms.whs_rel', records, 20_000);
    const isLate = (partition: string): boolean => partition.startsWith('legacy.oms.pay_txn/');
    const { rig, told } = await lived(isLate, 500, [...records, ...snapshot]);
    const held = told.flatMap((event) => (event.kind === 'sequenced' ? [event.heldRows] : []));
    expect(Math.max(...held)).toBeGreaterThan(0);
    expect(Math.max(...held)).toBeLessThanOrEqual(500 + SLACK);
    expect(told.filter(({ kind }) => kind === 'failed')).toEqual([]);
    expect(rig.published()).toEqual(whole.published());
    expect(told.reduce((rows, event) => rows + (event.kind === 'sequenced' ? event.baselineRows : 0), 0)).toBe(
      20_000 + records.filter(isSnapshotRow).length,
    );
  }, 60_000);

  it('has something to publish in every life', () => {
    expect(whole.published().length).toBeGreaterThan(37 * (LIVES - 1));
  });
});

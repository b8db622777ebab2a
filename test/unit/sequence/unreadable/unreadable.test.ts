/**
 * S10: a transaction is complete without an unreadable record that left by itself only if it may have counted it: one that had begun when
 * the record was read. Whatever is lost later, of the same table, is missed, and after a restart the outcome is the same.
 */
import { describe, expect, it } from 'vitest';
import type { ChangeEvent, DecodedRecord, Undecodable } from '../../../../src/domain/source/change-event.js';
import { positionOf } from '../../../../src/domain/source/position.js';
import type { Step } from '../../../../src/domain/source/transaction.js';
import { type Frontier, NO_FRONTIER } from '../../../../src/sequence/frontier/frontier.js';
import { Sequencer } from '../../../../src/sequence/sequencer.js';

const TX = 'legacy.transaction/0';
const A = 'legacy.oms.a/0';
const A1 = 'legacy.oms.a/1';
const at = (n: number) => positionOf(String(n));

const started = (frontier: Frontier, from: ReadonlyMap<string, number> = new Map()): Sequencer => {
  const sequencer = new Sequencer({
    ...{ source: 'legacy', mode: 'exact', transactionPartition: TX, messagePartitions: [], frontier, gaps: 'refuse' },
    ...{ partitionsByTable: new Map([['oms.a', [A, A1]]]), transactionRowsMax: 1_000, heldRowsMax: 1_000 },
  });
  for (const [partition, offset] of from) sequencer.start(partition, offset);
  return sequencer;
};

/** A log under construction: what a connector would write. */
class Writer {
  readonly records: DecodedRecord[] = [];
  readonly #next = new Map<string, number>();
  #last = 100;

  #place(partition: string): { partition: string; offset: number } {
    const offset = this.#next.get(partition) ?? 0;
    this.#next.set(partition, offset + 1);
    return { partition, offset };
  }

  unreadable(partition: string, key: string, isOfSnapshot = false): this {
    const text = 'cannot be read';
    const record: Undecodable = {
      kind: 'undecodable',
      table: 'oms.a',
      key,
      isOfSnapshot,
      text,
      ...this.#place(partition),
    };
    this.records.push(record);
    return this;
  }

  snapshot(partition: string, key: string): this {
    this.records.push({ ...this.#row(partition, key), op: 'r', snapshot: { generation: at(90), isLast: false } });
    return this;
  }

  /** @param rows where they stand; `lost` is counted and not written, `unreadable` is there and cannot be read. */
  commit(id: string, rows: readonly (readonly [string, string, ('lost' | 'unreadable')?])[]): this {
    const end = this.#last + 10;
    this.records.push({ kind: 'begin', id, ...this.#place(TX) });
    rows.forEach(([partition, key, fate], i) => {
      const transaction = {
        id,
        predecessor: at(this.#last),
        commit: null,
        position: at(this.#last + 1 + i),
        order: i + 1,
      };
      if (fate === 'unreadable') this.unreadable(partition, key);
      else if (fate === undefined) this.records.push({ ...this.#row(partition, key), transaction });
    });
    const counted = { rows: rows.length, rowsByTable: new Map([['oms.a', rows.length]]), sourceTimeMs: end };
    this.records.push({ kind: 'end', id, position: at(end), serial: null, ...counted, ...this.#place(TX) });
    this.#last = end;
    return this;
  }

  #row(partition: string, key: string): ChangeEvent {
    return {
      ...{ kind: 'change', source: 'legacy', table: 'oms.a', op: 'u', key, row: { k: key }, otherKey: null },
      ...{ refusal: null, snapshot: null, transaction: null, sourceTimeMs: 1, ...this.#place(partition) },
    };
  }

  get ends(): Map<string, number> {
    return new Map(this.#next);
  }
}

/** `id:rows` of transactions, `!key` of what parks by itself, `r key` of snapshot rows. */
const text = (step: Step): string[] =>
  step.kind === 'transaction'
    ? [`${step.id}:${step.changes.map(({ key, refusal }) => (refusal === null ? '' : '!') + key).join(',')}`]
    : step.kind === 'baseline'
      ? step.changes.map(({ key, refusal }) => (refusal === null ? `r ${key}` : `!${key}`))
      : [];

interface Outcome {
  readonly out: readonly string[];
  readonly held: string | null;
}

/** Each record is read as soon as it is written. */
function follow({ records }: Writer, frontier: Frontier): Outcome {
  const sequencer = started(frontier);
  const ends = new Map<string, number>([TX, A, A1].map((partition) => [partition, 0]));
  const out: string[] = [];
  for (const record of records) {
    sequencer.push(record);
    ends.set(record.partition, record.offset + 1);
    for (let step = sequencer.peek(); step !== undefined || sequencer.wantsBounds; step = sequencer.peek()) {
      if (step === undefined) sequencer.settle(ends);
      else {
        out.push(...text(step));
        sequencer.advance();
      }
    }
  }
  return { out, held: sequencer.held?.code ?? null };
}

/** @param restarts after how many steps that were handed on a process ends; everything is a backlog. */
function read({ records, ends }: Writer, frontier: Frontier, restarts: readonly number[] = []): Outcome {
  const out: string[] = [];
  let sequencer = started(frontier);
  const load = (from: ReadonlyMap<string, number>): void => {
    for (const record of records) if (record.offset >= (from.get(record.partition) ?? 0)) sequencer.push(record);
  };
  load(new Map());
  for (let steps = 0; ;) {
    const step = sequencer.peek();
    if (step !== undefined) {
      out.push(...text(step));
      sequencer.advance();
      steps += 1;
      if (!restarts.includes(steps)) continue;
      const from = sequencer.needed();
      sequencer = started(JSON.parse(JSON.stringify(sequencer.frontier)) as Frontier, from);
      load(from);
    } else if (sequencer.wantsBounds) sequencer.settle(ends);
    else return { out, held: sequencer.held?.code ?? null };
  }
}

const AT: Frontier = { ...NO_FRONTIER, position: at(100) };
const whole = (writer: Writer, from: number, to: number, partition = A): Writer => {
  for (let id = from; id <= to; id += 1) writer.commit(String(id), [[partition, `k${id}`]]);
  return writer;
};

describe('S10: a record that left by itself', () => {
  it.each([
    ['of a snapshot, as its envelope says', true],
    ['of which nothing is known', false],
  ])('%s, lets no transaction pass that began later, whatever partition its lost row is of', (_, isOfSnapshot) => {
    for (const other of [A, A1]) {
      const log = whole(new Writer().unreadable(A, 'bad', isOfSnapshot), 1, 300, other);
      log.commit('900', [
        [other, 'a'],
        [other, 'b', 'lost'],
      ]);
      const { out, held } = follow(log, AT);
      expect(out.filter((each) => each.startsWith('!'))).toEqual(['!bad']);
      expect([out.length, held]).toEqual([301, 'TRANSACTION_INCOMPLETE']);
    }
  });

  it('is forgiven the transactions that had begun, once, also after a restart at any step', () => {
    // Two records at the front of their partitions, one row that is lacking: which of them it is cannot be told, so both leave at once.
    const log = new Writer().unreadable(A, 'snapshot row');
    log.commit('1', [[A1, 'k1']]).commit('2', [
      [A, 'k2', 'unreadable'],
      [A1, 'k3'],
    ]);
    whole(log, 3, 5);
    const straight = read(log, NO_FRONTIER);
    expect(straight.held).toBeNull();
    expect([...straight.out].sort()).toEqual(['!k2', '!snapshot row', '1:k1', '2:k3', '3:k3', '4:k4', '5:k5'].sort());
    for (let step = 1; step <= straight.out.length; step += 1)
      expect(read(log, NO_FRONTIER, [step]), `restart after ${step}`).toEqual(straight);
    log.commit('6', [
      [A, 'k6'],
      [A, 'k7', 'lost'],
    ]);
    for (const restarts of [[], [2], [1, 2, 3, 4]])
      expect(read(log, NO_FRONTIER, restarts)).toEqual({
        ...straight,
        out: [...straight.out],
        held: 'TRANSACTION_INCOMPLETE',
      });
  });

  it('is remembered no longer than until a row behind it was handed on, or what had begun is done', () => {
    const log = new Writer()
      .unreadable(A, 'bad')
      .commit('1', [[A1, 'k1']])
      .commit('2', [[A1, 'k2']]);
    const sequencer = started(NO_FRONTIER);
    for (const record of log.records) sequencer.push(record);
    const lefts: number[] = [];
    for (let step = sequencer.peek(); step !== undefined || sequencer.wantsBounds; step = sequencer.peek()) {
      if (step === undefined) sequencer.settle(log.ends);
      else {
        sequencer.advance();
        lefts.push(sequencer.frontier.left?.length ?? 0);
      }
    }
    expect(lefts).toEqual([1, 1, 0]);
  });
});

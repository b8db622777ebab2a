/** All small histories of a kind, each in every order of its partitions and with any number of restarts. */
import { equal } from 'node:assert/strict';
import type { Step } from '../../src/domain/source/transaction.js';
import { owedTransactions } from '../model/owed-transactions.js';
import { consumers } from '../support/delivery/consumer.js';
import { BOUND_ANSWERS, type BoundAnswer, explore, type Explored } from '../support/delivery/interleavings.js';
import type { Statement } from '../support/history/database.js';
import { CONSUMED, generated } from '../support/history/generated.js';
import type { HistoryPlan } from '../support/history/plan.js';

/** Rows of each transaction by partition: 0 header, 1 line, 2 payment, each table with one partition. */
export type Shape = readonly (readonly number[])[];

const ROWS = [[], [0], [1], [2], [0, 1], [0, 2], [1, 2]] as const;

/** Every way to spread rows of `transactions` commits over three partitions. */
export function shapes(transactions: number): Shape[] {
  return transactions === 0 ? [[]] : shapes(transactions - 1).flatMap((shape) => ROWS.map((rows) => [...shape, rows]));
}

export interface SmallCase {
  readonly shape: Shape;
  /** Rows that a snapshot shows before; with one, what comes first has to wait for it. */
  readonly snapshot: readonly number[];
  readonly answer: BoundAnswer;
}

export const SMALL_ANSWERS = BOUND_ANSWERS;

/** @throws AssertionError */
export function checkSmall({ shape, snapshot, answer }: SmallCase): Explored {
  const plan: HistoryPlan = {
    initial: [snapshot.map((table) => writing(table, 0))],
    steps: shape.map((tables, i) => ({
      kind: 'commit',
      statements: tables.map((table) => writing(table, i)),
      isCopy: false,
    })),
    partitions: [1, 1, 1, 1, 1, 1, 1],
    crashes: [],
    seed: 1,
  };
  const { records, history } = generated(plan);
  const wanted = owedTransactions(history, CONSUMED).map(({ end, rows }) => `${end}: ${rows.length}`);
  return explore(records, consumers(records), answer, (given, done) => {
    const transactions = given.flatMap(textOf);
    const rows = given.flatMap((step) => (step.kind === 'baseline' ? step.changes : [])).length;
    const before = wanted.length - transactions.length;
    equal(transactions.join(', '), wanted.slice(before).join(', '));
    equal(before <= done, true);
    if (done === 0) equal(`${before} ${rows}`, `0 ${snapshotRows(records)}`);
    const firstTransaction = given.findIndex(({ kind }) => kind === 'transaction');
    if (firstTransaction !== -1)
      equal(
        given.slice(firstTransaction).some(({ kind }) => kind === 'baseline'),
        false,
      );
  });
}

/** Of an order that the snapshot shows already, so that a header is there: a later commit updates. */
const writing = (table: number, bits: number): Statement => ({
  ...{ op: 'write', order: 0, n: 0, bits: 4 * bits },
  table: (['ord_hdr', 'ord_line', 'pay_txn'] as const)[table] ?? 'ord_hdr',
});

const textOf = (step: Step): string[] =>
  step.kind === 'transaction' ? [`${BigInt(step.position)}: ${step.changes.length}`] : [];

const snapshotRows = (records: readonly { readonly value: string | null }[]): number =>
  records.filter(({ value }) => value?.includes('"op":"r"') === true).length;

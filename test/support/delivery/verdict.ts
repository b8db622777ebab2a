/** What a sequencer handed on, held against what the model owes. */
import { deepEqual, equal } from 'node:assert/strict';
import type { ChangeEvent } from '../../../src/domain/source/change-event.js';
import type { Step } from '../../../src/domain/source/transaction.js';
import { KEYS } from '../../model/history.js';
import type { OwedTransaction } from '../../model/owed-transactions.js';
import { misplaced, type PlacedRow } from '../../model/snapshot-places.js';
import { envelopeOf, type RecordedRecord } from '../recordings.js';
import { PLAIN_TABLES } from './consumer.js';

/** `exact`: rows in the order in which the transaction made them. `byKey`: only changes of one row have an order. */
export type RowOrder = 'exact' | 'byKey';

/** One line for each row, after a line for each transaction: what differs is seen at once. @throws AssertionError */
export function expectTransactions(out: readonly Step[], owed: readonly OwedTransaction[], order: RowOrder): void {
  const lines = (rows: readonly { readonly subject: string; readonly text: string }[]): string[] =>
    (order === 'exact'
      ? rows
      : rows.toSorted((a, b) => (a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : 0))
    ).map(({ text }) => text);
  const given = out.flatMap((step) =>
    step.kind === 'transaction' ? [`# ${step.id}`, ...lines(step.changes.map(givenLine))] : [],
  );
  const wanted = owed.flatMap(({ id, rows }) => [
    `# ${id}`,
    ...lines(
      rows.map(({ op, table, key, row }) => ({
        subject: `${table} ${key}`,
        text: `${op} ${table} ${key} ${columnsOf(table, row)}`,
      })),
    ),
  ]);
  equal(given.join('\n'), wanted.join('\n'));
}

const givenLine = (change: ChangeEvent): { subject: string; text: string } => ({
  subject: `${change.table.replace('oms.', '')} ${change.key}`,
  text: givenText(change),
});

const givenText = ({ op, table, key, row, refusal }: ChangeEvent): string => {
  const short = table.replace('oms.', '');
  return refusal === null ? `${op} ${short} ${key} ${columnsOf(short, row)}` : `refused ${refusal.code}`;
};

/** The declared columns as text, in their order. */
function columnsOf(table: string, row: Readonly<Record<string, unknown>> | null): string {
  if (row === null) return 'gone';
  const { columns = {} } = PLAIN_TABLES.find(({ name }) => name === `oms.${table}`) ?? {};
  return Object.keys(columns)
    .map((name) => JSON.stringify(row[name] ?? null).replaceAll('"', ''))
    .join('|');
}

/** Each snapshot row at a place where it may leave. @throws AssertionError */
export function expectSnapshotPlaces(out: readonly Step[], records: readonly RecordedRecord[]): void {
  const left: (string | readonly ChangeEvent[])[] = [];
  for (const step of out) {
    if (step.kind === 'transaction') left.push(step.id);
    else if (step.kind === 'baseline') left.push(step.changes);
  }
  equal(misplaced(placedRows(records), left).join('\n'), '');
}

/**
 * Rows of a full snapshot leave before every transaction that the connector began to write after them, and after every one that it
 * had written to the end before them, whichever partition they are in: rules that ask without them would miss facts (G5), and what
 * they show is the state after those. A snapshot ends after its last row. @param records in the order in which they were written.
 */
export function expectSnapshotOrder(out: readonly Step[], records: readonly RecordedRecord[]): void {
  const stepOfRow = new Map<string, number>();
  const stepOfTransaction = new Map<string, number>();
  const wrong: string[] = [];
  out.forEach((step, at) => {
    if (step.kind === 'transaction') stepOfTransaction.set(step.id, at);
    if (step.kind === 'baseline') for (const row of step.changes) stepOfRow.set(`${row.partition}@${row.offset}`, at);
    if (
      step.kind === 'snapshot-end' &&
      out.slice(at).some((later) => later.kind === 'baseline' && later.generation === step.generation)
    )
      wrong.push(`the snapshot at ${step.generation} ended before its last row`);
  });
  const { begun, ended } = spans(records);
  records.forEach((record, place) => {
    const name = `${record.topic}/${record.partition}@${record.offset}`;
    const step = stepOfRow.get(name);
    if (step === undefined || envelopeOf(record).source.snapshot === 'incremental') return;
    for (const [id, at] of stepOfTransaction) {
      if ((begun.get(id) ?? 0) > place && at < step) wrong.push(`${name} left after ${id}, which began after it`);
      if ((ended.get(id) ?? place) < place && at > step)
        wrong.push(`${name} left before ${id}, which had ended before it`);
    }
  });
  equal(wrong.join('\n'), '');
}

/** By its name; empty for what belongs to none. Without metadata the source block tells it. */
function transactionOf(record: RecordedRecord): string {
  const { transaction, id, op, source } = envelopeOf(record);
  if (op === 'r') return '';
  const name = transaction?.id ?? id ?? source.gtid ?? source.txId;
  return typeof name === 'string' ? (name.split(':')[0] ?? '') : typeof name === 'number' ? String(name) : '';
}

/** Where each transaction was written first, and where its first END stands. */
function spans(records: readonly RecordedRecord[]): { begun: Map<string, number>; ended: Map<string, number> } {
  const [begun, ended] = [new Map<string, number>(), new Map<string, number>()];
  records.forEach((record, place) => {
    if (record.value === null) return;
    const { status } = envelopeOf(record);
    const name = transactionOf(record);
    if (name !== '' && !begun.has(name)) begun.set(name, place);
    if (status === 'END' && !ended.has(name)) ended.set(name, place);
  });
  return { begun, ended };
}

/** Rows of consumed tables; those of a transaction with its name. */
export function placedRows(records: readonly RecordedRecord[]): PlacedRow[] {
  return records.flatMap((record): PlacedRow[] => {
    const table = /\.oms\.(\w+)$/.exec(record.topic)?.[1] ?? '';
    if (record.value === null || !PLAIN_TABLES.some(({ name }) => name === `oms.${table}`)) return [];
    const { op } = envelopeOf(record);
    const key = JSON.stringify(
      KEYS[table]?.map((name) => (JSON.parse(record.key ?? '{}') as Record<string, unknown>)[name]),
    );
    return [
      {
        partition: `${record.topic}/${record.partition}`,
        offset: record.offset,
        subject: `${table} ${key}`,
        transaction: op === 'r' ? null : transactionOf(record),
      },
    ];
  });
}

/** Arrival mode: every row of each partition once, in its order. @throws AssertionError */
export function expectArrivals(out: readonly Step[], records: readonly RecordedRecord[]): void {
  const given = new Map<string, number[]>();
  for (const step of out)
    for (const { partition, offset } of step.kind === 'snapshot-end' ? [] : step.changes)
      given.set(partition, [...(given.get(partition) ?? []), offset]);
  const wanted = new Map<string, number[]>();
  for (const { partition, offset } of placedRows(records))
    wanted.set(partition, [...(wanted.get(partition) ?? []), offset]);
  deepEqual([...given].sort(), [...wanted].sort());
}

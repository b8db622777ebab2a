/** The smallest source that has an order with lines: a connector for PostgreSQL that writes it, and rules with one milestone. */
import { z } from 'zod';
import { type CompiledRules, compileRuleSet } from '../../../src/rules/compile.js';
import { aggregate, contract, legacy, many, one, publish, ruleSet, table } from '../../../src/rules/index.js';
import type { RecordedRecord } from '../recordings.js';

const header = table('oms.hdr', {
  key: ['id'],
  columns: { id: legacy.bigint(), sts: legacy.text(), note: legacy.text().nullable() },
});
const line = table('oms.line', {
  key: ['line_id'],
  columns: { line_id: legacy.bigint(), id: legacy.bigint(), txt: legacy.text() },
});

/** `OrderReady` when the status is READY; its note has to be there. */
export function noteRules(): { readonly rules: CompiledRules; readonly digest: string } {
  const order = aggregate('order', { header: one(header, (row) => row.id), lines: many(line, (row) => row.id) });
  const ready = order.milestone('OrderReady', {
    importance: 'critical',
    when: { 'status is READY': (o) => o.header?.sts === 'READY' },
    data: (o) => ({ note: o.header?.note ?? '' }),
  });
  const readyV1 = contract('OrderReady', 1, {
    ...{ topic: 'orders.out', key: 'orderId', owner: 'orders', meaning: 'It is ready.', certainty: 'Certain.' },
    ...{ notSentWhen: 'It is not ready.', data: z.object({ note: z.string().min(1) }), example: { note: 'x' } },
  });
  const publications = [publish(ready).as(readyV1, ({ data }) => ({ note: data.note }))];
  const rules = compileRuleSet(ruleSet({ aggregates: [order], facts: [ready], publications }));
  return { rules, digest: 'd'.repeat(16) };
}

export interface NoteRow {
  readonly table: 'hdr' | 'line';
  readonly op?: 'c' | 'u';
  readonly key: string;
  readonly row: Readonly<Record<string, unknown>>;
}

export const hdr = (id: string, sts: string, note: string | null = 'n', op: 'c' | 'u' = 'c'): NoteRow => ({
  ...{ table: 'hdr', op, key: id },
  row: { id: Number(id), sts, note },
});
export const lineRow = (lineId: string, id: string, txt = 't'): NoteRow => ({
  ...{ table: 'line', key: lineId },
  row: { line_id: Number(lineId), id: Number(id), txt },
});

const TIME_MS = 1_700_000_000_000;

/** Each list is one transaction: BEGIN, rows, END, as Debezium 3.6 writes them. */
export function noteRecords(transactions: readonly (readonly NoteRow[])[]): RecordedRecord[] {
  const records: RecordedRecord[] = [];
  const offsets = new Map<string, number>();
  const add = (topic: string, key: unknown, value: unknown): void => {
    const offset = offsets.get(topic) ?? 0;
    offsets.set(topic, offset + 1);
    const text = key === null ? null : JSON.stringify(key);
    records.push({
      topic,
      partition: 0,
      offset,
      timestamp: 1,
      key: text,
      value: JSON.stringify(value),
      headers: {},
    });
  };
  let last: number | null = null;
  let lsn = 1_000;
  for (const [index, rows] of transactions.entries()) {
    const xid = 700 + index;
    const end = lsn + 8 * (rows.length + 1);
    const counts = new Map<string, number>();
    add('legacy.transaction', null, { status: 'BEGIN', id: `${xid}:${lsn}`, ts_ms: TIME_MS });
    for (const [i, { table: name, op = 'c', key, row }] of rows.entries()) {
      lsn += 8;
      const count = (counts.get(`oms.${name}`) ?? 0) + 1;
      counts.set(`oms.${name}`, count);
      const source = {
        ...{ connector: 'postgresql', name: 'legacy', ts_ms: TIME_MS + lsn, snapshot: 'false', db: 'x', schema: 'oms' },
        ...{
          table: name,
          sequence: JSON.stringify([last === null ? null : String(last), String(lsn)]),
          txId: xid,
          lsn,
        },
      };
      const transaction = { id: `${xid}:${lsn}`, total_order: i + 1, data_collection_order: count };
      const id = name === 'hdr' ? { id: Number(key) } : { line_id: Number(key) };
      add(`legacy.oms.${name}`, id, { before: null, after: row, source, op, ts_ms: TIME_MS, transaction });
    }
    lsn = end;
    const collections = [...counts].map(([data_collection, event_count]) => ({ data_collection, event_count }));
    const boundary = { status: 'END', id: `${xid}:${lsn}`, ts_ms: TIME_MS + lsn };
    add('legacy.transaction', null, { ...boundary, event_count: rows.length, data_collections: collections });
    last = lsn;
  }
  return records;
}

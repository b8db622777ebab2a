/** A table that the rules declare later: its rows of before are learnt, and what reads it is unknown until it is known (decision 0009). */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { aggregate, contract, legacy, many, one, publish, ruleSet, table } from '../../../../src/rules/index.js';
import { commandOf, outcomes } from '../../../support/pipeline/commands.js';
import { type RecordedRecord } from '../../../support/recordings.js';
import { Rig } from '../../../support/rig.js';

const header = table('oms.hdr', { key: ['id'], columns: { id: legacy.bigint(), sts: legacy.text() } });
const hold = table('oms.hold', {
  key: ['hold_id'],
  columns: { hold_id: legacy.bigint(), id: legacy.bigint(), txt: legacy.text() },
});
const ready = contract('OrderReady', 1, {
  ...{ topic: 'orders.out', key: 'orderId', owner: 'x', meaning: 'x', certainty: 'x', notSentWhen: 'x' },
  ...{ data: z.object({}), example: {} },
});

function rulesWith(hasHolds: boolean) {
  const order = aggregate('order', {
    header: one(header, (row) => row.id),
    ...(hasHolds ? { holds: many(hold, (row) => row.id) } : {}),
  });
  const fact = order.milestone('OrderReady', {
    importance: 'critical',
    when: {
      'it is ready': (o) => o.header?.sts === 'READY',
      ...(hasHolds
        ? {
            'no hold is open': (o) =>
              (o as unknown as { holds: { txt: string }[] }).holds.every(({ txt }) => txt !== 'OPEN'),
          }
        : {}),
    },
    data: () => ({}),
  });
  const compiled = compileRuleSet(
    ruleSet({ aggregates: [order], facts: [fact], publications: [publish(fact).as(ready, () => ({}))] }),
  );
  return { rules: compiled, digest: (hasHolds ? 'b' : 'a').repeat(16) };
}

let lsn = 1_000;
let last: string | null = null;
const offsets = new Map<string, number>();
function record(topic: string, key: unknown, value: unknown): RecordedRecord {
  const offset = offsets.get(topic) ?? 0;
  offsets.set(topic, offset + 1);
  return {
    topic,
    partition: 0,
    offset,
    timestamp: 1,
    key: key === null ? null : JSON.stringify(key),
    value: JSON.stringify(value),
    headers: {},
  };
}

/** One source transaction of one row, as the connector writes it. */
function transaction(name: 'hdr' | 'hold', op: 'c' | 'u', row: Record<string, unknown>): RecordedRecord[] {
  const xid = lsn;
  const at = (lsn += 8);
  const block = { id: `${xid}:${at}`, total_order: 1, data_collection_order: 1 };
  const source = {
    connector: 'postgresql',
    name: 'legacy',
    ts_ms: lsn,
    snapshot: 'false',
    db: 'x',
    schema: 'oms',
    table: name,
    sequence: JSON.stringify([last, String(at)]),
    txId: xid,
    lsn: at,
  };
  const key = name === 'hdr' ? { id: row.id } : { hold_id: row.hold_id };
  const end = (lsn += 8);
  last = String(end);
  return [
    record('legacy.transaction', null, { status: 'BEGIN', id: `${xid}:${at}`, ts_ms: lsn }),
    record(`legacy.oms.${name}`, key, { before: null, after: row, source, op, ts_ms: 1, transaction: block }),
    record('legacy.transaction', null, {
      status: 'END',
      id: `${xid}:${end}`,
      ts_ms: lsn,
      event_count: 1,
      data_collections: [{ data_collection: `oms.${name}`, event_count: 1 }],
    }),
  ];
}

/** Kafka and Redis live on; another rule set runs. */
async function later(before: Rig, records: readonly RecordedRecord[]): Promise<Rig> {
  const rig = new Rig(records, { rules: rulesWith(true) });
  rig.goOnFrom(before);
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig;
}

describe('a table that is declared later', () => {
  it('is unknown until it is known; then its rows of before decide', async () => {
    const past = [
      ...transaction('hdr', 'c', { id: 1, sts: 'NEW' }),
      ...transaction('hold', 'c', { hold_id: 9, id: 1, txt: 'OPEN' }),
      ...transaction('hdr', 'c', { id: 2, sts: 'NEW' }),
      ...transaction('hdr', 'c', { id: 3, sts: 'NEW' }),
    ];
    const first = new Rig(past, { rules: rulesWith(false) });
    expect(await first.live()).toEqual({ kind: 'drained' });
    const rig = await later(first, [
      ...past,
      ...transaction('hdr', 'u', { id: 1, sts: 'READY' }),
      ...transaction('hdr', 'u', { id: 3, sts: 'READY' }),
    ]);
    expect(rig.published()).toEqual([]);
    expect(rig.journal().at(-1)?.verdicts).toMatchObject([
      { verdict: 'unmet', unmet: [], unknown: ['no hold is open'] },
    ]);
    rig.command(commandOf({ kind: 'tables.known', arguments: { source: 'legacy', tables: ['oms.hold'] } }));
    await rig.live();
    expect(outcomes(rig)).toMatchObject([{ result: 'applied' }]);
    rig.play([
      ...transaction('hold', 'u', { hold_id: 9, id: 1, txt: 'CLOSED' }),
      ...transaction('hdr', 'u', { id: 2, sts: 'READY' }),
      ...transaction('hdr', 'u', { id: 3, sts: 'READY' }),
    ]);
    expect(await rig.live()).toEqual({ kind: 'drained' });
    // Of order 3 it held when the table became known: it has been.
    expect(rig.published().map(({ key }) => key)).toEqual(['1', '2']);
  });
});

it('an update of a row that was never read is no first time: what it was before is not known', async () => {
  last = null;
  offsets.clear();
  const records = [
    ...transaction('hdr', 'u', { id: 7, sts: 'READY' }),
    ...transaction('hdr', 'c', { id: 8, sts: 'NEW' }),
    ...transaction('hdr', 'u', { id: 7, sts: 'READY' }),
    ...transaction('hdr', 'u', { id: 8, sts: 'READY' }),
  ];
  const rig = new Rig(records, { rules: rulesWith(false) });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  expect(rig.published().map(({ key }) => key)).toEqual(['8']);
});

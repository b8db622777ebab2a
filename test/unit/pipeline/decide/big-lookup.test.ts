/**
 * A lookup table of 100,000 rows in memory: orders look theirs up, with a cache that has room for few of them. On real servers:
 * `test/integration/lookups.test.ts`.
 */
import { expect, it } from 'vitest';
import { z } from 'zod';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { aggregate, contract, legacy, lookup, one, publish, ruleSet, table } from '../../../../src/rules/index.js';
import { Rig } from '../../../support/rig.js';
import { hdr, hdrRow, lineRow, SmallSource } from '../../../support/sources/ready-orders.js';

const PARTS = 100_000;
const PARTS_OF_ONE_TRANSACTION = 5_000;
const ORDERS = 200;
const CACHE_BYTES_MAX = 1_048_576;

const part = table('oms.line', {
  key: ['line_id'],
  columns: { line_id: legacy.bigint(), id: legacy.bigint(), txt: legacy.text() },
});
const order = aggregate('order', { header: one(hdr, (row) => row.id) }, { lookups: { parts: lookup(part) } });
/** The note of an order says its part. */
const ready = order.milestone('OrderReady', {
  importance: 'critical',
  when: { 'its part is there': (o) => o.parts.get(o.header?.note) !== undefined },
  data: (o) => ({ part: o.parts.get(o.header?.note)?.txt ?? 'none' }),
});
const readyV1 = contract('OrderReady', 1, {
  ...{ topic: 'orders.out', key: 'orderId', owner: 'x', meaning: 'x', certainty: 'x', notSentWhen: 'x' },
  ...{ data: z.object({ part: z.string() }), example: { part: 'x' } },
});
const rules = compileRuleSet(
  ruleSet({ aggregates: [order], facts: [ready], publications: [publish(ready).as(readyV1, ({ data }) => data)] }),
);

/** Spread, so that hardly two orders have neighbours. */
const partOf = (i: number): number => (i * 7_919) % PARTS;

it('is looked up row by row', { timeout: 120_000 }, async () => {
  const source = new SmallSource();
  for (let from = 0; from < PARTS; from += PARTS_OF_ONE_TRANSACTION)
    source.transaction(
      ...Array.from({ length: PARTS_OF_ONE_TRANSACTION }, (_, i) => lineRow(String(from + i), '1', `part ${from + i}`)),
    );
  for (let i = 1; i <= ORDERS; i += 1) source.transaction(hdrRow(String(i), 'READY', String(partOf(i))));
  const rig = new Rig(source.records, {
    rules: { rules, digest: 'd'.repeat(16) },
    settings: { cacheBytesMax: CACHE_BYTES_MAX },
  });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  expect(rig.published().map(({ key, value }) => [key, value['part']])).toEqual(
    Array.from({ length: ORDERS }, (_, i) => [String(i + 1), `part ${partOf(i + 1)}`]),
  );
  expect(rig.parked()).toEqual({});
});

/**
 * Rules over the retailer's tables that need every kind of reference: orders are grouped by their status, so that each change of it
 * moves the order's lines, payments and releases, which know only the order; and releases look up orders.
 */
import { z } from 'zod';
import { compileRuleSet } from '../../../src/rules/compile.js';
import {
  aggregate,
  contract,
  legacy,
  lookup,
  many,
  one,
  publish,
  ruleSet,
  table,
  via,
} from '../../../src/rules/index.js';

const header = table('oms.ord_hdr', {
  key: ['ord_no'],
  columns: { ord_no: legacy.bigint(), sts_cd: legacy.text(), mkt_cd: legacy.text({ trim: true }) },
});
const line = table('oms.ord_line', {
  key: ['ord_no', 'line_no'],
  columns: { ord_no: legacy.bigint(), line_no: legacy.integer(), sku: legacy.text() },
});
const payment = table('oms.pay_txn', {
  key: ['pay_id'],
  columns: { pay_id: legacy.bigint(), ord_no: legacy.bigint() },
});
const release = table('oms.whs_rel', {
  key: ['rel_no'],
  columns: { rel_no: legacy.bigint(), ord_no: legacy.bigint() },
});

const prose = { owner: 'o', meaning: 'It is so.', certainty: 'Once.', notSentWhen: 'It is not so.' };

/** As in the events that a version before published (`test/former`). */
const context = { tenant: () => null, market: () => null, channel: () => null };
const stage = aggregate(
  'stage',
  {
    orders: many(header, (row) => row.sts_cd),
    lines: many(
      line,
      via(header, (row) => row.ord_no),
    ),
    payments: many(
      payment,
      via(header, (row) => row.ord_no),
    ),
  },
  { context },
);
const dispatch = aggregate(
  'dispatch',
  { release: one(release, (row) => row.rel_no) },
  { context, onKeyChange: 'new', lookups: { orders: lookup(header) } },
);

const lineReached = stage.each('lines').inserted('LineReachedStage', {
  importance: 'low',
  data: (o, row) => ({ order: row.ord_no, line: row.line_no, orders: o.orders.length }),
});
const released = dispatch.milestone('OrderDispatched', {
  importance: 'low',
  when: { 'the release is there': (o) => o.release !== undefined },
  data: (o) => ({ status: o.orders.get(o.release?.ord_no)?.sts_cd ?? null }),
});

const lineReachedV1 = contract('LineReachedStage', 1, {
  ...{ ...prose, topic: 'stages', key: 'stage' },
  data: z.object({ order: z.string(), line: z.int(), orders: z.int() }),
  example: { order: '1', line: 1, orders: 1 },
});
const releasedV1 = contract('OrderDispatched', 1, {
  ...{ ...prose, topic: 'stages', key: 'release' },
  data: z.object({ status: z.string().nullable() }),
  example: { status: '30' },
});

export const stages = {
  rules: compileRuleSet(
    ruleSet({
      aggregates: [stage, dispatch],
      facts: [lineReached, released],
      publications: [
        publish(lineReached).as(lineReachedV1, ({ data }) => data),
        publish(released).as(releasedV1, ({ data }) => data),
      ],
    }),
  ),
  digest: 'stages',
};

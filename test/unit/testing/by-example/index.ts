/** The rules that docs/facts-by-example.md quotes. */
import { aggregate, contract, decimal, known, legacy, many, one, publish, ruleSet, table } from 'dragoman/rules';
import { z } from 'zod';

export const ord = table('shop.ord', {
  key: ['ord_no'],
  columns: {
    ord_no: legacy.bigint(),
    paid_flg: legacy.code({ Y: true, N: false }),
    hold_flg: legacy.code({ Y: true, N: false }),
    total: legacy.decimal({ scale: 2 }),
  },
});
export const line = table('shop.line', {
  key: ['ord_no', 'line_no'],
  columns: {
    ord_no: legacy.bigint(),
    line_no: legacy.integer(),
    qty: legacy.integer(),
    price: legacy.decimal({ scale: 4 }),
    sts: legacy.code({ O: 'open', P: 'packed' }),
  },
});

const order = aggregate('order', {
  header: one(ord, (row) => row.ord_no),
  lines: many(line, (row) => row.ord_no),
});

// Many row changes, one fact.
const packed = order.milestone('OrderPacked', {
  importance: 'high',
  when: {
    'it has lines': (o) => o.lines.length > 0,
    'every line is packed': (o) => o.lines.every((each) => each.sts === 'packed'),
  },
  data: (o) => ({
    lineCount: o.lines.length,
    value: decimal.round(decimal.sum(o.lines.map((each) => decimal.times(each.price, each.qty))), 2, 'half-up'),
  }),
});

// One row change, several facts: each is asked by itself.
const paid = order.milestone('OrderPaid', {
  importance: 'high',
  when: { 'it is paid': (o) => o.header?.paid_flg === true },
  data: (o) => ({ amount: known(o.header, 'header of the order').total }),
});
const releasable = order.milestone('OrderReleasable', {
  importance: 'critical',
  when: {
    'it is paid': (o) => o.header?.paid_flg === true,
    'nothing holds it': (o) => o.header?.hold_flg === false,
  },
  data: () => ({}),
});

// More than once in a life: numbered.
const held = order.milestone('OrderPutOnHold', {
  importance: 'normal',
  repeatable: true,
  when: { 'it is on hold': (o) => o.header?.hold_flg === true },
  data: () => ({}),
});

// By what was before and what is after.
const reduced = order.transition('OrderTotalReduced', {
  importance: 'normal',
  when: {
    'its total went down': (before, after) =>
      before.header !== undefined &&
      after.header !== undefined &&
      decimal.compare(after.header.total, before.header.total) < 0,
  },
  data: (before, after) => {
    const [from, to] = [known(before.header, 'header before').total, known(after.header, 'header').total];
    return { from, to, by: decimal.minus(from, to) };
  },
});

// About single rows.
const linePacked = order.each('lines').became('LinePacked', {
  importance: 'low',
  when: { 'it is packed': (row) => row.sts === 'packed' },
  data: (_, row) => ({ lineNumber: row.line_no }),
});
const lineAdded = order.each('lines').inserted('LineAdded', {
  importance: 'low',
  data: (_, row) => ({ lineNumber: row.line_no }),
});
const lineRemoved = order.each('lines').deleted('LineRemoved', {
  importance: 'low',
  data: (_, row) => ({ lineNumber: row.line_no }),
});

const prose = {
  topic: 'shop.orders',
  key: 'orderId',
  owner: 'order-management',
  meaning: 'An example.',
  certainty: 'An example.',
  notSentWhen: 'An example.',
};
const amount = z.string().regex(/^-?\d+\.\d{2}$/);
const lineNumber = { data: z.object({ lineNumber: z.int() }), example: { lineNumber: 1 } };
const nothing = { data: z.object({}), example: {} };

export default ruleSet({
  aggregates: [order],
  facts: [packed, paid, releasable, held, reduced, linePacked, lineAdded, lineRemoved],
  publications: [
    publish(packed).as(
      contract('OrderPacked', 1, {
        ...prose,
        data: z.object({ lineCount: z.int(), value: amount }),
        example: { lineCount: 2, value: '129.80' },
      }),
      ({ data }) => data,
    ),
    publish(paid).as(
      contract('OrderPaid', 1, { ...prose, data: z.object({ amount }), example: { amount: '129.80' } }),
      ({ data }) => data,
    ),
    publish(releasable).as(contract('OrderReleasable', 1, { ...prose, ...nothing }), () => ({})),
    publish(held).as(contract('OrderPutOnHold', 1, { ...prose, ...nothing }), () => ({})),
    publish(reduced).as(
      contract('OrderTotalReduced', 1, {
        ...prose,
        data: z.object({ from: amount, to: amount, by: amount }),
        example: { from: '129.80', to: '99.80', by: '30.00' },
      }),
      ({ data }) => data,
    ),
    publish(linePacked).as(contract('LinePacked', 1, { ...prose, ...lineNumber }), ({ data }) => data),
    publish(lineAdded).as(contract('LineAdded', 1, { ...prose, ...lineNumber }), ({ data }) => data),
    publish(lineRemoved).as(contract('LineRemoved', 1, { ...prose, ...lineNumber }), ({ data }) => data),
  ],
});

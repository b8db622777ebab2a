/** What docs/facts-by-example.md says happens, happens; and what it quotes stands here. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { given } from 'dragoman/testing';
import rules, { line, ord } from './index.js';

const header = { ord_no: '7', paid_flg: false, hold_flg: false, total: '129.80' } as const;
const open = { ord_no: '7', line_no: 1, qty: 2, price: '9.9950', sts: 'open' } as const;

/** An order that was there before, with two open lines. */
const there = () =>
  given(rules).baseline((t) =>
    t
      .insert(ord, header)
      .insert(line, open)
      .insert(line, { ...open, line_no: 2, qty: 1, price: '109.8100' }),
  );

it('many row changes are one fact, in one transaction or in several', () => {
  there()
    .transaction((t) =>
      t
        .update(line, { ord_no: '7', line_no: 1, sts: 'packed' })
        .update(line, { ord_no: '7', line_no: 2, sts: 'packed' }),
    )
    .expect(
      { type: 'OrderPacked', key: '7', data: { lineCount: 2, value: '129.80' } },
      { type: 'LinePacked', key: '7', data: { lineNumber: 1 } },
      { type: 'LinePacked', key: '7', data: { lineNumber: 2 } },
    );
  there()
    .transaction((t) => t.update(line, { ord_no: '7', line_no: 2, sts: 'packed' }))
    .expect({ type: 'LinePacked', key: '7', data: { lineNumber: 2 } })
    .transaction((t) => t.update(line, { ord_no: '7', line_no: 1, sts: 'packed' }))
    .expect({ type: 'OrderPacked', key: '7' }, { type: 'LinePacked', key: '7', data: { lineNumber: 1 } });
});

it('one row change is several facts, in the order of the rule set', () => {
  there()
    .transaction((t) => t.update(ord, { ord_no: '7', paid_flg: true }))
    .expect({ type: 'OrderPaid', key: '7', data: { amount: '129.80' } }, { type: 'OrderReleasable', key: '7' });
});

it('a milestone happens once in a life', () => {
  there()
    .transaction((t) => t.update(ord, { ord_no: '7', paid_flg: true, hold_flg: true }))
    .expect({ type: 'OrderPaid', key: '7' }, { type: 'OrderPutOnHold', key: '7' })
    .transaction((t) => t.update(ord, { ord_no: '7', paid_flg: false }))
    .expect()
    .transaction((t) => t.update(ord, { ord_no: '7', paid_flg: true }))
    .expect();
});

it('and a repeatable one each time that it comes true', () => {
  const scenario = there()
    .transaction((t) => t.update(ord, { ord_no: '7', hold_flg: true }))
    .expect({ type: 'OrderPutOnHold', key: '7', data: { sequence: 1 } })
    .transaction((t) => t.update(ord, { ord_no: '7', total: '140.00' })) // still on hold: nothing new
    .expect()
    .transaction((t) => t.update(ord, { ord_no: '7', hold_flg: false }))
    .expect()
    .transaction((t) => t.update(ord, { ord_no: '7', hold_flg: true }))
    .expect({ type: 'OrderPutOnHold', key: '7', data: { sequence: 2 } });
  expect(scenario.why('OrderPutOnHold')).toBe('order:7: OrderPutOnHold (2) happened');
});

it('a transition is told by before and after, each time', () => {
  const scenario = there()
    .transaction((t) => t.update(ord, { ord_no: '7', total: '99.80' }))
    .expect({ type: 'OrderTotalReduced', key: '7', data: { from: '129.80', to: '99.80', by: '30.00', sequence: 1 } })
    .transaction((t) => t.update(ord, { ord_no: '7', total: '100.00' }))
    .expect()
    .transaction((t) => t.update(ord, { ord_no: '7', total: '90.00' }).update(ord, { ord_no: '7', total: '80.00' }))
    .expect({ type: 'OrderTotalReduced', key: '7', data: { from: '100.00', to: '80.00', by: '20.00', sequence: 2 } });
  expect(scenario.why('OrderTotalReduced')).toBe('order:7: OrderTotalReduced (2) happened');
});

it('a transition asks for what was before, and a new order had nothing', () => {
  given(rules)
    .transaction((t) => t.insert(ord, header))
    .expect();
});

it('a row of which nothing was known before is unknown, not new', () => {
  const scenario = given(rules).transaction((t) => t.update(ord, { ...header, total: '99.80' }));
  scenario.expect();
  expect(scenario.why('OrderTotalReduced')).toContain('unknown');
});

it('what a transaction undoes did not happen', () => {
  there()
    .transaction((t) =>
      t
        .insert(line, { ...open, line_no: 3 })
        .delete(line, { ord_no: '7', line_no: 3 })
        .update(ord, { ord_no: '7', total: '1.00' })
        .update(ord, { ord_no: '7', total: '129.80' }),
    )
    .expect();
});

it('a row that comes already packed became packed, and a deleted one is told as it was', () => {
  there()
    .transaction((t) => t.insert(line, { ...open, line_no: 3, sts: 'packed' }))
    .expect(
      { type: 'LinePacked', key: '7', data: { lineNumber: 3 } },
      { type: 'LineAdded', key: '7', data: { lineNumber: 3 } },
    )
    .transaction((t) => t.delete(line, { ord_no: '7', line_no: 3 }))
    .expect({ type: 'LineRemoved', key: '7', data: { lineNumber: 3 } });
});

it('is quoted by the page as it stands', () => {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
  const squeezed = (text: string): string => text.replace(/\s+/g, '').replace(/,(?=[)\]}])/g, '');
  const sources = squeezed(read('index.ts')) + squeezed(read('facts-by-example.test.ts'));
  const quotes = [...read('../../../../docs/facts-by-example.md').matchAll(/```ts\n(.*?)```/gs)].map(
    ([, quote = '']) => quote,
  );
  expect(quotes.length).toBeGreaterThan(5);
  for (const quote of quotes) expect(sources).toContain(squeezed(quote));
});

/** What decides is of the rules that an order keeps; what reads rows, and what is retired, is of now. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ChangeSet } from '../../../src/domain/change-set.js';
import { positionOf } from '../../../src/domain/source/position.js';
import type { AggregateState } from '../../../src/domain/state/aggregate-state.js';
import type { Row } from '../../../src/domain/tables/table.js';
import { compileRuleSet } from '../../../src/rules/compile.js';
import { aggregate, contract, legacy, one, publish, ruleSet, table } from '../../../src/rules/index.js';
import { without } from '../../../src/translate/own.js';
import { type KeptAggregate, withRules } from '../../../src/translate/pins.js';
import { translate } from '../../../src/translate/translate.js';

const CODES = { N: 'new', R: 'ready', H: 'held' } as const;

/** Its events say by which rules they were decided, and in which region. */
function rulesOf(name: string, pin?: boolean) {
  const columns = { id: legacy.bigint(), sts: legacy.code(CODES), at: legacy.text() };
  const hdr = table('oms.hdr', { key: ['id'], columns });
  const order = aggregate(
    'order',
    { header: one(hdr, (row) => row.id) },
    {
      ...(pin === undefined ? {} : { pin }),
      context: { region: ({ header }) => `${name} ${header?.at ?? ''}` },
      retire: { when: { 'it is held': ({ header }) => header?.sts === 'held' && name === 'now' }, after: '1 day' },
    },
  );
  const ready = order.milestone('OrderReady', {
    importance: 'critical',
    when: { 'it is ready': ({ header }) => header?.sts === 'ready' },
    data: () => ({ by: name }),
  });
  const prose = { topic: 'orders.out', key: 'orderId', owner: 'x', meaning: 'x', certainty: 'x', notSentWhen: 'x' };
  const readyV1 = contract('OrderReady', 1, {
    ...prose,
    data: z.strictObject({ by: z.string() }),
    example: { by: 'x' },
  });
  const publications = [publish(ready).as(readyV1, ({ data }) => data)];
  return compileRuleSet(ruleSet({ aggregates: [order], facts: [ready], publications }));
}

const now = rulesOf('now', true);
const former = rulesOf('former', true).aggregates.get('order')!;
const kept: KeptAggregate = {
  digest: 'former',
  aggregate: former,
  grown: new Map([['oms.hdr', [{ column: 'sts', known: new Set(['new', 'ready']) }]]]),
};
const settings = {
  ...{ sourceSystem: 'legacy', eventSource: 'urn:x', eventTypePrefix: '', digest: 'now' },
  ...{ parts: { countMax: 100, bytesMax: 1_000_000 }, recordBytesMax: () => 1_000_000 },
};
const keeping = {
  ...settings,
  pins: { of: (_: string, { rules }: AggregateState) => (rules === 'former' ? kept : null) },
};

const row = (sts: string): Row => ({ id: '1', sts, at: 'north' });
const told = (number: number, sts: string): ChangeSet => ({
  ...{ aggregate: 'order', id: '1', kind: 'transaction', refusal: null },
  origin: {
    source: 'legacy',
    transactionId: String(number),
    position: positionOf(String(number)),
    commitTimeMs: number,
  },
  changes: [{ table: 'oms.hdr', key: '1', op: number === 1 ? 'c' : 'u', row: row(sts), refusal: null }],
});
const begun = translate(told(1, 'new'), null, rulesOf('former', true), { ...settings, digest: 'former' }).state;

describe('an order that keeps its rules', () => {
  it('says so, and is decided and told by them', () => {
    expect(begun.rules).toBe('former');
    const { events, entry, state } = translate(told(2, 'ready'), begun, now, keeping);
    expect(events.map(({ value, headers }) => [value['by'], value['region'], headers['ce_rulesdigest']])).toEqual([
      ['former', 'former north', 'former'],
    ]);
    expect([entry.digest, state.rules]).toEqual(['former', 'former']);
  });

  it('is parked by a code that its rules do not know, and goes on by those of now', () => {
    const { state, entry } = translate(told(2, 'held'), begun, now, keeping);
    expect(entry).toMatchObject({ outcome: 'parked', refusal: { code: 'CODE_UNKNOWN' }, digest: 'former' });
    expect(entry.refusal?.text).toMatch(/^oms.hdr.sts has a code that the rules former do not know/);
    expect(state.rules).toBe('former');
  });

  it('is retired by the rules of now', () => {
    const { pins } = keeping;
    const known = { ...kept, grown: new Map() };
    const all = { ...settings, pins: { of: (name: string, state: AggregateState) => pins.of(name, state) && known } };
    expect(translate(told(2, 'held'), begun, now, all).state.timers).toEqual({ retire: 2 + 24 * 60 * 60 * 1_000 });
  });

  it('keeps them no longer where the rules do not pin', () => {
    for (const pin of [undefined, false]) {
      const { state, entry } = translate(told(2, 'ready'), begun, rulesOf('now', pin), keeping);
      expect([entry.digest, 'rules' in state]).toEqual(['now', false]);
    }
  });
});

it('rules are kept by what has rows, or had any', () => {
  const order = now.aggregates.get('order')!;
  const gone = { ...begun, rows: {} };
  expect(withRules(gone, order, 'now').rules).toBe('now');
  const unmarked = without(gone, 'rules');
  expect(withRules(unmarked, order, 'now')).toBe(unmarked);
  expect(withRules({ ...unmarked, isStub: true }, order, 'now').rules).toBeUndefined();
});

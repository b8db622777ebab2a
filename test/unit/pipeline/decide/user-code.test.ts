/** SPEC T9 and guarantee G6: whatever user code gives back or throws parks the one aggregate, and the others go on. */
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { LifeEnd } from '../../../support/rig.js';
import { Rig } from '../../../support/rig.js';
import {
  hdrRow,
  readyRules,
  type ReadyOrder,
  SmallSource,
  type Spoiled,
} from '../../../support/sources/ready-orders.js';

const isThere = ({ header }: ReadyOrder): boolean => header !== undefined;
const isBad = ({ header }: ReadyOrder): boolean => header?.note === 'bad';

/** Order 2 is the bad one. */
async function played(spoiled: Spoiled, note = 'bad'): Promise<Rig> {
  const source = new SmallSource()
    .transaction(hdrRow('1', 'READY'))
    .transaction(hdrRow('2', 'READY', note))
    .transaction(hdrRow('3', 'READY'));
  const rig = new Rig(source.records, { rules: readyRules(spoiled) });
  expect(await rig.live()).toEqual({ kind: 'drained' } satisfies LifeEnd);
  return rig;
}

const circle: Record<string, unknown> = { note: 'x' };
circle.again = circle;
class Money {
  amount = 1;
}
const thrower = (thrown: unknown) => () => {
  throw thrown;
};
const hostile = new Proxy(new Error('x'), {
  get: thrower(new Error('get')),
  getPrototypeOf: thrower(new Error('prototype')),
});
const wholeError = Object.assign(new Error('x'), {
  message: Symbol('no text') as unknown as string,
  name: {} as string,
});
const nested = (depth: number): unknown => (depth === 0 ? 'x' : [nested(depth - 1)]);
const forEver = (n: number): number => 1 + forEver(n + 1);

const ANSWERS: readonly (readonly [string, (order: ReadyOrder) => unknown])[] = [
  ['nothing', () => undefined],
  ['null', () => null],
  ['a text', () => 'x'],
  ['an array', () => ['x']],
  ['a bigint', () => ({ note: 'x', total: 12n })],
  ['NaN', () => ({ note: NaN })],
  ['Infinity', () => ({ note: -Infinity })],
  ['a function', () => ({ note: 'x', toJSON: () => 'y' })],
  ['a symbol', () => ({ note: Symbol('x') })],
  ['a symbol as a name', () => ({ note: 'x', [Symbol('x')]: 1 })],
  ['a Map', () => ({ note: new Map([['a', 1]]) })],
  ['a Date', () => ({ note: new Date(0) })],
  ['an object of a class', () => ({ note: 'x', money: new Money() })],
  ['the view itself', (order) => ({ note: 'x', order })],
  ['a circle', () => circle],
  ['too deep', () => ({ note: nested(40) })],
  ['too many values', () => ({ note: 'x', many: Array.from({ length: 100_001 }, () => 0) })],
  ['too much text', () => ({ note: 'x'.repeat(4_000_001) })],
  ['a hole', () => ({ note: 'x', many: [1, , 3] })],
  ['a getter that throws', () => ({ get note() { throw new Error('x'); } })], // prettier-ignore
  ['a proxy', () => new Proxy({}, { ownKeys: thrower(new Error('x')) })],
  ['a promise', () => Promise.reject(new Error('nobody waits for it'))],
];

const THROWN: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['undefined', undefined],
  ['a text', 'Ada Lovelace'],
  ['a proxy', hostile],
  ['an error without words', wholeError],
  ['an endless error', new Error(`Ada Lovelace${'x'.repeat(5_000_000)}`)],
  ['a record', { toString: thrower(1), message: 'Ada Lovelace' }],
];

const PARKED = { 'order:2': 'RULE_THREW' };

function expectOnlyTheBadOne(rig: Rig): void {
  expect(rig.parked()).toEqual(PARKED);
  expect(rig.published().map(({ key }) => key)).toEqual(['1', '3']);
  const [letter, ...others] = rig.deadLetters();
  expect(others).toEqual([]);
  expect(letter?.value).not.toContain('Lovelace');
  expect(letter?.value?.length).toBeLessThan(5_000);
}

describe('an order whose rules', () => {
  it.each(ANSWERS)('give as data %s is parked alone', async (_, answer) => {
    const data = (order: ReadyOrder): unknown => (isBad(order) ? answer(order) : { note: 'x' });
    expectOnlyTheBadOne(await played({ data, map: () => ({ note: 'x' }) }));
  });

  it.each(ANSWERS.filter(([name]) => !['null', 'a text'].includes(name)))(
    'give in its context %s is parked alone',
    async (_, answer) => {
      expectOnlyTheBadOne(await played({ region: (order) => (isBad(order) ? answer(order) : null) }));
    },
  );

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['a number', 7],
    ['true', true],
  ])('give in its context %s is parked alone', async (_, answer) => {
    expectOnlyTheBadOne(await played({ region: (order) => (isBad(order) ? answer : 'north') }));
  });

  it.each(THROWN)(
    'throw %s in a condition, in data, in a context, in a publication, in a contract is parked alone',
    async (_, thrown) => {
      const bad = (order: ReadyOrder): void => {
        if (isBad(order)) throw thrown;
      };
      expectOnlyTheBadOne(await played({ when: (order) => (bad(order), isThere(order)) }));
      expectOnlyTheBadOne(await played({ data: (order) => (bad(order), { note: 'x' }) }));
      expectOnlyTheBadOne(await played({ region: (order) => (bad(order), null) }));
      const inFact = ({ note }: { readonly note?: unknown }): void => {
        if (note === 'bad') throw thrown;
      };
      expectOnlyTheBadOne(await played({ map: ({ data }) => (inFact(data), data) }));
      const schema = z.object({ note: z.string() });
      expectOnlyTheBadOne(await played({ schema: schema.refine((fields) => (inFact(fields), true)) }));
      expectOnlyTheBadOne(await played({ occurredAt: (fields) => (inFact(fields), '2026-11-29T00:00:00Z') }));
    },
  );

  it('recurse for ever is parked alone', async () => {
    expectOnlyTheBadOne(await played({ data: (order) => (isBad(order) ? { note: forEver(0) } : { note: 'x' }) }));
  });

  it('withhold without words is parked alone', async () => {
    const map: Spoiled['map'] = ({ data }, { withhold }) => (data.note === 'bad' ? withhold(12n as never) : data);
    expectOnlyTheBadOne(await played({ map }));
  });

  it('answer with a promise is parked alone, and the promise ends nothing', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const answer = (order: ReadyOrder): unknown => (isBad(order) ? Promise.reject(new Error('x')) : isThere(order));
    expectOnlyTheBadOne(await played({ when: answer }));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('hand a row on of which a column is not known yet is parked alone', async () => {
    const data = ({ header }: ReadyOrder): unknown => ({ header });
    expectOnlyTheBadOne(await played({ data, map: () => ({ note: 'x' }) }, '__debezium_unavailable_value'));
  });

  it('name what is no plain JSON by its place, not by its value', async () => {
    const data = (order: ReadyOrder): unknown => (isBad(order) ? { lines: [{ 'Ada Lovelace': { price: 12n } }] } : {});
    const rig = await played({ data, map: () => ({ note: 'x' }) });
    expect(rig.journal().flatMap(({ refusal }) => refusal?.text ?? [])).toEqual([
      expect.stringContaining('The data of OrderReady gave a bigint in lines[0][...].price.'),
    ]);
  });
});

describe('what JSON leaves out or changes', () => {
  it('is left out or changed before the contract is asked and the journal written', async () => {
    const data = (): unknown => ({ note: 'x', nothing: undefined, qty: -0 });
    const schema = z.object({ note: z.string(), qty: z.number() });
    const rig = await played({ data, schema });
    expect(rig.parked()).toEqual({});
    const [fired] = rig.journal().flatMap(({ verdicts }) => verdicts);
    expect(fired).toEqual(expect.objectContaining({ values: { note: 'x', qty: 0 } }));
  });
});

describe('the metadata of an event', () => {
  it('is ours, whatever a contract lets through', async () => {
    const rules = readyRules({ map: ({ data }) => data });
    const [contract] = rules.rules.contracts;
    const fields = { note: 'x', eventId: 'mine', sequence: 999, orderId: '1', occurredAt: 'never' };
    Object.assign(contract!, { data: z.looseObject({ note: z.string() }) });
    for (const { facts } of rules.rules.aggregates.values())
      for (const { publications } of facts) for (const each of publications) Object.assign(each, { map: () => fields });
    const rig = new Rig(new SmallSource().transaction(hdrRow('2', 'READY')).records, { rules });
    await rig.live();
    const [event] = rig.published();
    expect(event?.value).toMatchObject({ sequence: 1, orderId: '2', note: 'x', eventId: event?.headers.ce_id });
    expect(Object.keys(event?.value ?? {})[0]).toBe('eventId');
  });
});

describe("an operator's command", () => {
  const unpark = {
    ...{
      id: '0b8fd1a2-6c1b-4c3e-8f5a-1d2e3f4a5b6c',
      kind: 'unpark',
      pipeline: 'orders',
      reason: 'corrected',
      by: 'me',
    },
    ...{ at: '2026-11-28T00:00:00Z', arguments: { aggregate: 'order', id: '2' } },
  };

  it('that meets a poison is answered and over', async () => {
    const source = new SmallSource().transaction(hdrRow('2', 'READY', null));
    const first = new Rig(source.records, { rules: readyRules({ schema: z.object({ note: z.string().min(1) }) }) });
    await first.live();
    expect(first.parked()).toEqual({ 'order:2': 'CONTRACT_VIOLATED' });
    source.transaction(hdrRow('3', 'READY'));
    const schema = z.object({ note: z.string() }).refine(({ note }) => (note === '' ? thrower(hostile)() : true));
    const second = new Rig(source.records, { rules: readyRules({ schema }) });
    second.goOnFrom(first);
    second.command(unpark);
    expect(await second.live()).toEqual({ kind: 'drained' });
    expect(await second.live()).toEqual({ kind: 'drained' });
    expect(second.published().map(({ key }) => key)).toEqual(['3']);
    const answers = second.told.flatMap((event) => (event.kind === 'command' ? [event.outcome.result] : []));
    expect(answers).toEqual(['applied']);
    expect(second.parked()).toEqual({ 'order:2': 'RULE_THREW' });
  });
});

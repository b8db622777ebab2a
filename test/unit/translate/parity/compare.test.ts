import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CompiledParity } from '../../../../src/rules/parity/parity.js';
import { DIFFERENCES_MAX } from '../../../../src/domain/state/pairs.js';
import { compareEvents, UNORDERED_MAX } from '../../../../src/translate/parity/compare.js';

const NO_GATE = { equal: 0, overMs: 0, pairs: 0, parked: 0, behindMs: 0 };

const allowing = (allowed: Partial<CompiledParity> = {}): CompiledParity => ({
  ...{
    withinMs: 60_000,
    ignored: new Set(),
    numbers: new Map(),
    timesMs: new Map(),
    unordered: new Set(),
    gate: NO_GATE,
  },
  ...allowed,
});

const STRICT = allowing();

describe('two events', () => {
  it('differ where values do, and say which side has what', () => {
    const legacy = { total: '12.50', lines: [{ sku: 'a', quantity: 1 }], note: null, only: 1 };
    const service = { total: '12.5', lines: [{ sku: 'a', quantity: 2 }, { sku: 'b' }], note: '', other: undefined };
    expect(compareEvents(legacy, service, STRICT)).toEqual([
      { path: 'total', legacy: { value: '12.50' }, service: { value: '12.5' } },
      { path: 'lines[0].quantity', legacy: { value: 1 }, service: { value: 2 } },
      { path: 'lines[1]', legacy: {}, service: { value: { sku: 'b' } } },
      { path: 'note', legacy: { value: null }, service: { value: '' } },
      { path: 'only', legacy: { value: 1 }, service: {} },
      { path: 'other', legacy: {}, service: { value: undefined } },
    ]);
  });

  it('are not compared by what each side says of itself', () => {
    const metadata = { eventId: 'a', occurredAt: '2026-03-01T20:00:00Z', sequence: 1, sourceSystem: 'legacy' };
    expect(compareEvents({ ...metadata, a: 1 }, { eventId: 'b', sequence: 7, a: 1 }, STRICT)).toEqual([]);
  });

  it('may differ in fields that are ignored, with all that is in them', () => {
    const rules = allowing({ ignored: new Set(['lines[].note', 'extra']) });
    const of = (note: string, extra: unknown) => ({ lines: [{ sku: 'a', note }], extra });
    expect(compareEvents(of('x', { deep: 1 }), of('y', [2]), rules)).toEqual([]);
  });

  it.each([
    ['1', '1.01', '0.01', true],
    ['1', '1.011', '0.01', false],
    [0.1, 0.3, '0.2', true],
    [-1, '1', '2', true],
    ['1', 'one', '5', false],
    ['1e3', '1000', '5', false],
    [null, '0', '5', false],
  ])('numbers %s and %s are the same within %s: %s', (legacy, service, tolerance, isSame) => {
    const rules = allowing({ numbers: new Map([['total', tolerance]]) });
    expect(compareEvents({ total: legacy }, { total: service }, rules)).toHaveLength(isSame ? 0 : 1);
    expect(compareEvents({ other: legacy }, { other: service }, rules)).toHaveLength(1);
  });

  it.each([
    ['2026-03-01T20:00:00Z', '2026-03-01T21:00:30+01:00', true],
    ['2026-03-01T20:00:00Z', '2026-03-01T20:01:00Z', true],
    ['2026-03-01T20:00:00Z', '2026-03-01T20:01:00.001Z', false],
    ['2026-03-01', '2026-03-01T00:00:00Z', false],
  ])('instants %s and %s are the same within a minute: %s', (legacy, service, isSame) => {
    const rules = allowing({ timesMs: new Map([['at', 60_000]]) });
    expect(compareEvents({ at: legacy }, { at: service }, rules)).toHaveLength(isSame ? 0 : 1);
  });
});

describe('a list without order', () => {
  const rules = allowing({ unordered: new Set(['lines']), numbers: new Map([['lines[].price', '1']]) });
  const lines = (...prices: readonly number[]) => ({ lines: prices.map((price) => ({ price })) });

  it('is equal when its elements can be paired, also where the nearest one is not the partner', () => {
    expect(compareEvents(lines(10, 11), lines(12, 11), rules)).toEqual([]);
    expect(compareEvents(lines(1, 2, 3), lines(4, 3, 2), rules)).toEqual([]);
    expect(compareEvents(lines(10, 10), lines(10, 12), rules)).toEqual([
      { path: 'lines[]', legacy: { value: { price: 10 } }, service: { value: { price: 12 } } },
    ]);
  });

  it('counts elements that are there twice', () => {
    expect(compareEvents(lines(5, 5, 9), lines(9, 5), rules)).toEqual([
      { path: 'lines[]', legacy: { value: { price: 5 } }, service: {} },
    ]);
  });

  it('is compared in its order when it is too long to be paired', () => {
    const long = Array.from({ length: UNORDERED_MAX + 1 }, (_, i) => i * 10);
    expect(compareEvents(lines(...long), lines(...[...long].reverse()), rules)).toHaveLength(DIFFERENCES_MAX);
  });

  it('of 500 elements in any order takes no time that matters', () => {
    const many = Array.from({ length: UNORDERED_MAX }, (_, i) => i * 10);
    const started = process.cpuUsage().user;
    expect(compareEvents(lines(...many), lines(...[...many].reverse()), rules)).toEqual([]);
    expect((process.cpuUsage().user - started) / 1_000).toBeLessThan(5_000);
  });
});

describe('whatever is compared', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('1', '1.5', 2, null, true, '2026-03-01T20:00:00Z'),
      fc.array(tie('any'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('any'), { maxKeys: 3, noNullPrototype: true }),
    ),
  })).any;
  const event = fc.dictionary(fc.constantFrom('a', 'b', 'c'), value, { maxKeys: 3, noNullPrototype: true });
  const paths = fc.subarray(['a', 'b', 'a.a', 'a[]', 'b.c', 'a[].b']);
  const parity = fc
    .record({ ignored: paths, numbers: paths, times: paths, unordered: paths })
    .map(({ ignored, numbers, times, unordered }) =>
      allowing({
        ignored: new Set(ignored),
        numbers: new Map(numbers.map((path) => [path, '0.5'])),
        timesMs: new Map(times.map((path) => [path, 1_000])),
        unordered: new Set(unordered),
      }),
    );

  it('is equal to itself (P2), and the sides may be exchanged (P1)', () => {
    fc.assert(
      fc.property(event, event, parity, (one, other, rules) => {
        expect(compareEvents(one, structuredClone(one), rules)).toEqual([]);
        expect(compareEvents(one, other, rules).length === 0).toBe(compareEvents(other, one, rules).length === 0);
      }),
      { numRuns: 300 },
    );
  });

  it('in lists without order is equal when one is the other shuffled (P3)', () => {
    const shuffled = fc
      .array(value, { maxLength: 8 })
      .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        expect(compareEvents({ a: list }, { a: other }, allowing({ unordered: new Set(['a']) }))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

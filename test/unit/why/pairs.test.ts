/** What is said of events that were compared with those of a service on trial. */
import { describe, expect, it } from 'vitest';
import type { Judged, ParityClass } from '../../../src/domain/state/pairs.js';
import type { CompiledRules } from '../../../src/rules/compile.js';
import { pairsShown, pairWords, triedWords } from '../../../src/why/pairs.js';

const contracts = [{ name: 'Ready', majorVersion: 1, fields: { customer: { class: 'personal' } } }];
const rulesOf = (isSealed: boolean) =>
  ({ contracts, aggregates: new Map([['order', { isSealed }]]) }) as unknown as CompiledRules;

const judged = (is: ParityClass, differences: Judged['differences'] = []): Judged => ({
  ...{ contract: 'Ready.v1', occurrence: '', class: is, route: 'Ready.v1 market=DE', differences },
});
const differences = [
  { path: 'total', legacy: { value: '1.00' }, service: { value: '2.00' } },
  { path: 'customer', legacy: { value: 'Anna' }, service: {} },
];

const shown = (parity: readonly Judged[], isSealed = false, isAll = false) =>
  pairsShown({ parity, aggregate: 'order', id: '4711' }, rulesOf(isSealed), isAll).parity ?? [];

describe('a pair', () => {
  it('is told in words, with both sides as they are', () => {
    expect(shown([judged('different', differences)]).map(pairWords)).toEqual([
      'Ready.v1: legacy and the service on trial differ: total is "1.00" in legacy, and "2.00" in the service; ' +
        'customer is [personal] in legacy, and absent in the service',
    ]);
    expect(shown([{ ...judged('onlyLegacy'), occurrence: '2' }]).map(pairWords)).toEqual([
      'Ready.v1 2: the service on trial has not published it in time',
    ]);
    expect(shown([judged('different', [{ path: '', legacy: {}, service: {} }])]).map(pairWords)).toEqual([
      'Ready.v1: legacy and the service on trial differ: too large to be compared',
    ]);
  });

  it('has the values of what is sealed, and of fields with a class, for those alone who ask for them', () => {
    const values = (isSealed: boolean, isAll: boolean) =>
      shown([judged('different', differences)], isSealed, isAll)[0]?.differences.map(({ legacy }) => legacy);
    expect(values(false, false)).toEqual(['"1.00"', '[personal]']);
    expect(values(true, false)).toEqual(['[personal]', '[personal]']);
    expect(values(true, true)).toEqual(['"1.00"', '"Anna"']);
  });

  it('leads to the event, which has one id on both sides', () => {
    expect(shown([judged('equal')])[0]?.eventId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5/);
  });
});

it('an event on trial is told with who published it', () => {
  const tried = { contract: 'Ready.v1', eventId: 'e', occurrence: '', sequence: 3, producer: 'service:orders' };
  const { trial } = pairsShown({ trial: tried, aggregate: 'order', id: '1' }, rulesOf(false), false);
  expect(trial === undefined ? '' : triedWords(trial)).toBe(
    'published on trial by service:orders: Ready.v1 number 3, event e',
  );
});

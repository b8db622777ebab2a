/** When the newest record was written that a consumer group has read: the last offsets before its own, and none that are not there. */
import { expect, it } from 'vitest';
import { newestBefore } from '../../../../src/cli/console/kafka-reads.js';

const ends = new Map([
  ['orders/0', { first: 100, end: 500 }],
  ['orders/1', { first: 0, end: 10 }],
  ['orders/2', { first: 40, end: 60 }],
]);
const before = (...all: readonly (readonly [number, number])[]) => newestBefore('orders', new Map(all), ends);

it('looks at the last offsets that are read, as far as they are there', () => {
  expect(before([0, 400], [1, 10], [2, 50])).toEqual({ topic: 'orders', from: [380, 0, 40], to: [400, 10, 50] });
});

it('looks at nothing where nothing was read, or all of it is gone', () => {
  expect(before([2, 30])).toEqual({ topic: 'orders', from: [0, 0, 30], to: [0, 0, 30] });
});

it('does not wait for what was committed of a topic before it was made anew', () => {
  expect(before([1, 9_000])).toMatchObject({ from: [0, 0, 0], to: [0, 10, 0] });
});

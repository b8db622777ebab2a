/** A list whose front moves. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { MovingList } from '../../../src/sequence/moving-list.js';

interface Named {
  readonly name: string;
}

function listOf(count: number): MovingList<Named> {
  const list = new MovingList<Named>();
  for (let i = 0; i < count; i += 1) list.push({ name: String(i) });
  return list;
}

const names = (list: MovingList<Named>): string[] => [...list].map(({ name }) => name);

it('keeps nothing of what was taken: a transaction has thousands of rows', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const list = listOf(3);
  const taken = new WeakRef(list.first as Named);
  list.shift();
  await new Promise((resolve) => setImmediate(resolve)); // a WeakRef is kept until the turn is over
  collect();
  expect(taken.deref()).toBeUndefined();
  expect(names(list)).toEqual(['1', '2']);
});

it('has the same values in front and behind, however many were taken', () => {
  const list = listOf(5_000);
  for (let taken = 0; taken < 4_990; taken += 1) {
    expect(list.first?.name).toBe(String(taken));
    list.shift();
  }
  expect(names(list)).toEqual(['4990', '4991', '4992', '4993', '4994', '4995', '4996', '4997', '4998', '4999']);
  expect(list.at(2)?.name).toBe('4992');
  expect(list.keep(({ name }) => name !== '4995')).toBe(1);
  expect(list).toHaveLength(9);
});

it('has nothing to take when it is empty', () => {
  const list = listOf(1);
  list.shift();
  list.shift();
  expect([list.length, list.first, list.last]).toEqual([0, undefined, undefined]);
  list.push({ name: 'next' });
  expect([list.length, list.first?.name, list.last?.name]).toEqual([1, 'next', 'next']);
});

/** States against what the journal says of them, by hash. */
import { expect, it } from 'vitest';
import { hashOf, StateHashes } from '../../../../src/cli/state/hashes.js';

const record = (key: string, state: object) => ({ partition: 0, offset: 0, key, value: JSON.stringify({ state }) });

it('tells what is equal, differing, missing and extra; the last record of a key counts', () => {
  const hashes = new StateHashes();
  hashes.learn([
    record('order:1', { sequence: 1 }),
    record('order:2', { sequence: 1 }),
    record('order:1', { sequence: 2 }),
  ]);
  expect(hashes.size).toBe(2);
  expect(hashes.compare('order:1', '{"sequence":2}')).toBe('equal');
  expect(hashes.compare('order:1', '{"sequence":1}')).toBe('differing');
  expect(hashes.compare('order:3', '{}')).toBe('extra');
  expect(hashes.compare('order:3', null)).toBe('equal');
  expect(hashes.unseen).toBe(1);
  expect(hashes.isUnseen('order:2')).toBe(true);
  expect(hashes.compare('order:2', null)).toBe('missing');
});

it('gives a hundred thousand keys as many hashes', () => {
  expect(new Set(Array.from({ length: 100_000 }, (_, i) => hashOf(`order:${i}`))).size).toBe(100_000);
});

/** What is written beside decisions: once, and soon, whatever was added while a Kafka transaction was under way. */
import { expect, it } from 'vitest';
import { Beside, IDLE_COMMIT_MS } from '../../../../src/pipeline/write/beside.js';

const record = (key: string) => ({ topic: 't', key, value: 'v', partition: 0 });
const NOW_MS = 1_000_000;
const same = (): string => 'read to 7';

it('is due when something was read that led to nothing, and some time is over', () => {
  const beside = new Beside([], NOW_MS);
  expect(beside.isDue(NOW_MS + IDLE_COMMIT_MS - 1, same)).toBe(false);
  expect(beside.isDue(NOW_MS + IDLE_COMMIT_MS, same)).toBe(true);
  beside.committed([], NOW_MS, same());
  expect(beside.isDue(NOW_MS + IDLE_COMMIT_MS, same)).toBe(false);
  expect(beside.isDue(NOW_MS - IDLE_COMMIT_MS, () => 'read to 8')).toBe(true);
});

it('has what was added while a Kafka transaction was under way for the next one, and that is due at once', () => {
  const beside = new Beside([record('a')], NOW_MS);
  const written = beside.records;
  beside.add([record('b')]);
  beside.committed(written, NOW_MS, same());
  expect(beside.records.map(({ key }) => key)).toEqual(['b']);
  expect(beside.isDue(NOW_MS, same)).toBe(true);
  beside.committed(beside.records, NOW_MS, same());
  expect([beside.records, beside.isDue(NOW_MS + IDLE_COMMIT_MS, same)]).toEqual([[], false]);
});

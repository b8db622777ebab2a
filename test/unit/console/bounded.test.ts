/** Reads of the console: shared, few at a time, and refused when too many wait. */
import { describe, expect, it } from 'vitest';
import { BoundedReads, READS_AT_ONCE_MAX, READS_WAITING_MAX } from '../../../src/console/bounded.js';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('bounded reads', () => {
  it('ask once for all who ask while it is under way, and for a while after', async () => {
    let nowMs = 1;
    let asked = 0;
    const reads = new BoundedReads(() => nowMs);
    const read = () => Promise.resolve((asked += 1));
    expect(await Promise.all([reads.read('a', 100, read), reads.read('a', 100, read)])).toEqual([1, 1]);
    nowMs = 99;
    expect(await reads.read('a', 100, read)).toBe(1);
    nowMs = 103;
    expect(await reads.read('a', 100, read)).toBe(2);
    expect(await reads.read('b', 100, read)).toBe(3);
    reads.forget();
    expect(await reads.read('b', 100, read)).toBe(4);
  });

  it('do not keep what failed', async () => {
    const reads = new BoundedReads();
    await expect(reads.read('a', 1_000, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await reads.read('a', 1_000, () => Promise.resolve(1))).toBe(1);
  });

  it('run few at a time, in their order, and send away who comes when too many wait', async () => {
    const reads = new BoundedReads();
    const ends: (() => void)[] = [];
    const slow = (answer: number) => () => new Promise<number>((resolve) => ends.push(() => resolve(answer)));
    const count = READS_AT_ONCE_MAX + READS_WAITING_MAX;
    const all = Array.from({ length: count }, (_, i) => reads.read(`r${i}`, 1, slow(i)));
    await settle();
    expect(ends).toHaveLength(READS_AT_ONCE_MAX);
    const busy = { code: 'CONSOLE_BUSY', disposition: 'retry' };
    await expect(reads.read('more', 1, slow(-1))).rejects.toMatchObject(busy);
    while (ends.length < count) {
      const before = ends.length;
      ends[before - READS_AT_ONCE_MAX]?.();
      await settle();
      expect(ends.length).toBe(before + 1);
    }
    for (const end of ends) end();
    expect(await Promise.all(all)).toEqual(all.map((_, i) => i));
    const last = reads.read('last', 1, slow(7));
    await settle();
    ends.at(-1)?.();
    expect(await last).toBe(7);
  });
});

/** What is slow is waited for; what stands still is given up, and so is what moves without end. */
import { describe, expect, it } from 'vitest';
import { patiently, PATIENCE_FACTOR } from '../../stack/patience.js';

const quietMaxMs = 40;
const pollMs = 5;

describe('patience', () => {
  it('waits longer than the quiet time while there are signs of life', async () => {
    const begunMs = performance.now();
    let looks = 0;
    const holds = (): boolean => performance.now() - begunMs > 3 * quietMaxMs;
    expect(await patiently({ holds, signs: () => (looks += 1), quietMaxMs, pollMs })).toBe(true);
    expect(looks).toBeGreaterThan(1);
  });

  it('ends when nothing moves', async () => {
    const begunMs = performance.now();
    expect(await patiently({ holds: () => false, signs: () => 'same', quietMaxMs, pollMs })).toBe(false);
    expect(performance.now() - begunMs).toBeGreaterThan(quietMaxMs);
  });

  it('ends when all the signs come to nothing', async () => {
    const begunMs = performance.now();
    let looks = 0;
    expect(await patiently({ holds: () => false, signs: () => (looks += 1), quietMaxMs, pollMs })).toBe(false);
    expect(performance.now() - begunMs).toBeGreaterThan(PATIENCE_FACTOR * quietMaxMs);
  });

  it('hands on what its question throws', async () => {
    const holds = (): Promise<boolean> => Promise.reject(new RangeError('gone'));
    await expect(patiently({ holds, signs: () => 0, quietMaxMs, pollMs })).rejects.toThrow('gone');
  });
});

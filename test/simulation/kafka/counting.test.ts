import { expect, it } from 'vitest';
import { countingHistory } from './counting.js';

const SEEDS = Array.from({ length: 30 }, (_, i) => i + 1);

it('writers that die, stop and take over at any request lose and double no number', async () => {
  let steps = 0;
  for (const seed of SEEDS) {
    const { violation, world } = await countingHistory(seed);
    expect(violation, `seed ${seed}`).toBeNull();
    steps += world.steps;
  }
  expect(steps).toBeGreaterThan(SEEDS.length * 500);
});

it('a seed means the same every time', async () => {
  const [once, again] = [await countingHistory(3), await countingHistory(3)];
  expect(again.world.digest).toBe(once.world.digest);
});

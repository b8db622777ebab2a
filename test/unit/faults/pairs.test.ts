/** Two nemeses at once are under way at one time, and it is known for how long. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Random } from '../../../legacy-db/workload/random.js';
import type { Arena, Nemesis } from '../../faults/nemesis.js';
import { strikeBoth } from '../../faults/pairs.js';

const arena = { random: new Random(1, -9) } as unknown as Arena;

/** Notes when it begins and ends. */
function lasting(ms: number, log: string[], name: string): Nemesis {
  return {
    does: name,
    async strike() {
      log.push(`${name} begins`);
      await delay(ms);
      log.push(`${name} ends`);
      return 1;
    },
  };
}

describe('a pair', () => {
  it('has the second strike while the first one is under way, and says for how long', async () => {
    const log: string[] = [];
    const { times, togetherMs } = await strikeBoth(lasting(3_200, log, 'first'), lasting(100, log, 'second'), arena);
    expect(log[0]).toBe('first begins');
    expect(log.indexOf('second begins')).toBeLessThan(log.indexOf('first ends'));
    expect(times).toBe(1 + log.filter((line) => line === 'second begins').length);
    expect(togetherMs).toBeGreaterThanOrEqual(95);
    expect(togetherMs).toBeLessThan(3_300);
  });

  it('counts what both have in common, when the second one lasts longer', async () => {
    const log: string[] = [];
    const begun = performance.now();
    const { togetherMs } = await strikeBoth(lasting(2_700, log, 'first'), lasting(4_000, log, 'second'), arena);
    expect(log).toEqual(['first begins', 'second begins', 'first ends', 'second ends']);
    expect(togetherMs).toBeGreaterThan(0);
    expect(togetherMs).toBeLessThan(performance.now() - begun - 1_000);
  });

  it('says that they were never at once, when the first one is over at once', async () => {
    const log: string[] = [];
    const strike = await strikeBoth(lasting(0, log, 'first'), lasting(10, log, 'second'), arena);
    expect(strike).toEqual({ times: 1, togetherMs: 0 });
  });

  it('ends both before it hands on what one of them throws', async () => {
    const log: string[] = [];
    const failing: Nemesis = { does: 'fails', strike: () => Promise.reject(new RangeError('no broker')) };
    await expect(strikeBoth(lasting(2_700, log, 'first'), failing, arena)).rejects.toThrow('no broker');
    expect(log).toEqual(['first begins', 'first ends']);
  });
});

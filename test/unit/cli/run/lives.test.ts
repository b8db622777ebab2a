import { describe, expect, it } from 'vitest';
import { Lives } from '../../../../src/cli/run/lives.js';
import { DragomanError } from '../../../../src/errors.js';

/** A task whose lives end as they are told. */
function lives(
  ends: ('closed' | 'fenced' | 'fault')[],
  { owned = true, waitMs = 0, confirmOwned = () => Promise.resolve(owned) } = {},
) {
  const told: string[] = [];
  const task = {
    run: () => {
      const end = ends.shift() ?? 'closed';
      told.push(end);
      if (end === 'fault') return Promise.reject(new DragomanError('INVARIANT_BROKEN', 'x'));
      return Promise.resolve(end);
    },
    stop: () => void told.push('stop'),
    lose: () => void told.push('lose'),
  };
  return { told, lives: new Lives(task, { confirmOwned }, waitMs) };
}

describe('the lives of a task', () => {
  it('end when it has ended', async () => {
    const { told, lives: all } = lives(['fenced', 'closed']);
    expect(await all.run()).toBe('fenced');
    expect(told).toEqual(['fenced']);
  });

  it('go on after a fault of ours, again and again', async () => {
    const { told, lives: all } = lives(['fault', 'fault', 'closed']);
    expect(await all.run()).toBe('closed');
    expect(told).toEqual(['fault', 'fault', 'closed']);
  });

  it('wait after a fault until they are told to stop', async () => {
    const { told, lives: all } = lives(['fault', 'closed'], { waitMs: 600_000 });
    const end = all.run();
    await new Promise((resolve) => setImmediate(resolve));
    all.stop();
    expect(await end).toBe('closed');
    expect(told).toEqual(['fault', 'stop', 'closed']);
  });

  it('lose what became the input of another member while they waited', async () => {
    const { told, lives: all } = lives(['fault', 'fenced'], { owned: false });
    expect(await all.run()).toBe('fenced');
    expect(told).toEqual(['fault', 'lose', 'fenced']);
  });

  it.each(['stop', 'lose'] as const)(
    '%s while they ask for the input is the end, whatever the group does',
    async (how) => {
      const { told, lives: all } = lives(['fault', 'closed'], { confirmOwned: () => new Promise(() => undefined) });
      const end = all.run();
      await new Promise((resolve) => setTimeout(resolve, 10));
      all[how]();
      expect(await end).toBe('closed');
      expect(told).toEqual(['fault', how, 'closed']);
    },
  );
});

/** A process that is told to end leaves its group, however long its commits take. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EXIT } from '../../../../src/cli/exit.js';
import { COMMITS_MAX_MS, endInOrder, LEAVING_MAX_MS } from '../../../../src/cli/run/end.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What happens, in its order, when commits and leaving take so long. */
async function ended(commitsMs: number, leavingMs: number): Promise<string[]> {
  const told: string[] = [];
  const after = (ms: number, what: string) => ({
    stop: () => new Promise<void>((resolve) => setTimeout(() => resolve(void told.push(what)), ms)),
  });
  const logger = { error: (text: string) => void told.push(text.split(':')[0]!) };
  const close = () => Promise.resolve(void told.push('closed'));
  const running = endInOrder(
    { members: after(commitsMs, 'committed'), group: after(leavingMs, 'left'), close, logger },
    (code) => {
      told.push(`exit ${code}`);
    },
  );
  await vi.advanceTimersByTimeAsync(COMMITS_MAX_MS + LEAVING_MAX_MS);
  await running;
  return told;
}

it('commits what is decided, then leaves', async () => {
  expect(await ended(COMMITS_MAX_MS - 1, LEAVING_MAX_MS - 1)).toEqual(['committed', 'left', 'closed']);
});

it('leaves the group when the commits take too long', async () => {
  expect(await ended(3_600_000, 1_000)).toEqual(['stopping took too long', 'left', 'closed', `exit ${EXIT.internal}`]);
});

it('ends also when the group cannot be left', async () => {
  const late = 'the group could not be left in time';
  expect(await ended(1, 3_600_000)).toEqual(['committed', late, 'closed', `exit ${EXIT.internal}`]);
  expect(await ended(3_600_000, 3_600_000)).toEqual([
    'stopping took too long',
    late,
    'closed',
    `exit ${EXIT.internal}`,
  ]);
});

/** A task that is told to end while it waits ends, also when the group does not say whether the input is still its own. */
import { expect, it } from 'vitest';
import { DragomanError } from '../../../src/errors.js';
import { Stop } from '../../../src/pipeline/stop.js';
import type { PipelineEvent } from '../../../src/pipeline/events.js';
import { Task } from '../../../src/pipeline/task.js';
import { replaced } from '../../support/replaced.js';
import { retailerRules, Rig } from '../../support/rig.js';

const rules = await retailerRules();
const ERRORS = {
  refuse: new DragomanError('SOURCE_GAP', 'a gap'),
  corrupt: new DragomanError('COMMIT_UNCERTAIN', 'it fails'),
};
const never = new Promise<never>(() => undefined);

/** Runs a task that cannot be fenced, in a group that does not answer, and ends it as soon as it asks. */
async function ended(error: DragomanError, how: 'stop' | 'lose') {
  const rig = new Rig([], { rules });
  const ports = rig.ports();
  const sink = replaced(ports.sink, { fence: () => Promise.reject(error) });
  const told: PipelineEvent[] = [];
  const source = replaced(ports.source, {
    confirmOwned: () => {
      setImmediate(() => task[how]());
      return never;
    },
  });
  const observe = (event: PipelineEvent): void => void told.push(event);
  const task = new Task({ ...ports, sink, source, clock: { nowMs: Date.now }, observe }, rig.settings());
  return { end: await task.run(), failed: told.filter(({ kind }) => kind === 'failed').length };
}

it.each([
  ['refuse', 'stop', 'closed', 0],
  ['refuse', 'lose', 'fenced', 0],
  ['corrupt', 'stop', 'closed', 1],
  ['corrupt', 'lose', 'fenced', 1],
] as const)(
  '%s, %s: %s, and a refusal of which the group did not say whose it is gives no alarm',
  async (kind, how, end, failed) => {
    expect(await ended(ERRORS[kind], how)).toEqual({ end, failed });
  },
);

it('what is set is set: nothing is waited for, and no work is begun', async () => {
  const stop = new Stop();
  expect(await stop.or(() => Promise.resolve(7))).toBe(7);
  stop.set();
  stop.set();
  await stop.wait(3_600_000);
  let begun = false;
  const work = (): Promise<number> => {
    begun = true;
    return never;
  };
  expect(await stop.or(work)).toBeNull();
  expect(begun).toBe(false);
});

it('a wait lasts as long as it is told when nothing is set', async () => {
  const started = performance.now();
  await new Stop().wait(20);
  expect(performance.now() - started).toBeGreaterThanOrEqual(19);
});

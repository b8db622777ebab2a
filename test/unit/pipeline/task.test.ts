/** What a task does about a failure is said by the disposition of the error alone (SPEC T7). */
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LoadedRules } from '../../../src/adapters/files/rules-loader.js';
import { DragomanError, type ErrorCode } from '../../../src/errors.js';
import { readRecording } from '../../support/recordings.js';
import { replaced } from '../../support/replaced.js';
import { retailerRules, Rig, type RigPorts } from '../../support/rig.js';

const records = readRecording('postgres/01-lifecycle');
let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

/** Waits take no time; how long they would have been is looked at. */
let waits: number[];
beforeEach(() => {
  waits = [];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }).setTimerTickMode('nextTimerAsync');
  const fake = globalThis.setTimeout;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation((run: () => void, ms = 0) => {
    if (ms >= 1_000 && ms !== 5_000) waits.push(ms); // 5 s: the writer that has nothing to do
    return fake(run, ms);
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A store whose first `times` markers are not answered, but with this error. */
function failing(rig: Rig, code: ErrorCode, times: number): RigPorts {
  const ports = rig.ports();
  let left = times;
  const store = replaced(ports.store, {
    marker: () => ((left -= 1) >= 0 ? Promise.reject(new DragomanError(code, 'it fails')) : rig.store.marker()),
  });
  return { ...ports, store };
}

const statesOf = (rig: Rig): string[] => rig.told.flatMap((event) => (event.kind === 'state' ? [event.state] : []));
const reasonsOf = (rig: Rig): (string | null)[] =>
  rig.told.flatMap((event) => (event.kind === 'state' && event.state === 'paused' ? [event.reason] : []));

describe('T7: a failure that passes (retry)', () => {
  it('pauses with its reason, waits longer each time, and goes on by itself', async () => {
    const rig = new Rig(records, { rules });
    expect(await rig.live(failing(rig, 'REDIS_UNAVAILABLE', 6))).toEqual({ kind: 'drained' });
    expect(waits.slice(0, 6)).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    expect(new Set(reasonsOf(rig))).toEqual(new Set(['REDIS_UNAVAILABLE: it fails']));
    expect(statesOf(rig).slice(-3)).toEqual(['running', 'closing', 'closed']);
    expect(rig.published()).toHaveLength(37);
  });

  it('publishes nothing while it lasts', async () => {
    const rig = new Rig(records, { rules });
    const ports = failing(rig, 'KAFKA_UNAVAILABLE', 3);
    const published: number[] = [];
    const store = replaced(ports.store, {
      marker: () => {
        published.push(rig.published().length);
        return ports.store.marker();
      },
    });
    expect(await rig.live({ ...ports, store })).toEqual({ kind: 'drained' });
    expect(published).toEqual([0, 0, 0, 0]);
  });
});

describe('T7: doubt about what is in memory (corrupt)', () => {
  it('recovers at once, without pause', async () => {
    const rig = new Rig(records, { rules });
    expect(await rig.live(failing(rig, 'MARKER_MOVED', 1))).toEqual({ kind: 'drained' });
    expect(statesOf(rig)).toEqual(['fencing', 'restoring', 'fencing', 'restoring', 'running', 'closing', 'closed']);
    expect(waits).toEqual([]);
  });

  it('waits when it comes again and again', async () => {
    const rig = new Rig(records, { rules });
    await rig.live(failing(rig, 'MARKER_MOVED', 3));
    expect(waits.slice(0, 2)).toEqual([2_000, 4_000]);
    expect(reasonsOf(rig)).toEqual(['MARKER_MOVED: it fails']);
  });
});

describe('T7: what only a person can settle (refuse)', () => {
  it('pauses with code and text, publishes nothing, and is looked at again', async () => {
    const rig = new Rig(records, { rules });
    const ports = failing(rig, 'JOURNAL_LOST', 1);
    expect(await rig.live(ports)).toEqual({ kind: 'refused', code: 'JOURNAL_LOST', text: 'it fails' });
    expect(statesOf(rig)).toEqual(['fencing', 'restoring', 'paused', 'closing', 'closed']);
    expect(rig.published()).toEqual([]);
    expect(await rig.live(ports)).toEqual({ kind: 'drained' });
    expect(rig.published()).toHaveLength(37);
  });
});

describe('T7: the end of a task', () => {
  it('is fenced when the group says, after a failure, that another member owns the partitions', async () => {
    const rig = new Rig(records, { rules });
    const ports = failing(rig, 'KAFKA_UNAVAILABLE', 1);
    const source = replaced(ports.source, { confirmOwned: () => Promise.resolve(false) });
    expect(await rig.live({ ...ports, source })).toEqual({ kind: 'fenced' });
    expect(statesOf(rig)).toEqual(['fencing', 'restoring', 'paused', 'fenced', 'closed']);
    expect(rig.published()).toEqual([]);
  });

  it('is a fault of ours when something happens that cannot', async () => {
    const rig = new Rig(records, { rules });
    await expect(rig.live(failing(rig, 'INVARIANT_BROKEN', 1))).rejects.toMatchObject({ disposition: 'fatal' });
    expect(rig.told.at(-2)).toMatchObject({ kind: 'failed', code: 'INVARIANT_BROKEN' });
    expect(rig.told.at(-1)).toMatchObject({ kind: 'state', state: 'paused' });
  });

  it('is in order when it is told to stop: what was committed is stored', async () => {
    const rig = new Rig(records, { rules });
    await rig.live();
    const marker = await rig.store.marker();
    expect(statesOf(rig)).toEqual(['fencing', 'restoring', 'running', 'closing', 'closed']);
    await rig.live();
    expect(await rig.store.marker()).toBe(marker);
  });
});

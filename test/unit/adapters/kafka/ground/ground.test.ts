/** How near to deletion a record is: by time, asked of the broker in few steps, and by size. */
import { describe, expect, it } from 'vitest';
import { retentionOf, sizeUsed, timeUsed } from '../../../../../src/adapters/kafka/ground/ground.js';

const HOUR_MS = 3_600_000;
const RETENTION_MS = 64 * HOUR_MS;

/** A topic of one partition: a record each hour from offset 0 on, the last one now. */
function topic(records: number, low = 0) {
  const now = Date.now();
  let asked = 0;
  const timeOf = (offset: number): number => now - (records - 1 - offset) * HOUR_MS;
  return {
    asked: () => asked,
    admin: {
      fetchTopicOffsets: () =>
        Promise.resolve([{ partition: 0, offset: `${records}`, high: `${records}`, low: `${low}` }]),
      fetchTopicOffsetsByTimestamp: (_: string, timeMs?: number) => {
        asked += 1;
        let offset = low;
        while (offset < records && timeOf(offset) < (timeMs ?? 0)) offset += 1;
        return Promise.resolve([{ partition: 0, offset: `${offset}` }]);
      },
    },
  };
}
const settings = (more: Record<string, string> = {}) =>
  new Map(Object.entries({ 'cleanup.policy': 'delete', 'retention.ms': `${RETENTION_MS}`, ...more }));
const needed = (offset: number) => new Map([['t/0', offset]]);

describe('retention by time', () => {
  it.each([
    [0, 100, 1],
    [60, 100, 0.625],
    [90, 100, 0.25],
    [99, 100, 1 / 64],
  ])('of a record at offset %i of %i', async (offset, records, used) => {
    const { admin } = topic(records);
    expect(await retentionOf(admin, 't', needed(offset), settings())).toMatchObject({ used, recordsLeft: offset });
  });

  it('leaves at least so long', async () => {
    const { secondsLeft } = await retentionOf(topic(100).admin, 't', needed(70), settings());
    expect(secondsLeft).toBe(32 * 3_600);
  });

  it('asks once where nothing is old, and not at all where nothing waits or time does not limit', async () => {
    const young = topic(100);
    await retentionOf(young.admin, 't', needed(99), settings());
    expect(young.asked()).toBe(1);
    const done = topic(100);
    expect(await retentionOf(done.admin, 't', needed(100), settings())).toMatchObject({ used: 0, recordsLeft: null });
    const kept = settings({ 'retention.ms': '-1' });
    expect(await retentionOf(done.admin, 't', needed(3), kept)).toMatchObject({ used: 0, secondsLeft: null });
    const compacted = settings({ 'cleanup.policy': 'compact' });
    expect(await retentionOf(done.admin, 't', needed(3), compacted)).toMatchObject({ used: 0, secondsLeft: null });
    expect(done.asked()).toBe(0);
  });

  it('is all used when something is older than all of it', async () => {
    expect(await timeUsed(1_000, () => Promise.resolve(true), 0)).toBe(1);
  });
});

describe('retention by size', () => {
  it('is told once the log was cut: the part that is still needed', async () => {
    expect(sizeUsed([{ low: 0, high: 100, needed: 10 }])).toBe(0);
    expect(sizeUsed([{ low: 50, high: 100, needed: 60 }])).toBe(0.8);
    const limited = settings({ 'retention.ms': '-1', 'retention.bytes': '1000' });
    const { admin } = topic(100, 50);
    expect(await retentionOf(admin, 't', needed(60), limited)).toMatchObject({ used: 0.8, recordsLeft: 10 });
  });

  it('of a record that is gone already is over', async () => {
    const limited = settings({ 'retention.bytes': '1000' });
    const { used, recordsLeft } = await retentionOf(topic(100, 50).admin, 't', needed(40), limited);
    expect(used).toBeGreaterThanOrEqual(1);
    expect(recordsLeft).toBe(0);
  });
});

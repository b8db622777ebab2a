/** How far a source is behind: of its own topics, and of the shard that is furthest behind. */
import { describe, expect, it } from 'vitest';
import { lagOf } from '../../../../src/cli/operator/reading/lag.js';
import type { CommittedProgress } from '../../../../src/cli/operator/reading/committed-progress.js';

const committed = (offsets: Record<string, number>, timeMs: number | null): { committed: CommittedProgress } => ({
  committed: {
    progress: { offsets: new Map(Object.entries(offsets)), frontiers: { legacy: { timeMs } } },
    footprint: null,
  } as unknown as CommittedProgress,
});
const ends = new Map([
  ['a/0', { first: 10, end: 100 }],
  ['a/1', { first: 0, end: 50 }],
  ['other/0', { first: 0, end: 1_000 }],
]);
const topics = new Set(['a']);
const nowMs = 60_000;

describe('the lag of a source', () => {
  it('is what is not committed of its own topics', () => {
    const shards = [committed({ 'a/0': 90, 'a/1': 50 }, 48_000)];
    expect(lagOf('legacy', topics, { shards, ends, nowMs })).toEqual({ lagRecords: 10, lagSeconds: 12 });
  });

  it('is none when all is committed, however long ago that was', () => {
    const shards = [committed({ 'a/0': 100, 'a/1': 50 }, 1)];
    expect(lagOf('legacy', topics, { shards, ends, nowMs })).toEqual({ lagRecords: 0, lagSeconds: 0 });
  });

  it('is that of the shard that is furthest behind', () => {
    const shards = [committed({ 'a/0': 100, 'a/1': 50 }, 59_000), committed({ 'a/0': 95, 'a/1': 20 }, 30_000)];
    expect(lagOf('legacy', topics, { shards, ends, nowMs })).toEqual({ lagRecords: 35, lagSeconds: 30 });
  });

  it('before anything is committed is all that there is, for nobody knows how long', () => {
    expect(lagOf('legacy', topics, { shards: [{ committed: null }], ends, nowMs })).toEqual({
      lagRecords: 140,
      lagSeconds: null,
    });
  });
});

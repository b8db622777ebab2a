/** How far a pipeline is: what is not done, how long that takes at the rate of lately, and what is not known. */
import { beforeAll, describe, expect, it } from 'vitest';
import { pipelineNow } from '../../../../src/cli/why/outside/now.js';
import type { Progress } from '../../../../src/pipeline/progress/progress.js';
import { newestProgress } from '../../../support/pipeline/progress.js';
import { readRecording } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';

let rig: Rig;
let progress: Progress;
beforeAll(async () => {
  const nowMs = Date.parse('2026-11-22T00:00:00Z'); // later than what is recorded
  rig = new Rig(readRecording('postgres/01-lifecycle'), { rules: await retailerRules(), nowMs });
  await rig.live();
  progress = newestProgress(rig);
});

const rules = () => rig.settings().rules;
const ends = (more: number) => new Map([...progress.offsets].map(([name, offset]) => [name, offset + more]));
const earlier = (records: number): Progress => {
  const [[name, offset] = ['', 0]] = progress.offsets;
  return { ...progress, offsets: new Map([...progress.offsets, [name, offset - records]]) };
};

describe('a pipeline', () => {
  it('that has read everything is not behind', () => {
    const now = pipelineNow({ progress, timeMs: 0 }, ends(0), { rules: rules() });
    expect(now).toMatchObject({
      recordsBehind: 0,
      recordsPerSecond: null,
      digest: progress.digest,
      unknown: { legacy: [] },
    });
    expect(now.sourceTimeMs).toBeGreaterThan(0);
  });

  it('is behind by all records of its input that are not done, also of partitions that it never read', () => {
    const all = new Map([...ends(3), ['legacy.other/0', 10]]);
    const now = pipelineNow({ progress, timeMs: 0 }, all, { rules: rules() });
    expect(now.recordsBehind).toBe(3 * progress.offsets.size + 10);
  });

  it('has a rate when it moved in more than a second, and none when it stands', () => {
    const rate = (records: number, ms: number) =>
      pipelineNow({ progress, timeMs: ms }, ends(0), {
        rules: rules(),
        before: { progress: earlier(records), timeMs: 0 },
      }).recordsPerSecond;
    expect(rate(10, 5_000)).toBe(2);
    expect(rate(10, 500)).toBeNull();
    expect(rate(0, 5_000)).toBeNull();
  });

  it('says which tables are not known', () => {
    const { legacy } = progress.frontiers;
    const known = { ...legacy!.known, tables: legacy!.known.tables.slice(1) };
    const torn = { ...progress, frontiers: { legacy: { ...legacy!, known } } };
    const { unknown } = pipelineNow({ progress: torn, timeMs: 0 }, ends(0), { rules: rules() });
    expect(unknown['legacy']).toEqual([legacy!.known.tables[0]]);
  });
});

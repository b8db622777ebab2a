/** The topic of logical messages appears with the first one, while the pipeline runs: nothing is said to be lost, and nothing is held. */
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../../../src/adapters/memory/source.js';
import type { PipelineEvent } from '../../../../src/pipeline/events.js';
import type { Source } from '../../../../src/pipeline/ports.js';
import { readRecording } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';

const records = readRecording('postgres/13-logical-message');

/** What a member does whose group looks for topics when it is asked: the partitions are owned anew, by another task. */
async function lived(gaps: 'refuse' | 'report', isThere: boolean) {
  const rules = await retailerRules();
  const rig = new Rig(records, { rules, source: { gaps } });
  const ports = rig.ports();
  const topicOf = (partition: string): string => partition.slice(0, partition.lastIndexOf('/'));
  const all = [...new Set(ports.source.partitions.map(topicOf))];
  const before: Source = new MemorySource(
    rig.log,
    all.filter((topic) => topic !== 'legacy.message'),
  );
  let looked = 0;
  let lose: () => void = () => undefined;
  const source = Object.assign(before, {
    lookForTopics: () => {
      looked += 1;
      if (isThere) lose();
      return Promise.resolve(isThere);
    },
  });
  const first = rig.live({ ...ports, source }, rig.settings(), (task) => (lose = () => task.lose()));
  const ends = [(await first).kind, ...(isThere ? [(await rig.live(ports)).kind] : [])];
  return { rig, looked, ends };
}

const said = (told: readonly PipelineEvent[]) =>
  told.filter((event) => event.kind === 'sequenced' && (event.held !== null || event.gaps > 0));

describe.each(['refuse', 'report'] as const)('with gaps: %s', (gaps) => {
  it('the task makes room for one that reads it, before it says that the chain is broken', async () => {
    const { rig, looked, ends } = await lived(gaps, true);
    expect(ends).toEqual(['fenced', 'drained']);
    expect(looked).toBe(1);
    expect(said(rig.told)).toEqual([]);
    const whole = new Rig(records, { rules: await retailerRules() });
    await whole.live();
    expect(rig.published()).toEqual(whole.published());
    expect(rig.parked()).toEqual(whole.parked());
  });

  it('a chain that is broken without it is said', async () => {
    const { rig, looked, ends } = await lived(gaps, false);
    expect(ends).toEqual(['drained']);
    expect(looked).toBeGreaterThan(0);
    expect(said(rig.told)).not.toEqual([]);
  });
});

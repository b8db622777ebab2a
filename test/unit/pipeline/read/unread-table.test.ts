/** A declared table of which this member was given no partition: nothing is read, and nothing is held against transactions with its rows. */
import { expect, it } from 'vitest';
import { MemorySource } from '../../../../src/adapters/memory/source.js';
import { readRecording } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';

it.each(['hold', 'quarantine'] as const)('is refused; incomplete: %s', async (incomplete) => {
  const rules = await retailerRules();
  const rig = new Rig(readRecording('postgres/01-lifecycle'), { rules, source: { incomplete, incompleteAfterMs: 0 } });
  const ports = rig.ports();
  const topics = new Set(ports.source.partitions.map((partition) => partition.split('/')[0]!));
  for (const lacking of topics) {
    const source = new MemorySource(
      rig.log,
      [...topics].filter((topic) => topic !== lacking),
    );
    const end = await rig.live({ ...ports, source });
    expect(end).toMatchObject({ kind: 'refused', code: 'TOPIC_MISSING' });
    expect(end).toHaveProperty('text', expect.stringContaining(`Source legacy has no partition of ${lacking} to read`));
  }
  expect(topics.size).toBeGreaterThan(3);
  expect(rig.journal()).toEqual([]);
  expect(await rig.live(ports)).toEqual({ kind: 'drained' });
  expect(rig.parked()).toEqual({});
  expect(rig.published().length).toBeGreaterThan(0);
});

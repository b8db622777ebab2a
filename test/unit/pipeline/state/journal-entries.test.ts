/** What the journal has of a decision is all that there was to say: its events can be published again as they were. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { readRecording } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';

let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

describe.each(['postgres/01-lifecycle', 'postgres/18-as-consumed-live', 'postgres/04-key-change'])('%s', (name) => {
  it('gives every event again, byte for byte, with its headers', async () => {
    const rig = new Rig(readRecording(name), { rules });
    await rig.live();
    const again = rig
      .journal()
      .flatMap(({ events = [] }) =>
        events.map(({ topic, key, value, headers }) => JSON.stringify([topic, key, JSON.stringify(value), headers])),
      );
    const published = rules.rules.topics.flatMap((topic) =>
      rig.log
        .partitionsOf(topic)
        .flatMap((partition) => rig.log.records(partition))
        .map(({ key, value, headers }) => JSON.stringify([topic, key, value, headers])),
    );
    expect(published.length).toBeGreaterThan(4);
    expect(again.sort()).toEqual(published.sort());
  });

  it('says the verdicts as they were', async () => {
    const rig = new Rig(readRecording(name), { rules });
    await rig.live();
    const decided = rig.told.flatMap((event) => (event.kind === 'decided' ? [event.entry] : []));
    const told = decided.filter(({ outcome, verdicts }) => outcome !== 'baseline' || verdicts.length > 0);
    const bySaying = (
      entries: readonly { readonly id: string; readonly verdicts: unknown; readonly refusal: unknown }[],
    ) => entries.map(({ id, verdicts, refusal }) => JSON.stringify([id, verdicts, refusal])).sort();
    expect(bySaying(rig.journal())).toEqual(bySaying(told));
  });
});

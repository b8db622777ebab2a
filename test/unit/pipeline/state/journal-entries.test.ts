/** What the journal has of a decision is all that there was to say: its events can be published again as they were. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { EMPTY_STATE } from '../../../../src/domain/state/aggregate-state.js';
import { readRecording } from '../../../support/recordings.js';
import type { Decision } from '../../../../src/domain/state/journal-entry.js';
import { journalEntry, journalRecord } from '../../../../src/pipeline/state/journal-entries.js';
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

describe('a row that one transaction touched twice', () => {
  it('is told with the columns that changed, once', () => {
    const stateOf = (addr_ok_flg: string) => ({
      ...EMPTY_STATE,
      rows: { ord_hdr: { '1': { ord_no: 1, addr_ok_flg } } },
    });
    const [before, state] = [stateOf('open'), stateOf('valid')];
    const decision: Decision = {
      ...{
        aggregate: 'order',
        id: '1',
        refusal: null,
        verdicts: [],
        events: [],
        digest: '',
        state,
      },
      outcome: 'applied',
      origin: { source: 'legacy', transactionId: '7', position: null, commitTimeMs: 0 },
      rows: [
        { table: 'ord_hdr', key: '1', op: 'u', changed: ['addr_ok_flg'] },
        { table: 'ord_hdr', key: '1', op: 'u', changed: [] },
      ],
    };
    const { value } = journalRecord('journal', { before, decision, events: [], changed: [] }, []);
    expect(journalEntry(String(value)).rows).toEqual([
      { table: 'ord_hdr', key: '1', op: 'u', was: { addr_ok_flg: 'open' }, is: { addr_ok_flg: 'valid' } },
      { table: 'ord_hdr', key: '1', op: 'u' },
    ]);
  });
});

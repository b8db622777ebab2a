/** What the journal has of a decision is all that there was to say: its events can be published again as they were. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type LoadedRules, loadRules } from '../../../../src/adapters/files/rules-loader.js';
import { EMPTY_STATE } from '../../../../src/domain/state/aggregate-state.js';
import { projectDirectory } from '../../../stack/directories.js';
import { readRecording } from '../../../support/recordings.js';
import type { RuleSet } from '../../../../src/rules/rule-set.js';
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

describe('two majors of one event', () => {
  it('are numbered each by itself, and the journal gives the older one again with what says that it goes', async () => {
    const rig = new Rig(readRecording('postgres/01-lifecycle'), { rules: await loadRules(RULES, withSecondMajor) });
    await rig.live();
    const events = rig.journal().flatMap(({ events: told = [] }) => told);
    const refunds = events.filter(({ value }) => value['eventType'] === 'RefundInitiated');
    const ofMajor = (version: number) => refunds.filter(({ value }) => value['schemaVersion'] === version);
    const numbers = (version: number) =>
      ofMajor(version).map(({ key, value }) => `${key} ${String(value['sequence'])}`);
    expect(ofMajor(1).length).toBeGreaterThan(0);
    expect(numbers(2)).toEqual(numbers(1));
    for (const { headers } of ofMajor(1)) expect(headers).toMatchObject({ ce_deprecated: 'true', ...UNTIL });
    for (const { headers } of ofMajor(2)) expect(Object.keys(headers).join()).not.toContain('deprecat');
    const published = rig.log
      .partitionsOf('orders.fulfillment')
      .flatMap((partition) => rig.log.records(partition))
      .map(({ key, value, headers }) => JSON.stringify([key, value, headers]));
    const again = events.map(({ key, value, headers }) => JSON.stringify([key, JSON.stringify(value), headers]));
    expect(again.sort()).toEqual(published.sort());
    const told = rig.told.flatMap((event) => (event.kind === 'committed' ? event.published : []));
    const counted = told.filter(({ deprecatedVersion }) => deprecatedVersion === 1);
    expect(counted.map(({ type }) => type)).toEqual(ofMajor(1).map(() => 'RefundInitiated'));
  });
});

const RULES = join(projectDirectory, 'rules');
const UNTIL = { ce_deprecationsunset: '2027-03-01T00:00:00Z' };

function withSecondMajor(rules: RuleSet): RuleSet {
  const publications = rules.publications.flatMap(({ contract, ...of }) =>
    contract.name === 'RefundInitiated'
      ? [
          { ...of, contract: { ...contract, sunset: '2027-03-01', replacedBy: 'RefundInitiated.v2' } },
          { ...of, contract: { ...contract, majorVersion: 2 } },
        ]
      : [{ ...of, contract }],
  );
  return { ...rules, publications };
}

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

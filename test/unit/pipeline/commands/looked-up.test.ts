/** What a command takes up looks up rows that are not in memory, as any decision (SPEC T19). */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { originText } from '../../../../src/domain/change-set.js';
import type { JournalEntry } from '../../../../src/domain/state/journal-entry.js';
import { commandOf, results } from '../../../support/pipeline/commands.js';
import { isStreamedRow } from '../../../support/recorded/histories.js';
import { edited, readRecording, type RecordedRecord } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';
import { lookingRules } from '../../../support/sources/looking-rules.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

const ORDER = '900013';
const records = readRecording('postgres/01-lifecycle');
const changed = records.filter(
  (record) => record.topic === 'legacy.oms.ord_hdr' && record.key === `{"ord_no":${ORDER}}` && isStreamedRow(record),
)[1]!;
/** The second change of its header has a code that the rules do not know. */
const unknownCode = records.map((record): RecordedRecord =>
  record === changed ? edited(record, ({ after }) => (after!.sts_cd = '77')) : record,
);

let retailer: LoadedRules;
beforeAll(async () => {
  retailer = await retailerRules();
});
waitsTakeNoTime();

/** Parked in one life, given up in the next, which has nothing in memory yet. */
async function givenUp(rules: LoadedRules, cacheBytesMax: number): Promise<Rig> {
  const rig = new Rig(unknownCode, { rules, settings: { cacheBytesMax } });
  await rig.live();
  const before = rig.eventsOf(ORDER).length;
  const first = originText(rig.states().get(`order:${ORDER}`)!.parked!.waiting[0]!.origin);
  rig.command(
    commandOf({ kind: 'parked.discard', arguments: { aggregate: 'order', id: ORDER, first, changeSets: 1 } }),
  );
  await rig.live();
  expect(results(rig)).toEqual(['applied']);
  expect(rig.eventsOf(ORDER).length).toBeGreaterThan(before);
  return rig;
}

const lookedUp = (rig: Rig): JournalEntry[] => rig.journal().filter(({ looked }) => looked !== undefined);

describe.each([1, 64_000_000])('a command, with a cache of %i bytes', (cacheBytesMax) => {
  it('publishes what it does when there is nothing to look up', async () => {
    const [plain, looking] = [
      await givenUp(retailer, cacheBytesMax),
      await givenUp(lookingRules(retailer), cacheBytesMax),
    ];
    expect(looking.published()).toEqual(plain.published());
    const entries = lookedUp(looking).filter(({ id }) => id === ORDER);
    expect(entries.length).toBeGreaterThan(1);
    for (const { looked } of entries) expect(looked?.['oms.ord_hdr']?.[ORDER]).toMatchObject({ ord_no: ORDER });
  });
});

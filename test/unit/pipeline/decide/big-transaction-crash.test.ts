/** A source transaction over several Kafka transactions, ended by a crash at every commit and save (SPEC T6). */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { readRecording } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

/** 20 orders: 2,000 lines changed in one transaction, payments created in another and deleted in a third. */
const records = readRecording('postgres/12-bulk');
const settings = { limits: { transactionsMax: 8, rowsMax: 10_000, changeSetsMax: 6 } };
let rules: LoadedRules;
let whole: Rig;
beforeAll(async () => {
  rules = await retailerRules();
  whole = new Rig(records, { rules });
  await whole.live();
});

waitsTakeNoTime();

describe('T6: a source transaction over several Kafka transactions', () => {
  it.each(['process ends before the call', 'process ends after the call', 'answer is lost'] as const)(
    '%s, at every commit and save: each aggregate is decided once',
    async (fault) => {
      const first = new Rig(records, { rules, settings });
      const undisturbed = withFault(first.ports(), NO_FAULT, () => undefined);
      await first.live(undisturbed);
      const calls = [...undisturbed.calls.entries()].filter(([, name]) => name === 'commit' || name === 'save');
      for (const [i, name] of calls) {
        const rig = new Rig(records, { rules, settings });
        const end = await rig.live(withFault(rig.ports(), { call: i + 1, fault }, () => undefined));
        if (end.kind === 'crashed') await rig.live(rig.ports(), rig.settings('another digest'));
        expect(rig.decisions(), `${fault}: call ${i + 1} (${name})`).toEqual(whole.decisions());
      }
    },
  );
});

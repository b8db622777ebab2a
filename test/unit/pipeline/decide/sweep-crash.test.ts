/** One fault at every call to the outside from the first scan on: a sweep that begins again says nothing twice and forgets nothing. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { clearing, FAULTS, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { missedIn, vanishedIn } from '../../../support/pipeline/snapshots.js';
import { readRecording } from '../../../support/recordings.js';
import { type PublishedRecord, retailerRules, Rig } from '../../../support/rig.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

const records = readRecording('postgres/07-resnapshot');
/** Every aggregate of the sweep is settled in a Kafka transaction of its own. */
const settings = { limits: { transactionsMax: 1_000, rowsMax: 10_000, changeSetsMax: 1 } };
let rules: LoadedRules;
let calls: readonly string[];
let undisturbed: { missed: string[]; vanished: string[]; published: readonly PublishedRecord[] };

const outcome = (rig: Rig): typeof undisturbed => ({
  missed: missedIn(rig.journal()).toSorted(),
  vanished: vanishedIn(rig.journal()).toSorted(),
  published: rig.published(),
});

beforeAll(async () => {
  rules = await retailerRules();
  const rig = new Rig(records, { rules, settings });
  const ports = withFault(rig.ports(), NO_FAULT, clearing(rig.store));
  await rig.live(ports);
  calls = ports.calls;
  undisturbed = outcome(rig);
});

waitsTakeNoTime();

/** Calls of the sweep, up to the commit of its end and what comes right after. */
function sweepCalls(): number[] {
  const first = calls.indexOf('scan');
  const commits = [...calls.keys()].filter((i) => i > first && calls[i] === 'commit');
  const last = commits[6] ?? calls.length;
  return [...calls.keys()].filter((i) => i >= first - 2 && i <= last);
}

describe('a sweep', () => {
  it('takes several Kafka transactions', () => {
    expect(undisturbed.vanished.length).toBeGreaterThan(5);
    expect(undisturbed.missed.length).toBeGreaterThan(0);
    expect(sweepCalls().filter((i) => calls[i] === 'commit').length).toBeGreaterThan(5);
  });

  it.each(FAULTS)('%s, at whichever call: everything is found, once', async (fault) => {
    for (const call of sweepCalls()) {
      const rig = new Rig(records, { rules, settings });
      const end = await rig.live(withFault(rig.ports(), { call: call + 1, fault }, clearing(rig.store)));
      if (end.kind === 'crashed') await rig.live(rig.ports(), rig.settings('another digest'));
      expect(outcome(rig), `${fault}: call ${call + 1} (${calls[call]})`).toEqual(undisturbed);
    }
  });
});

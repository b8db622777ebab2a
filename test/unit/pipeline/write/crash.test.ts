/**
 * One fault at every call to the outside, in turn: whatever ends or fails, the published records are those of an undisturbed
 * run (SPEC T2 to T5). After a crash another rule digest decides, as after a deployment.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { clearing, type Fault, FAULTS, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { readRecording, type RecordedRecord } from '../../../support/recordings.js';
import { type LifeEnd, type PublishedRecord, retailerRules, Rig } from '../../../support/rig.js';
import { hashesInStore } from '../../../support/stored.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

let rules: LoadedRules;
let records: readonly RecordedRecord[];
let calls: readonly string[];
let undisturbed: readonly PublishedRecord[];

const settings = { limits: { transactionsMax: 8, rowsMax: 10_000, changeSetsMax: 1_000 } };

beforeAll(async () => {
  rules = await retailerRules();
  records = readRecording('postgres/01-lifecycle');
  const rig = new Rig(records, { rules, settings });
  const ports = withFault(rig.ports(), NO_FAULT, clearing(rig.store));
  await rig.live(ports);
  calls = ports.calls;
  undisturbed = rig.published();
});

waitsTakeNoTime();

async function disturbed(fault: Fault, call: number): Promise<{ rig: Rig; ends: LifeEnd[] }> {
  const rig = new Rig(records, { rules, settings });
  const ends = [await rig.live(withFault(rig.ports(), { call, fault }, clearing(rig.store)))];
  if (ends[0]?.kind === 'crashed') ends.push(await rig.live(rig.ports(), rig.settings('another digest')));
  return { rig, ends };
}

describe('an undisturbed run', () => {
  it('makes every kind of call, and several Kafka transactions', () => {
    expect(new Set(calls)).toEqual(
      new Set(
        'fence progress begins ends read walk marker beginRestore endRestore scanFields load loadFields save commit'.split(
          ' ',
        ),
      ),
    );
    expect(calls.filter((name) => name === 'commit').length).toBeGreaterThan(10);
    expect(undisturbed).toHaveLength(37);
  });
});

describe('at whichever call', () => {
  it.each(FAULTS)('%s: the same records are published, each once', async (fault) => {
    for (const [i, name] of calls.entries()) {
      const { rig, ends } = await disturbed(fault, i + 1);
      const where = `${fault}: call ${i + 1} (${name})`;
      expect(ends.at(-1), where).toEqual({ kind: 'drained' });
      expect(rig.published(), where).toEqual(undisturbed);
    }
  });

  it('the journal holds one entry for each change set of a source transaction, and no other', async () => {
    const want = new Rig(records, { rules, settings });
    await want.live();
    const key = (rig: Rig): string[] =>
      rig.journal().flatMap(({ id, origin }) => (origin.position === null ? [] : [`${id} ${origin.position}`]));
    for (let call = 1; call <= calls.length; call += 1) {
      const { rig } = await disturbed('answer is lost', call);
      expect(key(rig)).toEqual(key(want));
    }
  });
});

describe('at whichever call of a life that finds its store empty', () => {
  const half = (): number => Math.floor(records.length / 2);

  /** The first half is decided, and the store is lost. */
  async function emptied(): Promise<Rig> {
    const rig = new Rig(records.slice(0, half()), { rules, settings, shapedBy: records });
    await rig.live();
    rig.store.clear();
    rig.play(records.slice(half()));
    return rig;
  }

  it.each(FAULTS)(
    '%s: the same records are published, and the store holds what the state topic says',
    async (fault) => {
      const watched = await emptied();
      const ports = withFault(watched.ports(), NO_FAULT, () => undefined);
      await watched.live(ports);
      for (const name of ['read', 'beginRestore', 'walk', 'copy', 'endRestore']) expect(ports.calls).toContain(name);
      const last = ports.calls.lastIndexOf('endRestore');
      for (const [i, name] of ports.calls.slice(0, last + 6).entries()) {
        const rig = await emptied();
        const where = `${fault}: call ${i + 1} (${name})`;
        const end = await rig.live(withFault(rig.ports(), { call: i + 1, fault }, clearing(rig.store)));
        if (end.kind === 'crashed') expect(await rig.live(), where).toEqual({ kind: 'drained' });
        expect(rig.published(), where).toEqual(undisturbed);
        const topic = rig.stored();
        expect(await hashesInStore(rig.store, topic.keys()), where).toEqual(topic);
      }
    },
  );
});

/** One fault at every call to the outside: whatever ends or fails, what is repaired is published once more exactly once. */
import { beforeAll, describe, expect, it } from 'vitest';
import { without } from '../../../../../src/translate/own.js';
import { clearing, FAULTS, NO_FAULT, withFault } from '../../../../support/pipeline/faults.js';
import { isRepeat, targetsOf, placedEvents, recordsIn, republishOf } from '../../../../support/repair/repairs.js';
import { Rig } from '../../../../support/rig.js';
import { hdrRow, readyRules, SMALL_SOURCE_MS, SmallSource } from '../../../../support/sources/ready-orders.js';
import { waitsTakeNoTime } from '../../../../support/waits.js';

const AUDIENCE = 'orders.billing';
const rules = readyRules({ isPersonal: true });
/** Repairs come between rows. */
const settings = {
  limits: { transactionsMax: 1, rowsMax: 10_000, changeSetsMax: 1 },
  audiences: new Set([AUDIENCE]),
};
const before = new SmallSource();
for (const id of ['1', '2', '3']) before.transaction(hdrRow(id, 'READY'));
const first = before.records.slice();
for (const id of ['4', '5', '6']) before.transaction(hdrRow(id, 'READY'));
const rest = before.records.slice(first.length);

/** Published once, and repairs of it wait, beside rows. */
async function made(): Promise<Rig> {
  const rig = new Rig(first, { rules, settings, nowMs: SMALL_SOURCE_MS + 1_000 });
  await rig.live();
  const targets = targetsOf(placedEvents(rig));
  expect(targets).toHaveLength(3);
  rig.command({ ...republishOf(targets.slice(0, 2)), id: '5f0c3a52-6f0e-4c1a-9a63-0a3f8c1b2d4e' });
  rig.command({ ...republishOf(targets, { to: AUDIENCE }), id: '6f0c3a52-6f0e-4c1a-9a63-0a3f8c1b2d4e' });
  rig.play(rest);
  return rig;
}

/** Sealed differently each time, so told by what is in it. */
const outcome = (rig: Rig): unknown => ({
  journal: rig
    .journal()
    .map(({ id, outcome: what, repair }) => `${id} ${what} ${JSON.stringify(repair)}`)
    .toSorted(),
  published: recordsIn(rig, 'orders.out').map(({ key, value, headers }) => ({
    key,
    value,
    isRepeat: isRepeat({ headers }),
  })),
  audience: recordsIn(rig, AUDIENCE).map(({ key, value }) => ({ key, value })),
  states: Object.fromEntries(
    [...rig.states()].map(([key, state]) => [key, without(without(state, 'journal'), 'sealKey')]),
  ),
});

const sorted = (one: unknown): unknown => {
  const { published, ...others } = one as { published: { key: string }[] };
  return { ...others, published: published.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) };
};

let calls: readonly string[];
let undisturbed: unknown;

waitsTakeNoTime();

beforeAll(async () => {
  const rig = await made();
  const ports = withFault(rig.ports(), NO_FAULT, clearing(rig.store));
  await rig.live(ports);
  calls = ports.calls;
  undisturbed = sorted(outcome(rig));
});

describe('repairs', () => {
  it('read the journal, and are committed with what they write', () => {
    expect(calls.filter((name) => name === 'entriesAt')).toHaveLength(2);
    expect(undisturbed).toMatchObject({ audience: [{}, {}, {}] });
    const { published } = undisturbed as { published: { isRepeat: boolean }[] };
    expect(published.filter((one) => one.isRepeat)).toHaveLength(2);
    expect(published).toHaveLength(8);
  });

  it.each(FAULTS)('%s, at whichever call: once', async (fault) => {
    for (const [i, name] of calls.entries()) {
      const rig = await made();
      const end = await rig.live(withFault(rig.ports(), { call: i + 1, fault }, clearing(rig.store)));
      if (end.kind === 'crashed') await rig.live(rig.ports());
      expect(sorted(outcome(rig)), `${fault}: call ${i + 1} (${name})`).toEqual(undisturbed);
    }
  });
});

/**
 * `parked.discard` through the whole pipeline in memory (SPEC T12, decision 0004): the change set that could not be applied is given up
 * once, whatever ends or fails; what waited behind it is decided in its order, and all others go on as if nothing had happened.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { originText } from '../../../../src/domain/change-set.js';
import type { JournalEntry } from '../../../../src/domain/state/journal-entry.js';
import { commandOf, outcomes, results } from '../../../support/pipeline/commands.js';
import { clearing, FAULTS, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { numbersOfValues } from '../../../support/pipeline/numbering.js';
import { undone } from '../../../../src/why/history/undo.js';
import { plainRows } from '../../../support/pipeline/undo.js';
import { damaged, isStreamedRow } from '../../../support/recorded/histories.js';
import { edited, readRecording, type RecordedRecord } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

const records = readRecording('postgres/01-lifecycle');
/** An order with several events; the second change of its header has a code that the rules do not know. */
const ORDER = '900013';
const changed = records.filter(
  (record) => record.topic === 'legacy.oms.ord_hdr' && record.key === `{"ord_no":${ORDER}}` && isStreamedRow(record),
)[1]!;
const withInstead = (other: RecordedRecord): RecordedRecord[] =>
  records.map((record) => (record === changed ? other : record));
const unknownCode = withInstead(edited(changed, ({ after }) => (after!.sts_cd = '77')));

let rules: LoadedRules;
let sound: Rig;
beforeAll(async () => {
  rules = await retailerRules();
  sound = new Rig(records, { rules });
  await sound.live();
});
waitsTakeNoTime();

async function parked(input: readonly RecordedRecord[] = unknownCode): Promise<Rig> {
  const rig = new Rig(input, { rules });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  expect(Object.keys(rig.parked())).toEqual([`order:${ORDER}`]);
  return rig;
}

const entriesOf = (rig: Rig): JournalEntry[] => rig.journal().filter(({ id }) => id === ORDER);
const stateOf = (rig: Rig) => rig.states().get(`order:${ORDER}`);
const waitingOf = (rig: Rig) => stateOf(rig)?.parked?.waiting ?? [];
const discardOf = (rig: Rig, changeSets = 1, first = originText(waitingOf(rig)[0]!.origin)) =>
  commandOf({ kind: 'parked.discard', arguments: { aggregate: 'order', id: ORDER, first, changeSets } });
const others = (rig: Rig) => rig.published().filter(({ key }) => key !== ORDER);

describe('parked.discard', () => {
  it('gives up the first change set and takes up the others, with an entry of its own for the command', async () => {
    const rig = await parked();
    const waiting = waitingOf(rig).length;
    const before = entriesOf(rig).length;
    const command = discardOf(rig);
    rig.command(command);
    expect(await rig.live()).toEqual({ kind: 'drained' });
    expect(results(rig)).toEqual(['applied']);
    expect(rig.parked()).toEqual({});
    expect(rig.told).toContainEqual({ kind: 'unparked', aggregate: 'order', id: ORDER, code: 'CODE_UNKNOWN' });
    const [audit, given, ...rest] = entriesOf(rig).slice(before);
    const { id, by, reason } = command;
    expect(audit).toMatchObject({ outcome: 'command', command: { id, by, reason, kind: 'parked.discard' } });
    expect(given).toMatchObject({ outcome: 'discarded', refusal: { code: 'CODE_UNKNOWN' } });
    expect(given).not.toHaveProperty('events');
    expect(given?.rows.find(({ table }) => table === 'oms.ord_hdr')?.is ?? {}).not.toHaveProperty('sts_cd');
    expect(rest.map(({ outcome }) => outcome)).toEqual(Array.from({ length: waiting - 1 }, () => 'applied'));
    // All rows came again, whole, in what waited: nothing is left unknown.
    expect(stateOf(rig)?.rows).toEqual(stateOf(sound)?.rows);
    expect(others(rig)).toEqual(others(sound));
  });

  it('can be undone like everything else: entry by entry backwards nothing is left', async () => {
    const rig = await parked();
    rig.command(discardOf(rig));
    await rig.live();
    const rows = plainRows(stateOf(rig)?.rows ?? {});
    expect(Object.keys(rows).length).toBeGreaterThan(0);
    expect(entriesOf(rig).reduceRight(undone, rows)).toEqual({});
  });

  it('publishes what follows with the ids that it would have had, numbered without a gap', async () => {
    const rig = await parked();
    rig.command(discardOf(rig));
    await rig.live();
    const ids = new Set(sound.eventsOf(ORDER).map(({ eventId }) => eventId));
    const events = rig.eventsOf(ORDER);
    expect(events.length).toBeGreaterThan(0);
    expect(events.filter(({ eventId }) => !ids.has(eventId))).toEqual([]);
    expect(events.map(({ sequence }) => sequence)).toEqual(numbersOfValues(events));
  });

  it('of all that wait leaves nothing of them to publish', async () => {
    const rig = await parked();
    const published = rig.eventsOf(ORDER);
    rig.command(discardOf(rig, waitingOf(rig).length));
    await rig.live();
    expect(rig.parked()).toEqual({});
    expect(rig.eventsOf(ORDER)).toEqual(published);
    const fired = (of: Rig) => Object.keys(stateOf(of)!.fired).sort();
    expect(fired(rig)).toEqual(fired(sound));
  });

  it('is the way out for a record that can never be read', async () => {
    const rig = await parked(withInstead(damaged(changed)));
    rig.command(commandOf({ kind: 'unpark', arguments: { aggregate: 'order', id: ORDER } }));
    await rig.live();
    expect(rig.parked()).toEqual({ [`order:${ORDER}`]: 'RECORD_UNDECODABLE' });
    rig.command(discardOf(rig));
    await rig.live();
    expect(rig.parked()).toEqual({});
    expect(stateOf(rig)?.rows['oms.ord_hdr']).toMatchObject(stateOf(sound)!.rows['oms.ord_hdr']!);
  });

  it.each<[string, (rig: Rig) => object, RegExp]>([
    [
      'another change set is the first',
      (rig) => discardOf(rig, 1, 'legacy:1:2'),
      /the first is legacy:\d+:\d+, not legacy:1:2/,
    ],
    ['fewer wait', (rig) => discardOf(rig, 1_000), /change sets wait, the first is/],
  ])('is refused when %s, and changes nothing', async (_, wanted, text) => {
    const rig = await parked();
    const waiting = waitingOf(rig);
    rig.command(wanted(rig));
    await rig.live();
    expect(outcomes(rig)).toMatchObject([{ result: 'refused', text: expect.stringMatching(text) as string }]);
    expect(waitingOf(rig)).toEqual(waiting);
  });

  it('is refused when it is not parked any more', async () => {
    const rig = await parked();
    const command = discardOf(rig);
    rig.command(command);
    rig.command({ ...command, id: discardOf(rig).id });
    await rig.live();
    expect(results(rig)).toEqual(['applied', 'refused']);
  });

  it('the same command again does nothing, and says so', async () => {
    const rig = await parked();
    const command = discardOf(rig);
    rig.command(command);
    rig.command(command);
    await rig.live();
    expect(results(rig)).toEqual(['applied', 'repeated']);
  });

  it.each(FAULTS)('takes effect once: %s, at whichever call', async (fault) => {
    const first = await parked();
    first.command(discardOf(first));
    const watched = withFault(first.ports(), NO_FAULT, clearing(first.store));
    await first.live(watched);
    expect(watched.calls).toContain('commit');
    for (const [i, name] of watched.calls.entries()) {
      const rig = await parked();
      const command = discardOf(rig);
      rig.command(command);
      const end = await rig.live(withFault(rig.ports(), { call: i + 1, fault }, clearing(rig.store)));
      if (end.kind === 'crashed') expect(await rig.live()).toEqual({ kind: 'drained' });
      const where = `${fault}: call ${i + 1} (${name})`;
      expect(rig.published(), where).toEqual(first.published());
      expect(
        rig.journal().filter((entry) => entry.command?.id === command.id),
        where,
      ).toHaveLength(1);
      expect(
        rig.journal().filter(({ outcome }) => outcome === 'discarded'),
        where,
      ).toHaveLength(1);
      expect(await rig.parkedInStore(), where).toEqual({});
    }
  });
});

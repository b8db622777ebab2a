/** What a repair says that it repairs stands as repaired, in the Kafka transaction that publishes it; whatever ends or fails. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { eventId } from '../../../../../src/domain/event-id.js';
import { isRepairable, Repairables } from '../../../../../src/cli/repair/discrepancies.js';
import { cutIntoTargets } from '../../../../../src/cli/repair/cutting.js';
import { publishedIn } from '../../../../../src/cli/repair/published-before.js';
import {
  type Discrepancy,
  discrepancyId,
  occurrenceSubject,
} from '../../../../../src/domain/reconciliation/discrepancy.js';
import { clearing, FAULTS, NO_FAULT, withFault } from '../../../../support/pipeline/faults.js';
import { foundOf, registerIn, reportOf } from '../../../../support/reconciliation/reports.js';
import { isRepeat, placedEvents, recordsIn, REPAIR, republishOf } from '../../../../support/repair/repairs.js';
import { Rig } from '../../../../support/rig.js';
import { hdrRow, readyRules, SMALL_SOURCE_MS, SmallSource } from '../../../../support/sources/ready-orders.js';
import { waitsTakeNoTime } from '../../../../support/waits.js';

const CONTRACT = 'OrderReady.v1';
const records = new SmallSource().transaction(hdrRow('1', 'READY')).transaction(hdrRow('2', 'READY')).records;

waitsTakeNoTime();

const lost = (id: string) => {
  const subject = occurrenceSubject(CONTRACT, id, '');
  return foundOf(id, { id: discrepancyId('published', subject), subject, contract: CONTRACT });
};

/** Both events are found missing. */
async function made(): Promise<Rig> {
  const rig = new Rig(records, { rules: readyRules(), nowMs: SMALL_SOURCE_MS + 1_000 });
  rig.command(reportOf({ run: randomUUID(), check: 'published' }, 0, 0, { found: [lost('1'), lost('2')] }));
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig;
}

const standing = async (rig: Rig): Promise<string[]> =>
  (await registerIn([rig.store])).discrepancies
    .map(({ businessKey, state }) => `${businessKey} ${state.is}`)
    .toSorted();

/** As the command line finds them. */
function commandFor(rig: Rig, discrepancies: readonly Discrepancy[]) {
  const repairs = new Repairables(discrepancies.filter(isRepairable));
  const events = placedEvents(rig).flatMap(({ published, aggregate, id, offset }) => {
    const entry = { aggregate, id, events: [published] } as never;
    return publishedIn({ entry, offset, writtenMs: 0 }, {}).flatMap((each) => repairs.repairedBy(each) ?? []);
  });
  const [targets, ...others] = [...cutIntoTargets(events, { headChars: 500, eventsMax: 100 })];
  expect(others).toEqual([]);
  return republishOf(targets ?? []);
}

it('what repairs a discrepancy is found by its subject, and settles it alone', async () => {
  const rig = await made();
  const { discrepancies } = await registerIn([rig.store]);
  const command = commandFor(
    rig,
    discrepancies.filter(({ businessKey }) => businessKey === '1'),
  );
  const id = eventId({ contract: 'OrderReady', majorVersion: 1, aggregateId: '1', occurrence: '' });
  expect(command.arguments).toMatchObject({
    repair: REPAIR,
    targets: [{ aggregate: 'order', id: '1', events: [id], discrepancies: [lost('1').id] }],
  });
  rig.command(command);
  await rig.live();
  expect(await standing(rig)).toEqual(['1 repaired', '2 open']);
  const [repaired] = (await registerIn([rig.store])).discrepancies.filter(({ state }) => state.is === 'repaired');
  expect(repaired?.state).toEqual({ is: 'repaired', at: command.at, by: 'ada', command: command.id });
  expect(rig.told.filter(({ kind }) => kind === 'discrepancies').length).toBeGreaterThan(0);
  expect(rig.journal().find(({ outcome }) => outcome === 'repeated')?.repair?.discrepancies).toEqual([lost('1').id]);
});

it('what is refused, or is of another aggregate, settles nothing', async () => {
  const rig = await made();
  const [one, two] = placedEvents(rig);
  const target = { aggregate: one!.aggregate, id: one!.id, entries: [one!.offset] };
  rig.command(republishOf([{ ...target, events: [REPAIR], discrepancies: [lost(one!.id).id] }]));
  rig.command(republishOf([{ ...target, events: [one!.event], discrepancies: [lost(two!.id).id] }]));
  await rig.live();
  expect(await standing(rig)).toEqual(['1 open', '2 open']);
});

it('what is there twice, or nobody’s, is not repaired by events', () => {
  const seen = { check: 'published', firstSeen: '', lastSeen: '', state: { is: 'open' as const } };
  const of = (is: Discrepancy['class'], more: Partial<Discrepancy> = {}): boolean =>
    isRepairable({ ...lost('1'), ...seen, class: is, ...more });
  expect((['missing', 'different', 'outOfOrder', 'late'] as const).every((is) => of(is))).toBe(true);
  expect((['twice', 'foreign', 'extra'] as const).some((is) => of(is))).toBe(false);
  expect([of('missing', { check: 'source' }), of('missing', { aggregate: '' })]).toEqual([false, false]);
});

describe('one fault at every call', () => {
  it.each(FAULTS)('%s: settled and published once', async (fault) => {
    const begun = async (): Promise<Rig> => {
      const rig = await made();
      rig.command(commandFor(rig, (await registerIn([rig.store])).discrepancies));
      return rig;
    };
    const undisturbed = await begun();
    const ports = withFault(undisturbed.ports(), NO_FAULT, clearing(undisturbed.store));
    await undisturbed.live(ports);
    for (const [i, name] of ports.calls.entries()) {
      const rig = await begun();
      const end = await rig.live(withFault(rig.ports(), { call: i + 1, fault }, clearing(rig.store)));
      if (end.kind === 'crashed') await rig.live();
      const where = `${fault}: call ${i + 1} (${name})`;
      expect(await standing(rig), where).toEqual(['1 repaired', '2 repaired']);
      expect(recordsIn(rig, 'orders.out').filter(isRepeat), where).toHaveLength(2);
    }
  });
});

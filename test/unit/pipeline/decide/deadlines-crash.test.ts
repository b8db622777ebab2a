/** One fault at every call to the outside: whatever ends or fails, what is overdue is told once, at its instant, and nothing else is. */
import { beforeAll, describe, expect, it } from 'vitest';
import { without } from '../../../../src/translate/own.js';
import { clearing, FAULTS, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { Rig } from '../../../support/rig.js';
import { awaitedRules, HOUR } from '../../../support/sources/awaited-orders.js';
import { hdrRow, SMALL_SOURCE_MS, SmallSource, type WrittenRow } from '../../../support/sources/ready-orders.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

const rules = awaitedRules();
/** Every timer is decided in a Kafka transaction of its own. */
const settings = { limits: { transactionsMax: 2, rowsMax: 10_000, changeSetsMax: 1 } };
const update = (row: WrittenRow): WrittenRow => ({ ...row, op: 'u' });

const { records } = new SmallSource()
  .transaction(hdrRow('1', 'OPEN'))
  .transaction(hdrRow('2', 'OPEN'))
  .transaction(hdrRow('3', 'OPEN'))
  .transaction(hdrRow('4', 'OPEN'))
  .later(HOUR)
  .transaction(update(hdrRow('2', 'READY')))
  .transaction(update(hdrRow('3', 'CANCELLED')))
  .later(4 * HOUR)
  .transaction(update(hdrRow('4', 'READY')));

const made = (): Rig => new Rig(records, { rules, settings, nowMs: SMALL_SOURCE_MS + 1_000 * HOUR });

const outcome = (rig: Rig): unknown => ({
  journal: rig
    .journal()
    .map(({ id, outcome: what, origin, deadlines }) => [id, what, origin.commitTimeMs, deadlines])
    .map((entry) => JSON.stringify(entry))
    .toSorted(),
  published: rig.published(),
  states: Object.fromEntries([...rig.states()].map(([key, state]) => [key, without(state, 'journal')])),
  due: [...rig.stored()].filter(([hash]) => hash.startsWith('~due:')).map(([hash, fields]) => [hash, [...fields]]),
});

let calls: readonly string[];
let undisturbed: unknown;

beforeAll(async () => {
  const rig = made();
  const ports = withFault(rig.ports(), NO_FAULT, clearing(rig.store));
  await rig.live(ports);
  calls = ports.calls;
  undisturbed = outcome(rig);
});

waitsTakeNoTime();

describe('what is expected', () => {
  it('takes several Kafka transactions, and comes to each end', () => {
    expect(calls.filter((name) => name === 'commit').length).toBeGreaterThan(6);
    const rig = undisturbed as { published: { value: Record<string, unknown> }[]; journal: string[] };
    expect(rig.published.map(({ value }) => [value['orderId'], value['eventType']])).toEqual(
      expect.arrayContaining([
        ['1', 'OrderReadyOverdue'],
        ['2', 'OrderReady'],
        ['4', 'OrderReadyOverdue'],
        ['4', 'OrderReady'],
      ]),
    );
    for (const became of ['awaited', 'met', 'excused', 'overdue', 'late'])
      expect(
        rig.journal.filter((text) => text.includes(`"${became}"`)),
        became,
      ).not.toEqual([]);
  });

  it.each(FAULTS)('%s, at whichever call: the same is told, once', async (fault) => {
    for (const [i, name] of calls.entries()) {
      const rig = made();
      const end = await rig.live(withFault(rig.ports(), { call: i + 1, fault }, clearing(rig.store)));
      if (end.kind === 'crashed') await rig.live(rig.ports(), rig.settings('another digest'));
      expect(outcome(rig), `${fault}: call ${i + 1} (${name})`).toEqual(undisturbed);
    }
  });
});

/** One fault at every call to the outside: whatever ends or fails, each order is retired once, and nothing is published twice. */
import { beforeAll, describe, expect, it } from 'vitest';
import { without } from '../../../../src/translate/own.js';
import { clearing, FAULTS, NO_FAULT, withFault } from '../../../support/pipeline/faults.js';
import { Rig } from '../../../support/rig.js';
import {
  hdrRow,
  lineRow,
  readyRules,
  SMALL_SOURCE_MS,
  SmallSource,
  type WrittenRow,
} from '../../../support/sources/ready-orders.js';
import { waitsTakeNoTime } from '../../../support/waits.js';

const DAY = 24 * 60 * 60 * 1_000;
const rules = readyRules({ retire: { when: ({ header }) => header?.sts === 'DONE', after: '90 days' } });
/** Every timer is decided in a Kafka transaction of its own. */
const settings = { limits: { transactionsMax: 2, rowsMax: 10_000, changeSetsMax: 1 } };
const update = (row: WrittenRow): WrittenRow => ({ ...row, op: 'u' });

const { records } = new SmallSource()
  .transaction(hdrRow('1', 'READY'), lineRow('11', '1'))
  .transaction(hdrRow('2', 'READY'), lineRow('21', '2'))
  .transaction(hdrRow('3', 'OPEN'))
  .transaction(update(hdrRow('1', 'DONE')))
  .transaction(update(hdrRow('2', 'DONE')))
  .later(90 * DAY)
  .transaction(update(hdrRow('3', 'OPEN', 'tick')))
  .transaction(update(hdrRow('1', 'READY')));

const made = (): Rig => new Rig(records, { rules, settings, nowMs: SMALL_SOURCE_MS + 1_000 * DAY });

const outcome = (rig: Rig): unknown => ({
  journal: rig
    .journal()
    .map(({ id, outcome: what, origin }) => `${id} ${what} ${origin.commitTimeMs}`)
    .toSorted(),
  published: rig.published(),
  states: Object.fromEntries([...rig.states()].map(([key, state]) => [key, without(state, 'journal')])),
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

describe('retiring', () => {
  it('takes several Kafka transactions, and leaves what it should', () => {
    expect(calls.filter((name) => name === 'commit').length).toBeGreaterThan(6);
    expect(undisturbed).toMatchObject({
      states: { 'order:1': { forgotten: ['oms.line'] }, 'order:2': { isStub: true }, 'order:3': {} },
    });
  });

  it.each(FAULTS)('%s, at whichever call: the same is retired, once', async (fault) => {
    for (const [i, name] of calls.entries()) {
      const rig = made();
      const end = await rig.live(withFault(rig.ports(), { call: i + 1, fault }, clearing(rig.store)));
      if (end.kind === 'crashed') await rig.live(rig.ports(), rig.settings('another digest'));
      expect(outcome(rig), `${fault}: call ${i + 1} (${name})`).toEqual(undisturbed);
    }
  });
});

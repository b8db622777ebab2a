/** `repair.correct`: an event that names the one that was wrong, made by the rules, with an id and a number of its own; once, whatever ends or fails. */
import { describe, expect, it } from 'vitest';
import { eventId } from '../../../../../src/domain/event-id.js';
import { commandOf, outcomes, results } from '../../../../support/pipeline/commands.js';
import { clearing, FAULTS, NO_FAULT, withFault } from '../../../../support/pipeline/faults.js';
import { targetsOf, placedEvents, recordsIn, REPAIR } from '../../../../support/repair/repairs.js';
import type { RepairTarget } from '../../../../../src/domain/repair/repair.js';
import { Rig } from '../../../../support/rig.js';
import {
  hdrRow,
  type ReadyOrder,
  readyRules,
  SMALL_SOURCE_MS,
  SmallSource,
  type Spoiled,
} from '../../../../support/sources/ready-orders.js';
import { waitsTakeNoTime } from '../../../../support/waits.js';

const TOPIC = 'orders.out';
const NOTE = { isPersonal: true } as const;
const noteOf = ({ aggregate }: { aggregate: unknown }): string => (aggregate as ReadyOrder).header?.note ?? '';
const plainly: NonNullable<Spoiled['correction']> = ({ event, aggregate }) => ({
  was: event['note'],
  is: noteOf({ aggregate }),
});

waitsTakeNoTime();

const records = new SmallSource()
  .transaction(hdrRow('1', 'READY', 'Ada'))
  .transaction({ ...hdrRow('1', 'READY', 'Ada Lovelace'), op: 'u' })
  .transaction(hdrRow('2', 'READY', 'Ben')).records;

async function made(spoiled: Spoiled = {}): Promise<Rig> {
  const rig = new Rig(records, {
    rules: readyRules({ correction: plainly, region: () => 'EU', ...spoiled }),
    nowMs: SMALL_SOURCE_MS + 1_000,
  });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig;
}

const correctOf = (targets: RepairTarget[], id = '5f0c3a52-6f0e-4c1a-9a63-0a3f8c1b2d4e') => ({
  ...commandOf({ kind: 'repair.correct', arguments: { repair: REPAIR, targets } }),
  id,
});
const targetsFor = (rig: Rig, id: string): RepairTarget[] =>
  targetsOf(placedEvents(rig).filter((one) => one.id === id && one.published.value['eventType'] === 'OrderReady'));
const live = async (rig: Rig): Promise<void> => expect(await rig.live()).toEqual({ kind: 'drained' });
const corrections = (rig: Rig) =>
  recordsIn(rig, TOPIC)
    .filter(({ headers }) => headers['ce_corrects'] !== undefined)
    .map(({ key, value, headers }) => ({ key, headers, value: JSON.parse(value ?? '') as Record<string, unknown> }));

describe('an event that was wrong', () => {
  it.each([{}, NOTE])('is corrected by one that names it: %o', async (spoiled) => {
    const rig = await made(spoiled);
    const [target] = targetsFor(rig, '1');
    rig.command(correctOf([target!]));
    await live(rig);
    expect(results(rig)).toEqual(['applied']);
    const [correction, ...others] = corrections(rig);
    expect(others).toEqual([]);
    const [wrong] = target!.events;
    const occurrence = `${wrong!}/1`;
    expect(correction).toMatchObject({
      key: '1',
      headers: { ce_corrects: wrong, ce_type: 'OrderReadyCorrected.v1', ce_ordersequence: '000000000001' },
      value: {
        ...{ eventType: 'OrderReadyCorrected', sequence: 1, orderId: '1', corrects: wrong, region: 'EU' },
        ...{ was: 'Ada', is: 'Ada Lovelace', occurredAt: '2026-11-21T10:00:00.000Z' },
        eventId: eventId({ contract: 'OrderReadyCorrected', majorVersion: 1, aggregateId: '1', occurrence }),
      },
    });
    const entry = rig.journal().find(({ outcome }) => outcome === 'corrected');
    expect(entry).toMatchObject({
      repair: { repair: REPAIR, to: null, events: [wrong] },
      command: { kind: 'repair.correct', result: 'applied' },
      events: [{ topic: TOPIC, headers: correction!.headers, value: correction!.value }],
    });
    expect(rig.states().get('order:1')?.sequences).toEqual({ 'OrderReady.v1': 1, 'OrderReadyCorrected.v1': 1 });
  });

  it('may be corrected again, under another id and number', async () => {
    const rig = await made();
    const targets = targetsFor(rig, '1');
    const first = correctOf(targets);
    rig.command(first);
    rig.command(first);
    rig.command(correctOf(targets, '6f0c3a52-6f0e-4c1a-9a63-0a3f8c1b2d4e'));
    await live(rig);
    expect(results(rig)).toEqual(['applied', 'repeated', 'applied']);
    expect(corrections(rig).map(({ value }) => value['sequence'])).toEqual([1, 2]);
    expect(new Set(corrections(rig).map(({ value }) => value['eventId'])).size).toBe(2);
  });

  it('the correction itself may be published once more', async () => {
    const rig = await made();
    rig.command(correctOf(targetsFor(rig, '1')));
    await live(rig);
    const targets = targetsOf(placedEvents(rig).filter(({ published }) => published.value['corrects'] !== undefined));
    rig.command(commandOf({ kind: 'repair.republish', arguments: { repair: REPAIR, targets, to: null } }));
    await live(rig);
    const [one, again] = corrections(rig);
    const { 'dragoman-repeat': repeat, ...headers } = again!.headers;
    expect({ ...again, headers }).toEqual(one);
    expect(repeat).toBe(REPAIR);
  });
});

describe('refused is', () => {
  const withheld: Spoiled = { correction: (_, { withhold }) => withhold('nobody may know') };
  const throwing: Spoiled = {
    correction: () => {
      throw new TypeError('a mistake');
    },
  };
  it.each([
    ['what the rules say nothing of', {}, 'REPAIR_UNCORRECTABLE'],
    ['what they withhold', withheld, 'REPAIR_WITHHELD: nobody may know'],
    ['what they throw over', throwing, 'REPAIR_RULES_FAILED: RULE_THREW'],
    ['what does not fit its contract', { correction: () => ({ was: 1 }) }, 'REPAIR_RULES_FAILED: CONTRACT_VIOLATED'],
  ] as const)('%s', async (_, spoiled: Spoiled, text) => {
    const rig = await made();
    const targets = targetsFor(rig, '1');
    const rules = readyRules({ region: () => 'EU', ...spoiled });
    rig.command(correctOf(targets));
    const settings = { ...rig.settings(), rules: rules.rules };
    expect(await rig.live(rig.ports(), settings)).toEqual({ kind: 'drained' });
    expect(results(rig)).toEqual(['refused']);
    expect(outcomes(rig)[0]?.text.startsWith(text) ? text : outcomes(rig)[0]?.text).toBe(text);
    expect(corrections(rig)).toEqual([]);
    expect(rig.states().get('order:1')?.sequences).toEqual({ 'OrderReady.v1': 1 });
  });

  it('one event of an aggregate with all others of it', async () => {
    const rig = await made();
    const [first] = targetsFor(rig, '1');
    rig.command(correctOf([{ ...first!, events: [...first!.events, REPAIR] }, ...targetsFor(rig, '2')]));
    await live(rig);
    expect(results(rig)).toEqual(['applied']);
    expect(corrections(rig).map(({ key }) => key)).toEqual(['2']);
  });
});

describe('one fault at every call', () => {
  const outcome = (rig: Rig): unknown => ({
    corrections: corrections(rig),
    sequences: [...rig.states()].map(([name, { sequences }]) => [name, sequences]).toSorted(),
  });
  const begun = async (): Promise<Rig> => {
    const rig = await made(NOTE);
    rig.command(correctOf([...targetsFor(rig, '1'), ...targetsFor(rig, '2')]));
    return rig;
  };

  it.each(FAULTS)('%s: corrected once', async (fault) => {
    const undisturbed = await begun();
    const ports = withFault(undisturbed.ports(), NO_FAULT, clearing(undisturbed.store));
    await undisturbed.live(ports);
    expect(corrections(undisturbed)).toHaveLength(2);
    for (const [i, name] of ports.calls.entries()) {
      const rig = await begun();
      const end = await rig.live(withFault(rig.ports(), { call: i + 1, fault }, clearing(rig.store)));
      if (end.kind === 'crashed') await rig.live(rig.ports());
      expect(outcome(rig), `${fault}: call ${i + 1} (${name})`).toEqual(outcome(undisturbed));
    }
  });
});

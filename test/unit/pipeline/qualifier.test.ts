/** Two legacy databases with the same order numbers, under the same rules: the qualifier of each pipeline keeps them apart (decision 0015). */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../src/adapters/files/rules-loader.js';
import { eventId } from '../../../src/domain/event-id.js';
import { readRecording } from '../../support/recordings.js';
import { type LifeEnd, retailerRules, Rig } from '../../support/rig.js';

let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

const rigOf = (qualifier: string | null, recording = '01-lifecycle'): Rig =>
  new Rig(readRecording(`postgres/${recording}`), { rules, settings: { qualifier } });

async function published(qualifier: string | null, recording?: string): Promise<Rig> {
  const rig = rigOf(qualifier, recording);
  expect(await rig.live()).toEqual({ kind: 'drained' });
  expect(rig.published().length).toBeGreaterThan(0);
  return rig;
}

const idsOf = (rig: Rig): unknown[] => rig.published().map(({ value }) => value.eventId);

/** What is said of one order, with its plain number. */
function plain(rig: Rig, qualifier: string): unknown[] {
  const without = (text: unknown): string => String(text).replace(`${qualifier}/`, '');
  return rig.published().map(({ key, value, headers: { ce_id, ce_subject, ce_correlationid, ...headers } }) => {
    const { eventId: id, orderId, correlationId, ...fields } = value;
    expect([key, ce_subject]).toEqual([orderId, orderId]);
    expect([id, correlationId]).toEqual([ce_id, ce_correlationid]);
    return { order: without(orderId), correlation: without(correlationId), fields, headers };
  });
}

describe.each(['01-lifecycle', '04-key-change', '07-resnapshot', '17-replica-identity-full'])('%s', (recording) => {
  it('gives two pipelines no id, key or state in common, and the same events otherwise', async () => {
    const [one, de, fr] = await Promise.all([null, 'de', 'fr'].map((each) => published(each, recording)));
    expect(plain(de!, 'de')).toEqual(plain(one!, '?'));
    expect(plain(fr!, 'fr')).toEqual(plain(one!, '?'));
    const ids = [one!, de!, fr!].flatMap(idsOf);
    expect(new Set(ids).size).toBe(ids.length);
    expect(de!.published().every(({ key }) => key.startsWith('de/'))).toBe(true);
    expect(de!.journal().every(({ id }) => id.startsWith('de/'))).toBe(true);
    expect(Object.keys(de!.parked()).sort()).toEqual(
      Object.keys(one!.parked())
        .map((text) => text.replace(':', ':de/'))
        .sort(),
    );
  });
});

it('is the first part of the key that the id is made of', async () => {
  const [{ value, key }] = (await published('de')).published() as [ReturnType<Rig['published']>[number]];
  const { eventType: contract, eventId: id } = value as { eventType: string; eventId: string };
  expect(contract).toBe('OrderAcceptedForFulfillment');
  expect(id).toBe(eventId({ contract, majorVersion: 1, aggregateId: key, occurrence: '' }));
});

describe('a start with another qualifier', () => {
  const again = async (former: Rig, qualifier: string | null): Promise<LifeEnd> => {
    const rig = rigOf(qualifier);
    rig.goOnFrom(former);
    const end = await rig.live();
    expect(rig.published()).toEqual([]);
    return end;
  };

  it.each([
    [null, 'de', 'decided with no qualifier, and has the qualifier "de" now'],
    ['de', null, 'decided with the qualifier "de", and has no qualifier now'],
    ['de', 'fr', 'decided with the qualifier "de", and has the qualifier "fr" now'],
  ])('is refused: %s, then %s', async (before, now, text) => {
    const end = await again(await published(before), now);
    expect(end).toMatchObject({ kind: 'refused', code: 'QUALIFIER_CHANGED' });
    expect(end).toHaveProperty('text', expect.stringContaining(text));
  });

  it.each([null, 'de'])('goes on with the same: %s', async (qualifier) => {
    expect(await again(await published(qualifier), qualifier)).toEqual({ kind: 'drained' });
  });
});

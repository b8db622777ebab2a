/** Origins of recorded transactions (recording 13), through a whole pipeline: in the journal, in why, after a crash and a restore. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedRules } from '../../../../src/adapters/files/rules-loader.js';
import { answerLines } from '../../../../src/why/words.js';
import { origin, type OriginDefinition } from '../../../../src/rules/origins/origin.js';
import { trace } from '../../../../src/why/trace.js';
import { originText } from '../../../../src/domain/change-set.js';
import { commandOf } from '../../../support/pipeline/commands.js';
import { readRecording } from '../../../support/recordings.js';
import { retailerRules, Rig } from '../../../support/rig.js';
import { AUDIT, withOrigins } from '../../../support/sources/intervening-rules.js';
import { hdr, hdrRow, type ReadyOrder, readyRules, SmallSource } from '../../../support/sources/ready-orders.js';
import { asked, outsideOf, settingsOf } from '../../../support/why/asked.js';

const records = readRecording('postgres/13-logical-message');

/** Nothing of these orders is sealed but for its origin. */
const telling = (loaded: LoadedRules, origins: readonly OriginDefinition[], isSealed = false): LoadedRules => {
  const { rules, ...rest } = withOrigins(loaded, origins);
  const aggregates = [...rules.aggregates].map(([name, each]) => [name, { ...each, isSealed }] as const);
  return { ...rest, rules: { ...rules, aggregates: new Map(aggregates) } };
};

let retailer: LoadedRules;
beforeAll(async () => (retailer = await retailerRules()));

const lived = async (rules: LoadedRules): Promise<Rig> => {
  const rig = new Rig(records, { rules });
  expect(await rig.live()).toEqual({ kind: 'drained' });
  return rig;
};
const saidIn = (rig: Rig) => rig.journal().map(({ origin: { transactionId }, said }) => [transactionId, said]);
const MIA = { user: 'mia', useCase: 'phone call' };

describe('a recorded annotation', () => {
  it('is the origin of its transaction, and of no other', async () => {
    expect(saidIn(await lived(telling(retailer, [AUDIT])))).toEqual([
      ['5014', undefined],
      ['5015', MIA],
      ['5017', undefined],
      ['5020', undefined],
    ]);
  });

  it('is told by why and trace: who it was only to those who may know', async () => {
    const rig = await lived(telling(retailer, [AUDIT], true));
    const words = async (values: boolean) => [...answerLines(await asked(rig, { id: '130001', values }))].join('\n');
    expect(await words(false)).toContain('origin: use case "phone call", user "[personal]"');
    expect(await words(false)).toContain('origin: not known');
    expect(await words(true)).toContain('origin: use case "phone call", user "mia"');
    const traced = await trace({ transaction: '5015' }, outsideOf(rig), settingsOf(rig));
    expect(traced.decisions[0]?.said).toEqual({
      user: '[personal]',
      useCase: 'phone call',
      system: null,
      unread: null,
    });
  });

  it('stands sealed in the journal where it says who it was', async () => {
    const rig = await lived(telling(retailer, [AUDIT], true));
    const { journal } = rig.settings().topics;
    const texts = rig.log
      .partitionsOf(journal)
      .flatMap((name) => rig.log.records(name).map(({ value }) => value ?? ''));
    expect(texts.join('')).not.toMatch(/mia|phone call/);
    expect(saidIn(rig)[1]).toEqual(['5015', MIA]);
  });

  it('that is not understood is not known, and counted, and nothing else changes', async () => {
    const plain = await lived(telling(retailer, []));
    const rig = await lived(telling(retailer, [origin.annotated('oms.audit', { user: 'user', useCase: 'ip' })]));
    expect(saidIn(rig)[1]).toEqual(['5015', { user: 'mia' }]);
    expect(rig.published()).toEqual(plain.published());
    expect(saidIn(plain).every(([, said]) => said === undefined)).toBe(true);
  });
});

it('of a change set that is given up is told as when it was parked', async () => {
  const when = ({ header }: ReadyOrder) => {
    if (header?.note === 'bad') throw new Error('it is bad');
    return false;
  };
  const rules = readyRules({ origins: [origin.columns(hdr, { system: 'note' })], when });
  const rig = new Rig(new SmallSource().transaction(hdrRow('1', 'OPEN', 'bad')).records, { rules });
  await rig.live();
  const first = originText(rig.states().get('order:1')!.parked!.waiting[0]!.origin);
  const given = { aggregate: 'order', id: '1', first, changeSets: 1 };
  rig.command(commandOf({ kind: 'parked.discard', arguments: given }));
  await rig.live();
  expect(rig.journal().map(({ outcome, said }) => [outcome, said])).toEqual([
    ['parked', { system: 'bad' }],
    ['command', undefined],
    ['discarded', { system: 'bad' }],
  ]);
});

it('a restart and a lost store change nothing of it', async () => {
  const rules = telling(retailer, [AUDIT]);
  const whole = saidIn(await lived(rules));
  const rig = new Rig(records.slice(0, 20), { rules, shapedBy: records });
  await rig.live();
  rig.store = new Rig([], { rules, shapedBy: records }).store;
  rig.play(records.slice(20));
  await rig.live();
  expect(saidIn(rig)).toEqual(whole);
});

/** Whose an aggregate is whose rows were committed at some instant, by a route as it was then. */
import { describe, expect, it } from 'vitest';
import { ALL } from '../../../../src/domain/ownership/route.js';
import { EMPTY_STATE } from '../../../../src/domain/state/aggregate-state.js';
import { unpark } from '../../../../src/translate/parking/unpark.js';
import { NOW, seenMsOf, settledBy } from '../../../../src/translate/publish/owners.js';
import type { StandingRoute } from '../../../../src/translate/publish/routing.js';
import { translate } from '../../../../src/translate/translate.js';
import { retailerRules } from '../../../support/rig.js';
import { changeSet, COMMIT_TIME_MS, SETTINGS } from '../examples.js';

const contract = 'OrderAcceptedForFulfillment.v1';
const at = new Date(COMMIT_TIME_MS).toISOString();
const BEFORE = COMMIT_TIME_MS - 1;

const standing = (route: Pick<StandingRoute, 'stage' | 'moved' | 'returning'>) => ({
  ...{ isSticky: true, isServed: route.stage === 'service', echoes: null, parity: null },
  routes: [{ contract, selector: ALL, epoch: 1, ...route }],
});
const settled = (route: Parameters<typeof standing>[0], seenMs: number) =>
  settledBy(standing(route), { id: '4711', context: {} }, seenMs);

describe('an aggregate that was committed', () => {
  it.each([
    ['service', 'legacy', BEFORE, null],
    ['service', 'legacy', COMMIT_TIME_MS, 'service'],
    ['legacy', 'service', BEFORE, 'service'],
    ['legacy', 'service', COMMIT_TIME_MS, null],
    ['service', 'shadow', BEFORE, null],
    ['service', 'legacy', NOW, 'service'],
  ] as const)('with a route in %s that came out of %s, at %d, is %s', (stage, from, seenMs, owner) => {
    expect(settled({ stage, moved: { from, at } }, seenMs)).toBe(owner);
  });

  it('before its service was asked is that service’s, and open since then', () => {
    const route = { stage: 'service', returning: { at } } as const;
    expect(settled(route, BEFORE)).toBe('service');
    expect(settled(route, COMMIT_TIME_MS)).toBe('open');
  });

  it('says so by its transactions alone', () => {
    const { origin } = changeSet({ changes: [] });
    expect(seenMsOf({ kind: 'transaction', origin })).toBe(COMMIT_TIME_MS);
    expect(seenMsOf({ kind: 'baseline', origin })).toBe(NOW);
  });
});

describe('what parked when it was first told of', () => {
  it.each([
    [BEFORE, undefined],
    [COMMIT_TIME_MS, 'service'],
  ])('at %d is taken up as what it was then: %s', async (commitTimeMs, owner) => {
    const { rules } = await retailerRules();
    const { origin } = changeSet({ changes: [] });
    const waiting = [changeSet({ changes: [], origin: { ...origin, commitTimeMs } })];
    const parked = { code: 'ROW_INVALID', text: 'no', sinceMs: commitTimeMs, first: 0, waiting } as const;
    const before = { ...EMPTY_STATE, parked, owners: { [contract]: 'open' } } as const;
    const routed = standing({ stage: 'service', moved: { from: 'legacy', at } });
    const routing = { producer: 'dragoman:shop.orders', of: () => routed };
    const [step] = unpark(before, rules, { ...SETTINGS, routing });
    expect(step?.entry.outcome).toBe('applied');
    expect(step?.state.owners?.[contract]).toBe(owner);
  });

  it('is not settled by what its service owes: it has no rows yet', async () => {
    const { rules } = await retailerRules();
    const parked = {
      code: 'ROW_INVALID',
      text: 'no',
      sinceMs: 0,
      first: 0,
      waiting: [changeSet({ changes: [] })],
    } as const;
    const before = { ...EMPTY_STATE, parked, owners: { [contract]: 'open' } } as const;
    const routed = standing({ stage: 'legacy', moved: { from: 'service', at } });
    const routing = { producer: 'dragoman:shop.orders', of: () => routed };
    const { state } = translate(changeSet({ kind: 'owed', changes: [] }), before, rules, { ...SETTINGS, routing });
    expect(state.owners).toEqual({ [contract]: 'open' });
    expect(state.parked).toBe(parked);
  });
});

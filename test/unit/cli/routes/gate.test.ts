/** What speaks against a move to a service: of its own routes alone, and by what is accepted at that moment. */
import { describe, expect, it } from 'vitest';
import { assertOpen, gated, type GateFacts, gateLines, isAsked } from '../../../../src/cli/routes/gate.js';
import { readRoute, selectorOf } from '../../../../src/domain/ownership/route.js';
import type { Accepted } from '../../../../src/pipeline/parity/accepted.js';
import type { Move } from '../../../../src/pipeline/progress/ownership.js';
import { compileParity } from '../../../../src/rules/parity/parity.js';
import type { CompiledCapability } from '../../../../src/rules/routes/compile-capabilities.js';

const HOUR_MS = 3_600_000;
const NOW_MS = 1_000 * HOUR_MS + 1;
const gate = { equal: 99, over: '24 hours', pairs: 100, parked: 0, behind: '1 minute' };
const capability: CompiledCapability = {
  ...{ name: 'fulfilment', contracts: ['Ready.v1'], isSticky: true, by: { market: ['DE', 'AT'] }, initially: [] },
  ...{ parity: compileParity({ within: '1 minute', gate }), echoes: null },
};
const routed = new Map([
  ['Ready.v1', capability],
  ['Loose.v1', { ...capability, contracts: ['Loose.v1'], parity: null }],
]);
const move = (said: Partial<Move> = {}): Move => ({
  ...{ contract: 'Ready.v1', selector: selectorOf({ market: 'DE' }), epoch: 1, from: 'legacy', to: 'service' },
  ...{ at: '', by: '', reason: '', command: '', ...said },
});
const hour = (market: string, counts: Record<string, number>, ago = 0) => {
  const route = `Ready.v1 market=${market}`;
  return { route, ...readRoute(route), hourMs: (1_000 - ago) * HOUR_MS, counts };
};
const accepted: Accepted = {
  ...{ capability: 'fulfilment', contract: 'Ready.v1', class: 'different', signature: 'note' },
  ...{ until: new Date(NOW_MS + 1).toISOString(), by: 'ops', reason: 'known', command: 'c' },
};
const facts = (said: Partial<GateFacts>): GateFacts => ({
  ...{
    figures: [hour('DE', { equal: 995, 'different:note': 5 })],
    accepted: [],
    parked: 0,
    behindMs: 0,
    nowMs: NOW_MS,
  },
  ...said,
});
const reasons = (said: Partial<GateFacts>, moves = [move()]) => gateLines(gated(moves, routed, facts(said)));

describe('the gate', () => {
  it('is open when what is asked for holds, and asks nothing of other moves', () => {
    expect(reasons({})).toEqual([]);
    const others = [move({ to: 'legacy', from: 'service' }), move({ contract: 'Loose.v1' })];
    expect(isAsked(others, routed)).toBe(false);
    expect(gated(others, routed, facts({}))).toEqual([]);
    expect(gated([move()], routed, facts({}))).toEqual([{ route: 'Ready.v1 market=DE', reasons: [] }]);
  });

  it.each<[what: string, said: Partial<GateFacts>, words: string]>([
    ['too few are equal', { figures: [hour('DE', { equal: 98, onlyLegacy: 2 })] }, '98 % of them are equal'],
    ['too few were compared', { figures: [hour('DE', { equal: 99 })] }, 'Only 99 pairs'],
    ['they are of another market', { figures: [hour('AT', { equal: 999 })] }, 'Only 0 pairs'],
    ['they are too old', { figures: [hour('DE', { equal: 999 }, 25)] }, 'Only 0 pairs'],
    ['something critical is parked', { parked: 1 }, '1 aggregates with a critical fact are parked'],
    ['it is behind', { behindMs: 61_000 }, '61 s behind'],
    ['nobody knows how far it is behind', { behindMs: null }, 'is not known'],
  ])('is closed when %s', (_what, said, words) => {
    expect(reasons(said)).toEqual([expect.stringContaining(words)]);
    expect(() => assertOpen(gated([move()], routed, facts(said)))).toThrow(words);
  });

  it('is open at exactly what is asked for, however it is written', () => {
    const exact = { ...capability, parity: compileParity({ within: '1 minute', gate: { ...gate, equal: 99.9 } }) };
    const by = (equal: number) =>
      gated(
        [move()],
        new Map([['Ready.v1', exact]]),
        facts({ figures: [hour('DE', { equal, late: 41_000 - equal })] }),
      );
    expect(gateLines(by(40_959))).toEqual([]);
    expect(gateLines(by(40_958))).toHaveLength(1);
  });

  it('counts what is accepted as right, as long as it stands and for its fields alone', () => {
    const figures = [hour('DE', { equal: 95, 'different:note': 5 })];
    expect(reasons({ figures })).toHaveLength(1);
    expect(reasons({ figures, accepted: [accepted] })).toEqual([]);
    expect(reasons({ figures, accepted: [{ ...accepted, until: new Date(NOW_MS).toISOString() }] })).toHaveLength(1);
    expect(reasons({ figures, accepted: [{ ...accepted, signature: 'notes' }] })).toHaveLength(1);
  });

  it('looks at all markets for all, and at a market for a share of it', () => {
    const figures = [hour('DE', { equal: 99 }), hour('AT', { equal: 50, late: 50 }, 3)];
    expect(reasons({ figures }, [move({ selector: selectorOf({}) })])).toEqual([expect.stringContaining('74.87 %')]);
    expect(reasons({}, [move({ selector: selectorOf({ market: 'DE' }, [0, 5]) })])).toEqual([]);
  });
});

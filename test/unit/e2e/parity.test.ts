/** What the scenario `parity` seeds, and its verdict: it has to notice everything that is not so. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadRules } from '../../../src/adapters/files/rules-loader.js';
import { type Entry, isOpen, type Judgement, Ledger, parityFaults, type Said } from '../../e2e/parity/ledger.js';
import { judgementOf } from '../../e2e/parity/judgements.js';
import { GATE, MARKETS, WITHIN_MS } from '../../e2e/parity/settings.js';
import { layRules } from '../../e2e/scenarios/lay-rules.js';
import { deedFor, toldAs } from '../../e2e/parity/seeds.js';

const pair = (order: string, occurrence = '') => ({ contract: 'Ready.v1', order, occurrence });
const ROUTE = 'Ready.v1 market=DE';
const ENTRIES: Entry[] = [
  { pairs: [pair('1')], found: ['equal'], route: ROUTE },
  { pairs: [pair('2')], found: ['different:lines[].sku'], route: ROUTE },
  { pairs: [pair('3')], found: ['late', 'onlyLegacy'], route: ROUTE },
  { pairs: [pair('4', 'a'), pair('4', 'b')], found: ['equal', 'outOfOrder'], route: 'Ready.v1' },
];
const judged: Judgement[] = [
  { ...pair('1'), found: 'equal' },
  { ...pair('2'), found: 'different:lines[].sku' },
  { ...pair('3'), found: 'onlyLegacy' },
  { ...pair('3'), found: 'late' },
  { ...pair('4', 'a'), found: 'equal' },
  { ...pair('4', 'b'), found: 'outOfOrder' },
];
const examples = judged.filter(({ found }) => found !== 'equal');
const figures = {
  [ROUTE]: { equal: 1, 'different:lines[].sku': 1, onlyLegacy: 1, late: 1 },
  'Ready.v1': { equal: 1, outOfOrder: 1 },
};
const RIGHT: Said = { judged, figures, examples, examplesMax: 20 };

function faultsOf(said: Partial<Said>): string[] {
  const ledger = new Ledger();
  for (const entry of ENTRIES) ledger.note(entry);
  const faults = parityFaults(ledger, { ...RIGHT, ...said });
  return Object.entries(faults).flatMap(([kind, texts]) => (texts as string[]).map(() => kind));
}
const without = (at: number): Judgement[] => judged.filter((_, i) => i !== at);
const change = (at: number, found: string): Judgement[] =>
  judged.map((each, i) => (i === at ? { ...each, found } : each));

describe('the verdict', () => {
  it('is silent about what is so', () => {
    expect(faultsOf({})).toEqual([]);
  });

  it.each<[what: string, said: Partial<Said>, faults: string[]]>([
    ['one that was not found', { judged: without(1) }, ['missed']],
    ['one that was found twice', { judged: [...judged, judged[0]!] }, ['missed']],
    ['another class', { judged: change(0, 'different:x') }, ['missed']],
    ['another signature', { judged: change(1, 'different:lines[].quantity') }, ['missed']],
    ['late that was never missed', { judged: without(2) }, ['missed']],
    ['two that are both out of order', { judged: change(4, 'outOfOrder') }, ['missed']],
    ['one that nobody seeded', { judged: [...judged, { ...pair('9'), found: 'onlyService' }] }, ['false']],
    ['a figure that is too small', { figures: { ...figures, 'Ready.v1': { equal: 1 } } }, ['figures']],
    ['a figure of a route that is none', { figures: { ...figures, 'Ready.v1 market=AT': { equal: 1 } } }, ['figures']],
    ['an example that is missing', { examples: examples.slice(1) }, ['examples']],
    [
      'an example that is not so',
      { examples: [...examples.slice(1), { ...pair('2'), found: 'late' }] },
      ['examples', 'examples', 'examples'],
    ],
  ])('names %s', (_what, said, faults) => {
    expect(faultsOf(said)).toEqual(faults);
  });

  it('asks for as many examples as are kept', () => {
    expect(faultsOf({ examplesMax: 0 })).toEqual(['examples', 'examples', 'examples', 'examples']);
  });
});

it('a route may be moved when enough is equal or accepted, of enough', () => {
  const counts = { equal: 98, 'different:note': 1, late: 1 };
  const open = (accepted: string[], pairs = 100) => isOpen(counts, new Set(accepted), { equal: 99, pairs });
  expect([open([]), open(['late']), open(['late', 'different:note']), open(['late'], 101)]).toEqual([
    ...[false, true, true, false],
  ]);
});

it('a judgement is read from the journal with its fields, without their places', () => {
  const differences = [{ path: 'totalAmount' }, { path: 'lines[1].sku' }, { path: 'lines[0].sku' }];
  const read = judgementOf('4711', { contract: 'Ready.v1', occurrence: '', class: 'different', differences });
  expect(read.found).toBe('different:lines[].sku,totalAmount');
});

it('the rules compare what is seeded', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dragoman-compared-'));
  try {
    const { rules } = await loadRules(await layRules(folder, 'compared-rules'));
    expect([...rules.routed.keys()].sort()).toEqual(
      ['OrderAcceptedForFulfillment', 'OrderCancellationAccepted', 'OrderReleasedToWarehouse', 'RefundInitiated'].map(
        (name) => `${name}.v1`,
      ),
    );
    const { parity, by } = rules.routed.get('RefundInitiated.v1')!;
    expect([parity?.withinMs, by]).toEqual([WITHIN_MS, { market: MARKETS }]);
    expect(parity?.gate).toMatchObject(GATE);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('what is seeded', () => {
  const events = Array.from({ length: 6_000 }, (_, at) => ({
    ...{ eventType: 'OrderReleasedToWarehouse' as const, orderId: String(at), occurrence: String(at) },
    fields: { releaseNumber: '1', warehouseCode: 'W1', releasedAt: '2026-03-01T00:00:00Z', channel: 'WEB' },
  }));

  it('is the same by the same seed, and about so much of each', () => {
    const deeds = events.map((event) => deedFor(7, event));
    expect(events.map((event) => deedFor(7, event))).toEqual(deeds);
    expect(events.map((event) => deedFor(8, event))).not.toEqual(deeds);
    for (const [deed, perMille] of Object.entries({ different: 15, kept: 10, invented: 12, swapped: 60 })) {
      const share = (deeds.filter((each) => each === deed).length / deeds.length) * 1_000;
      expect(Math.abs(share - perMille), deed).toBeLessThan(perMille / 3);
    }
  });

  it('differs where it says so', () => {
    const signatures = new Set(events.map((event) => toldAs('different', 7, event).signature));
    expect([...signatures].sort()).toEqual(['channel', 'releasedAt', 'warehouseCode']);
    for (const event of events.slice(0, 50)) {
      const { fields, signature } = toldAs('different', 7, event);
      const names = Object.keys(fields).filter((name) => fields[name] !== (event.fields as typeof fields)[name]);
      expect(names).toEqual([signature]);
    }
  });
});

/** What operators are shown of parity. */
import { describe, expect, it } from 'vitest';
import { becameOf } from '../../../../src/cli/parity/accept.js';
import { linesOf as exampleLines } from '../../../../src/cli/parity/examples.js';
import { linesOf, shownFigures } from '../../../../src/cli/parity/list.js';
import { assertCompared } from '../../../../src/cli/parity/looked.js';
import type { ShardProgress } from '../../../../src/cli/operator/reading/committed-progress.js';
import type { AcceptCommand, RevokeCommand } from '../../../../src/domain/command.js';
import { readRoute } from '../../../../src/domain/ownership/route.js';
import type { Accepted } from '../../../../src/pipeline/parity/accepted.js';
import { compileParity } from '../../../../src/rules/parity/parity.js';
import type { CompiledCapability } from '../../../../src/rules/routes/compile-capabilities.js';

const HOUR_MS = 3_600_000;
const NOW_MS = Date.parse('2026-03-02T10:30:00Z');
const capability: CompiledCapability = {
  ...{ name: 'fulfilment', contracts: ['Ready.v1'], isSticky: true, by: { market: ['DE'] }, initially: [] },
  ...{ parity: compileParity({ within: '1 minute', gate: { over: '2 hours' } }), echoes: null },
};
const routed = new Map([['Ready.v1', capability]]);
const ID = '1b4e28ba-2fa1-4d17-883f-0016d3cca427';
const accepted: Accepted = {
  ...{ capability: 'fulfilment', contract: 'Ready.v1', class: 'different', signature: 'note' },
  ...{ until: '2026-03-03T00:00:00Z', by: 'ops', reason: 'known', command: ID },
};
const ROUTE = 'Ready.v1 market=DE';
const hour = (ago: number, counts: Record<string, number>) => ({
  ...{ route: ROUTE, ...readRoute(ROUTE), hourMs: Math.floor(NOW_MS / HOUR_MS) * HOUR_MS - ago * HOUR_MS, counts },
});

describe('figures', () => {
  it('are those of the time that the gate asks for, with what is accepted apart', () => {
    const figures = [
      hour(3, { equal: 1_000 }),
      hour(2, { equal: 90, 'different:note': 1 }),
      hour(0, { equal: 8, late: 1 }),
    ];
    const [shown] = shownFigures({ figures, accepted: [accepted] }, routed, NOW_MS);
    expect(shown).toMatchObject({ pairs: 100, counts: { equal: 98, accepted: 1, late: 1, different: 0 } });
    expect(linesOf(shown!)).toEqual([
      'fulfilment Ready.v1 market=DE: 100 pairs since 2026-03-02T08:00:00.000Z, 99 % equal or accepted (98 equal, 1 accepted)',
      '  1 different at note',
      '  1 late',
    ]);
  });

  it('say where, also of what is too large or has no room', () => {
    const found = { 'different:': 3, 'different:*': 2, 'different:note': 1 };
    const [shown] = shownFigures({ figures: [hour(0, found)], accepted: [] }, routed, NOW_MS);
    expect(linesOf(shown!).slice(1)).toEqual([
      '  3 different at values too large to be compared',
      '  2 different at other places (*)',
      '  1 different at note',
    ]);
  });

  it('of a contract under which nothing is compared are asked in vain, and that is said', () => {
    expect(() => assertCompared(routed, 'Ready.v1')).not.toThrow();
    expect(() => assertCompared(routed, undefined)).not.toThrow();
    expect(() => assertCompared(routed, 'Redy.v1')).toThrow(
      'Nothing is compared under Redy.v1: compared are Ready.v1 of fulfilment.',
    );
  });

  it('of what the rules do not compare any more are not shown', () => {
    const figures = [hour(0, { equal: 1 })];
    expect(
      shownFigures({ figures, accepted: [] }, new Map([['Ready.v1', { ...capability, parity: null }]]), NOW_MS),
    ).toEqual([]);
  });
});

it('an example has both sides, and the way to why', () => {
  const lines = exampleLines({
    ...{ route: 'Ready.v1 market=DE', class: 'different', signature: 'lines[],note', aggregate: 'order', id: '4711' },
    ...{ contract: 'Ready.v1', occurrence: '70015', eventId: ID, atMs: NOW_MS, source: 'legacy', transaction: '1' },
    differences: [
      { path: 'note', legacy: '"a"', service: '"b"' },
      { path: 'lines[1]', legacy: '{}' },
    ],
  });
  expect(lines).toEqual([
    'different Ready.v1 of order 4711 (70015) at 2026-03-02T10:30:00.000Z: dragoman why order 4711',
    '  note: legacy "a", service "b"',
    '  lines[1]: legacy {}, service nothing',
  ]);
});

describe('what becomes of a command', () => {
  const head = { id: ID, pipeline: 'orders', reason: 'known', by: 'ops', at: '2026-03-02T10:00:00.000Z' };
  const finding = { capability: 'fulfilment', contract: 'Ready.v1', class: 'different', signature: 'note' } as const;
  const accept: AcceptCommand = { ...head, kind: 'parity.accept', arguments: { ...finding, until: accepted.until } };
  const revoke: RevokeCommand = { ...head, kind: 'parity.revoke', arguments: finding };
  const shards = (next: number, ...all: (readonly Accepted[])[]): ShardProgress[] =>
    all.map((each, index) => ({
      ...{ shard: { index, count: all.length }, task: `orders.${index}` },
      committed: {
        footprint: null,
        progress: {
          ...{ commit: 1, offsets: new Map(), frontiers: {}, commands: { next, resolved: [] }, clock: null },
          ...{ ends: { state: [], journal: [] }, digest: '', ...(each.length > 0 && { parity: { accepted: each } }) },
        },
      },
    }));

  it('is waited for until all shards have read it, and known by what they have committed', () => {
    expect(becameOf(accept, 7, shards(7, []))).toEqual({ waitsFor: ['orders.0'] });
    expect(becameOf(accept, 7, shards(8, [accepted], [accepted]))).toEqual({ answer: true });
    expect(becameOf(revoke, 7, shards(8, [], []))).toEqual({ answer: true });
    expect(() => becameOf(accept, 7, shards(8, []))).toThrow('had no effect');
    expect(() => becameOf(revoke, 7, shards(8, [accepted]))).toThrow('had no effect');
  });
});

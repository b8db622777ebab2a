/** Routes as commands move them: what is accepted, when it is carried out, and what is written then. */
import { describe, expect, it } from 'vitest';
import type { CommandOutcome, MoveCommand, TakeOverCommand } from '../../../../src/domain/command.js';
import { HANDOVER_TYPE, readHandover } from '../../../../src/domain/ownership/handover.js';
import { ALL, type Selector, selectorOf } from '../../../../src/domain/ownership/route.js';
import type { Shard } from '../../../../src/domain/shard.js';
import type { OutputRecord } from '../../../../src/pipeline/ports.js';
import { decodeProgress, encodeProgress } from '../../../../src/pipeline/progress/progress.js';
import { ROUTES_MAX } from '../../../../src/pipeline/routes/judge.js';
import { Routes } from '../../../../src/pipeline/routes/routes.js';
import type { CompiledCapability } from '../../../../src/rules/routes/compile-capabilities.js';

const SENT = '2026-03-01T10:00:00.000Z';
const AT_MS = Date.parse('2026-03-01T10:00:02.000Z');
const DE = selectorOf({ market: 'DE' });

const fulfilment: CompiledCapability = {
  ...{ name: 'fulfilment', contracts: ['Ready.v1', 'Sent.v1'], isSticky: true, echoes: null },
  by: { market: ['DE', 'AT'], tenant: ['x'] },
  initially: [{ selector: selectorOf({ market: 'AT' }), stage: 'shadow' }],
  parity: null,
};
const billing: CompiledCapability = {
  ...{ name: 'billing', contracts: ['Billed.v1'], isSticky: false, by: {}, initially: [], parity: null, echoes: null },
};
const routed = new Map([
  ...fulfilment.contracts.map((contract) => [contract, fulfilment] as const),
  ['Billed.v1', billing] as const,
]);
const topics = new Map([
  ['Ready.v1', 'orders'],
  ['Sent.v1', 'orders'],
  ['Billed.v1', 'bills'],
  ['Plain.v1', 'orders'],
]);

const made = (shard: Shard = { index: 0, count: 1 }): Routes =>
  new Routes({
    ...{ routed, topics, shard, pipeline: 'orders', source: 'urn:legacy', producer: 'dragoman:shop.orders' },
    ...{ ownership: 'shop.ownership', partitionsOf: () => 4 },
  });

let ids = 0;
const head = () => ({
  id: `00000000-0000-4000-8000-${String((ids += 1)).padStart(12, '0')}`,
  ...{ pipeline: 'orders', reason: 'first market', by: 'ops', at: SENT },
});
const move = (given: Partial<MoveCommand['arguments']> = {}): MoveCommand => ({
  ...head(),
  kind: 'route.move',
  arguments: { contracts: ['Ready.v1'], selector: DE, to: 'service', epoch: 0, ...given },
});
const takeOver = (epoch: number, publishOwed = false): TakeOverCommand => ({
  ...{ ...head(), kind: 'route.take-over' },
  arguments: { contract: 'Ready.v1', selector: DE, epoch, publishOwed },
});
const said = ({ result, text }: CommandOutcome): string => `${result} ${text}`;
const stageOf = (routes: Routes, selector: Selector = DE, contract = 'Ready.v1'): string | undefined =>
  routes.of(contract)?.routes.find((route) => JSON.stringify(route.selector) === JSON.stringify(selector))?.stage;
const typeOf = ({ headers }: OutputRecord): unknown => headers?.['ce_type'];
const handoverOf = ({ value }: OutputRecord) => {
  const read = readHandover(String(value));
  if (typeof read === 'string') throw new Error(read);
  return read;
};

describe('a move', () => {
  it('is accepted at once, and carried out when the clock comes to its instant', () => {
    const routes = made();
    expect(routes.progress).toBeUndefined();
    expect(routes.nextMs).toBeNull();
    expect(said(routes.take(move()))).toBe(
      "applied Ready.v1 market=DE (from legacy, epoch 1): service from 2026-03-01T10:00:02.000Z on, by the source's commit times.",
    );
    expect(routes.nextMs).toBe(AT_MS);
    expect(stageOf(routes)).toBeUndefined();
    expect(routes.carryOut(AT_MS - 1)).toBeNull();
    const carried = routes.carryOut(AT_MS);
    expect(stageOf(routes)).toBe('service');
    expect(routes.nextMs).toBeNull();
    expect(routes.carryOut(AT_MS)).toBeNull();
    expect(carried?.told).toEqual([
      {
        ...{ kind: 'route', contract: 'Ready.v1', selector: DE, epoch: 1, from: 'legacy', to: 'service' },
        ...{ at: '2026-03-01T10:00:02.000Z', by: 'ops', reason: 'first market', isAsked: false },
      },
    ]);
  });

  it('writes a handover record into each partition, and one into the ownership topic', () => {
    const routes = made();
    routes.take(move());
    const records = routes.carryOut(AT_MS)?.records ?? [];
    expect(records.map(({ topic, partition }) => `${topic}/${partition ?? ''}`)).toEqual([
      ...['orders/0', 'orders/1', 'orders/2', 'orders/3', 'shop.ownership/0'],
    ]);
    expect(new Set(records.map(typeOf))).toEqual(new Set([HANDOVER_TYPE]));
    expect(new Set(records.map(({ headers }) => headers?.['ce_id'])).size).toBe(5);
    for (const record of records)
      expect(handoverOf(record)).toEqual({
        ...{ v: 1, contract: 'Ready.v1', selector: DE, epoch: 1, from: 'legacy', to: 'service' },
        ...{
          at: '2026-03-01T10:00:02.000Z',
          pipeline: 'orders',
          shard: 0,
          shards: 1,
          by: 'ops',
          reason: 'first market',
        },
      });
    expect(records.map(({ key }) => key).slice(-2)).toEqual(['Ready.v1 market=DE', 'orders Ready.v1 market=DE 0']);
  });

  it('says in its records why it was done although its gate was closed', () => {
    const routes = made();
    routes.take(move({ override: `known: ${'x'.repeat(500)}` }));
    const reasons = new Set((routes.carryOut(AT_MS)?.records ?? []).map((record) => handoverOf(record).reason));
    expect([...reasons]).toEqual([`first market (past the gate: known: ${'x'.repeat(193)})`]);
    const kept = routes.progress?.routes.flatMap(({ moved }) => moved?.reason ?? []);
    expect(kept).toEqual([...reasons]);
  });

  it('is one of all shards, each with its own partitions', () => {
    const shards = [0, 1].map((index) => made({ index, count: 2 }));
    const command = move();
    const written = shards.flatMap((routes) => {
      routes.take(command);
      return (routes.carryOut(AT_MS)?.records ?? []).filter(({ topic }) => topic === 'orders');
    });
    expect(written.map((record) => `${record.partition ?? ''} of shard ${handoverOf(record).shard}`)).toEqual([
      ...['0 of shard 0', '2 of shard 0', '1 of shard 1', '3 of shard 1'],
    ]);
  });

  it('takes all its contracts at once, each from where it stands', () => {
    const routes = made();
    routes.take(move({ contracts: ['Ready.v1'], selector: ALL, to: 'shadow' }));
    routes.carryOut(AT_MS);
    routes.take(move({ contracts: ['Sent.v1', 'Ready.v1'] }));
    const { told = [], records = [] } = routes.carryOut(AT_MS) ?? {};
    expect(told.map((event) => (event.kind === 'route' ? `${event.contract} ${event.from}` : ''))).toEqual([
      'Sent.v1 legacy',
      'Ready.v1 shadow',
    ]);
    expect(records).toHaveLength(10);
  });

  it('counts from the first one on, and the routes of the rules no more', () => {
    const routes = made();
    expect(stageOf(routes, selectorOf({ market: 'AT' }))).toBe('shadow');
    routes.take(move());
    routes.carryOut(AT_MS);
    expect(
      routes.progress?.routes.map(({ selector, stage, epoch }) => [selector.context['market'], stage, epoch]),
    ).toEqual([
      ['AT', 'shadow', 0],
      ['DE', 'service', 1],
    ]);
  });

  it('waits for its turn behind another of the same route', () => {
    const routes = made();
    routes.take(move({ to: 'shadow', at: '2026-03-01T10:30:00.000Z' }));
    expect(said(routes.take(move({ epoch: 1, at: '2026-03-01T10:00:05.000Z' })))).toContain('applied');
    expect(routes.nextMs).toBe(Date.parse('2026-03-01T10:30:00.000Z'));
    const end = Date.parse('2026-03-01T11:00:00.000Z');
    expect(routes.carryOut(end)?.told).toMatchObject([{ to: 'shadow' }]);
    expect(routes.carryOut(end)?.told).toMatchObject([{ from: 'shadow', to: 'service', epoch: 2 }]);
  });

  it('goes through the progress, whatever of it is done', () => {
    const routes = made();
    const known = { commit: 1, offsets: new Map(), frontiers: {}, commands: { next: null, resolved: [] }, clock: null };
    const kept = (): void => {
      const ownership = routes.progress;
      const progress = { ...known, ends: { state: [], journal: [] }, digest: '', ...(ownership && { ownership }) };
      const again = decodeProgress(encodeProgress(progress)).ownership;
      expect(again).toEqual(ownership);
      routes.reset(again);
    };
    kept();
    routes.take(move({ selector: selectorOf({ market: 'DE' }, [0, 12.5]) }));
    kept();
    routes.carryOut(AT_MS);
    kept();
    routes.take(move({ selector: selectorOf({ market: 'DE' }, [0, 12.5]), to: 'legacy', epoch: 1 }));
    routes.carryOut(AT_MS);
    kept();
    expect(routes.progress?.routes.at(-1)?.returning).toMatchObject({ to: 'legacy', epoch: 2 });
  });
});

describe('what is refused', () => {
  const refusal = (command: MoveCommand | TakeOverCommand, ...before: MoveCommand[]): string => {
    const routes = made();
    for (const each of before) expect(routes.take(each).result).toBe('applied');
    const { progress } = routes;
    const outcome = routes.take(command);
    expect(routes.progress).toBe(progress);
    return said(outcome);
  };

  it.each([
    ['a contract of no capability', move({ contracts: ['Plain.v1'] }), 'ROUTE_CONTRACT_UNKNOWN: Plain.v1 is in no'],
    ['contracts of two', move({ contracts: ['Ready.v1', 'Billed.v1'] }), 'ROUTE_CAPABILITIES: Billed.v1'],
    ['a name', move({ selector: selectorOf({ plant: '1' }) }), 'ROUTE_NAME_UNKNOWN: nothing is routed by plant'],
    ['a market', move({ selector: selectorOf({ market: 'FR' }) }), 'ROUTE_VALUE_UNKNOWN: market "FR"'],
    ['a share', move({ selector: selectorOf({}, [50, 101]) }), 'ROUTE_SHARE_INVALID'],
    ['a share of nobody', move({ selector: selectorOf({}, [50, 50]) }), 'ROUTE_SHARE_INVALID'],
    ['an overlap', move({ selector: selectorOf({ tenant: 'x' }) }), 'ROUTES_OVERLAP: Ready.v1: tenant=x and market=AT'],
    ['the stage it has', move({ to: 'legacy' }), 'ROUTE_STANDS: Ready.v1 market=DE is in stage legacy already'],
    ['the stage of the rules', move({ selector: selectorOf({ market: 'AT' }), to: 'shadow' }), 'ROUTE_STANDS'],
    ['another epoch', move({ epoch: 3 }), 'ROUTE_MOVED_MEANWHILE: Ready.v1 market=DE is in epoch 0'],
    ['much later', move({ at: '2026-03-01T11:00:00.001Z' }), 'ROUTE_AT_TOO_FAR'],
    ['what nobody asked', takeOver(1), 'ROUTE_NOT_RETURNING: Ready.v1 market=DE, epoch 1: there is no such route'],
  ])('%s', (_, command, text) => {
    expect(refusal(command)).toMatch(/^refused /);
    expect(refusal(command)).toContain(text);
  });

  it('the later one of two operators, who is told of the first', () => {
    expect(refusal(move(), move({ to: 'shadow' }))).toContain(
      'ROUTE_MOVED_MEANWHILE: Ready.v1 market=DE is in epoch 1, and the command is for 0 (moved by ops: first market).',
    );
  });

  it('the same command again', () => {
    const routes = made();
    const command = move();
    routes.take(command);
    expect(routes.take(command).result).toBe('repeated');
    routes.carryOut(AT_MS);
    expect(routes.take(command).result).toBe('repeated');
  });

  it(`more than ${ROUTES_MAX} routes`, () => {
    const routes = made();
    const outcomes = Array.from({ length: ROUTES_MAX }, (_, i) =>
      routes.take(move({ contracts: ['Billed.v1'], selector: selectorOf({}, [i / 100, (i + 1) / 100]) })),
    );
    // Two stand in the rules.
    expect(outcomes.filter(({ result }) => result === 'applied')).toHaveLength(ROUTES_MAX - 2);
    expect(outcomes.at(-1)?.text).toContain('ROUTES_TOO_MANY');
  });
});

describe('the way back of what a service has', () => {
  const served = (): Routes => {
    const routes = made();
    routes.take(move());
    routes.carryOut(AT_MS);
    return routes;
  };
  const asked = (routes: Routes): OutputRecord[] => {
    routes.take(move({ to: 'legacy', epoch: 1 }));
    return [...(routes.carryOut(AT_MS)?.records ?? [])];
  };

  it('is asked of the service, in the ownership topic alone', () => {
    const routes = served();
    const records = asked(routes);
    expect(records.map(({ topic }) => topic)).toEqual(['shop.ownership']);
    expect(records.map(handoverOf)).toMatchObject([{ from: 'service', to: 'legacy', epoch: 2, asked: true }]);
    expect(stageOf(routes)).toBe('service');
    expect(routes.of('Ready.v1')?.routes.find(({ epoch }) => epoch === 1)).toMatchObject({ stage: 'service' });
  });

  it('is done when the service has handed it over', () => {
    const routes = served();
    asked(routes);
    const carried = routes.handedOver('Ready.v1', DE);
    expect(carried?.records.map(handoverOf)).toMatchObject([{ to: 'legacy', epoch: 2 }]);
    expect(handoverOf(carried?.records[0] as OutputRecord)).not.toHaveProperty('asked');
    expect(stageOf(routes)).toBe('legacy');
    expect(routes.handedOver('Ready.v1', DE)).toBeNull();
    routes.take(takeOver(2, true)); // the service died behind that: what it had begun is legacy's, and no fence is needed
    const taken = routes.carryOut(AT_MS)?.records ?? [];
    expect(taken.map(({ topic }) => topic)).toEqual(['shop.ownership']);
    expect(taken.map(handoverOf)).toMatchObject([{ epoch: 2, taken: true }]);
    expect(routes.announced().map(handoverOf)).toContainEqual(expect.objectContaining({ epoch: 2, taken: true }));
    expect(routes.progress).toMatchObject({ pending: [], routes: [{}, { stage: 'legacy', epoch: 2, taken: 'owed' }] });
  });

  it('keeps what was accepted behind it waiting', () => {
    const routes = served();
    asked(routes);
    expect(routes.take(move({ epoch: 2 })).result).toBe('applied');
    expect(routes.nextMs).toBeNull();
    routes.handedOver('Ready.v1', DE);
    expect(routes.carryOut(AT_MS)?.told).toMatchObject([{ from: 'legacy', to: 'service', epoch: 3 }]);
  });

  it('is taken by an operator when the service does not answer, with handover records of our own', () => {
    const routes = served();
    asked(routes);
    expect(said(routes.take(takeOver(3)))).toContain('ROUTE_NOT_RETURNING');
    expect([routes.take(takeOver(2, true)).result, routes.nextMs]).toEqual(['applied', AT_MS]);
    const records = routes.carryOut(AT_MS)?.records ?? [];
    expect(records.map(({ topic }) => topic)).toEqual([...Array<string>(4).fill('orders'), 'shop.ownership']);
    expect(records.map(handoverOf).every(({ taken }) => taken === true)).toBe(true);
    expect(routes.progress?.routes.at(-1)).toMatchObject({ stage: 'legacy', epoch: 2, taken: 'owed' });
  });

  it('is taken with all that was asked before and not answered: nothing waits for ever behind that', () => {
    const routes = served();
    asked(routes);
    routes.take(move({ epoch: 2 }));
    routes.take(move({ to: 'legacy', epoch: 3 }));
    expect(routes.take(takeOver(4, true)).result).toBe('applied');
    const stages = [1, 2, 3].map(() => routes.carryOut(AT_MS)?.told[0]);
    expect(stages).toMatchObject([
      { to: 'legacy', epoch: 2, isAsked: false },
      { to: 'service', epoch: 3 },
      { to: 'legacy', epoch: 4, isAsked: false },
    ]);
    expect(routes.progress?.pending).toEqual([]);
    expect(routes.progress?.routes.at(-1)).toMatchObject({ stage: 'legacy', epoch: 4, taken: 'owed' });
  });

  it('is taken when its instant has not come, too', () => {
    const routes = served();
    routes.take(move({ to: 'shadow', epoch: 1, at: '2026-03-01T10:10:00.000Z' }));
    routes.take(takeOver(2));
    expect(routes.carryOut(AT_MS)).toBeNull();
    expect(routes.carryOut(Date.parse('2026-03-01T10:10:00.000Z'))?.records).toHaveLength(5);
    expect(routes.progress?.routes.at(-1)).toMatchObject({ stage: 'shadow', taken: 'rest' });
  });
});

describe('how routes stand', () => {
  it('is announced, with those of the rules', () => {
    const routes = made();
    routes.take(move());
    routes.carryOut(AT_MS);
    expect(routes.announced().map((record) => [record.key, handoverOf(record).to, handoverOf(record).epoch])).toEqual([
      ['orders Ready.v1 market=AT 0', 'shadow', 0],
      ['orders Ready.v1 market=DE 0', 'service', 1],
      ['orders Sent.v1 market=AT 0', 'shadow', 0],
    ]);
  });

  it('is refused when a contract that was moved is published and in no capability any more', () => {
    const routes = made();
    routes.take(move());
    routes.carryOut(AT_MS);
    const without = new Routes({
      ...{ routed: new Map(), topics, shard: { index: 0, count: 1 }, pipeline: 'orders', source: 's', producer: 'p' },
      ...{ ownership: 'o', partitionsOf: () => 1 },
    });
    expect(() => without.reset(routes.progress)).toThrow(/Ready\.v1 market=DE was moved/);
    expect(() => without.reset()).not.toThrow();
  });
});

it('all routes are told as they stand', () => {
  const routes = made();
  const told = (kind: 'legacy' | 'service' | 'asked') =>
    routes.told.kind === 'routes'
      ? routes.told.all.filter(({ stage, isAsked }) => (isAsked ? 'asked' : stage) === kind)
      : [];
  expect(told('service')).toEqual([]);
  routes.take(move());
  routes.carryOut(AT_MS);
  expect(told('service')).toEqual([{ contract: 'Ready.v1', selector: DE, stage: 'service', isAsked: false }]);
  routes.take(move({ to: 'legacy', epoch: 1, at: '2026-03-01T10:00:04.000Z' }));
  routes.carryOut(AT_MS + 2_000);
  expect(told('asked')).toEqual([{ contract: 'Ready.v1', selector: DE, stage: 'service', isAsked: true }]);
});

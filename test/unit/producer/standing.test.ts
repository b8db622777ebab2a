/** P1 to P3: what a service may publish, after what it heard in which order. */
import { describe, expect, it } from 'vitest';
import type { Handover } from '../../../src/domain/ownership/handover.js';
import { selectorOf } from '../../../src/domain/ownership/route.js';
import { allowed, type Heard, moved, type RouteStanding } from '../../../src/producer/routes/standing.js';

const DE = selectorOf({ market: 'DE' });
const PARTITIONS = 2;

const move = (said: Partial<Handover>): Handover => ({
  ...{ v: 1, contract: 'OrderReady.v1', selector: DE, epoch: 1, from: 'legacy', to: 'service' },
  ...{ at: '2026-03-01T00:00:00.000Z', pipeline: 'orders', shard: 0, shards: 1, by: 'ops', reason: 'it is time' },
  ...said,
});
const owned = (said: Partial<Handover> = {}): Heard => ({ handover: move(said), isAsked: false, partition: null });
const asked = (said: Partial<Handover> = {}): Heard => ({
  handover: move({ epoch: 2, from: 'service', to: 'legacy', ...said }),
  ...{ isAsked: true, partition: null },
});
const at = (partition: number, said: Partial<Handover> = {}): Heard => ({
  handover: move(said),
  ...{ isAsked: false, partition },
});

function after(...all: readonly Heard[]) {
  let routes: readonly RouteStanding[] = [];
  let last = { handBack: null as Handover | null, isLoss: false };
  for (const heard of all) {
    const step = moved(routes, heard, PARTITIONS);
    routes = step.routes;
    last = step;
  }
  return {
    routes,
    handBack: last.handBack,
    isLoss: last.isLoss,
    stages: routes.map(({ stage, epoch }) => [stage, epoch]),
  };
}

const taken = [owned(), at(0), at(1)];

describe('what is taken from the service', () => {
  const away = { epoch: 2, from: 'service', to: 'legacy', taken: true } as const;
  const isOwn = {
    owner: 'sticky',
    routed: { id: '1', context: { market: 'DE' } },
    isOwn: true,
    isOfOthers: false,
  } as const;

  it.each([
    ['before it has answered', [owned(away)]],
    ['before it has read that it is asked', [at(0, away)]],
    ['when it has answered', [asked(), owned(away)]],
  ])('%s is its own no more, what it has begun included', (_when, heard) => {
    const { routes, isLoss, handBack } = after(...taken, ...heard);
    expect({ isLoss, handBack }).toEqual({ isLoss: true, handBack: null });
    expect(allowed(routes, isOwn)).toContain('its route is legacy, epoch 2');
    expect(after(...taken, ...heard, owned(away)).isLoss).toBe(false);
  });

  it('is its own again with the next move', () => {
    const again = { epoch: 3 };
    const { routes } = after(...taken, owned(away), owned(again), at(0, again), at(1, again));
    expect(allowed(routes, isOwn)).toBe(3);
  });

  it('is nothing where it has handed the route over, and nobody took more', () => {
    const { routes } = after(...taken, asked(), owned({ epoch: 2, from: 'service', to: 'legacy' }));
    expect(allowed(routes, isOwn)).toBe(2);
  });
});

describe('taking over', () => {
  it('is done when all shards told and every partition was read, in any order', () => {
    expect(after(...taken).stages).toEqual([['service', 1]]);
    expect(after(at(1), owned(), at(0)).stages).toEqual([['service', 1]]);
    expect(after(at(1), at(0), owned()).stages).toEqual([['service', 1]]);
  });

  it('is not done before', () => {
    expect(after(owned(), at(0)).stages).toEqual([['legacy', 0]]);
    expect(after(at(0), at(1)).stages).toEqual([['legacy', 0]]);
    expect(after(at(0), at(0), owned()).stages).toEqual([['legacy', 0]]);
    const shards = { shards: 2 };
    expect(after(owned(shards), at(0, shards), at(1, { ...shards, shard: 1 })).stages).toEqual([['legacy', 0]]);
    expect(after(owned(shards), owned({ ...shards, shard: 1 }), at(0, shards), at(1, shards)).stages).toEqual([
      ['service', 1],
    ]);
  });

  it('does not count what was read of another move', () => {
    const later = { epoch: 3 };
    expect(after(owned(), at(0), owned(later), at(1, later)).stages).toEqual([['legacy', 0]]);
    expect(after(owned(later), at(0, later), at(0), at(1), at(1, later)).stages).toEqual([['service', 3]]);
  });

  it('changes nothing when it is read again', () => {
    const { routes } = after(...taken);
    for (const heard of taken)
      expect(moved(routes, heard, PARTITIONS)).toEqual({ routes, handBack: null, isLoss: false });
  });
});

describe('the way back', () => {
  it('is answered once, when all shards ask', () => {
    const shards = { shards: 2 };
    const first = after(...taken, asked(shards));
    expect([first.handBack, first.stages]).toEqual([null, [['service', 1]]]);
    const second = after(...taken, asked(shards), asked({ ...shards, shard: 1 }));
    expect(second).toMatchObject({ handBack: { epoch: 2, to: 'legacy' }, isLoss: true, stages: [['legacy', 2]] });
    expect(moved(second.routes, asked(shards), PARTITIONS).handBack).toBeNull();
  });

  it('is not answered for what the service never heard of', () => {
    expect(after(asked())).toMatchObject({ handBack: null, isLoss: false, stages: [['legacy', 2]] });
  });

  it('is answered for what it was about to take over: nobody else does', () => {
    const answered = { handBack: { epoch: 2, to: 'legacy' }, isLoss: true };
    for (const heard of [[owned(), at(0)], [owned()], [at(1)]])
      expect(after(...heard, asked())).toMatchObject({ ...answered, stages: [['legacy', 2]] });
    const part = { selector: selectorOf({ market: 'DE' }, [0, 25]), epoch: 1 };
    expect(after(owned(), at(0), asked(part)).handBack).toMatchObject(part);
  });

  it('is answered for a part of what it owns', () => {
    const part = { selector: selectorOf({ market: 'DE' }, [0, 25]), epoch: 1 };
    const { handBack, stages } = after(...taken, asked(part));
    expect(handBack).toMatchObject(part);
    expect(stages).toEqual([
      ['service', 1],
      ['legacy', 1],
    ]);
    expect(after(...taken, asked({ selector: selectorOf({ market: 'AT' }), epoch: 1 })).handBack).toBeNull();
  });

  it('is taken at once by what nobody asked for: an operator gave the route to somebody else', () => {
    const away = { epoch: 2, from: 'service', to: 'legacy', shards: 2 } as const;
    expect(after(...taken, owned(away))).toMatchObject({ handBack: null, isLoss: true, stages: [['legacy', 2]] });
    expect(after(...taken, at(1, away))).toMatchObject({ handBack: null, isLoss: true });
    expect(after(...taken, asked({ shards: 2 }), owned(away))).toMatchObject({ handBack: null, isLoss: true });
  });

  it('was missed when a later move is heard of: the route is lost until that one is done', () => {
    const again = after(...taken, owned({ epoch: 3 }));
    expect(again).toMatchObject({ isLoss: true, handBack: null, stages: [['legacy', 2]] });
    expect(after(...taken, owned({ epoch: 3 }), at(0, { epoch: 3 }), at(1, { epoch: 3 })).stages).toEqual([
      ['service', 3],
    ]);
  });
});

describe('what may be published', () => {
  const ask = (routes: readonly RouteStanding[], said: Partial<Parameters<typeof allowed>[1]> = {}) =>
    allowed(routes, {
      ...{ owner: 'sticky', routed: { id: '4711', context: { market: 'DE' } }, isOwn: false, isOfOthers: false },
      ...said,
    });
  const { routes } = after(...taken);
  const back = after(...taken, asked()).routes;

  it('is what a route of the service names, with its epoch', () => {
    expect(ask(routes)).toBe(1);
    expect(ask(routes, { routed: { id: '1', context: { market: 'AT' } } })).toContain('no route');
    expect(ask([])).toContain('no route');
    expect(ask(after(owned(), at(0)).routes)).toContain('the move with epoch 1');
    expect(ask(back)).toContain('is legacy, epoch 2');
  });

  it('is, where owners are sticky, all of what the service began, and nothing of what legacy began', () => {
    expect(ask(routes, { isOfOthers: true })).toContain('ends there');
    expect(ask(back, { isOwn: true })).toBe(2);
  });

  it('is, where they are immediate, what the route says', () => {
    expect(ask(routes, { owner: 'immediate', isOfOthers: true })).toBe(1);
    expect(ask(back, { owner: 'immediate', isOwn: true })).toContain('is legacy');
  });
});

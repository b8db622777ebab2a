/** What operators are shown of routes, and what they are told of a move. */
import { describe, expect, it } from 'vitest';
import { lineOf } from '../../../../src/cli/routes/list.js';
import { becameOf } from '../../../../src/cli/routes/sent.js';
import type { ShardProgress } from '../../../../src/cli/operator/reading/committed-progress.js';
import type { MoveCommand } from '../../../../src/domain/command.js';
import { selectorOf } from '../../../../src/domain/ownership/route.js';
import type { Move, Ownership } from '../../../../src/pipeline/progress/ownership.js';
import { selectorIn } from '../../../../src/pipeline/routes/planned.js';
import { acceptedIn, capabilityIn, shownRoutes } from '../../../../src/pipeline/routes/shown.js';
import type { CompiledCapability } from '../../../../src/rules/routes/compile-capabilities.js';

const DE = selectorOf({ market: 'DE' });
const AT = selectorOf({ market: 'AT' });
const capability: CompiledCapability = {
  ...{ name: 'fulfilment', contracts: ['Ready.v1'], isSticky: true, by: { market: ['DE', 'AT'] }, echoes: null },
  initially: [{ selector: AT, stage: 'shadow' }],
  parity: null,
};
const routed = new Map([['Ready.v1', capability]]);

const command: MoveCommand = {
  ...{ id: '1b4e28ba-2fa1-4d17-883f-0016d3cca427', pipeline: 'orders', reason: 'first market', by: 'ops' },
  ...{ at: '2026-03-01T10:00:00.000Z', kind: 'route.move' },
  arguments: { contracts: ['Ready.v1'], selector: DE, to: 'service', epoch: 0 },
};
const mover = { at: '2026-03-01T10:00:02.000Z', by: 'ops', reason: 'first market', command: command.id };
const move: Move = { ...mover, contract: 'Ready.v1', selector: DE, epoch: 1, from: 'legacy', to: 'service' };
const initial = { contract: 'Ready.v1', selector: AT, stage: 'shadow', epoch: 0 } as const;
const served = {
  contract: 'Ready.v1',
  selector: DE,
  stage: 'service',
  epoch: 1,
  moved: { ...mover, from: 'legacy' },
} as const;

const NONE: Ownership | undefined = undefined;
const PENDING: Ownership = { routes: [], pending: [move] };
const MOVED: Ownership = { routes: [initial, served], pending: [] };
const ASKED: Ownership = {
  routes: [initial, { ...served, returning: { ...move, epoch: 2, from: 'service', to: 'legacy' } }],
  pending: [],
};

const shards = (next: number, ...all: (Ownership | undefined)[]): ShardProgress[] =>
  all.map((ownership, index) => ({
    ...{ shard: { index, count: all.length }, task: all.length === 1 ? 'orders' : `orders.${index}` },
    committed: {
      footprint: null,
      progress: {
        ...{ commit: 1, offsets: new Map(), frontiers: {}, commands: { next, resolved: [] }, clock: null },
        ...{ ends: { state: [], journal: [] }, digest: '', ...(ownership && { ownership }) },
      },
    },
  }));
const lines = (...all: (Ownership | undefined)[]): string[] =>
  shownRoutes({ routed, shards: shards(1, ...all) }).map(lineOf);

describe('how routes stand', () => {
  it('before anything was moved, as the rules say', () => {
    expect(lines(NONE)).toEqual(['fulfilment Ready.v1 market=AT shadow epoch 0']);
  });

  it('with a move that waits for its instant', () => {
    expect(lines(PENDING)[1]).toBe(
      'fulfilment Ready.v1 market=DE legacy epoch 0; to service, at 2026-03-01T10:00:02.000Z (ops)',
    );
  });

  it('after it, with who and why', () => {
    expect(lines(MOVED)[1]).toBe(
      'fulfilment Ready.v1 market=DE service epoch 1, since 2026-03-01T10:00:02.000Z by ops: first market',
    );
  });

  it('asked back of its service', () => {
    expect(lines(ASKED)[1]).toContain('; to legacy, its service is asked for it (ops)');
  });

  it('in the shards that have it, and in those that do not yet', () => {
    expect(lines(MOVED, PENDING)[1]).toContain('; not yet in orders.1');
  });
});

describe('what became of a move', () => {
  it.each([
    ['it is not read', 5, [NONE], { waitsFor: ['orders'] }],
    ['it waits for the clock of one shard', 9, [MOVED, PENDING], { waitsFor: ['orders.1 (the clock of its source)'] }],
    ['it is done by all', 9, [MOVED, MOVED], { answer: 'moved' }],
    [
      'its service is asked',
      9,
      [ASKED],
      { answer: 'its service is asked to hand it over; `routes list` shows when it has' },
    ],
  ])('%s', (_, next, all, expected) => {
    expect(becameOf(command, 7, shards(next, ...all))).toEqual(expected);
  });

  it('it was refused', () => {
    expect(() => becameOf(command, 7, shards(9, NONE))).toThrow(/was read and had no effect/);
  });
});

it('what a command is judged by is what the shard that is ahead has accepted', () => {
  const [first] = shards(3, NONE);
  const [second] = shards(8, PENDING);
  const all = acceptedIn({ routed, shards: [first, second] as ShardProgress[] });
  expect(all.routes.map(({ stage, epoch }) => [stage, epoch])).toEqual([
    ['shadow', 0],
    ['service', 1],
  ]);
});

it('what is no capability and no selector is said with what there is', () => {
  expect(() => capabilityIn(routed, 'billing')).toThrow('No capability is named billing: fulfilment.');
  expect(() => selectorIn(['DE'])).toThrow(/"DE" is no name=value/);
  expect(selectorIn(['market=DE', 'share=0-25'])).toEqual(selectorOf({ market: 'DE' }, [0, 25]));
  expect(selectorIn([])).toEqual(selectorOf({}));
});

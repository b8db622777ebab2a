/** Whatever is to be repaired fits the commands, all of it, once, each aggregate in its order. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cutIntoTargets, portionOf } from '../../../../src/cli/repair/cutting.js';
import type { PublishedBefore } from '../../../../src/cli/repair/published-before.js';
import { readCommand } from '../../../../src/domain/command.js';
import { REPAIR_EVENTS_MAX } from '../../../../src/domain/repair/repair.js';
import { commandOf } from '../../../support/pipeline/commands.js';
import { REPAIR } from '../../../support/repair/repairs.js';

const one = fc.record({
  aggregate: fc.constantFrom('order', 'customer'),
  id: fc.oneof(fc.integer({ min: 1, max: 4 }).map(String), fc.string({ maxLength: 500 })),
  event: fc.uuid({ version: 5 }),
  offset: fc.integer({ min: 0, max: 2 ** 50 }),
  chars: fc.integer({ min: 100, max: 1_000_000 }),
});
const rest = { contract: 'OrderReady.v1', topic: 'orders.out', sequence: 1, occurredAt: '2026-11-21T10:00:00.000Z' };

function byAggregate(all: readonly Pick<PublishedBefore, 'aggregate' | 'id' | 'event'>[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { aggregate, id, event } of all)
    found.set(`${aggregate}:${id}`, [...(found.get(`${aggregate}:${id}`) ?? []), event]);
  return found;
}

it('every event is in one command, in its order, and each command is one', () => {
  const all = fc.uniqueArray(one, { maxLength: 250, selector: ({ event }) => event });
  fc.assert(
    fc.property(all, fc.integer({ min: 1, max: REPAIR_EVENTS_MAX }), (some, eventsMax) => {
      const wanted: PublishedBefore[] = some.map((each) => ({ ...each, ...rest }));
      const commandWith = (targets: unknown) =>
        commandOf({ kind: 'repair.republish', arguments: { repair: REPAIR, targets, to: null } as never });
      const headChars = JSON.stringify(commandWith([])).length;
      const portions = [...cutIntoTargets(wanted, { headChars, eventsMax })];
      for (const targets of portions) {
        const read = readCommand(JSON.stringify(commandWith(targets)));
        expect(read.kind === 'command' ? 'command' : read.text).toBe('command');
        expect(targets.flatMap(({ events }) => events).length).toBeLessThanOrEqual(eventsMax);
      }
      const cut = portions
        .flat()
        .flatMap(({ aggregate, id, events }) => events.map((event) => ({ aggregate, id, event })));
      expect(byAggregate(cut)).toEqual(byAggregate(wanted));
    }),
    { numRuns: 200 },
  );
});

it('a slow rate is no row of bursts, and a fast one no row of single events', () => {
  expect([1, 10, 50, 399, 400, 100_000].map(portionOf)).toEqual([1, 2, 12, 99, 100, 100]);
});

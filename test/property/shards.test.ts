/** N shards of a pipeline publish together what one whole pipeline does, byte for byte, in the order of each aggregate. */
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import type { LoadedRules } from '../../src/adapters/files/rules-loader.js';
import { lives } from '../support/delivery/deliveries.js';
import { expectPublishedAsWhole, type ShardedLives } from '../support/delivery/shards.js';
import { generated } from '../support/history/generated.js';
import { type HistoryPlan, historyPlan } from '../support/history/plan.js';
import { FAULTS } from '../support/pipeline/faults.js';
import { retailerRules } from '../support/rig.js';
import { lookingRules } from '../support/sources/looking-rules.js';
import { waitsTakeNoTime } from '../support/waits.js';

waitsTakeNoTime();

let rules: LoadedRules;
beforeAll(async () => {
  rules = await retailerRules();
});

const plan = historyPlan({ stepsMax: 12, unseen: true, blocking: true, crashes: ['replay', 'torn', 'recount'] });
const sharded = (faults: Parameters<typeof lives>[0]): fc.Arbitrary<ShardedLives> =>
  fc
    .tuple(lives(faults), fc.constantFrom(2, 3, 4), fc.nat(3))
    .map(([each, shards, faulty]) => ({ ...each, shards, faulty }));

const cases = (faults: Parameters<typeof lives>[0]) =>
  fc.record({ plan, lives: sharded(faults), isLooking: fc.boolean(), changeSetsMax: fc.constantFrom(1_000, 1, 2) });

async function expectSame(each: {
  readonly plan: HistoryPlan;
  readonly lives: ShardedLives;
  readonly isLooking: boolean;
  readonly changeSetsMax: number;
}): Promise<number> {
  const chosen = each.isLooking ? lookingRules(rules) : rules;
  return expectPublishedAsWhole(generated(each.plan), each.lives, chosen, each.changeSetsMax);
}

it('in as many lives as there may be', async () => {
  let events = 0;
  await fc.assert(
    fc.asyncProperty(cases([]), async (each) => {
      events += await expectSame(each);
    }),
    { numRuns: 25 },
  );
  expect(events).toBeGreaterThan(10);
});

it('whatever call of one of them fails, or is the last one of its process', async () => {
  await fc.assert(
    fc.asyncProperty(cases(FAULTS), async (each) => {
      await expectSame(each);
    }),
    { numRuns: 25 },
  );
});

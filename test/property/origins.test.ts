/** Origins over generated histories: each decision has that of its transaction, and nothing else becomes another. */
import { deepEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import type { LoadedRules } from '../../src/adapters/files/rules-loader.js';
import { owedEvents } from '../model/owed-events.js';
import { lives } from '../support/delivery/deliveries.js';
import { expectPublished } from '../support/delivery/pipeline.js';
import { expectPublishedAsWhole } from '../support/delivery/shards.js';
import { generated } from '../support/history/generated.js';
import { historyPlan } from '../support/history/plan.js';
import { FAULTS } from '../support/pipeline/faults.js';
import { retailerRules, Rig } from '../support/rig.js';
import { AUDIT, isByMia, withOrigins } from '../support/sources/intervening-rules.js';
import { waitsTakeNoTime } from '../support/waits.js';

waitsTakeNoTime();

let rules: LoadedRules;
beforeAll(async () => {
  rules = withOrigins(await retailerRules(), [AUDIT]);
});

const plan = historyPlan({ stepsMax: 12, unseen: true, annotations: true, crashes: ['replay', 'torn', 'recount'] });

it('are those of their transactions', async () => {
  let told = 0;
  await fc.assert(
    fc.asyncProperty(plan, async (each) => {
      const made = generated(each);
      const byMia = new Set(
        made.history.flatMap((one) => (one.kind === 'commit' && isByMia(one) ? [String(one.transaction.txid)] : [])),
      );
      const rig = new Rig(made.records, { rules });
      deepEqual(await rig.live(), { kind: 'drained' });
      for (const { origin, said } of rig.journal()) {
        const isTold = origin.transactionId !== null && byMia.has(origin.transactionId);
        deepEqual(said?.user, isTold ? 'mia' : undefined);
        if (isTold) told += 1;
      }
    }),
    { numRuns: 50 },
  );
  expect(told).toBeGreaterThan(10);
});

it('change no event, in as many lives as there may be, whatever fails', async () => {
  await fc.assert(
    fc.asyncProperty(plan, lives(FAULTS), async (each, all) => {
      const made = generated(each);
      await expectPublished(made, all, owedEvents(made.history), rules);
    }),
    { numRuns: 25 },
  );
});

it('are the same in shards', async () => {
  const everywhere = fc
    .tuple(lives(FAULTS), fc.constantFrom(1, 2, 3), fc.nat(3))
    .map(([each, shards, faulty]) => ({ ...each, shards, faulty }));
  await fc.assert(
    fc.asyncProperty(plan, everywhere, async (each, all) => {
      await expectPublishedAsWhole(generated(each), all, rules, 1_000);
    }),
    { numRuns: 15 },
  );
});

/** Generated histories through whole pipelines in memory, against the events that the model owes. */
import fc from 'fast-check';
import { it } from 'vitest';
import { FAULTS } from '../support/pipeline/faults.js';
import { lives } from '../support/delivery/deliveries.js';
import { historyPlan } from '../support/history/plan.js';
import { publishesAsOwed, publishesThroughEveryEnd } from './properties.js';
import { waitsTakeNoTime } from '../support/waits.js';

waitsTakeNoTime();

const plan = historyPlan({ stepsMax: 12, unseen: true, crashes: ['replay', 'torn', 'recount'] });

it('publishes exactly the owed events, in as many lives as there may be', async () => {
  await fc.assert(fc.asyncProperty(fc.record({ plan, lives: lives([]) }), publishesAsOwed), { numRuns: 60 });
});

it('publishes them whatever call fails or is the last one of a process', async () => {
  await fc.assert(fc.asyncProperty(fc.record({ plan, lives: lives(FAULTS) }), publishesAsOwed), { numRuns: 60 });
});

it('publishes them with two owners at once, one of which is fenced', async () => {
  await fc.assert(fc.asyncProperty(fc.record({ plan, lives: lives(FAULTS, 2) }), publishesAsOwed), { numRuns: 60 });
});

it('publishes them with the process ending before and after every single call', async () => {
  const short = historyPlan({ stepsMax: 6, crashes: [] });
  await fc.assert(
    fc.asyncProperty(short, async (each) => {
      await publishesThroughEveryEnd(each);
    }),
    { numRuns: 6 },
  );
});

/** First starts on topics of which the beginning is gone, at random. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { waitsTakeNoTime } from '../support/waits.js';
import { beginsWhereItSays, lateCase } from './late-beginning.js';

waitsTakeNoTime();

it('publishes from its stated beginning on exactly what is owed, wherever topics begin and processes end', async () => {
  const seen = { late: 0, whole: 0 };
  await fc.assert(
    fc.asyncProperty(lateCase, async (drawn) => {
      seen[await beginsWhereItSays(drawn)] += 1;
    }),
    { numRuns: 50, endOnFailure: true },
  );
  expect(seen.late).toBeGreaterThan(seen.whole);
});

/** Real records made wrong, a few thousand of them; the long run does a million (`test/long`). */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { choices } from '../support/choices.js';
import { historyPlan } from '../support/history/plan.js';
import { fuzzDecoding, samples } from './decoding.js';
import { fuzzNeighbours, soundOf } from './neighbours.js';
import { waitsTakeNoTime } from '../support/waits.js';

waitsTakeNoTime();

const SEED = 20_261_121;

it('decodes damage to what was written, or says that it cannot be read, and throws nothing else', () => {
  const all = samples();
  const random = choices(SEED);
  for (let i = 0; i < 10_000; i += 1) {
    const finding = fuzzDecoding(all, random);
    if (finding !== 'nothing') expect(finding).toBeNull();
  }
});

it('publishes nothing else for a damaged record, and all of its neighbours', async () => {
  const random = choices(SEED);
  for (const plan of fc.sample(historyPlan({ stepsMax: 8, snapshots: false }), { numRuns: 12, seed: SEED })) {
    const sound = await soundOf(plan);
    for (let i = 0; i < 20; i += 1) expect(await fuzzNeighbours(sound, random)).toBeNull();
  }
});

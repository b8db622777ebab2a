/** Random ways to read a log. */
import fc from 'fast-check';
import { type Fault, FAULTS } from '../pipeline/faults.js';
import type { Delivery } from './delivery.js';
import type { Lives } from './pipeline.js';

export const delivery: fc.Arbitrary<Delivery> = fc.record({
  seed: fc.nat(1_000_000),
  restarts: fc.nat(3),
  isBacklog: fc.boolean(),
});

/** Faults after which nothing waits for a clock. */
export const ENDS: readonly Fault[] = FAULTS.filter((fault) => fault.startsWith('process ends'));

/** @param faults which may come; none: nothing fails. */
export const lives = (faults: readonly Fault[], ownersMax = 1): fc.Arbitrary<Lives> =>
  fc.record({
    cuts: fc.array(fc.nat(1_000), { maxLength: 3 }),
    call: faults.length === 0 ? fc.constant(0) : fc.integer({ min: 1, max: 60 }),
    fault: fc.constantFrom<Fault>(...(faults.length === 0 ? FAULTS : faults)),
    owners: fc.integer({ min: 1, max: ownersMax }),
    seed: fc.nat(1_000),
  });

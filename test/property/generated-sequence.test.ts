/** Generated histories through decode and sequence, against the model. */
import fc from 'fast-check';
import { it } from 'vitest';
import { delivery } from '../support/delivery/deliveries.js';
import { historyPlan, type PlanLimits } from '../support/history/plan.js';
import { sequencesAsOwed, sequencesWithoutMetadata } from './properties.js';

/** Which histories, and how many of them in each run of the tests. */
const KINDS: readonly (readonly [string, PlanLimits, number])[] = [
  ['with replays', { stepsMax: 14 }, 250],
  ['with transactions that are counted anew', { stepsMax: 10, crashes: ['recount', 'recount', 'replay'] }, 250],
  ['with logical messages', { stepsMax: 10, marks: true }, 150],
  ['without crashes, long', { stepsMax: 40, crashes: [] }, 50],
  ['of MariaDB', { stepsMax: 12, connector: 'mariadb', chunks: false, crashes: ['replay', 'torn'] }, 200],
  [
    'of MariaDB, counted anew',
    { stepsMax: 8, connector: 'mariadb', chunks: false, crashes: ['recount', 'replay'] },
    400,
  ],
];

it.each(KINDS)('gives the owed transactions, however it is cut, mixed and delayed: %s', (_, limits, numRuns) => {
  fc.assert(fc.property(fc.record({ plan: historyPlan(limits), delivery }), sequencesAsOwed), { numRuns });
});

const MARIADB_PLAN: PlanLimits = { stepsMax: 10, connector: 'mariadb', chunks: false };

/** What each mode can follow: see `sequence/SPEC.md`, P2 and A3. */
const OTHER_MODES: readonly (readonly [string, PlanLimits, number])[] = [
  ['position mode', { stepsMax: 10, mode: 'position', snapshots: false, chunks: false, crashes: ['replay'] }, 100],
  ['position mode of MariaDB', { ...MARIADB_PLAN, mode: 'position', crashes: ['replay'] }, 150],
  ['arrival mode of MariaDB', { ...MARIADB_PLAN, mode: 'arrival', snapshots: false, crashes: [] }, 100],
];

it.each(OTHER_MODES)('gives what can be told without transaction metadata: %s', (_, limits, numRuns) => {
  fc.assert(fc.property(fc.record({ plan: historyPlan(limits), delivery }), sequencesWithoutMetadata), { numRuns });
});

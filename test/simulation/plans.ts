/** Which histories are lived through: half of them any, half dense in events, so that faults meet something. */
import fc from 'fast-check';
import { below, chosen, type Choices, choices } from '../support/choices.js';
import type { Statement, TableName } from '../support/history/database.js';
import { type HistoryPlan, historyPlan, type PlanStep } from '../support/history/plan.js';

const ANY = historyPlan({ stepsMax: 10, unseen: true, crashes: ['replay', 'torn', 'recount'] });
const BUSY_STEPS_MAX = 14;

/** The plan of a seed. */
export function planOf(seed: number): HistoryPlan {
  const [any] = fc.sample(ANY, { seed, numRuns: 1 });
  const random = choices(seed);
  return seed % 2 === 0 ? any! : { ...any!, steps: busySteps(random) };
}

/** Numbers of which `rowFor` makes rows that cause events: a release, an accepted cancellation, a refund that is done. */
const CAUSING: readonly (readonly [TableName, readonly number[]])[] = [
  ['whs_rel', [0, 1, 2]],
  ['ord_cancel', [0, 3, 6, 9, 12, 15, 24, 27]],
  ['pay_txn', [0, 1, 12, 13, 24, 25]],
  ['ord_hdr', [0, 1, 16, 17, 32]],
  ['ord_line', [0, 1, 3, 4]],
];

function busySteps(random: Choices): PlanStep[] {
  const statement = (): Statement => {
    const [table, bits] = chosen(random, CAUSING);
    return {
      op: random() < 0.93 ? 'write' : 'delete',
      table,
      order: below(random, 3),
      n: below(random, 2),
      bits: chosen(random, bits),
    };
  };
  return Array.from({ length: 4 + below(random, BUSY_STEPS_MAX - 3) }, (): PlanStep => {
    if (random() < 0.08) return { kind: 'snapshot', unseen: [], aborted: chosen(random, [0, 0, 3]) };
    const statements = Array.from({ length: 1 + below(random, 5) }, statement);
    return { kind: 'commit', statements, isCopy: random() < 0.2 };
  });
}

/**
 * Orders are to be accepted within a minute, and many are not. What is overdue is told once and at its instant, while Dragoman is killed and Redis
 * emptied again and again. In the end the database is quiet for longer than that: nothing is overdue before a transaction says how late it is.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { flushAll } from '../faults.js';
import { countsOf, isRight } from '../report.js';
import { runWithFaults } from '../run-faults.js';
import type { Act } from '../run-plot.js';
import type { RunTools } from '../tools.js';
import { layRules } from './lay-rules.js';
import type { Scenario } from './scenario.js';

const ACCEPTED_WITHIN_MS = 60_000;
const ORDERS = 400;
/** So many at once that one takes about a minute until it is accepted. */
const ORDERS_ALIVE = 300;
const RATE = 70;
const BASELINE_MS = 2_000;
const ROUNDS_MIN = 3;
/** Fewer would prove little. */
const OVERDUE_MIN = 20;

export const deadlines: Scenario = async ({ orders = ORDERS, rate = RATE, connections, seed }, ground) => [
  await ground.use({}, async (tools) => {
    const options = {
      ...{ orders, rate, connections, seed, keyChanges: false, baselineMs: BASELINE_MS, ordersAlive: ORDERS_ALIVE },
      ...{ faults: ['dragoman', 'flush'] as const, roundsMin: ROUNDS_MIN },
      ownRules: { rules: await layRules(tools.directory, 'awaited-rules'), acceptedWithinMs: ACCEPTED_WITHIN_MS },
      afterwards: (act: Act) => quietAndThenOneMore(act, tools),
    };
    const result = await runWithFaults(options, tools);
    const { verdict } = result;
    const ordersOf = (type: string): string[] =>
      verdict.expected.flatMap(({ eventType, orderId }) => (eventType === type ? [orderId] : []));
    const [overdue, accepted] = [ordersOf('OrderAcceptanceOverdue'), new Set(ordersOf('OrderAcceptedForFulfillment'))];
    const late = overdue.filter((order) => accepted.has(order)).length;
    const own = {
      'orders overdue': overdue.length,
      'of them accepted later': late,
      'accepted in time': accepted.size - late,
    };
    const saysSomething = overdue.length >= OVERDUE_MIN && late > 0 && accepted.size > late;
    return { counts: { ...countsOf(result), ...own }, right: isRight(result) && saysSomething, verdict };
  }),
];

async function quietAndThenOneMore({ scene, keeper, workloadIsDone, say }: Act, { stack }: RunTools): Promise<void> {
  while (!workloadIsDone()) await delay(100);
  say('the database is quiet');
  await delay(ACCEPTED_WITHIN_MS);
  await keeper.kill();
  await flushAll(stack.endpoints.redis);
  await keeper.current.untilRunning();
  await scene.legacy.run(
    `UPDATE oms.ord_hdr SET notes = 'looked at' WHERE ord_no = (SELECT min(ord_no) FROM oms.ord_hdr)`,
  );
  say('and one more transaction');
}

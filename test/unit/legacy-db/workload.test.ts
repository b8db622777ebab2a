import { describe, expect, it } from 'vitest';
import { planOrder, type PlanOptions } from '../../../legacy-db/workload/plan/order-plan.js';
import { BATCH_ORDERS_MAX, type OrderPlan, type Step } from '../../../legacy-db/workload/plan/step.js';
import { Random } from '../../../legacy-db/workload/random.js';
import { Scheduler } from '../../../legacy-db/workload/scheduler.js';

const options: PlanOptions = { seed: 7, firstOrder: 1, keyChanges: false };
const plans = Array.from({ length: 400 }, (_, index) => planOrder(index + 1, options));
const stepsOf = (plan: OrderPlan): Step[] => plan.stages.flat(2);

describe('planOrder', () => {
  it('gives the same life for the same seed and number, whatever else is asked before', () => {
    expect(planOrder(17, options)).toEqual(plans[16]);
    expect(planOrder(17, { ...options, seed: 8 })).not.toEqual(plans[16]);
  });

  it('creates an order before anything else and deletes it after everything else', () => {
    for (const plan of plans) {
      const steps = stepsOf(plan);
      expect(steps[0]?.statements[0]).toMatch(/^INSERT INTO oms\.ord_hdr/);
      const deleted = steps.findIndex((step) => step.statements[0]?.startsWith('DELETE FROM oms.ord_hdr'));
      if (deleted >= 0) expect(deleted).toBe(steps.length - 1);
    }
  });

  it('moves rows only to an order that stays', () => {
    const moves = plans.flatMap(stepsOf).filter((step) => step.needs !== undefined);
    expect(moves.length).toBeGreaterThan(5);
    for (const { needs } of moves) {
      expect(
        stepsOf(plans[needs! - 1]!)
          .flatMap((step) => step.statements)
          .join(),
      ).not.toMatch(/DELETE FROM oms\.ord_hdr/);
    }
  });

  it('changes order numbers only when asked', () => {
    const renumbers = (keyChanges: boolean): number =>
      plans.filter(({ orderNo }) =>
        stepsOf(planOrder(orderNo, { ...options, keyChanges })).some((step) =>
          step.statements.join().includes('ord_hdr SET ord_no'),
        ),
      ).length;
    expect(renumbers(false)).toBe(0);
    expect(renumbers(true)).toBeGreaterThan(0);
  });

  it('has accidents: rollbacks, savepoints, transactions that stay open', () => {
    const steps = plans.flatMap(stepsOf);
    expect(steps.filter((step) => step.rolledBackFirst === true).length).toBeGreaterThan(10);
    expect(steps.filter((step) => step.undone !== undefined).length).toBeGreaterThan(10);
    expect(steps.filter((step) => step.openSeconds !== undefined).length).toBeGreaterThan(10);
  });
});

describe('Scheduler', () => {
  it('does every step once, in the order of its plan, at most so many orders in one transaction', () => {
    const scheduler = new Scheduler({ plans: plans.values(), random: new Random(1, 0), windowOrders: 12 });
    const done: Step[] = [];
    const under: NonNullable<ReturnType<Scheduler['take']>>[] = [];
    while (!scheduler.done) {
      const batch = under.length < 3 ? scheduler.take() : undefined;
      if (batch !== undefined) {
        under.push(batch);
        expect(batch.steps.length).toBeLessThanOrEqual(BATCH_ORDERS_MAX[batch.steps[0]!.job]);
        expect(new Set(batch.steps.map((step) => step.orderNo)).size).toBe(batch.steps.length);
        continue;
      }
      const finished = under.shift()!;
      done.push(...finished.steps);
      scheduler.finish(finished);
    }
    expect(new Set(done).size).toBe(done.length);
    expect(done.length).toBe(plans.flatMap(stepsOf).length);
    expect(scheduler.ordersFinished).toBe(plans.length);
    for (const plan of plans) {
      const at = (step: Step): number => done.indexOf(step);
      const stageEnds = plan.stages.map((stage) => Math.max(...stage.flat().map(at)));
      const stageStarts = plan.stages.map((stage) => Math.min(...stage.flat().map(at)));
      stageStarts.slice(1).forEach((start, index) => expect(start).toBeGreaterThan(stageEnds[index]!));
    }
  });
});

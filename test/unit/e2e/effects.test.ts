import { describe, expect, it } from 'vitest';
import { compareEffects, expectedSteps } from '../../e2e/shipping/effects.js';
import { expected } from '../../support/pipeline/published-orders.js';

const wanted = expectedSteps(expected);

describe("a team's table against the oracle", () => {
  it('has a step for each event that the team reads, and none for refunds', () => {
    expect(wanted.map(({ order_id, step, reference }) => `${order_id} ${step} ${reference}`)).toEqual([
      ...['1 prepare once', '2 prepare once', '1 plan 70', '1 stop 1', '2 plan 81', '2 plan 82'],
    ]);
    expect(compareEffects(wanted, wanted)).toEqual({ missing: [], twice: [], wrong: [], outOfOrder: [] });
  });

  it.each([
    ['missing', wanted.slice(1)],
    ['twice', [...wanted, wanted[2]!]],
    ['wrong', [...wanted, { ...wanted[2]!, order_id: '3' }]],
    ['outOfOrder', [wanted[2]!, wanted[0]!, wanted[1]!, ...wanted.slice(3)]],
  ])('shows what is %s', (kind, steps) => {
    const { missing, twice, wrong, outOfOrder } = compareEffects(wanted, steps);
    const counts = { missing: missing.length, twice: twice.length, wrong: wrong.length, outOfOrder: outOfOrder.length };
    expect(counts).toEqual({ missing: 0, twice: 0, wrong: 0, outOfOrder: 0, [kind]: 1 });
  });

  it('shows a step with another detail as wrong, and what it stands for as missing', () => {
    const found = compareEffects(wanted, [{ ...wanted[0]!, detail: '99 lines' }, ...wanted.slice(1)]);
    expect([found.missing.length, found.wrong.length]).toEqual([1, 1]);
  });
});

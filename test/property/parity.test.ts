/**
 * Two sides of the same facts, in any interleaving, with the time that passes between: what pairs come to is what a model says that looks at each
 * fact by itself. The state goes through what is stored at every step.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Judgement, QUANTITY, routingOf, TriedOrder, WITHHELD, WITHIN } from '../support/ownership/tried-order.js';

/** Of one fact: when, in minutes, each side says it (null: never), and whether they say the same. */
interface Fact {
  readonly legacy: number | null;
  readonly service: number | null;
  /** The service says it once more, so much later. */
  readonly again: number | null;
  readonly is: 'same' | 'other' | 'withheld';
}

/** Each fact by itself; what is said at the instant at which the time is over was in time. */
const model = (facts: readonly Fact[]): Judgement[] =>
  facts.flatMap(({ legacy: ours, service, is }, n): Judgement[] => {
    if (is === 'withheld') return service === null ? [] : [`${n} onlyService`];
    if (ours === null && service === null) return [];
    if (service === null) return [`${n} onlyLegacy`];
    if (ours === null) return [`${n} onlyService`];
    if (Math.abs(ours - service) > WITHIN)
      return [`${n} ${ours < service ? 'onlyLegacy' : 'onlyService'}`, `${n} late`];
    return [`${n} ${is === 'same' ? 'equal' : 'different'}`];
  });

interface Step {
  readonly at: number;
  readonly n: number;
  readonly side: 'legacy' | 'service';
}

/** In time; rows before events where both are at once, and what is due in front of what is later. */
function lived(facts: readonly Fact[], stage: 'shadow' | 'legacy'): Judgement[] {
  const steps = facts.flatMap(({ legacy: ours, service, again, is }, n): Step[] => [
    ...(ours === null && is !== 'withheld' ? [] : [{ at: ours ?? 0, n, side: 'legacy' as const }]),
    ...(service === null ? [] : [{ at: service, n, side: 'service' as const }]),
    ...(service === null || again === null ? [] : [{ at: service + again, n, side: 'service' as const }]),
  ]);
  steps.sort((a, b) => a.at - b.at || (a.side < b.side ? -1 : 1) || a.n - b.n);
  const order = new TriedOrder(routingOf(stage));
  order.begin();
  for (const { at, n, side } of steps) {
    const is = facts[n]?.is;
    order.ring(at);
    if (side === 'service') order.tell(n, at, is === 'other' ? QUANTITY + 1 : QUANTITY);
    else order.insert(n, at, is === 'withheld' ? WITHHELD : QUANTITY);
  }
  order.ring(Infinity);
  expect(order.due).toBeNull();
  return order.judged;
}

const minute = fc.integer({ min: 1, max: 60 });
const fact: fc.Arbitrary<Fact> = fc.record({
  legacy: fc.option(minute, { freq: 5 }),
  service: fc.option(minute, { freq: 5 }),
  again: fc.option(fc.integer({ min: 0, max: 30 }), { freq: 1 }),
  is: fc.constantFrom('same', 'same', 'other', 'withheld'),
});

/** The order of the two sides may differ, which is a class of its own: an equal pair may be out of order. */
const inOrder = (all: readonly Judgement[]): Judgement[] =>
  all.map((each) => each.replace('outOfOrder', 'equal') as Judgement).sort();

it('pairs come to what each fact by itself comes to', () => {
  fc.assert(
    fc.property(fc.array(fact, { maxLength: 12 }), fc.constantFrom('shadow', 'legacy'), (facts, stage) => {
      expect(inOrder(lived(facts, stage))).toEqual(inOrder(model(facts)));
    }),
    { numRuns: 300 },
  );
});

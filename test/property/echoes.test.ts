/**
 * Changes of rows, signed by the service or not, events of the service, moves of the route and the clock, in any order: under a contract that may move
 * each fact is published once by somebody, or owed, or left to an operator; and what the service is said to have written does not go out by itself.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RowChange } from '../../src/domain/change-set.js';
import { eventId } from '../../src/domain/event-id.js';
import type { Translated } from '../../src/translate/translate.js';
import { ADDED, EchoedOrder, item, READY, row, WITHIN_MS } from '../support/ownership/echoing.js';

const LINES = 4;
/** Everything that can happen once, by the name of its event. */
const FACTS = [
  { contract: READY, occurrence: '' },
  ...Array.from({ length: LINES }, (_, n) => ({ contract: ADDED, occurrence: `1/${n}` })),
];
const idOf = ({ contract, occurrence }: (typeof FACTS)[number]): string =>
  eventId({ contract: contract.slice(0, -'.v1'.length), majorVersion: 1, aggregateId: '1', occurrence });
const BY_ID = new Map(FACTS.map((fact) => [idOf(fact), fact]));

const fact = fc.nat(LINES);
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('write' as const), fact, isSigned: fc.boolean() }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('tell' as const), fact }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('later' as const), ms: fc.nat(WITHIN_MS) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('move' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('operator' as const) }) },
  ),
  { maxLength: 30 },
);
type Step = typeof steps extends fc.Arbitrary<readonly (infer One)[]> ? One : never;

/** One order, and what became of each of its facts, by the id of its event. */
class Checked {
  readonly order: EchoedOrder;
  readonly #happened = new Set<string>();
  readonly #published = new Set<string>();
  readonly #told = new Set<string>();
  /** Said to be the service's while legacy had it, and not released by an operator. */
  readonly #held = new Set<string>();

  constructor(isSticky: boolean, isServices: boolean) {
    this.order = new EchoedOrder(isServices ? 'service' : 'legacy', isSticky);
    this.order.write(undefined, row('NEW', null, 'c'));
  }

  step(step: Step): void {
    const { order } = this;
    switch (step.do) {
      case 'write':
        return this.#write(step.fact, step.isSigned);
      case 'tell':
        return this.#tell(step.fact);
      case 'later':
        for (let left = step.ms; order.later(left) !== null;) left = 0;
        return;
      case 'operator':
        for (const id of this.#missed()) this.#held.delete(id);
        return this.#took(order.publishMissed());
      case 'move':
        order.routing.epoch += 1;
        order.routing.stage = order.routing.stage === 'service' ? 'legacy' : 'service';
        if (order.routing.stage === 'legacy') this.#took(order.owed());
    }
  }

  #write(n: number, isSigned: boolean): void {
    const { contract, occurrence } = FACTS[n] ?? { contract: READY, occurrence: '' };
    const id = idOf({ contract, occurrence });
    if (contract === ADDED && this.#happened.has(id)) return;
    const isHeld = isSigned && !this.#happened.has(id) && !this.#told.has(id) && !this.#isServices(contract);
    if (isHeld) this.#held.add(id);
    this.#happened.add(id);
    const change: RowChange = contract === READY ? row('READY') : item(n - 1);
    this.#took(this.order.write(isSigned ? 'order-service' : undefined, change));
  }

  /** The service tells of what is its own, once, and of nothing that legacy published. */
  #tell(n: number): void {
    const { contract, occurrence } = FACTS[n] ?? { contract: READY, occurrence: '' };
    const id = idOf({ contract, occurrence });
    if (!this.#isServices(contract) || this.#told.has(id) || this.#published.has(id)) return;
    this.#told.add(id);
    expect(this.order.tell(contract, occurrence).entry.told?.finding).toBeUndefined();
  }

  #isServices(contract: string): boolean {
    const { routing, state } = this.order;
    return routing.isSticky ? state.owners?.[contract] === 'service' : routing.stage === 'service';
  }

  #took(done: Translated | null): void {
    for (const { id, type } of done?.events ?? []) {
      if (type === 'OrderNoticed') continue;
      expect({ id, isTwice: this.#published.has(id), isHeld: this.#held.has(id) }).toEqual({
        ...{ id, isTwice: false, isHeld: false },
      });
      this.#published.add(id);
    }
  }

  /** Ids of what is left to an operator. */
  #missed(): string[] {
    const all = this.order.state.findings?.missed ?? [];
    return all.flatMap(({ occurrence, contracts = [] }) => contracts.map((contract) => idOf({ contract, occurrence })));
  }

  /** Each that happened is at one place; and nothing is that did not. */
  check(): void {
    const { owed = {} } = this.order.state;
    const missed = this.#missed();
    for (const [id, { contract, occurrence }] of BY_ID) {
      const places = {
        published: this.#published.has(id),
        told: this.#told.has(id),
        owed: owed[contract]?.[occurrence] !== undefined,
        missed: missed.includes(id) && !this.#told.has(id),
      };
      const count = Object.values(places).filter(Boolean).length;
      expect({ contract, occurrence, count, places }).toEqual({
        ...{ contract, occurrence, places },
        count: this.#happened.has(id) || this.#told.has(id) ? 1 : 0,
      });
    }
  }
}

it('each fact is published once, owed, or left to an operator; what is held never goes out by itself', () => {
  fc.assert(
    fc.property(fc.boolean(), fc.boolean(), steps, (isSticky, isServices, all) => {
      const checked = new Checked(isSticky, isServices);
      for (const step of all) {
        checked.step(step);
        checked.check();
      }
      const { order } = checked;
      for (let left = WITHIN_MS; order.later(left) !== null;) left = 0;
      checked.check();
      const waits = Object.values(order.state.owed ?? {}).flatMap((some) => Object.values(some));
      expect(waits.filter(({ isHeld, untilMs }) => isHeld === true || untilMs !== undefined)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

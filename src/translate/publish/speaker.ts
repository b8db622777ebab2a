/** Who speaks for an aggregate under a contract that may move, and what becomes of a fact that Dragoman does not publish. Pure. */
import { type Route, routeOf, routeText, type Stage } from '../../domain/ownership/route.js';
import { shadowTopic } from '../../domain/ownership/topics.js';
import type { AggregateState, Owed } from '../../domain/state/aggregate-state.js';
import type { Context } from '../../rules/fact.js';
import { Refused } from '../ask.js';
import { copyOf, own, ownIn } from '../own.js';
import { settledBy } from './owners.js';
import type { RoutedContract, Routing, StandingRoute } from './routing.js';

/** Facts of one aggregate that its service never told. */
export const OWED_MAX = 1_000;

/** Stage of a contract for one aggregate, with the reason, where nothing is published under it. */
export interface Spoken {
  readonly stage: Stage;
  readonly reason: string;
}

/** Of one aggregate, while a change set of it is published. */
export class Speaker {
  readonly producer: string;
  readonly #routing: Routing;
  readonly #aggregate: { readonly id: string; readonly context: Context };
  #state: Pick<AggregateState, 'owners' | 'owed'>;

  constructor(
    routing: Routing,
    aggregate: { readonly id: string; readonly context: Context },
    { owners, owed }: AggregateState,
  ) {
    this.producer = routing.producer;
    this.#routing = routing;
    this.#aggregate = aggregate;
    this.#state = { ...(owners === undefined ? {} : { owners }), ...(owed === undefined ? {} : { owed }) };
  }

  /** What is remembered of it from here on. */
  get kept(): Pick<AggregateState, 'owners' | 'owed'> {
    return this.#state;
  }

  /** @param contract `OrderReady.v1`. Null: it never moves. */
  of(contract: string): Spoken | null {
    const routed = this.#routing.of(contract);
    if (routed === undefined) return null;
    const route = routeOf(routed.routes, this.#aggregate);
    const stage = route?.stage ?? 'legacy';
    const name = route === undefined ? contract : named(route);
    if (!routed.isSticky) return { stage, reason: REASONS[stage](name) };
    if (this.#ownerOf(contract, routed) === 'service' && route?.taken === undefined)
      return { stage: 'service', reason: `It belongs to the service under ${contract}: it began there.` };
    return stage === 'service' ? { stage: 'legacy', reason: '' } : { stage, reason: REASONS[stage](name) };
  }

  /** V2: an owner that is still open is settled now. */
  #ownerOf(contract: string, routed: RoutedContract): string | undefined {
    const { owners = {} } = this.#state;
    if (own(owners, contract) !== 'open') return own(owners, contract);
    const settled = settledBy(routed, this.#aggregate) ?? 'legacy';
    this.#state = { ...this.#state, owners: { ...owners, [contract]: settled } };
    return settled;
  }

  /** It happened, and nobody has told it. @throws Refused OWED_TOO_MANY */
  owes(contract: string, occurrence: string, owed: Owed): void {
    const { owed: all = {} } = this.#state;
    if (ownIn(all, contract, occurrence) !== undefined) return;
    const count = Object.values(all).reduce((sum, each) => sum + Object.keys(each).length, 0);
    if (count >= OWED_MAX)
      throw new Refused(
        'OWED_TOO_MANY',
        `${count} facts happened that the service has not told of it; no more are remembered of one aggregate. See that the service publishes ` +
          'them, or move its route back, then parked retry.',
      );
    const known = copyOf(own(all, contract));
    known[occurrence] = owed;
    this.#state = { ...this.#state, owed: { ...all, [contract]: known } };
  }
}

const named = (route: Pick<StandingRoute, 'contract' | 'selector' | 'epoch'>): string =>
  `${routeText(route)} (epoch ${route.epoch})`;

const REASONS: Readonly<Record<Stage, (name: Route['contract']) => string>> = {
  legacy: () => '',
  service: (name) => `The service publishes it: the route ${name} is in stage service.`,
  shadow: (name) => `The route ${name} is in stage shadow: it is in the shadow topic alone.`,
};

/** What counts events of a contract in its shadow topic. */
export const shadowCount = (contract: string): string => `${contract}~shadow`;

/** The contract as it is published there. */
export const inShadow = <C extends { readonly topic: string }>(contract: C): C => ({
  ...contract,
  topic: shadowTopic(contract.topic),
});

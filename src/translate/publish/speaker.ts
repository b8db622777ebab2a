/** Who speaks for an aggregate under a contract that may move, and what becomes of a fact that Dragoman does not publish. Pure. */
import type { ChangeSet } from '../../domain/change-set.js';
import type { EchoKind, EchoTold } from '../../domain/ownership/echo.js';
import { type Route, routeOf, routeText, type Stage } from '../../domain/ownership/route.js';
import { shadowTopic } from '../../domain/ownership/topics.js';
import type { Said } from '../../domain/source/said.js';
import type { AggregateState, Owed } from '../../domain/state/aggregate-state.js';
import type { Context } from '../../rules/fact.js';
import { isSigned } from '../../rules/routes/echoes.js';
import { Refused } from '../ask.js';
import type { ParityOf } from '../parity/pairing.js';
import { copyOf, own, ownIn } from '../own.js';
import { NOW, settledBy } from './owners.js';
import type { RoutedContract, Routing, StandingRoute } from './routing.js';

/** Facts of one aggregate that its service never told. */
export const OWED_MAX = 1_000;

/** Stage of a contract for one aggregate, with the reason, where nothing is published under it. */
export interface Spoken {
  readonly stage: Stage;
  readonly reason: string;
  /** It would be published, and is not, because its transaction says that the service wrote it. */
  readonly isHeld?: true;
  /** What the service publishes on trial is compared with it; null: it is not. */
  readonly parity: ParityOf | null;
}

/** What its change set says of who wrote it. */
export interface Written extends Pick<ChangeSet, 'kind'> {
  readonly said: Said | undefined;
  /** When, as `owners.ts` asks. */
  readonly seenMs: number;
}

const BY_NOBODY: Written = { kind: 'timer', said: undefined, seenMs: NOW };

/** A fact, as it would be told under one contract. */
export interface Tale {
  /** `OrderReady.v1`. */
  readonly contract: string;
  /** As the rules call it. */
  readonly fact: string;
  readonly occurrence: string;
}

/** Of one aggregate, while a change set of it is published. */
export class Speaker {
  readonly producer: string;
  readonly #routing: Routing;
  readonly #aggregate: { readonly id: string; readonly context: Context };
  readonly #written: Written;
  #state: Pick<AggregateState, 'owners' | 'owed'>;
  /** What of it may be an echo. */
  readonly echoes: EchoTold[] = [];

  constructor(
    routing: Routing,
    aggregate: { readonly id: string; readonly context: Context },
    { owners, owed }: AggregateState,
    written = BY_NOBODY,
  ) {
    this.producer = routing.producer;
    this.#routing = routing;
    this.#aggregate = aggregate;
    this.#written = written;
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
    const spoken = this.#byOwner(contract, routed);
    const isHeld = spoken.stage === 'legacy' && this.#isSigned(routed) === true;
    return isHeld ? { stage: 'service', reason: HELD, parity: null, isHeld } : spoken;
  }

  #byOwner(contract: string, routed: RoutedContract): Spoken {
    const route = routeOf(routed.routes, this.#aggregate);
    const stage = route?.stage ?? 'legacy';
    const name = route === undefined ? contract : named(route);
    const parity = stage === 'service' ? null : routed.parity;
    if (!routed.isSticky) return { stage, reason: REASONS[stage](name), parity };
    const owner = this.#ownerOf(contract, routed);
    if (owner === 'open')
      return { stage: 'service', reason: `${name} is being handed over by its service.`, parity: null };
    if (owner === 'service' && route?.taken === undefined)
      return { stage: 'service', reason: `It belongs to the service under ${contract}: it began there.`, parity: null };
    return stage === 'service'
      ? { stage: 'legacy', reason: '', parity }
      : { stage, reason: REASONS[stage](name), parity };
  }

  /** V2: an owner that is still open is settled now, unless its route is being handed over. */
  #ownerOf(contract: string, routed: RoutedContract): string | undefined {
    const { owners = {} } = this.#state;
    if (own(owners, contract) !== 'open') return own(owners, contract);
    const settled = settledBy(routed, this.#aggregate, this.#written.seenMs) ?? 'legacy';
    if (settled === 'open') return settled;
    this.#state = { ...this.#state, owners: { ...owners, [contract]: settled } };
    return settled;
  }

  /** Whether its transaction says that the service wrote it; null: nobody asks, or it is no transaction. */
  #isSigned({ echoes }: RoutedContract): boolean | null {
    const { kind, said } = this.#written;
    return echoes === null || kind !== 'transaction' ? null : isSigned(echoes, said);
  }

  /** It happened in the legacy rows, and the service has told it. */
  mirrors(tale: Tale): void {
    const routed = this.#routing.of(tale.contract);
    if (routed?.echoes == null) return;
    this.#tell(tale, 'suppressed');
    if (this.#isSigned(routed) === false) this.#tell(tale, 'unsigned');
  }

  #tell(tale: Tale, became: EchoKind, until?: string): void {
    this.echoes.push({ ...tale, became, ...(until === undefined ? {} : { until }) });
  }

  /** It happened, and nobody has told it. @throws Refused OWED_TOO_MANY */
  owes(tale: Tale, { isHeld }: Pick<Spoken, 'isHeld'>, fact: Owed): void {
    const { contract, occurrence } = tale;
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
    known[occurrence] = { ...fact, ...this.#awaited(tale, fact), ...(isHeld === undefined ? {} : { isHeld }) };
    this.#state = { ...this.#state, owed: { ...all, [contract]: known } };
  }

  #awaited(tale: Tale, { decidedAt }: Pick<Owed, 'decidedAt'>): Pick<Owed, 'untilMs'> {
    const routed = this.#routing.of(tale.contract);
    if (routed?.echoes == null) return {};
    const untilMs = Date.parse(decidedAt) + routed.echoes.withinMs;
    this.#tell(tale, 'awaited', new Date(untilMs).toISOString());
    if (this.#isSigned(routed) === false) this.#tell(tale, 'unsigned');
    return { untilMs };
  }
}

const HELD = 'An echo: its transaction says that the service wrote it. The service has a while to tell of it.';

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

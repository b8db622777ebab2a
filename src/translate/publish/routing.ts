/** Who speaks under a contract: what publishing asks of the routes as they stand. Absent contracts are Dragoman's, and nothing about them changes. */
import { type Route, routeOf, type Routed, type Stage } from '../../domain/ownership/route.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { CompiledEchoes } from '../../rules/routes/echoes.js';
import { own } from '../own.js';
import type { ParityOf } from '../parity/pairing.js';

export interface Routing {
  /** Who we are (`domain/ownership/headers.ts`). */
  readonly producer: string;
  /** @param contract `OrderReady.v1`. Undefined: no capability has it. */
  of(contract: string): RoutedContract | undefined;
}

export interface RoutedContract {
  readonly isSticky: boolean;
  /** In no order; they do not overlap. */
  readonly routes: readonly StandingRoute[];
  /** One of them is in stage `service`. */
  readonly isServed: boolean;
  /** How its service's own changes of legacy rows are known; null: they are not. */
  readonly echoes: CompiledEchoes | null;
  /** Null: what the service publishes on trial is not compared. */
  readonly parity: ParityOf | null;
}

export interface StandingRoute extends Route {
  /** By the last move: when that was, in ISO-8601, and out of which stage. Absent: nobody moved it. */
  readonly moved?: { readonly at: string; readonly from: Stage };
  /** Its service is asked to hand it over since then, and has not done so in all partitions. */
  readonly returning?: { readonly at: string };
  /** An operator took it from its service: what that owned is legacy's again. */
  readonly taken?: unknown;
}

/** What a service publishes of it is on trial: neither the route nor the aggregate is its own. */
export const isOnTrial = (
  contract: string,
  { routes }: RoutedContract,
  routed: Routed,
  { owners = NONE }: Pick<AggregateState, 'owners'>,
): boolean => own(owners, contract) !== 'service' && routeOf(routes, routed)?.stage !== 'service';

const NONE: NonNullable<AggregateState['owners']> = {};

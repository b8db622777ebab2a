/** Who speaks under a contract: what publishing asks of the routes as they stand. Absent contracts are Dragoman's, and nothing about them changes. */
import type { Route } from '../../domain/ownership/route.js';
import type { CompiledEchoes } from '../../rules/routes/echoes.js';

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
}

export interface StandingRoute extends Route {
  /** An operator took it from its service: what that owned is legacy's again. */
  readonly taken?: unknown;
}

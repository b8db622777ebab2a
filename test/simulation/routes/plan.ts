/** What of the retailer's contracts may move in a history, how it is split into routes, and the rules that say so. By a stream of chance of its own. */
import type { LoadedRules } from '../../../src/adapters/files/rules-loader.js';
import { contractText } from '../../../src/domain/integration-event.js';
import { ALL, type Selector, selectorOf } from '../../../src/domain/ownership/route.js';
import type { ContractDefinition } from '../../../src/rules/contract.js';
import { capability } from '../../../src/rules/routes/capability.js';
import { routedContracts } from '../../../src/rules/routes/compile-capabilities.js';
import type { HistoryPlan } from '../../support/history/plan.js';
import { below, chosen, choices } from '../../support/choices.js';

export interface RoutesPlan {
  readonly isSticky: boolean;
  readonly contracts: readonly ContractDefinition[];
  /** `OrderReady.v1`. */
  readonly names: readonly string[];
  /** What operators move; they do not overlap. */
  readonly selectors: readonly Selector[];
}

const MARKET = 'DE';
const SELECTORS: readonly (readonly Selector[])[] = [
  [ALL],
  [ALL],
  [selectorOf({}, [0, 50]), selectorOf({}, [50, 100])],
  [selectorOf({}, [0, 80]), selectorOf({}, [80, 100])],
  [selectorOf({ market: MARKET })],
  [selectorOf({ market: MARKET }, [0, 50]), selectorOf({ market: MARKET }, [50, 100])],
];

export function routesPlanOf(seed: number, { rules }: LoadedRules): RoutesPlan {
  const random = choices(seed + 32_452_843);
  const isSticky = random() < 0.5;
  const some = rules.contracts.filter(() => random() < 0.6);
  const contracts = random() < 0.5 || some.length === 0 ? rules.contracts : some;
  const selectors = chosen(random, SELECTORS);
  const names = contracts.map(({ name, majorVersion }) => contractText(name, majorVersion));
  return { isSticky, contracts, names, selectors: below(random, 2) === 0 ? selectors : selectors.toReversed() };
}

/** The same rules, with what may move. */
export const routed = (loaded: LoadedRules, { contracts, isSticky }: RoutesPlan): LoadedRules => {
  const owner = isSticky ? 'sticky' : 'immediate';
  const moved = capability('fulfilment', { contracts, owner, by: { market: [MARKET] } });
  return { ...loaded, rules: { ...loaded.rules, routed: routedContracts([moved]) } };
};

/** Mostly no order is there at first: what is seen before a move is legacy's, where owners are sticky. */
export const begunLate = (plan: HistoryPlan, seed: number): HistoryPlan =>
  choices(seed + 49_979_687)() < 0.7 ? { ...plan, initial: [] } : plan;

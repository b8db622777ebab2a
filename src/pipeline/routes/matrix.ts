/** Contracts of a capability by what they may be moved by: in which stage each part of them is, also where it has no route of its own. Pure. */
import {
  ALL,
  isSame,
  meet,
  rankOf,
  readSelector,
  routeOver,
  type Selector,
  selectorOf,
  selectorText,
  type Stage,
} from '../../domain/ownership/route.js';
import type { CompiledCapability } from '../../rules/routes/compile-capabilities.js';
import { type RoutesSeen, type RouteShown, shownRoutes } from './shown.js';

/** Parts of one capability that are shown: all, those with routes, then others. */
export const PARTS_MAX = 60;

export interface Part {
  readonly stage: Stage;
  /** Its own; null: it has none, and the stage is that of the route which has all of it, or `legacy`. */
  readonly route: RouteShown | null;
  /** Selectors of more specific routes that have some of it, and are in another stage. */
  readonly but: readonly string[];
}

export interface Matrix {
  readonly capability: CompiledCapability;
  readonly selectors: readonly string[];
  /** Values without a route of their own for which there is no room. */
  readonly leftOut: number;
  /** In the order of the capability; parts in that of the selectors. */
  readonly contracts: readonly { readonly contract: string; readonly parts: readonly Part[] }[];
}

export function matricesOf(seen: RoutesSeen): Matrix[] {
  const routes = shownRoutes(seen);
  return [...new Set(seen.routed.values())].map((capability) => {
    const own = routes.filter((route) => route.capability === capability.name).map(placed);
    const { selectors, leftOut } = selectorsOf(capability, own);
    const contracts = capability.contracts.map((contract) => {
      const ofContract = own.filter(({ route }) => route.contract === contract);
      return { contract, parts: selectors.map((selector) => partOf(selector, ofContract)) };
    });
    return { capability, selectors: selectors.map(selectorText), leftOut, contracts };
  });
}

interface Placed {
  readonly route: RouteShown;
  readonly selector: Selector;
}

function placed(route: RouteShown): Placed {
  const selector = readSelector(route.selector);
  return { route, selector: typeof selector === 'string' ? ALL : selector };
}

/** All, each value by itself as it is declared, and those of routes. */
function selectorsOf({ by }: CompiledCapability, routes: readonly Placed[]) {
  const values = Object.entries(by).flatMap(([name, all]) => all.map((value) => selectorOf({ [name]: value })));
  const own = routes.map(({ selector }) => selector);
  const kept = new Set([...named([ALL, ...own, ...values]).keys()].slice(0, PARTS_MAX));
  const all = named([ALL, ...values, ...own]);
  return {
    selectors: [...all].flatMap(([name, each]) => (kept.has(name) ? [each] : [])),
    leftOut: all.size - kept.size,
  };
}

const named = (selectors: readonly Selector[]): Map<string, Selector> =>
  new Map(selectors.map((selector) => [selectorText(selector), selector]));

function partOf(selector: Selector, routes: readonly Placed[]): Part {
  const over = routeOver(routes, selector);
  const stage = over?.route.stage ?? 'legacy';
  const rank = over === undefined ? -1 : rankOf(over.selector);
  const but = routes.filter(
    (each) => rankOf(each.selector) > rank && meet(each.selector, selector) && each.route.stage !== stage,
  );
  const isItsOwn = over !== undefined && isSame(over.selector, selector);
  return { stage, route: isItsOwn ? over.route : null, but: but.map((each) => each.route.selector) };
}

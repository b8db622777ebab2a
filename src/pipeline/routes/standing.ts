/**
 * Routes as they stand, and what becomes of them: pure. A contract that was moved has all its routes in what is committed; until then those of the
 * rules count. docs/decisions/0046.
 *
 * W1. What is accepted follows from the commands log alone, so every shard comes to the same; when it is carried out, the clock of each says.
 * W2. A route that its service has is handed over by the service (*returning*), or taken by an operator.
 */
import { isSame, type Route, routeText, type Selector } from '../../domain/ownership/route.js';
import type { CompiledCapability } from '../../rules/routes/compile-capabilities.js';
import type { Move, Ownership, Standing } from '../progress/ownership.js';

export type Routed = ReadonlyMap<string, CompiledCapability>;

export function routesOf(contract: string, { routes }: Pick<Ownership, 'routes'>, routed: Routed): readonly Standing[] {
  const moved = routes.filter((route) => route.contract === contract);
  return moved.length > 0 ? moved : initialRoutes(contract, routed);
}

const initialRoutes = (contract: string, routed: Routed): Standing[] =>
  (routed.get(contract)?.initially ?? []).map((route) => ({ contract, ...route, epoch: 0 }));

export const routeIn = <R extends Pick<Route, 'selector'>>(routes: readonly R[], selector: Selector): R | undefined =>
  routes.find((route) => isSame(route.selector, selector));

/** The move is carried out. @param taken without its service. */
export const moved = (ownership: Ownership, move: Move, routed: Routed): Ownership => {
  const { contract, selector, epoch, from, to, at, by, reason, command, taken } = move;
  const all = withAll(ownership, contract, routed);
  const standing: Standing = {
    ...{ contract, selector, stage: to, epoch, moved: { from, at, by, reason, command } },
    ...(taken === undefined ? {} : { taken }),
    ...ownerBy(move, routeIn(routesOf(contract, all, routed), selector), routed),
  };
  return replaced(all, standing);
};

/** Its service is asked for it; until then it has it. */
export const returning = (ownership: Ownership, move: Move, routed: Routed): Ownership => {
  const { contract, selector, from } = move;
  const all = withAll(ownership, contract, routed);
  const known = routeIn(routesOf(contract, all, routed), selector);
  const standing = known ?? { contract, selector, stage: from, epoch: move.epoch - 1 };
  return replaced(all, { ...standing, ...ownerBy(move, known, routed), returning: move });
};

/** What its capability says of owners, from when a service has it on. */
function ownerBy(
  { contract, from, to }: Move,
  known: Standing | undefined,
  routed: Routed,
): Pick<Standing, 'isSticky'> {
  const isServed = from === 'service' || to === 'service' || known?.isSticky !== undefined;
  const capability = isServed ? routed.get(contract) : undefined;
  return capability === undefined ? {} : { isSticky: capability.isSticky };
}

/** From here on the rules' own routes of the contract do not count any more. */
const withAll = (ownership: Ownership, contract: string, routed: Routed): Ownership =>
  ownership.routes.some((route) => route.contract === contract)
    ? ownership
    : { ...ownership, routes: [...ownership.routes, ...initialRoutes(contract, routed)] };

const replaced = (ownership: Ownership, standing: Standing): Ownership => {
  const name = routeText(standing);
  return { ...ownership, routes: [...ownership.routes.filter((route) => routeText(route) !== name), standing] };
};

/** As they will stand when all that was accepted is carried out. */
export const accepted = (ownership: Ownership, routed: Routed): Ownership => {
  const asked = ownership.routes.flatMap(({ returning: move }) => (move === undefined ? [] : [move]));
  return [...asked, ...ownership.pending].reduce((all, move) => moved(all, move, routed), ownership);
};

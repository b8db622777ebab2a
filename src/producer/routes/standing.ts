/**
 * How the routes of a contract stand for a service: what it has heard, and so what it may publish. Kept in its database as it is here. Pure.
 *
 * P1 a route is the service's only when the move was heard of all shards, and its handover record was read in every partition: then all that
 *    legacy published of it was read, too, and numbers go on behind it.
 * P2 asked by all shards, the service hands back what it owns, or was about to, once: epochs only rise, and what is not above the epoch of a route is old.
 * P3 a move away that nobody asked for takes the route at once: an operator has given it to somebody else. Where its record says so (`taken`), what the
 *    service has begun is its own no more, also when the service has handed the route over before.
 */
import type { Handover } from '../../domain/ownership/handover.js';
import { covers, isSame, type Routed, routeOf, type Selector, type Stage } from '../../domain/ownership/route.js';

export interface RouteStanding {
  readonly selector: Selector;
  /** Of the last move that is done. */
  readonly epoch: number;
  readonly stage: Stage;
  /** A move that was heard of, and is not done. */
  readonly coming: Coming | null;
  /** What the service has begun was taken with it. */
  readonly taken?: true;
}

interface Coming {
  readonly epoch: number;
  /** Shards of the pipeline whose ownership record was read. */
  readonly shards: readonly number[];
  /** Partitions of the contract's topic in which the handover record was read. */
  readonly partitions: readonly number[];
}

/** A handover as it was read: from the ownership topic, or from a partition of the contract's topic. */
export interface Heard {
  readonly handover: Handover;
  /** The service is to write the handover records. Of ownership records only. */
  readonly isAsked: boolean;
  /** Null: it stood in the ownership topic. */
  readonly partition: number | null;
}

export interface Moved {
  readonly routes: readonly RouteStanding[];
  /** To be written by the service, into every partition, before anything else: what it owned. */
  readonly handBack: Handover | null;
  /** The service loses a route: nobody may be publishing by it while this is written down. */
  readonly isLoss: boolean;
}

/** @param partitions of the contract's topic. */
export function moved(routes: readonly RouteStanding[], heard: Heard, partitions: number): Moved {
  const { selector, epoch, from, to, taken } = heard.handover;
  const others = routes.filter((route) => !isSame(route.selector, selector));
  const known = routes.find((route) => isSame(route.selector, selector));
  if (known?.epoch === epoch && known.stage !== 'service' && taken === true && known.taken !== true)
    return { routes: [...others, { ...known, taken }], handBack: null, isLoss: true };
  const before = known ?? { selector, stage: from, epoch: Math.max(0, epoch - 1), coming: null };
  if (epoch <= before.epoch || epoch < (before.coming?.epoch ?? 0)) return { routes, handBack: null, isLoss: false };
  const owned = known === undefined ? isPartOf(others.filter(isOwned), selector) : known.stage === 'service';
  const coming = withHeard(before.coming, heard);
  const isNow = isDone(coming, heard, partitions);
  // It was moved away meanwhile, and what is heard of is a later move.
  const isLost = owned && from !== 'service';
  const waiting = isLost ? { selector, stage: from, epoch: epoch - 1, coming } : { ...before, coming };
  // Also of a route that was on its way: what was asked meanwhile is answered by nobody else.
  const isOnItsWay = known !== undefined || isPartOf(others.filter(isComing), selector);
  const isHandedBack = isNow && heard.isAsked && from === 'service' && (owned || isOnItsWay);
  return {
    routes: [...others, isNow ? { selector, epoch, stage: to, coming: null, ...(taken && { taken }) } : waiting],
    handBack: isHandedBack ? heard.handover : null,
    isLoss: isLost || isHandedBack || (isNow && owned && to !== 'service'),
  };
}

/** A route that was never heard of may be a part of one that was: `market=DE share=0-25` of `market=DE`. */
const isPartOf = (routes: readonly RouteStanding[], part: Selector): boolean =>
  routes.some(({ selector }) => covers(selector, part));

const isOwned = ({ stage }: RouteStanding): boolean => stage === 'service';
const isComing = ({ coming }: RouteStanding): boolean => coming !== null;

function withHeard(coming: Coming | null, { handover: { epoch, shard }, partition }: Heard): Coming {
  const { shards, partitions } = coming?.epoch === epoch ? coming : { shards: [], partitions: [] };
  return {
    epoch,
    shards: partition === null ? withNumber(shards, shard) : shards,
    partitions: partition === null ? partitions : withNumber(partitions, partition),
  };
}

const withNumber = (numbers: readonly number[], number: number): readonly number[] =>
  [...new Set([...numbers, number])].sort((a, b) => a - b);

function isDone({ shards, partitions: read }: Coming, { handover, isAsked }: Heard, partitions: number): boolean {
  const isOfAll = shards.length >= handover.shards;
  if (handover.to === 'service') return isOfAll && read.length >= partitions;
  return !isAsked || isOfAll;
}

/**
 * - `sticky`: what began in one system ends there.
 * - `immediate`: what a route says, holds at once for all of its aggregates.
 */
export type Owner = 'sticky' | 'immediate';

export interface Asked {
  readonly owner: Owner;
  readonly routed: Routed;
  /** The service has published of this key before. */
  readonly isOwn: boolean;
  /** Others have published of it, and the service has not. */
  readonly isOfOthers: boolean;
}

/** @returns the epoch of the route by which the service may publish, or why it may not. */
export function allowed(
  routes: readonly RouteStanding[],
  { owner, routed, isOwn, isOfOthers }: Asked,
): number | string {
  const route = routeOf(routes, routed);
  if (route === undefined) return 'no route that this service has heard of names it, so legacy speaks for it';
  if (owner === 'sticky' && isOwn && route.taken !== true) return route.epoch;
  if (owner === 'sticky' && isOfOthers) return 'it began in legacy, and ends there (sticky)';
  if (route.stage === 'service') return route.epoch;
  return route.coming === null
    ? `its route is ${route.stage}, epoch ${route.epoch}`
    : `its route is ${route.stage}; the move with epoch ${route.coming.epoch} was not read in all partitions or of all shards yet`;
}

/** How the routes of a pipeline stand, as each of its shards committed it, and the rules before anything was moved. Pure. */
import { routeText, selectorText, type Stage } from '../../domain/ownership/route.js';
import { DragomanError } from '../../errors.js';
import type { CompiledCapability } from '../../rules/routes/compile-capabilities.js';
import { type Move, NOTHING_MOVED, type Ownership, type Standing } from '../progress/ownership.js';
import type { Progress } from '../progress/progress.js';
import { accepted, routeIn, type Routed, routesOf } from './standing.js';

/** What a shard committed last. */
export interface ShardRoutes {
  readonly task: string;
  /** Null: nothing was ever committed. */
  readonly committed: { readonly progress: Pick<Progress, 'commands' | 'ownership'> } | null;
}

export interface RoutesSeen {
  readonly routed: Routed;
  /** Of each shard. */
  readonly shards: readonly ShardRoutes[];
}

export const ownershipOf = ({ committed }: ShardRoutes): Ownership => committed?.progress.ownership ?? NOTHING_MOVED;

/** What commands are judged by: the same of each shard that has read them all, so that of the one that has read the most. */
export function acceptedIn({ shards, routed }: RoutesSeen): Ownership {
  const nextOf = ({ committed }: ShardRoutes): number => committed?.progress.commands.next ?? -1;
  const [first] = [...shards].sort((a, b) => nextOf(b) - nextOf(a));
  return accepted(first === undefined ? NOTHING_MOVED : ownershipOf(first), routed);
}

/** @throws DragomanError COMMAND_INVALID */
export function capabilityIn(routed: Routed, name: string): CompiledCapability {
  const all = new Map([...routed.values()].map((each) => [each.name, each]));
  const found = all.get(name);
  if (found !== undefined) return found;
  const known = all.size === 0 ? 'the rules declare none (docs/routes.md)' : [...all.keys()].join(', ');
  throw new DragomanError('COMMAND_INVALID', `No capability is named ${name}: ${known}.`);
}

/** A route, for people and programs. */
export interface RouteShown {
  readonly capability: string;
  readonly route: string;
  readonly contract: string;
  /** `selectorText`; empty: all. */
  readonly selector: string;
  readonly stage: Stage;
  readonly epoch: number;
  readonly at: string | null;
  readonly by: string | null;
  readonly reason: string | null;
  /** Where it is on its way to; null: nowhere. */
  readonly next: {
    readonly to: Stage;
    readonly at: string;
    readonly by: string;
    readonly waits: 'clock' | 'service';
  } | null;
  /** Tasks in which it stands otherwise so far. */
  readonly apart: readonly string[];
}

export function shownRoutes({ routed, shards }: RoutesSeen): RouteShown[] {
  const [first, ...others] = shards;
  if (first === undefined) return [];
  const own = ownershipOf(first);
  return [...routed].flatMap(([contract, { name }]) =>
    withPending(routesOf(contract, own, routed), contract, own).map((route) => ({
      ...shown(route, own),
      capability: name,
      apart: others.filter((other) => !standsIn(route, ownershipOf(other), routed)).map(({ task }) => task),
    })),
  );
}

/** Routes that are to be made by a move, too. */
function withPending(routes: readonly Standing[], contract: string, { pending }: Ownership): Standing[] {
  const known = new Set(routes.map(routeText));
  const fresh = pending.filter((move) => move.contract === contract && !known.has(routeText(move)));
  const first = fresh.filter((move, i) => fresh.findIndex((each) => routeText(each) === routeText(move)) === i);
  return [
    ...routes,
    ...first.map(({ selector, from, epoch }) => ({ contract, selector, stage: from, epoch: epoch - 1 })),
  ];
}

function shown(route: Standing, { pending }: Ownership): Omit<RouteShown, 'capability' | 'apart'> {
  const { contract, selector, stage, epoch, moved, returning } = route;
  const waiting = pending.find((move) => routeText(move) === routeText(route));
  const next =
    returning !== undefined ? way(returning, 'service') : waiting === undefined ? null : way(waiting, 'clock');
  const { at = null, by = null, reason = null } = moved ?? {};
  return { route: routeText(route), contract, selector: selectorText(selector), stage, epoch, at, by, reason, next };
}

const way = ({ to, at, by }: Move, waits: 'clock' | 'service') => ({ to, at, by, waits });

/** One that was not moved is in no shard otherwise, unless that has moved it. */
function standsIn({ contract, selector, stage, epoch }: Standing, ownership: Ownership, routed: Routed): boolean {
  const other = routeIn(routesOf(contract, ownership, routed), selector);
  return other === undefined ? epoch === 0 : other.stage === stage && other.epoch === epoch;
}

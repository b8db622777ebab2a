/** Who speaks for what, as the shards of a pipeline committed it last. Pure. */
import type { CapabilityMigration, Migration, Owned, RouteNow } from '../../../console/answers/migration.js';
import { type Matrix, matricesOf, type Part } from '../../../pipeline/routes/matrix.js';
import { type RouteShown, shownRoutes } from '../../../pipeline/routes/shown.js';
import type { Routed } from '../../../pipeline/routes/standing.js';
import { NONE_OWNED } from './owned.js';
import { clockOf, type ShardProgress } from '../../operator/reading/committed-progress.js';

export interface MigrationFacts {
  readonly pipeline: string;
  readonly routed: Routed;
  readonly shards: readonly ShardProgress[];
  /** By contract; null: not known. */
  readonly owned: ReadonlyMap<string, Owned> | null;
  readonly handoverWaitMs: number;
  readonly nowMs: number;
}

export function migrationNow(facts: MigrationFacts): Migration {
  const { pipeline, routed, shards, nowMs } = facts;
  const clockMs = clockOf(shards);
  const routes = shownRoutes({ routed, shards });
  return {
    schema: 'dragoman.http/migration@1',
    ...{ pipeline, asOf: new Date(nowMs).toISOString() },
    clock: clockMs === null ? null : new Date(clockMs).toISOString(),
    capabilities: matricesOf({ routed, shards }).map((matrix) => capabilityNow(matrix, routes, facts)),
  };
}

function capabilityNow(
  { capability: { name, isSticky }, selectors, leftOut, contracts }: Matrix,
  routes: readonly RouteShown[],
  facts: MigrationFacts,
): CapabilityMigration {
  const own = routes.filter(({ capability }) => capability === name);
  return {
    ...{ capability: name, owner: isSticky ? 'sticky' : 'immediate', selectors: [...selectors], leftOut },
    contracts: contracts.map(({ contract, parts }) => ({
      contract,
      parts: parts.map((part, i) => partNow(part, selectors[i] ?? '', facts)),
      owned: facts.owned === null ? null : { ...(facts.owned.get(contract) ?? NONE_OWNED) },
    })),
    routes: own.map(({ route, contract, selector, stage, epoch, at, by, reason, next, apart }) => ({
      ...{ route, contract, selector, stage, epoch, at, by, reason, next: nextNow(next, facts), apart: [...apart] },
    })),
  };
}

type PartNow = CapabilityMigration['contracts'][number]['parts'][number];

const partNow = ({ stage, route, but }: Part, selector: string, facts: MigrationFacts): PartNow => ({
  ...{ selector, stage, epoch: route?.epoch ?? null, but: [...but] },
  next: nextNow(route?.next ?? null, facts),
});

const nextNow = (next: RouteShown['next'], { handoverWaitMs, nowMs }: MigrationFacts): RouteNow['next'] =>
  next === null
    ? null
    : { ...next, isOverdue: next.waits === 'service' && nowMs - Date.parse(next.at) > handoverWaitMs };

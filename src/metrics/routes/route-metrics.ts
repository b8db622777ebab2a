/** Metrics of contracts that move to a new service (docs/routes.md): part of the catalogue. */
import { MOVE_SECONDS } from '../definition.js';

export const ROUTE_METRICS = {
  routeStage: {
    name: 'dragoman_route_stage',
    type: 'gauge',
    help: '1 for the stage (shadow, legacy, service) in which a route is; absent for the others. Routes that nobody declared or moved have none: all of it is legacy’s.',
    labels: ['pipeline', 'shard', 'contract', 'route', 'stage'],
  },
  routeReturning: {
    name: 'dragoman_route_returning',
    type: 'gauge',
    help: '1 while the service is asked to hand a route over, and has not done so.',
    labels: ['pipeline', 'shard', 'route'],
  },
  routeMoves: {
    name: 'dragoman_route_moves_total',
    type: 'counter',
    help: 'Routes that were moved, by stage before and after.',
    labels: ['pipeline', 'shard', 'contract', 'from', 'to'],
  },
  routeMoveDuration: {
    name: 'dragoman_route_move_seconds',
    type: 'histogram',
    help: 'From the instant of a move to the end of the Kafka transaction that changed the stage; of one back, with the time that the service took to answer.',
    labels: ['pipeline', 'shard', 'from', 'to'],
    buckets: MOVE_SECONDS,
  },
  handoverOverdue: {
    name: 'dragoman_handover_overdue',
    type: 'gauge',
    help: '1 while a service that was asked for a route does not answer for longer than limits.handoverWaitMs.',
    labels: ['pipeline', 'shard', 'route'],
  },
  ownedAggregates: {
    name: 'dragoman_owned_aggregates',
    type: 'gauge',
    help: 'Aggregates under a sticky contract by owner: service, open (not settled), or legacy (of those first seen while some route of it was a service’s). The sum over all shards counts.',
    labels: ['pipeline', 'shard', 'contract', 'owner'],
  },
  owedFacts: {
    name: 'dragoman_owed_facts',
    type: 'gauge',
    help: 'Facts that happened and the service has not told: they are published when the route comes back. The sum over all shards counts.',
    labels: ['pipeline', 'shard', 'contract'],
  },
  toldEvents: {
    name: 'dragoman_told_events_total',
    type: 'counter',
    help: 'Events of the new service that were read and belong to an aggregate, by who published them (`other` beyond 20), and what is wrong with them (none, or a code of docs/errors.md).',
    labels: ['pipeline', 'shard', 'contract', 'producer', 'finding'],
  },
  parityPairs: {
    name: 'dragoman_parity_pairs_total',
    type: 'counter',
    help: 'Events on trial that were compared with those of the legacy side, by what that came to (docs/parity.md); what is accepted counts with its class.',
    labels: ['pipeline', 'shard', 'capability', 'contract', 'class'],
  },
  toldFindings: {
    name: 'dragoman_told_findings_total',
    type: 'counter',
    help: 'Records of contract topics that Dragoman did not write and that are not as they should be, by code (docs/errors.md).',
    labels: ['pipeline', 'shard', 'code'],
  },
  echoes: {
    name: 'dragoman_echoes_total',
    type: 'counter',
    help: 'What became of facts that legacy rows show and the new service tells: awaited, suppressed, expired; near misses: unsigned, not-owned, born-unmoved, born-in-legacy (docs/routes.md).',
    labels: ['pipeline', 'shard', 'contract', 'kind'],
  },
} as const;

/** The row of the dashboard about contracts that move to a new service (docs/routes.md). */
import { type RowSpec, SELECTOR } from './panel.js';
import { graph, howMany, most, perSecond, quantile } from './queries.js';

export const migration: RowSpec = {
  title: 'Migration',
  panels: [
    graph(
      'Stages of routes',
      'short',
      '1 for the stage in which each route is; a route is a contract and a part of its aggregates.',
      {
        expr: `max by (pipeline, contract, route, stage) (dragoman_route_stage{${SELECTOR}})`,
        legend: '{{contract}} {{route}} {{stage}}',
      },
    ),
    graph(
      'Whose aggregates are',
      'short',
      'Under contracts that move with owner: sticky. Legacy’s are those that were first seen while a service had a part.',
      { expr: `sum by (contract, owner) (dragoman_owned_aggregates{${SELECTOR}})`, legend: '{{contract}} {{owner}}' },
    ),
    graph(
      'Told by the service',
      'ops',
      'Events of services that were read, by who published them, and what is wrong with them.',
      perSecond('dragoman_told_events_total', 'contract, producer, finding', '{{contract}} {{producer}} {{finding}}'),
    ),
    graph(
      'Compared on trial',
      'short',
      'Events of a service on trial beside those of the legacy side, by what that came to; equal is as it should be.',
      howMany('dragoman_parity_pairs_total', 'contract, class', '{{contract}} {{class}}'),
    ),
    graph(
      'Findings in contract topics',
      'short',
      'Records that are not as they should be: intruders, and faults of the service. Each is a dead letter.',
      howMany('dragoman_told_findings_total', 'code', '{{code}}'),
    ),
    graph('Owed', 'short', 'Facts that happened and the service has not told; published when the route comes back.', {
      expr: `sum by (contract) (dragoman_owed_facts{${SELECTOR}})`,
      legend: '{{contract}}',
    }),
    graph(
      'Echoes and near misses',
      'short',
      'What became of facts that the service wrote back: suppressed is as it should be, awaited goes before it; the others want somebody to look.',
      howMany('dragoman_echoes_total', 'contract, kind', '{{contract}} {{kind}}'),
    ),
    graph('Moves', 'short', 'Routes that were moved. Each shard moves each of them; shown is the first that did.', {
      expr: `max by (contract, from, to) (sum by (shard, contract, from, to) (increase(dragoman_route_moves_total{${SELECTOR}}[$__rate_interval])))`,
      legend: '{{contract}} {{from}} to {{to}}',
    }),
    graph(
      'Time of a move',
      's',
      'From its instant to the Kafka transaction that changed the stage; of one back, with the answer of the service.',
      quantile(0.99, 'dragoman_route_move_seconds', 'from, to', '{{from}} to {{to}}'),
    ),
    graph(
      'Waiting for a service',
      'short',
      '1 while a service is asked for a route; and once it is overdue.',
      most('dragoman_route_returning', 'route', '{{route}} asked'),
      most('dragoman_handover_overdue', 'route', '{{route}} overdue'),
    ),
  ],
};

/** The row of the dashboard about what checks find (docs/reconciliation.md). */
import { type RowSpec, SELECTOR } from './panel.js';
import { graph, howMany, most } from './queries.js';

export const reconciliation: RowSpec = {
  title: 'Reconciliation',
  panels: [
    graph('Open discrepancies', 'short', 'What checks found, and nobody has settled, repaired or accepted.', {
      expr: `sum by (check, class, severity) (dragoman_discrepancies{${SELECTOR},state="open"})`,
      legend: '{{check}} {{class}} {{severity}}',
    }),
    graph('Oldest open discrepancy', 's', 'How long ago it was seen first.', {
      expr: `time() - min by (check, class) (dragoman_discrepancy_oldest_timestamp_seconds{${SELECTOR}})`,
      legend: '{{check}} {{class}}',
    }),
    graph('More than are kept', 'short', 'Found by the latest run, and beyond what a shard keeps.', {
      expr: `sum by (check) (dragoman_discrepancies_beyond{${SELECTOR}})`,
      legend: '{{check}}',
    }),
    graph('Since a check was done', 's', 'How long ago a run of it ended with everything looked at.', {
      expr: `time() - max by (check) (dragoman_check_done_timestamp_seconds{${SELECTOR}})`,
      legend: '{{check}}',
    }),
    graph(
      'Runs that ended',
      'short',
      'By how.',
      howMany('dragoman_check_runs_total', 'check, ended', '{{check}} {{ended}}'),
    ),
    graph(
      'Time of a run',
      's',
      'Of the one that ended last.',
      most('dragoman_check_last_run_seconds', 'check', '{{check}}'),
    ),
  ],
};

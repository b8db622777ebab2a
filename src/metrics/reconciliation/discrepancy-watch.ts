/** What checks found, and how their runs ended, as series. */
import type { PipelineEvent } from '../../pipeline/events.js';
import type { Series, TaskLabels } from '../series.js';
import type { Shown } from '../shown.js';

type EventOf<K extends PipelineEvent['kind']> = Extract<PipelineEvent, { kind: K }>;

export function showDiscrepancies(
  { series, shown }: { readonly series: Series; readonly shown: Shown },
  task: TaskLabels,
  { all, checks }: EventOf<'discrepancies'>,
): void {
  shown.setAll(
    series.discrepancies,
    all.map(({ check, class: is, state, severity, count }) => [{ ...task, check, class: is, state, severity }, count]),
  );
  shown.setAll(
    series.discrepancyOldest,
    oldest(all).map(({ check, class: is, oldestMs }) => [{ ...task, check, class: is }, oldestMs / 1_000]),
  );
  shown.setAll(
    series.discrepanciesBeyond,
    checks.map(({ check, beyond }) => [{ ...task, check }, beyond]),
  );
  const done = checks.flatMap(({ check, lastDoneAt }) => (lastDoneAt === null ? [] : [{ check, at: lastDoneAt }]));
  shown.setAll(
    series.checkDone,
    done.map(({ check, at }) => [{ ...task, check }, Date.parse(at) / 1_000]),
  );
}

type Count = EventOf<'discrepancies'>['all'][number];

/** Of those that are open, by check and class. */
function oldest(all: readonly Count[]): Count[] {
  const found = new Map<string, Count>();
  for (const count of all) {
    if (count.state !== 'open') continue;
    const place = `${count.check}\t${count.class}`;
    const known = found.get(place);
    if (known === undefined || count.oldestMs < known.oldestMs) found.set(place, count);
  }
  return [...found.values()];
}

export function countRun(series: Series, task: TaskLabels, { check, ended, seconds }: EventOf<'checked'>): void {
  series.checkRuns.inc({ ...task, check, ended });
  series.checkDuration.set({ ...task, check }, seconds);
}

/** The result of a run as counts, in words or as JSON, and whether it is right. */
import { FAULT_KINDS, FAULT_NAMES } from './faults.js';
import type { RunResult } from './run-faults.js';
import type { PlotResult } from './run-plot.js';

export type Counts = Readonly<Record<string, number | string | boolean | null>>;

/** Every one of these has to be 0. */
export function differenceCounts({ verdict, caughtUp, stopCode, dragoman }: PlotResult): Record<string, number> {
  const { missing, repeated, twice, unexpected, outOfOrder, misnumbered, wrongContent } = verdict.differences;
  return {
    missing: missing.length,
    'twice, same id': repeated.length,
    'twice, other id': twice.length,
    unexpected: unexpected.length,
    'out of order': outOfOrder.length,
    'numbered wrongly': misnumbered.length,
    'wrong content': wrongContent.length,
    'parked differently': verdict.parkedDifferently.length,
    'not caught up': caughtUp ? 0 : 1,
    'ended by itself': dragoman.ownEnds.length,
    'not stopped cleanly': stopCode === 0 ? 0 : 1,
  };
}

export const isRight = (result: PlotResult): boolean => Object.values(differenceCounts(result)).every((n) => n === 0);

export function countsOf({ faults, connectorRestarts, ...result }: RunResult): Counts {
  return plotCounts(result, {
    ...Object.fromEntries(FAULT_KINDS.map((kind) => [FAULT_NAMES[kind], faults[kind]])),
    'restarts of connector tasks': connectorRestarts,
  });
}

/** @param own what this run is about. */
export function plotCounts(result: PlotResult, own: Counts): Counts {
  const { verdict, workload, dragoman } = result;
  return {
    'events expected': verdict.expected.length,
    'events published': verdict.committed.length,
    ...differenceCounts(result),
    'aborted events': verdict.aborted.events.length,
    'aborted journal records': verdict.aborted.journal,
    ...own,
    'starts of Dragoman': dragoman.starts,
    'restores of Redis, whole': dragoman.restoresWhole,
    'restores of Redis, part': dragoman.restoresPart,
    'transactions that the connector sent again': result.endsReplayed,
    'orders in the baseline': result.baselineOrders,
    'orders parked': verdict.parked,
    'orders lived': workload.orders,
    'transactions committed': workload.committed,
    'transactions rolled back': workload.rolledBack,
    'row changes': workload.rows,
    'seconds of workload': Math.round(workload.elapsedMs / 100) / 10,
    'seconds to catch up': Math.round(result.catchUpMs / 100) / 10,
    'seconds in all': Math.round(result.elapsedMs / 100) / 10,
  };
}

export function table(counts: Counts): string {
  const width = Math.max(...Object.keys(counts).map((name) => name.length));
  return Object.entries(counts)
    .map(([name, value]) => `${name.padEnd(width)}  ${String(value)}\n`)
    .join('');
}

/** How many discrepancies there are, and since when, for those who watch. Pure. */
import type { CheckRun } from '../../domain/reconciliation/check-run.js';
import type { Discrepancy, DiscrepancyClass, Severity, StandingKind } from '../../domain/reconciliation/discrepancy.js';

export interface DiscrepancyCount {
  readonly check: string;
  readonly class: DiscrepancyClass;
  readonly state: StandingKind;
  readonly severity: Severity;
  readonly count: number;
  /** When the oldest of them was seen first, in ms since 1970. */
  readonly oldestMs: number;
}

/** A check as its runs came out, for those who watch. */
export type CheckStanding = Pick<CheckRun, 'check' | 'lastDoneAt' | 'beyond'>;

export interface DiscrepanciesTold {
  readonly kind: 'discrepancies';
  readonly all: readonly DiscrepancyCount[];
  readonly checks: readonly CheckStanding[];
}

interface Kept {
  readonly discrepancies: { all(): Iterable<Discrepancy> };
  readonly checks: { all(): readonly CheckRun[] };
}

export const toldOf = ({ discrepancies, checks }: Kept): DiscrepanciesTold => ({
  kind: 'discrepancies',
  all: countsOf(discrepancies.all()),
  checks: checks.all().map(({ check, lastDoneAt, beyond }) => ({ check, lastDoneAt, beyond })),
});

export function countsOf(all: Iterable<Discrepancy>): DiscrepancyCount[] {
  const counts = new Map<string, DiscrepancyCount>();
  for (const { check, class: is, state, severity, firstSeen } of all) {
    const place = `${check}\t${is}\t${state.is}\t${severity}`;
    const known = counts.get(place);
    const seenMs = Date.parse(firstSeen);
    const what = known ?? { check, class: is, state: state.is, severity, count: 0, oldestMs: seenMs };
    counts.set(place, { ...what, count: what.count + 1, oldestMs: Math.min(what.oldestMs, seenMs) });
  }
  return [...counts.values()];
}

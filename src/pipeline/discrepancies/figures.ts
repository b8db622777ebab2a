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
  const counts = new Map<string, { readonly first: Discrepancy; count: number; oldest: string }>();
  for (const each of all) {
    const place = `${each.check}\t${each.class}\t${each.state.is}\t${each.severity}`;
    const known = counts.get(place);
    if (known === undefined) counts.set(place, { first: each, count: 1, oldest: each.firstSeen });
    else {
      known.count += 1;
      if (each.firstSeen < known.oldest) known.oldest = each.firstSeen;
    }
  }
  return [...counts.values()].map(({ first: { check, class: is, state, severity }, count, oldest }) => ({
    ...{ check, class: is, state: state.is, severity, count },
    oldestMs: Date.parse(oldest),
  }));
}

/** What a task tells when it starts to run, of sums that it keeps: told again whenever they change. */
import type { Checks } from '../discrepancies/checks.js';
import { toldOf } from '../discrepancies/figures.js';
import type { Discrepancies } from '../discrepancies/register.js';
import type { PipelineEvent } from '../events.js';
import type { OwnershipCounts } from './ownership-counts.js';
import type { PinnedRules } from './pinned-rules.js';

interface Sums {
  readonly pinned: PinnedRules;
  readonly ownership: OwnershipCounts;
  readonly discrepancies: Discrepancies;
  readonly checks: Checks;
}

/** @param isRouted contracts may move. */
export function standing({ pinned, ownership, discrepancies, checks }: Sums, isRouted: boolean): PipelineEvent[] {
  return [
    { kind: 'pinned', all: pinned.counts.all() },
    ...(isRouted ? [{ kind: 'ownership', all: ownership.all() } as const] : []),
    ...(checks.all().length > 0 ? [toldOf({ discrepancies, checks })] : []),
  ];
}

/** Discrepancies and runs as whoever watches reads them: what all shards of a pipeline have stored, together. Pure. */
import type { CheckRun } from '../../domain/reconciliation/check-run.js';
import { type Discrepancy, type StandingKind, standsAt } from '../../domain/reconciliation/discrepancy.js';
import { runIn } from './checks.js';
import { discrepancyIn, type StoredEvidence } from './register.js';

/** The cells of one shard, by field, of the hashes `~discrepancies` and `~checks`. */
export interface StoredRegister {
  readonly discrepancies: Iterable<readonly [field: string, text: string]>;
  readonly checks: Iterable<readonly [field: string, text: string]>;
}

export interface RegisterRead {
  /** The latest of each check, by its name; what was found is that of all shards. */
  readonly runs: readonly CheckRun[];
  /** The latest seen first. */
  readonly discrepancies: readonly Discrepancy[];
}

export function registerOf(shards: readonly StoredRegister[]): RegisterRead {
  const discrepancies = shards.flatMap(({ discrepancies: all }) =>
    [...all].map(([id, text]) => discrepancyIn(id, text)),
  );
  discrepancies.sort((a, b) => (a.lastSeen === b.lastSeen ? (a.id < b.id ? -1 : 1) : a.lastSeen < b.lastSeen ? 1 : -1));
  return { runs: runsOf(shards.map(({ checks }) => checks)), discrepancies };
}

/** Shards that have read less of the commands log may have an earlier run: it is not counted with that of the first one. */
export function runsOf(shards: readonly Iterable<readonly [field: string, text: string]>[]): CheckRun[] {
  const runs = new Map<string, CheckRun>();
  for (const checks of shards)
    for (const [check, text] of checks) {
      const run = runIn(text);
      const known = runs.get(check);
      if (known === undefined) runs.set(check, run);
      else if (known.run === run.run) runs.set(check, added(known, run));
    }
  return [...runs.values()].sort((a, b) => (a.check < b.check ? -1 : 1));
}

const added = (a: CheckRun, b: CheckRun): CheckRun => ({
  ...a,
  ...{ found: a.found + b.found, closed: a.closed + b.closed, beyond: a.beyond + b.beyond },
});

export const evidenceIn = (text: string): StoredEvidence => JSON.parse(text) as StoredEvidence;

export interface RegisterFilter {
  readonly check?: string;
  readonly class?: string;
  readonly contract?: string;
  readonly state?: StandingKind;
}

export const meets = (
  each: Discrepancy,
  { check, class: is, contract, state }: RegisterFilter,
  nowMs: number,
): boolean =>
  (check === undefined || each.check === check) &&
  (is === undefined || each.class === is) &&
  (contract === undefined || each.contract === contract) &&
  (state === undefined || standsAt(each, nowMs) === state);

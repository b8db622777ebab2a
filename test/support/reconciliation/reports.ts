/** Reports of checks and decisions over discrepancies, as the command line sends them. */
import { randomUUID } from 'node:crypto';
import type { AcceptDiscrepancyCommand, ReportCommand, RevokeDiscrepancyCommand } from '../../../src/domain/command.js';
import type { CheckProgress, CheckReport } from '../../../src/domain/reconciliation/check-run.js';
import { discrepancyId, type Found, rowSubject } from '../../../src/domain/reconciliation/discrepancy.js';
import { CHECKS } from '../../../src/pipeline/discrepancies/checks.js';
import { registerOf, type RegisterRead, type StoredRegister } from '../../../src/pipeline/discrepancies/reading.js';
import { DISCREPANCIES, EVIDENCE } from '../../../src/pipeline/discrepancies/register.js';
import type { StateStore } from '../../../src/pipeline/ports.js';
import { hashesInStore } from '../stored.js';

export const BEGUN = '2026-11-21T10:00:00.000Z';
/** So many seconds after {@link BEGUN}. */
export const after = (seconds: number): string => new Date(Date.parse(BEGUN) + seconds * 1_000).toISOString();

/** A row of an order. */
export function foundOf(businessKey: string, more: Partial<Found> = {}): Found {
  const subject = rowSubject('legacy', 'oms.ord_hdr', businessKey);
  return {
    ...{ id: discrepancyId('source', subject), class: 'missing', aggregate: 'order', businessKey, subject },
    ...{ contract: null, severity: 'critical', owner: '', evidence: { theirs: '{"sts_cd":"20"}', fields: [] } },
    ...more,
  };
}

export interface RunOf {
  readonly run: string;
  readonly check?: string;
}

/** @param at seconds after {@link BEGUN} */
export function reportOf(
  { run, check = 'source' }: RunOf,
  n: number,
  at: number,
  { progress, ...more }: Partial<Omit<CheckReport, 'progress'>> & { readonly progress?: Partial<CheckProgress> } = {},
): ReportCommand {
  const begun = { startedAt: BEGUN, position: n === 0 ? '' : String(n), done: n * 100, of: 300, counts: {} };
  return {
    ...{ id: randomUUID(), pipeline: 'orders', kind: 'check.report', reason: 'reconcile', by: 'ada', at: after(at) },
    arguments: {
      ...{ check, run, n, lookedAt: after(at), found: [], gone: [], progress: { ...begun, ...progress } },
      ...more,
    },
  };
}

const head = (at: number) => ({
  ...{ id: randomUUID(), pipeline: 'orders', reason: 'known to the owner', by: 'ada', at: after(at) },
});

export const acceptOf = (which: AcceptDiscrepancyCommand['arguments'], at: number): AcceptDiscrepancyCommand => ({
  ...head(at),
  ...{ kind: 'discrepancy.accept', arguments: which },
});

export const revokeOf = (which: RevokeDiscrepancyCommand['arguments'], at: number): RevokeDiscrepancyCommand => ({
  ...head(at),
  ...{ kind: 'discrepancy.revoke', arguments: which },
});

/** As the stores of shards have it. */
export async function registerIn(
  stores: readonly StateStore[],
): Promise<RegisterRead & { readonly evidence: string[] }> {
  const hashes = await Promise.all(stores.map((store) => hashesInStore(store, [DISCREPANCIES, EVIDENCE, CHECKS])));
  const shards = hashes.map((each): StoredRegister => ({
    discrepancies: each.get(DISCREPANCIES) ?? [],
    checks: each.get(CHECKS) ?? [],
  }));
  return { ...registerOf(shards), evidence: hashes.flatMap((each) => [...(each.get(EVIDENCE)?.keys() ?? [])]).sort() };
}

/**
 * The oracle over a live database: `expectedEvents(db)`.
 *
 * In:  a connection (or URL) to a legacy database with the audit installed, and where the baseline ends.
 * Out: the events that a correct translation must have published, in commit order.
 */
import type pg from 'pg';
import { withClient } from '../database.js';
import { auditHistory } from './audit-history.js';
import { Oracle, type Expectation, type ExpectedEvent, type OracleSettings } from './expected-events.js';
import type { Transaction } from './history.js';

/** Where streaming begins. Without it, only rows older than the audit are baseline. */
export interface OracleOptions extends OracleSettings {
  /**
   * Transactions whose COMMIT ends at or before this log position are baseline. Debezium's own boundary is the number
   * in the id of the first END record minus one; with a quiet database, pg_current_wal_lsn() before the workload.
   */
  readonly sinceLsn?: bigint;
  /** Transactions whose COMMIT ends between these two positions, both left out, were streamed by no connector. */
  readonly gap?: { readonly after: bigint; readonly before: bigint };
  /** This transaction and all that committed before it are baseline (an alternative to sinceLsn). */
  readonly afterTransaction?: number;
}

/** @throws LegacyDbError AUDIT_MISSING, AUDIT_INCOMPLETE, HISTORY_INVALID */
export async function expectedEvents(db: pg.Client | string, options: OracleOptions = {}): Promise<ExpectedEvent[]> {
  return [...(await expectation(db, options)).events];
}

/** The same, with the orders that are parked and so give no further events. */
export async function expectation(db: pg.Client | string, options: OracleOptions = {}): Promise<Expectation> {
  if (typeof db === 'string') return withClient(db, (client) => expectation(client, options));
  const oracle = new Oracle(options);
  const events: ExpectedEvent[] = [];
  let passed = options.afterTransaction === undefined;
  for await (const transaction of auditHistory(db)) {
    if (!passed || isBaseline(transaction, options.sinceLsn)) oracle.learn(transaction);
    else if (isInGap(transaction, options.gap)) oracle.miss(transaction);
    else events.push(...oracle.next(transaction));
    passed ||= transaction.txid === options.afterTransaction;
  }
  return { events, missed: oracle.missed, parked: oracle.parked };
}

function isBaseline(transaction: Transaction, sinceLsn: bigint | undefined): boolean {
  if (transaction.commitEndLsn === null) return true;
  return sinceLsn !== undefined && transaction.commitEndLsn <= sinceLsn;
}

function isInGap({ commitEndLsn }: Transaction, gap: OracleOptions['gap']): boolean {
  return gap !== undefined && commitEndLsn !== null && gap.after < commitEndLsn && commitEndLsn < gap.before;
}

/** `X/Y` as PostgreSQL prints it, or a plain number. */
export function parseLsn(text: string): bigint {
  const [high, low] = text.split('/');
  return low === undefined ? BigInt(text) : (BigInt(`0x${high ?? '0'}`) << 32n) + BigInt(`0x${low}`);
}

/**
 * The committed history as the audit recorded it (audit.sql), in the order of the COMMIT records in the log.
 *
 * In:  a connection to the legacy database, which should be quiet (a commit between the two reads below is left out).
 * Out: transactions one by one, first those before the audit (n = 0), memory bounded by the largest transaction.
 * Every audit line must find its commit; if one does not, the history would be wrong, so reading stops instead.
 */
import type pg from 'pg';
import { LegacyDbError } from '../errors.js';
import type { Change, Row, Transaction } from './history.js';

const FETCH_ROWS_MAX = 5_000;
/** With synchronous_commit=off a commit is seen before it is in the log that can be decoded. */
const FLUSH_WAIT_MS = 3_000;

/** A line of the audit with its commit, as {@link AUDIT_COLUMNS} select it. */
export interface AuditRow {
  end_lsn: string | null;
  xid: string;
  commit_ms: string | null;
  tab: string;
  op: 'r' | 'c' | 'u' | 'd' | 't';
  key: Row | null;
  before: Row | null;
  after: Row | null;
}

/** @throws LegacyDbError AUDIT_MISSING, AUDIT_INCOMPLETE */
export async function* auditHistory(client: pg.Client): AsyncGenerator<Transaction> {
  const last = await lastSeq(client);
  await readCommits(client, last);
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  try {
    await client.query(historyCursor(last));
    yield* transactionsIn(fetchAll(client));
  } finally {
    await client.query('ROLLBACK');
  }
}

async function lastSeq(client: pg.Client): Promise<string> {
  const found = await client.query<{ ready: boolean }>(`SELECT to_regclass('audit.change') IS NOT NULL AS ready`);
  if (found.rows[0]?.ready !== true) {
    throw new LegacyDbError(
      'AUDIT_MISSING',
      'this database has no audit; apply legacy-db/audit.sql before the workload',
    );
  }
  const last = await client.query<{ seq: string }>('SELECT coalesce(max(seq), 0)::text AS seq FROM audit.change');
  return last.rows[0]?.seq ?? '0';
}

async function readCommits(client: pg.Client, last: string): Promise<void> {
  const deadlineMs = Date.now() + FLUSH_WAIT_MS;
  for (;;) {
    await client.query('SELECT audit.read_commits()');
    const open = await client.query<{ xact: string; n: string }>(
      `SELECT min(xact)::text AS xact, count(DISTINCT xact)::text AS n FROM audit.change c
        WHERE xact <> 0 AND seq <= $1
          AND NOT EXISTS (SELECT FROM audit.commit_log l WHERE l.xid = c.xact & 4294967295)`,
      [last],
    );
    const missing = open.rows[0];
    if (missing === undefined || missing.n === '0') return;
    if (Date.now() > deadlineMs) {
      throw new LegacyDbError(
        'AUDIT_INCOMPLETE',
        `${missing.n} audited transactions (first: ${missing.xact}) have no commit in the decoded log, ` +
          'because they committed before the slot dragoman_audit existed; install the audit while nobody writes',
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const texts = (column: string): string =>
  `(SELECT jsonb_object_agg(k, v) FROM jsonb_each_text(c.${column}) AS e(k, v)) AS ${column}`;

/** Of `audit.change c` and `audit.commit_log l`. All values as texts: JSON numbers would lose digits and trailing zeros on the way. */
export const AUDIT_COLUMNS = `l.end_lsn::text AS end_lsn, (c.xact & 4294967295)::text AS xid, floor(l.commit_ts_us / 1000)::text AS commit_ms,
           c.tab, c.op, ${texts('key')}, ${texts('before')}, ${texts('after')}`;

function historyCursor(last: string): string {
  return `
    DECLARE history NO SCROLL CURSOR FOR
    SELECT ${AUDIT_COLUMNS}
      FROM audit.change c
      LEFT JOIN audit.commit_log l ON l.xid = c.xact & 4294967295 AND c.xact <> 0
     WHERE c.seq <= ${last}
     ORDER BY l.end_lsn NULLS FIRST, c.seq`;
}

async function* fetchAll(client: pg.Client): AsyncGenerator<AuditRow> {
  for (;;) {
    const { rows } = await client.query<AuditRow>(`FETCH ${FETCH_ROWS_MAX} FROM history`);
    yield* rows;
    if (rows.length < FETCH_ROWS_MAX) return;
  }
}

/** @param rows in the order of commits, and of the lines in each. */
export async function* transactionsIn(rows: AsyncIterable<AuditRow> | Iterable<AuditRow>): AsyncGenerator<Transaction> {
  let first: AuditRow | undefined;
  let changes: Change[] = [];
  let n = 0;
  for await (const row of rows) {
    if (first !== undefined && first.end_lsn !== row.end_lsn) {
      yield transactionOf(n, first, changes);
      changes = [];
      n += 1;
      first = row;
    }
    first ??= row;
    changes.push(changeOf(row));
  }
  if (first !== undefined) yield transactionOf(n, first, changes);
}

function transactionOf(n: number, first: AuditRow, changes: Change[]): Transaction {
  return {
    n,
    txid: Number(first.xid),
    commitEndLsn: first.end_lsn === null ? null : BigInt(first.end_lsn),
    commitTsMs: first.commit_ms === null ? null : Number(first.commit_ms),
    changes,
  };
}

function changeOf(row: AuditRow): Change {
  return {
    table: row.tab,
    op: row.op === 'r' ? 'c' : row.op,
    key: row.key ?? undefined,
    before: row.before ?? undefined,
    row: row.after ?? undefined,
  };
}

/** The committed history of the legacy database, followed while it grows: transactions in the order of the log, each once. */
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { AUDIT_COLUMNS, type AuditRow, transactionsIn } from './audit-history.js';
import type { Transaction } from './history.js';

const POLL_MS = 100;
const SLOT_IN_USE = '55006';

export class Tail {
  /** End of the last transaction that was handed out. */
  #lsn = 0n;
  /** Turns that were begun, and those after which everything that they had found was lived through. */
  #begun = 0;
  #done = 0;
  readonly #legacy: pg.Pool;

  private constructor(legacy: pg.Pool) {
    this.#legacy = legacy;
  }

  /** From the first audited transaction on. Nobody else reads the commits meanwhile (`audit.read_commits`). */
  static async open(legacy: pg.Pool): Promise<Tail> {
    await legacy.query('CREATE INDEX IF NOT EXISTS change_xid ON audit.change ((xact & 4294967295))');
    return new Tail(legacy);
  }

  /** Until it is told to end. @param live resolves when a batch is lived through; before that nothing more is read. */
  async follow(live: (batch: readonly Transaction[]) => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#begun += 1;
      const { batch, isWhole } = await this.#next();
      if (batch.length > 0) await live(batch);
      this.#lsn = batch.at(-1)?.commitEndLsn ?? this.#lsn;
      if (isWhole) this.#done = this.#begun;
      else continue;
      await delay(POLL_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /** What is committed now is lived through. */
  async untilNow(): Promise<void> {
    const turn = this.#begun + 1; // the one that runs may have looked before
    while (this.#done < turn) await delay(POLL_MS / 4);
  }

  async #next(): Promise<{ batch: Transaction[]; isWhole: boolean }> {
    await this.#readCommits();
    const text = `SELECT ${AUDIT_COLUMNS}, c.seq IS NULL AS unseen FROM audit.commit_log l LEFT JOIN audit.change c ON c.xact & 4294967295 = l.xid AND c.xact <> 0
                   WHERE l.end_lsn > $1 ORDER BY l.end_lsn, c.seq`;
    const { rows } = await this.#legacy.query<AuditRow & { unseen: boolean }>(text, [this.#lsn.toString()]);
    // A commit is in the log a moment before others see its rows.
    const first = rows.findIndex(({ unseen }) => unseen);
    const seen = first < 0 ? rows : rows.slice(0, first);
    const batch: Transaction[] = [];
    for await (const transaction of transactionsIn(seen)) batch.push(transaction);
    return { batch, isWhole: first < 0 };
  }

  async #readCommits(): Promise<void> {
    for (;;) {
      try {
        await this.#legacy.query('SELECT audit.read_commits()');
        return;
      } catch (error) {
        // Somebody else reads it: its predecessor that was killed, for a moment.
        if ((error as { code?: string }).code !== SLOT_IN_USE) throw error;
        await delay(POLL_MS);
      }
    }
  }
}

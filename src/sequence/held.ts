/** Transactions that reading cannot complete: what is known of them, for the operator who has to decide. */
import type { Refusal } from '../domain/refusal.js';
import type { Held, HeldCode } from './commit-order.js';
import type { OpenTransaction } from './open-transaction.js';

const WAYS_OUT =
  'Look for what removed rows between connector and topic (a filter transform, errors.tolerance, deleted records). Then let it ' +
  'pass as it is (transactions release) or park every aggregate that it touches (transactions quarantine).';

/** Everything was read, and rows that END counts are not there. */
export function incomplete(source: string, transaction: OpenTransaction, consumed: ReadonlySet<string>): Held {
  const lacks = [...(transaction.end?.rowsByTable.keys() ?? [])]
    .filter((table) => consumed.has(table) && transaction.missing(table) > 0)
    .map((table) => `${transaction.missing(table)} of ${table}`);
  const text = `It lacks rows that END counts (${lacks.join(', ')}), and nothing after it of ${source} is published. ${WAYS_OUT}`;
  return held('TRANSACTION_INCOMPLETE', transaction, text);
}

export const withoutEnd = (source: string, transaction: OpenTransaction): Held =>
  held(
    'TRANSACTION_WITHOUT_END',
    transaction,
    `Its END never came, though ${source} went on after it: the connector lost its place, or the transaction topic its records. ` +
      `Nothing of it was published, and what follows it goes on. Park what it touches with transactions quarantine, and compare ` +
      `with the database.`,
  );

export const tooLarge = (source: string, transaction: OpenTransaction, transactionRowsMax: number): Held =>
  held(
    'TRANSACTION_TOO_LARGE',
    transaction,
    `It has more than ${transactionRowsMax} rows (limits.transactionRowsMax), and nothing after it of ${source} is published. Let it ` +
      `through whole if memory allows (transactions release), or park every aggregate that it touches (transactions quarantine).`,
  );

function held(code: HeldCode, { id, rows }: OpenTransaction, text: string): Held {
  return { transaction: id, code, text, sinceMs: rows[0]?.sourceTimeMs ?? null };
}

/** For every aggregate that a transaction in quarantine touches. */
export const quarantined = ({ code, transaction }: Held): Refusal => ({
  code,
  text: `Source transaction ${transaction}: ${REASONS[code]}`,
});

const REASONS: Readonly<Record<HeldCode, string>> = {
  TRANSACTION_INCOMPLETE: 'rows that it counts never arrived; parked retry applies those that did.',
  TRANSACTION_TOO_LARGE:
    'it was too large to be held, so only the keys of its rows are known; take them from the database.',
  TRANSACTION_WITHOUT_END: 'its commit never arrived; whether it took place is not known. Compare with the database.',
};

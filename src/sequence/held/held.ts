/** Transactions that reading cannot complete: what is known of them, for the operator who has to decide. */
import type { Refusal } from '../../domain/refusal.js';
import { type Position, positionText } from '../../domain/source/position.js';
import type { Held, HeldCode } from '../commit-order.js';
import type { OpenTransaction } from '../open-transaction.js';

const WAYS_OUT =
  'Look for what removed rows between connector and topic (a filter transform, errors.tolerance, deleted records). Then let it ' +
  'pass as it is (transactions release) or park every aggregate that it touches (transactions quarantine).';

/** The chain is broken before it. */
export function gap(source: string, transaction: OpenTransaction, frontier: Position): Held {
  const { id, predecessor } = transaction;
  const why =
    predecessor == null
      ? `Transaction ${id} names none before it, though no snapshot was read since the last one, which ended at ${positionText(frontier)}: the ` +
        'connector does not know what came before. When its replication slot was made anew (or advanced by others), everything committed in ' +
        'between is lost; when only its offsets were reset and the slot was kept, nothing is.'
      : `Transaction ${id} follows position ${positionText(predecessor)}, but the last one seen ended at ${positionText(frontier)}: a transaction between ` +
        'them never arrived. Look for deleted or expired records of the transaction topic.';
  const ways =
    'Compare with the database. To go on over this break: transactions release; over every one: gaps: report for this source. A new snapshot ' +
    'then finds what was missed.';
  return held('SOURCE_GAP', transaction, `${why} Nothing from it on of ${source} is published. ${ways}`);
}

/** Everything was read, and rows that END counts are not there. */
export function incomplete(source: string, transaction: OpenTransaction, consumed: ReadonlySet<string>): Held {
  const lacks = [...(transaction.end?.rowsByTable.keys() ?? [])]
    .filter((table) => consumed.has(table) && transaction.missing(table) > 0)
    .map((table) => `${transaction.missing(table)} of ${table}`);
  const text = `It lacks rows that END counts (${lacks.join(', ')}), and nothing after it of ${source} is published. ${WAYS_OUT}`;
  return held('TRANSACTION_INCOMPLETE', transaction, text);
}

/** @param waits what stands behind it and was not handed on. */
export const withoutEnd = (
  source: string,
  transaction: OpenTransaction,
  waits: 'everything' | 'snapshot' | 'nothing',
): Held =>
  held(
    'TRANSACTION_WITHOUT_END',
    transaction,
    `Its END never came, though ${source} went on after it: ${isOfBinlog(transaction) ? PREPARED : ''}the connector lost its place, or the ` +
      `transaction topic its records. ` +
      `Nothing of it is published; ${WAITING[waits]} Park what it touches with transactions quarantine, and compare with the database.`,
    waits !== 'nothing',
  );

const WAITING = {
  everything: 'nothing after it is, either.',
  snapshot: 'rows of a snapshot that stand behind it wait, transactions go on.',
  nothing: 'what follows it went on.',
} as const;

const PREPARED =
  'it was prepared with XA, whose rows come at PREPARE and whose XA COMMIT or XA ROLLBACK no record tells apart (its GTID, and the next ones ' +
  'without rows, can be looked up in the binlog); or ';

const isOfBinlog = ({ id, serial }: OpenTransaction): boolean => serial !== null || id.startsWith('file=');

export const tooLarge = (source: string, transaction: OpenTransaction, transactionRowsMax: number): Held =>
  held(
    'TRANSACTION_TOO_LARGE',
    transaction,
    `It has more than ${transactionRowsMax} rows (limits.transactionRowsMax), and nothing after it of ${source} is published. Let it ` +
      `through whole if memory allows (transactions release), or park every aggregate that it touches (transactions quarantine).`,
  );

function held(code: HeldCode, { id, rows }: OpenTransaction, text: string, isWaitedFor = true): Held {
  return { transaction: id, code, text, isWaitedFor, sinceMs: rows[0]?.sourceTimeMs ?? null };
}

/** For every aggregate that a transaction in quarantine touches. */
export const quarantined = (code: ParkingCode, transaction: string): Refusal => ({
  code,
  text: `Source transaction ${transaction}: ${REASONS[code]}`,
});

/** A break in the chain is none: what is missing cannot be parked. */
type ParkingCode = Exclude<HeldCode, 'SOURCE_GAP'>;

const REASONS: Readonly<Record<ParkingCode, string>> = {
  TRANSACTION_INCOMPLETE: 'rows that it counts never arrived; parked retry applies those that did.',
  TRANSACTION_TOO_LARGE:
    'it was too large to be held, so only the keys of its rows are known; take them from the database.',
  TRANSACTION_WITHOUT_END: 'its commit never arrived; whether it took place is not known. Compare with the database.',
};

/** What the sequencer cannot go on over: texts for people, with what to do next. */
import type { ChangeEvent, TransactionFiller, Undecodable } from '../domain/source/change-event.js';
import { type Position, positionText } from '../domain/source/position.js';
import { DragomanError } from '../errors.js';
import type { Frontier } from './frontier/frontier.js';

export const tooLarge = (source: string, transaction: string, rows: number): DragomanError =>
  new DragomanError(
    'TRANSACTION_TOO_LARGE',
    `Transaction ${transaction} of ${source} is in quarantine and has more than ${rows} rows, of which even the keys are too many ` +
      `to hold. Raise limits.transactionRowsMax (and the process's memory); nothing of it was published.`,
    { details: { transaction, rows } },
  );

export const wentBack = (
  source: string,
  transaction: string,
  position: Position | null,
  { position: frontier }: Frontier,
): DragomanError =>
  new DragomanError(
    'SOURCE_WENT_BACK',
    `Transaction ${transaction} of ${source} stands at ${placeText(position) ?? 'an unknown place'}, not after ` +
      `${placeText(frontier) ?? 'the one before it'}, ` +
      `which was passed. If the database was restored or replaced, raise the source's epoch; otherwise its log is not the one that ` +
      `was followed.`,
    { details: { transaction, position, frontier } },
  );

export const twoLogs = (source: string, transaction: string, files: readonly string[]): DragomanError =>
  new DragomanError(
    'SOURCE_WENT_BACK',
    `Rows of transaction ${transaction} of ${source} stand in binlog files ${files.map(Number).join(' and ')}, and a transaction has one: the connector ` +
      `failed over to another server in the middle of it, so its rows have no order. Raise the source's epoch and take a new snapshot.`,
    { details: { transaction, files } },
  );

/** In exact mode a record that END does not count is there or not when its transaction is handed on: nobody knows. */
export const annotationUncounted = (
  source: string,
  { partition, offset, transaction }: TransactionFiller,
): DragomanError =>
  new DragomanError(
    'SOURCE_UNSUPPORTED',
    `${partition} at offset ${offset} is a logical message of transaction ${transaction.id} of ${source}, without a transaction block: the version of ` +
      'the connector does not count them, so whether a transaction is annotated is only known by chance, and the rules ask for it. Nothing after it is ' +
      'published. Update the connector, or declare the data fix by rows or by its time (docs/data-fixes.md).',
    { details: { partition, offset } },
  );

export const snapshotWentBack = (source: string, generation: Position, frontier: Position): DragomanError =>
  new DragomanError(
    'SOURCE_WENT_BACK',
    `A snapshot of ${source} was taken at ${positionText(generation)}, before ${positionText(frontier)}, which was passed: it shows another log. ` +
      `If the database was restored or replaced, raise the source's epoch; what follows would else be dropped as seen before.`,
    { details: { generation, frontier } },
  );

/** An unreadable record as a change that parks its aggregate. @throws DragomanError RECORD_UNDECODABLE without a key. */
export function unreadableChange(
  source: string,
  { partition, offset, table, key, text }: Undecodable,
  op: 'u' | 'r',
): ChangeEvent {
  if (key === null) {
    const words = `${text} Its key cannot be read either, so the aggregate is not known.`;
    throw new DragomanError('RECORD_UNDECODABLE', words, { details: { partition, offset } });
  }
  const refusal = { code: 'RECORD_UNDECODABLE', text } as const;
  const rest = { otherKey: null, transaction: null, snapshot: null, sourceTimeMs: 0, refusal };
  return { kind: 'change', partition, offset, source, table, op, key, row: null, ...rest };
}

const placeText = (position: Position | null): string | null => position && positionText(position);

/** After the beginning of a source that learnt such rows before. */
export const withoutBlock = (source: string, { partition, offset }: ChangeEvent): DragomanError =>
  new DragomanError(
    'TRANSACTION_METADATA_MISSING',
    `${partition} carries a row without a transaction block at offset ${offset}, though source ${source} has begun: the source transaction cannot ` +
      'be rebuilt. Set provide.transaction.metadata=true on the connector (it was set before), and begin anew after a new snapshot (docs/beginning.md).',
    { details: { partition, offset } },
  );

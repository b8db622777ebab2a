/** What the sequencer cannot go on over: texts for people, with what to do next. */
import type { ChangeEvent, Undecodable } from '../domain/change-event.js';
import type { Position } from '../domain/position.js';
import { DragomanError } from '../errors.js';
import type { Frontier } from './frontier.js';

export const gap = (source: string, transaction: string, predecessor: Position, frontier: Position): DragomanError =>
  new DragomanError(
    'SOURCE_GAP',
    `Transaction ${transaction} of ${source} follows position ${predecessor}, but the last one seen ended at ${frontier}: a ` +
      `transaction between them never arrived. Nothing after it was published. Look for deleted or expired records of the ` +
      `transaction topic; gaps: report for this source goes on over such breaks.`,
    { details: { transaction, predecessor, frontier } },
  );

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
    `Transaction ${transaction} of ${source} stands at ${position ?? 'an unknown place'}, not after ${frontier ?? 'the one before it'}, ` +
      `which was passed. If the database was restored or replaced, raise the source's epoch; otherwise its log is not the one that ` +
      `was followed.`,
    { details: { transaction, position, frontier } },
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

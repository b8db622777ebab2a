/** What a row change is, apart from its content. Pure. */
import type { ChangeEvent, RowTransaction } from '../domain/source/change-event.js';

/** A row of a streamed transaction. */
export type StreamedChange = ChangeEvent & { readonly transaction: RowTransaction };

/**
 * Identity of a row change inside its transaction: its place in the log, what it touched, and how. Rows of one COPY page share a
 * place, and so do both halves of a key change.
 */
export const identityOf = ({ transaction, partition, table, key, op }: ChangeEvent): string =>
  `${transaction?.position ?? ''} ${partition} ${op} ${table} ${key}`;

/** Whether each change of `others` is among `rows`, as often, wherever it stands in the log. */
export function holdsAll(rows: readonly ChangeEvent[], others: readonly ChangeEvent[]): boolean {
  const left = new Map<string, number>();
  const nameOf = ({ partition, op, table, key }: ChangeEvent): string => `${partition} ${op} ${table} ${key}`;
  for (const row of rows) left.set(nameOf(row), (left.get(nameOf(row)) ?? 0) + 1);
  return others.every((row) => {
    const count = left.get(nameOf(row)) ?? 0;
    left.set(nameOf(row), count - 1);
    return count > 0;
  });
}

/** As a row that no transaction has: it is learnt at its place in its partition, and nothing is decided of it. */
export const bySelf = (row: ChangeEvent): ChangeEvent => ({
  ...row,
  transaction: null,
  snapshot: { generation: null, isLast: false },
});

/** Enough to find and park its aggregate. */
export const withoutContent = (row: ChangeEvent): ChangeEvent => ({ ...row, row: null });

/**
 * Order inside a transaction: by order numbers, or by places in the log where these are missing or started again. Rows that could
 * not be read come last. The `d` of a key change comes before its `c`; rows of one COPY page have no order among themselves.
 */
export function compareRows(left: ChangeEvent, right: ChangeEvent, byPlace: boolean): number {
  const [a, b] = [left.transaction, right.transaction];
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0);
  if (!byPlace) return (a.order ?? 0) - (b.order ?? 0);
  if (a.position !== b.position) return a.position < b.position ? -1 : 1;
  if (a.order !== null && b.order !== null && a.order !== b.order) return a.order - b.order;
  if (left.op !== right.op && (left.op === 'd' || right.op === 'd')) return left.op === 'd' ? -1 : 1;
  if (left.partition !== right.partition) return left.partition < right.partition ? -1 : 1;
  return left.offset - right.offset;
}

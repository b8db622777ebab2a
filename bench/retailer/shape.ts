/** What a backlog holds besides its size. Pure. */

export interface BacklogShape {
  /** Lines of every order. */
  readonly lines: number;
  /** Row changes of one source transaction in the middle of the others; 0: there is none. */
  readonly bigTransactionRows: number;
}

export const ORDINARY: BacklogShape = { lines: 8, bigTransactionRows: 0 };

/** Row changes of one group of orders in the simple profile, with its triggers: see simple.sql. */
export const groupRows = (lines: number): number => 15 * lines + 50;

/** Name of its folder, without digest. */
export function shapeName(rows: number, { lines, bigTransactionRows }: BacklogShape): string {
  const parts = ['simple', String(rows)];
  if (lines !== ORDINARY.lines) parts.push(`lines-${lines}`);
  if (bigTransactionRows > 0) parts.push(`big-${bigTransactionRows}`);
  return parts.join('-');
}

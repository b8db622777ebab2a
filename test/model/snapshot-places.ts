/**
 * Where snapshot rows may leave (recordings, facts 11 and 13: only the order inside a partition tells). A row leaves after every
 * transaction with a row before it in its partition, and before every transaction with rows only after it there. It leaves once;
 * a row between two rows of one transaction may be dropped when that transaction writes the same key again after it.
 */
export interface PlacedRow {
  readonly partition: string;
  readonly offset: number;
  /** Table and primary key. */
  readonly subject: string;
  /** Position of its transaction; null for a snapshot row. */
  readonly transaction: string | null;
}

/** @param left for every step in the order in which they left: the transaction's position, or the snapshot rows in it. */
export function misplaced(
  records: readonly PlacedRow[],
  left: readonly (string | readonly { readonly partition: string; readonly offset: number }[])[],
): string[] {
  const stepOfTransaction = new Map<string, number>();
  const stepsOfRow = new Map<string, number[]>();
  left.forEach((step, at) => {
    if (typeof step === 'string') stepOfTransaction.set(step, at);
    else for (const row of step) stepsOfRow.set(placeOf(row), [...(stepsOfRow.get(placeOf(row)) ?? []), at]);
  });
  return records
    .filter(({ transaction }) => transaction === null)
    .flatMap((row) => {
      const here = records.filter(({ partition }) => partition === row.partition);
      const before = transactionsOf(here.filter(({ offset }) => offset < row.offset));
      const after = here.filter(({ offset }) => offset > row.offset);
      const steps = stepsOfRow.get(placeOf(row)) ?? [];
      const [step] = steps;
      if (step === undefined) {
        const isSuperseded = after.some(
          ({ subject, transaction }) => subject === row.subject && transaction !== null && before.has(transaction),
        );
        return isSuperseded ? [] : [`${placeOf(row)} never left`];
      }
      const early = [...before].filter((each) => (stepOfTransaction.get(each) ?? -1) > step);
      const late = [...transactionsOf(after)].filter(
        (each) => !before.has(each) && (stepOfTransaction.get(each) ?? Infinity) < step,
      );
      return [
        ...(steps.length > 1 ? [`${placeOf(row)} left ${steps.length} times`] : []),
        ...early.map((each) => `${placeOf(row)} left before ${each}, which has a row before it`),
        ...late.map((each) => `${placeOf(row)} left after ${each}, whose rows all come after it`),
      ];
    });
}

const placeOf = ({ partition, offset }: { readonly partition: string; readonly offset: number }): string =>
  `${partition}@${offset}`;

const transactionsOf = (rows: readonly PlacedRow[]): Set<string> =>
  new Set(rows.flatMap(({ transaction }) => (transaction === null ? [] : [transaction])));

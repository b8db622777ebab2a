/**
 * Which columns a member's key function names. The function is run once with a recording row; it must hand back exactly the
 * columns that it read, so that the key can be found for a row of which only some columns are known.
 */
class ColumnReference {
  readonly column: string;
  constructor(column: string) {
    this.column = column;
  }
  /** Anything but handing the reference back (text, arithmetic, comparison) ends here. */
  [Symbol.toPrimitive](): never {
    throw new TypeError(`"${this.column}" is calculated with`);
  }
}

/** The key columns in key order, or null when the function does more than name columns. */
export function keyColumns(keyOf: (row: unknown) => unknown): readonly string[] | null {
  const read: string[] = [];
  const row = new Proxy(
    {},
    {
      get: (_, column) => {
        if (typeof column === 'symbol') throw new TypeError('not a column');
        read.push(column);
        return new ColumnReference(column);
      },
    },
  );
  try {
    return columnsIn(keyOf(row), read);
  } catch {
    return null;
  }
}

function columnsIn(answer: unknown, read: readonly string[]): readonly string[] | null {
  const references: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
  const columns = references.map((reference) => (reference instanceof ColumnReference ? reference.column : null));
  const plain = columns.length > 0 && columns.length === read.length && columns.every((c, i) => c === read[i]);
  return plain ? read : null;
}

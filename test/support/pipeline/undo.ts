/** Journal entries backwards: the rows before an entry, from those after it. */
import type { AggregateState } from '../../../src/domain/state/aggregate-state.js';
import type { JournalEntry } from '../../../src/domain/state/journal-entry.js';
import type { Row } from '../../../src/domain/tables/table.js';

export type Rows = Record<string, Record<string, Row>>;

/** Tables without rows are the same as none. */
export const plainRows = (rows: AggregateState['rows']): Rows =>
  Object.fromEntries(
    Object.entries(rows)
      .filter(([, all]) => Object.keys(all).length > 0)
      .map(([table, all]) => [table, { ...all }]),
  );

export function undone(after: Rows, { rows }: Pick<JournalEntry, 'rows'>): Rows {
  const before: Rows = structuredClone(after);
  for (const { table, key, was, is = {} } of rows) {
    const all = (before[table] ??= {});
    const others = Object.entries(all[key] ?? {}).filter(([column]) => !Object.hasOwn(is, column));
    if (was !== undefined) all[key] = { ...Object.fromEntries(others), ...was };
    else if (others.length === 0) Reflect.deleteProperty(all, key);
  }
  return plainRows(before);
}

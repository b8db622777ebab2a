/** Journal entries backwards: the rows of an aggregate before an entry, from those after it. Pure. */
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { JournalEntry } from '../../domain/state/journal-entry.js';
import type { Row } from '../../domain/tables/table.js';
import { copyOf, own } from '../../translate/own.js';

type Rows = AggregateState['rows'];

/** What does not change is shared with the rows after. A table without rows is left out. */
export function undone(after: Rows, { rows }: Pick<JournalEntry, 'rows'>): Rows {
  const before = copyOf(after);
  const tables = new Map<string, Record<string, Row>>();
  for (const { table, key, was, is = {} } of rows) {
    let all = tables.get(table);
    if (all === undefined) tables.set(table, (all = copyOf<Row>(own(after, table))));
    const others = Object.entries(all[key] ?? {}).filter(([column]) => !Object.hasOwn(is, column));
    if (was !== undefined) all[key] = { ...Object.fromEntries(others), ...was };
    else if (others.length === 0) Reflect.deleteProperty(all, key);
  }
  for (const [table, all] of tables) {
    if (Object.keys(all).length > 0) before[table] = all;
    else Reflect.deleteProperty(before, table);
  }
  return before;
}

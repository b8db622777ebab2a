/** What snapshots found, as the journal tells it. */
import type { JournalEntry, RowTold } from '../../../src/domain/state/journal-entry.js';

/** `200010 OrderReleasedToWarehouse 800002`; once, or the last part of the row's key, as the oracle names occurrences. */
export const missedIn = (journal: readonly Pick<JournalEntry, 'id' | 'verdicts'>[]): string[] =>
  journal.flatMap(({ id, verdicts }) =>
    verdicts.flatMap(({ fact, verdict, occurrence }) =>
      verdict === 'missed'
        ? [`${id} ${fact} ${occurrence === '' ? 'once' : (occurrence.split('/').at(-1) ?? '')}`]
        : [],
    ),
  );

/** `oms.ord_line 200002/1`. */
export const vanishedIn = (
  journal: readonly { readonly rows: readonly Pick<RowTold, 'table' | 'key' | 'op'>[] }[],
): string[] =>
  journal.flatMap(({ rows }) => rows.flatMap(({ table, key, op }) => (op === 'vanished' ? [`${table} ${key}`] : [])));

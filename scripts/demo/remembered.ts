/**
 * What is known of an order, put together from its journal entries: each says which values changed, and what happened. An order that
 * was known before the show began is known from its first entry on, as far as that tells. Pure.
 */
import type { JournalEntry, RowTold } from '../../src/domain/state/journal-entry.js';
import type { RowsByKey } from '../../src/domain/state/aggregate-state.js';

/** What of an entry the show is made of. */
export type ShownEntry = Omit<JournalEntry, 'v' | 'previous' | 'events'>;

export interface Remembered {
  /** By table, then by key. */
  readonly rows: Readonly<Record<string, RowsByKey>>;
  /** By fact: occurrences that happened. */
  readonly fired: Readonly<Record<string, ReadonlySet<string>>>;
}

/** After an entry. */
export const remembered = (before: Remembered | undefined, { rows, verdicts }: ShownEntry): Remembered => ({
  rows: rows.reduce(withRow, before?.rows ?? {}),
  fired: verdicts.reduce<Remembered['fired']>((fired, { fact, verdict, occurrence }) => {
    if (verdict !== 'fired' && verdict !== 'already') return fired;
    return { ...fired, [fact]: new Set([...(fired[fact] ?? []), occurrence]) };
  }, before?.fired ?? {}),
});

function withRow(all: Remembered['rows'], { table, key, was, is }: RowTold): Remembered['rows'] {
  if (was === undefined && is === undefined) return all;
  const { [key]: known, ...others } = all[table] ?? {};
  if (is !== undefined) return { ...all, [table]: { ...others, [key]: was === undefined ? is : { ...known, ...is } } };
  const rest = Object.entries(all).filter(([name]) => name !== table);
  return Object.fromEntries(Object.keys(others).length > 0 ? [...rest, [table, others]] : rest);
}

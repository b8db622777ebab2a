/** The version before kept all rows of a lookup table in one state. Now each row has its own. Pure. */
import type { SnapshotMarks } from '../../domain/state/aggregate-state.js';
import { unreadKey, unreadRow } from '../../domain/state/unread-row.js';
import { lookupRef } from '../../domain/tables/feed.js';
import { own } from '../../translate/own.js';
import type { FormerEntry, FormerState } from './former-entry.js';

/** Its id was the table. */
const FORMER_LOOKUPS = '~lookup';

/**
 * What is known of a lookup table, row by row; of anything else what it is. Where change sets wait, each row that they touch is parked with its
 * own part of them, and the others are not. Rows that vanished are gone.
 */
export function byLookupRow(entry: FormerEntry): readonly FormerEntry[] {
  if (entry.aggregate !== FORMER_LOOKUPS) return [entry];
  const { id: table, state } = entry;
  const waiting = state.parked?.waiting.flatMap(({ changes }) => changes.map(({ key }) => key)) ?? [];
  const known = Object.keys(own(state.rows, table) ?? {}).map((key) => unreadRow(key) ?? key);
  return [...new Set([...known, ...waiting])].map((key) => ({
    ...lookupRef(table, key),
    state: stateOf(state, table, key),
  }));
}

function stateOf({ rows, at, snapshots, parked }: FormerState, table: string, key: string): FormerState {
  return {
    ...{ rows: only(rows, table, key), fired: {}, sequence: 0, at, parked: parked && parkedOf(parked, table, key) },
    ...(snapshots === undefined ? {} : { snapshots: mapped(snapshots, (marks) => marksOf(marks, table, key)) }),
  };
}

const mapped = <V, W>(record: Readonly<Record<string, V>>, map: (value: V) => W): Record<string, W> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));

/** The row, and the doubt whether it is there. */
function only<V>(
  tables: Readonly<Record<string, Readonly<Record<string, V>>>>,
  table: string,
  key: string,
): Record<string, Record<string, V>> {
  const found = Object.entries(own(tables, table) ?? {}).filter(([name]) => name === key || name === unreadKey(key));
  return found.length === 0 ? {} : { [table]: Object.fromEntries(found) };
}

function marksOf({ staged, ...marks }: SnapshotMarks, table: string, key: string): SnapshotMarks {
  if (staged === undefined) return marks;
  return { ...marks, staged: staged.map(({ rows, ...stage }) => ({ ...stage, rows: only(rows, table, key) })) };
}

/** An end of a snapshot has no changes, and waits for all that are parked. */
function parkedOf(
  { waiting, ...why }: NonNullable<FormerState['parked']>,
  table: string,
  key: string,
): FormerState['parked'] {
  const own = waiting.flatMap((changeSet) => {
    const changes = changeSet.changes.filter((change) => change.key === key);
    if (changes.length === 0 && changeSet.kind !== 'snapshot-end') return [];
    return [{ ...changeSet, ...lookupRef(table, key), changes }];
  });
  return own.some(({ changes }) => changes.length > 0) ? { ...why, waiting: own } : null;
}

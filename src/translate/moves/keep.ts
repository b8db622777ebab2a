/**
 * States that only keep rows: those that wait for their parent, and each row of a lookup table. They are translated like any other, with
 * no rule to ask; here is what they do besides: rows that wait are bounded, and remember what transactions did to them, so that
 * rules hear of it when the parent is known; of a row of a lookup table that a snapshot did not have nobody is asked: it is gone. Pure.
 *
 * K1. What a snapshot told of a waiting row is silent; what a transaction did to it afterwards is untold, once.
 * K2. A row that comes and goes while it waits leaves nothing.
 * K3. What a row of a lookup table was in the snapshot that first told of it stays when a transaction changes it: aggregates that the same
 *     snapshot told of are judged by it (`looking.ts`).
 */
import type { ChangeSet } from '../../domain/change-set.js';
import type { AggregateState, Untold } from '../../domain/state/aggregate-state.js';
import type { CompiledAggregate } from '../../rules/compile.js';
import { Refused } from '../ask.js';
import { copyOf, own, ownIn, without } from '../own.js';
import { firstOf } from '../snapshots/marks.js';

/** Rows that may wait for one parent. */
export const WAITING_ROWS_MAX = 2_000;

export interface Keeping {
  readonly changeSet: ChangeSet;
  readonly before: AggregateState;
  /** As it was translated. */
  readonly after: AggregateState;
  readonly aggregate: CompiledAggregate;
}

/** @throws Refused WAITING_ROWS_FULL */
export function keep({ changeSet, before, after, aggregate }: Keeping): AggregateState {
  if (aggregate.keeps === 'lookup')
    return withBaseline(after.findings === undefined ? after : without(after, 'findings'), before, changeSet);
  const state = withUntold(after, before, changeSet);
  const rows = countRows(state);
  if (rows > WAITING_ROWS_MAX && rows > countRows(before)) throw full(changeSet, rows);
  return state;
}

/** K3. */
function withBaseline(state: AggregateState, before: AggregateState, { kind, origin }: ChangeSet): AggregateState {
  const first = kind === 'transaction' ? firstOf(before, origin) : undefined;
  return first === undefined ? state : { ...state, baseline: { ...first, rows: before.rows } };
}

type Tables = Record<string, Readonly<Record<string, Untold>>>;

/** @param state after the change set, all but what is untold. */
export function withUntold(
  state: AggregateState,
  before: AggregateState,
  { kind, changes, origin }: ChangeSet,
): AggregateState {
  const { untold: known, ...rest } = state;
  const untold: Tables = { ...known };
  const change = (table: string, key: string, entry: Untold | null): void => {
    const rows = copyOf(own(untold, table));
    // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a private copy, keyed by row
    if (entry === null) delete rows[key];
    else rows[key] = entry;
    untold[table] = rows;
  };
  for (const { table, key, op } of changes) {
    // What rules know of the row, also when it went and came again in this change set.
    const first = ownIn(known, table, key);
    const row = first === undefined ? (ownIn(before.rows, table, key) ?? null) : first.before;
    if (op === 'moved') change(table, key, null);
    else if (kind === 'transaction') {
      change(table, key, row === null && ownIn(state.rows, table, key) === undefined ? null : { before: row, origin });
    }
  }
  const tables = Object.entries(untold).filter(([, rows]) => Object.keys(rows).length > 0);
  return tables.length === 0 ? rest : { ...rest, untold: Object.fromEntries(tables) };
}

/** Rows that are there, and those that went without any rule having heard of it. */
export function countRows({ rows, untold = {} }: AggregateState): number {
  let count = 0;
  for (const table of Object.values(rows)) count += Object.keys(table).length;
  for (const [table, told] of Object.entries(untold)) {
    for (const key of Object.keys(told)) if (ownIn(rows, table, key) === undefined) count += 1;
  }
  return count;
}

/** The row `77` of `public.shipment` is the id of the state. */
const full = ({ id }: ChangeSet, rows: number): Refused =>
  new Refused(
    'WAITING_ROWS_FULL',
    `${rows} rows wait for the row ${id.slice(id.indexOf('/') + 1)} of ${id.slice(0, id.indexOf('/'))}, and at most ` +
      `${WAITING_ROWS_MAX} may. Check in the legacy system whether that row is there; a snapshot of it lets them go on.`,
  );

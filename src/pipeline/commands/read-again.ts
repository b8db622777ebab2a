/** What waits behind a parked aggregate, with the rows that were refused read by the table definitions of now. Pure. */
import { readAgain, readPartly } from '../../decode/refused/row.js';
import type { ChangeSet, RowChange } from '../../domain/change-set.js';
import type { Refusal } from '../../domain/refusal.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { CompiledRules } from '../../rules/compile.js';
import type { PartlyRead } from '../../translate/parking/discard.js';

export function withRowsReadAgain(state: AggregateState, rules: Pick<CompiledRules, 'tables'>): AggregateState {
  if (state.parked === null) return state;
  const waiting = state.parked.waiting.map((changeSet) => {
    const changes = changeSet.changes.map((change) => changeReadAgain(change, rules));
    return changes.every((change, i) => change === changeSet.changes[i]) ? changeSet : { ...changeSet, changes };
  });
  return { ...state, parked: { ...state.parked, waiting } };
}

function changeReadAgain(change: RowChange, { tables }: Pick<CompiledRules, 'tables'>): RowChange {
  const { refused, ...rest } = change;
  const table = tables.get(change.table);
  const read = refused && table && readAgain(refused, table);
  if (!read) return change;
  return read.refusal === null ? { ...rest, ...read } : { ...change, refusal: read.refusal };
}

/**
 * The changes of a change set that is given up, as far as they can be read. A record that could not be read may have been a delete, and
 * a transaction that never ended may not have taken place: of these rows not even that they are there is known.
 * @param refusal why it waits.
 */
export const partlyRead = (
  { changes }: Pick<ChangeSet, 'changes'>,
  refusal: Refusal | null,
  rules: Pick<CompiledRules, 'tables'>,
): PartlyRead[] =>
  changes.map((change) =>
    refusal?.code === 'TRANSACTION_WITHOUT_END' || change.refusal?.code === 'RECORD_UNDECODABLE'
      ? { ...change, unread: 'row' }
      : changeRead(TOO_LARGE.has(refusal?.code) ? withoutColumns(change) : change, rules),
  );

const TOO_LARGE: ReadonlySet<Refusal['code'] | undefined> = new Set([
  'AGGREGATE_TOO_LARGE',
  'ROW_TOO_LARGE',
  'DECISION_TOO_LARGE',
]);

/** What is in the row has no room in the state. */
function withoutColumns(change: RowChange): RowChange {
  const { refused, ...rest } = change;
  return refused === undefined && change.row === null ? change : { ...rest, row: null };
}

function changeRead(change: RowChange, { tables }: Pick<CompiledRules, 'tables'>): PartlyRead {
  const { refused, ...rest } = change;
  const isGone = change.op === 'd' || change.op === 'moved';
  if (isGone || change.row !== null) return { ...rest, refusal: null, unread: [] };
  const table = tables.get(change.table);
  if (table === undefined) return { ...change, unread: 'row' };
  if (refused === undefined) return { ...rest, row: {}, refusal: null, unread: Object.keys(table.columns) };
  return { ...rest, refusal: null, ...readPartly(refused, table) };
}

/** What waits behind a parked aggregate, with the rows that were refused read by the table definitions of now. Pure. */
import { readAgain } from '../decode/refused-row.js';
import type { AggregateState } from '../domain/aggregate-state.js';
import type { RowChange } from '../domain/change-set.js';
import type { CompiledRules } from '../rules/compile.js';

export function withRowsReadAgain(state: AggregateState, rules: Pick<CompiledRules, 'tables'>): AggregateState {
  if (state.parked === null) return state;
  const waiting = state.parked.waiting.map((changeSet) => ({
    ...changeSet,
    changes: changeSet.changes.map((change) => changeReadAgain(change, rules)),
  }));
  return { ...state, parked: { ...state.parked, waiting } };
}

function changeReadAgain(change: RowChange, { tables }: Pick<CompiledRules, 'tables'>): RowChange {
  const { refused, ...rest } = change;
  const table = tables.get(change.table);
  const read = refused && table && readAgain(refused, table);
  if (!read) return change;
  return read.refusal === null ? { ...rest, ...read } : { ...change, refusal: read.refusal };
}

/** Rows that are compared: tables without any are the same as none. */
import type { AggregateState } from '../../../src/domain/state/aggregate-state.js';

export const plainRows = (rows: AggregateState['rows']): AggregateState['rows'] =>
  Object.fromEntries(
    Object.entries(rows)
      .filter(([, all]) => Object.keys(all).length > 0)
      .map(([table, all]) => [table, { ...all }]),
  );

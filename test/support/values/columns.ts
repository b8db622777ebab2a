/** One column of a table of its own: wire value -> value, or the code of its refusal. */
import { convertRow, INEXACT } from '../../../src/decode/columns.js';
import type { TableDefinition } from '../../../src/domain/tables/table.js';
import type { Column } from '../../../src/rules/tables/table.js';

export const tableOf = ({ definition }: Column<unknown>): TableDefinition => ({
  name: 'oms.t',
  key: ['c'],
  columns: { c: definition },
});

/** @returns `undefined` for a column that is unavailable, `INEXACT`, or a refusal's code. */
export function convert(column: Column<unknown>, wire: unknown): unknown {
  const converted = convertRow({ c: wire }, tableOf(column));
  if (converted === INEXACT) return INEXACT;
  return converted.refusal === null ? converted.row.c : converted.refusal.code;
}

/** The text of the refusal; empty when there is none. */
export function refusalOf(column: Column<unknown>, wire: Record<string, unknown>, isPartial = false): string {
  const converted = convertRow(wire, tableOf(column), isPartial);
  return converted === INEXACT ? 'inexact' : (converted.refusal?.text ?? '');
}

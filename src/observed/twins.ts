/** Tables that differ in a number of their names alone: partitions, years, shards, which rules may read as one. Pure. */
import type { ObservedTable } from './form.js';

const SHOWN_MAX = 3;

export function withTwinsAsked(tables: readonly ObservedTable[]): ObservedTable[] {
  const groups = new Map<string, ObservedTable[]>();
  for (const table of tables) groups.set(formOf(table), [...(groups.get(formOf(table)) ?? []), table]);
  return tables.map((table) => {
    const twins = groups.get(formOf(table)) ?? [];
    if (twins.length < 2) return table;
    const pattern = table.name.replace(/\d+/g, '*');
    const names = twins.slice(0, SHOWN_MAX).map(({ name }) => name);
    const others = twins.length > SHOWN_MAX ? ` and ${twins.length - SHOWN_MAX} more` : '';
    const question =
      `${names.join(' and ')}${others} have the same columns: are they parts of one table? Then declare it once, with a column ` +
      `legacy.physicalTable(['${pattern}']).`;
    return { ...table, questions: [...table.questions, question] };
  });
}

const formOf = ({ name, columns, key }: ObservedTable): string =>
  JSON.stringify([name.replace(/\d+/g, '*'), key, columns.map((column) => column.name)]);

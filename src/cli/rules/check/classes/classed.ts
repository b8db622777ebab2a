/** Columns of a rule set that have a class. Pure. */
import type { ColumnDefinition, TableDefinition } from '../../../../domain/tables/table.js';
import type { RuleSet } from '../../../../rules/rule-set.js';
import { tablesOf } from '../../../../rules/check/check-tables.js';

export interface Classed {
  readonly table: TableDefinition;
  readonly column: string;
  readonly definition: ColumnDefinition;
  /** By the origins of the rule set, it says who made a change. */
  readonly isUser: boolean;
}

export const classedIn = ({ aggregates, origins = [] }: RuleSet): Classed[] =>
  tablesOf(aggregates).flatMap((table) =>
    Object.entries(table.columns)
      .filter(([, { sensitivity }]) => sensitivity !== 'public')
      .map(([column, definition]) => ({
        ...{ table, column, definition },
        isUser: origins.some((one) => one.table?.name === table.name && one.says.user === column),
      })),
  );

export const nameOf = ({ table, column }: Pick<Classed, 'table' | 'column'>): string => `${table.name}.${column}`;

/** `email of oms.cust (personal)`. */
export const wordsOf = ({ table, column, definition }: Classed): string =>
  `${column} of ${table.name} (${definition.sensitivity})`;

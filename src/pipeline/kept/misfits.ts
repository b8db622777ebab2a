/**
 * Whether an aggregate may be decided by rules that are not those of now: they read rows as the tables of now have them. More tables, columns
 * and codes do not matter to them; what they read has to be there, and to mean the same. Pure.
 */
import type { ColumnType } from '../../domain/tables/column-type.js';
import type { Feed } from '../../domain/tables/feed.js';
import type { ColumnDefinition, ColumnValue, TableDefinition } from '../../domain/tables/table.js';
import type { CompiledAggregate } from '../../rules/compile.js';
import type { GrownColumn } from '../../translate/pins.js';

type Declared = Pick<CompiledAggregate, 'tables' | 'memberOf' | 'lookups'>;

/** @returns in words, what its rules read and the rules of now have no more, or otherwise. */
export function misfits(kept: Declared, now: Declared): string[] {
  const members = [...kept.tables].flatMap(([name, table]) => {
    const [feed, feedNow] = [kept.memberOf.get(name), now.memberOf.get(name)];
    const tableNow = now.tables.get(name);
    if (feed === undefined || feedNow === undefined || tableNow === undefined)
      return [`table ${name} is no member of it any more`];
    if (placeText(feed, table) !== placeText(feedNow, tableNow)) return [`rows of ${name} are told apart otherwise`];
    return columnMisfits(table, tableNow, isTypeWithin);
  });
  const lookups = kept.lookups.flatMap(({ table }) => {
    const tableNow = now.lookups.find((one) => one.table.name === table.name)?.table;
    if (tableNow === undefined) return [`it does not look up ${table.name} any more`];
    if (textOf(table.key) !== textOf(tableNow.key)) return [`rows of ${table.name} are told apart otherwise`];
    return columnMisfits(table, tableNow, isTypeSame);
  });
  return [...members, ...lookups];
}

/** By table, columns of which there are more codes now. */
export function grownColumns(kept: Declared, now: Declared): ReadonlyMap<string, readonly GrownColumn[]> {
  const tables = [...kept.tables].map(([name, { columns }]) => {
    const grown = Object.entries(columns).flatMap(([column, { type }]): GrownColumn[] => {
      const typeNow = now.tables.get(name)?.columns[column]?.type;
      if (!isCoded(type) || typeNow === undefined || isTypeSame(type, typeNow)) return [];
      return [{ column, known: new Set<ColumnValue>(Object.values(type.codes)) }];
    });
    return [name, grown] as const;
  });
  return new Map(tables.filter(([, grown]) => grown.length > 0));
}

const placeText = ({ cardinality, keyColumns, via }: Feed, { key }: TableDefinition): string =>
  textOf([cardinality, key, keyColumns, via?.table]);

type IsFit = (kept: ColumnType, now: ColumnType) => boolean;

const columnMisfits = (kept: TableDefinition, now: TableDefinition, isFit: IsFit): string[] =>
  Object.entries(kept.columns).flatMap(([name, column]) => {
    const how = columnMisfit(column, now.columns[name], isFit);
    return how === null ? [] : [`column ${kept.name}.${name} ${how}`];
  });

function columnMisfit(kept: ColumnDefinition, now: ColumnDefinition | undefined, isFit: IsFit): string | null {
  if (now === undefined) return 'is not declared any more';
  if (!isFit(kept.type, now.type)) return 'is of another type';
  if (isMaybeNull(now) && !isMaybeNull(kept)) return 'may be null now';
  return null;
}

const isMaybeNull = ({ nullable, optional }: ColumnDefinition): boolean => nullable || optional === true;

const isTypeSame: IsFit = (kept, now) => textOf(kept) === textOf(now);

type Coded = Extract<ColumnType, { readonly kind: 'code' | 'set' }>;

const isCoded = (type: ColumnType): type is Coded => type.kind === 'code' || type.kind === 'set';

/** Codes may have come to those that are known, which mean what they meant. */
const isTypeWithin: IsFit = (kept, now) => {
  if (!isCoded(kept) || !isCoded(now)) return isTypeSame(kept, now);
  if (isTypeSame(kept, now)) return true;
  const common = Object.entries(now.codes).filter(([code]) => Object.hasOwn(kept.codes, code));
  return kept.other === undefined && isTypeSame(kept, { ...now, codes: Object.fromEntries(common) });
};

/** Whatever the order of names. Definitions of other rules are objects of another realm. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part !== 'object' || part === null || Array.isArray(part)
      ? part
      : Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))),
  );

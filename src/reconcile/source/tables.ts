/**
 * Declared tables whose rows are in states, and where they are in the databases: by which columns each is walked, and by which a row is looked for.
 * A table of several physical ones, or of several sources, is read from each. Pure.
 */
import { sqlKeyPart, type SqlKeyPart } from '../../decode/sql/keys.js';
import { type SqlRowReader, sqlRowReader } from '../../decode/sql/rows.js';
import { declaredTables, physicalTablesOf } from '../../domain/tables/physical-table.js';
import { keyParts, type Row, type TableDefinition } from '../../domain/tables/table.js';
import { DragomanError } from '../../errors.js';
import type { CompiledRules } from '../../rules/compile.js';
import type { AskedColumn, AskedTable, DatabaseRows, RealTable, SourceDatabase } from './ports.js';

export interface CheckedTable {
  readonly definition: TableDefinition;
  readonly parts: readonly TablePart[];
}

/** One table of one database. */
export interface TablePart {
  readonly source: string;
  readonly definition: TableDefinition;
  readonly rows: DatabaseRows;
  readonly whole: ReadOf;
  /** The columns of its key alone. */
  readonly keys: ReadOf;
  readonly rowsAbout: number | null;
  /** What the column that tells the physical table has; null: there is none. */
  readonly physical: string | null;
  /** Null: rows cannot be looked for by key. */
  readonly lookedForBy: LookedForBy | null;
}

/** What is read of each row. */
export interface ReadOf {
  readonly asked: AskedTable;
  readonly reader: SqlRowReader;
}

export interface LookedForBy {
  readonly columns: readonly AskedColumn[];
  readonly partsOf: readonly { readonly place: number; readonly of: SqlKeyPart }[];
  /** Texts whose blanks do not count: what is not found may be there with some. */
  readonly mayHaveBlanks: boolean;
}

export interface Plan {
  readonly tables: ReadonlyMap<string, CheckedTable>;
  /** Declared, and not compared: why. */
  readonly left: ReadonlyMap<string, string>;
}

export interface PlanOf {
  readonly rules: CompiledRules;
  readonly databases: readonly (SourceDatabase & { readonly tables: readonly RealTable[] })[];
  /** Every source of the pipeline has a database: what is in none of them is not there. */
  readonly isComplete: boolean;
  /** Empty: all. */
  readonly wanted: readonly string[];
}

/** @throws DragomanError RECONCILE_SCHEMA, COMMAND_INVALID */
export function planOf({ rules, databases, isComplete, wanted }: PlanOf): Plan {
  const declared = new Map([...rules.tables].filter(([name]) => rules.feeds.has(name) || rules.lookups.has(name)));
  const unknown = wanted.filter((name) => !declared.has(name));
  if (unknown.length > 0)
    throw new DragomanError(
      'COMMAND_INVALID',
      `No aggregate is fed by ${unknown.join(', ')}, and it is no lookup table. There are: ${[...declared.keys()].join(', ')}.`,
    );
  const chosen = new Map([...declared].filter(([name]) => wanted.length === 0 || wanted.includes(name)));
  const tableOf = declaredTables(declared.values());
  const [tables, left, problems] = [new Map<string, CheckedTable>(), new Map<string, string>(), [] as string[]];
  for (const database of databases) {
    const schemaOf = new Map(Object.entries(database.schemas).map(([rulesName, name]) => [name, rulesName]));
    for (const real of database.tables) {
      const name = declaredName(real.name, schemaOf);
      const definition = tableOf(name);
      if (definition === undefined || !chosen.has(definition.name)) continue;
      const physical = physicalTablesOf(definition);
      if (physical !== null && physical.valueOf(name) === null) continue; // the parent of those that are read
      const lacking = lackingColumns(definition, real);
      if (lacking.length > 0) problems.push(`${real.name} (${database.name}) has no ${lacking.join(', ')}`);
      else if (real.key.length === 0) left.set(definition.name, `${real.name} has no primary key and no unique index`);
      else {
        const part = partOf(database, real, definition, name);
        const known = tables.get(definition.name)?.parts ?? [];
        tables.set(definition.name, { definition, parts: [...known, part] });
      }
    }
  }
  for (const name of chosen.keys()) {
    if (tables.has(name) || left.has(name)) continue;
    if (isComplete) problems.push(`${name} is in no database, or may not be read`);
    else left.set(name, 'it is in no database that reconcile.databases names');
  }
  if (problems.length > 0) throw otherSchema(problems);
  for (const name of left.keys()) tables.delete(name); // a part of a table is never taken for the whole
  return { tables: new Map([...tables].sort(([a], [b]) => (a < b ? -1 : 1))), left };
}

const otherSchema = (problems: readonly string[]): DragomanError =>
  new DragomanError(
    'RECONCILE_SCHEMA',
    `The database is not what the rules declare: ${problems.join('; ')}. Every row would be different. Give the right database ` +
      '(reconcile.databases, its `schemas`), give the user SELECT, or declare what is there (`optional()` for columns that may be missing).',
    { details: { problems } },
  );

/** `legacy.ord` for `legacy_2.ord`, if the schema is another one there. */
function declaredName(name: string, schemaOf: ReadonlyMap<string, string>): string {
  const dot = name.indexOf('.');
  const schema = name.slice(0, dot);
  return `${schemaOf.get(schema) ?? schema}${name.slice(dot)}`;
}

function lackingColumns(definition: TableDefinition, { columns }: RealTable): string[] {
  const there = new Set(columns.map(({ name }) => name));
  const own = physicalTablesOf(definition)?.column;
  return Object.entries(definition.columns).flatMap(([name, { optional }]) =>
    name === own || optional === true || there.has(name) ? [] : [name],
  );
}

function partOf(
  { name: source, rows }: SourceDatabase,
  real: RealTable,
  definition: TableDefinition,
  name: string,
): TablePart {
  const there = new Map(real.columns.map((column) => [column.name, column]));
  const asked = (column: string): AskedColumn | undefined => {
    const found = there.get(column);
    const type = definition.columns[column]?.type ?? ({ kind: 'text', trim: false } as const);
    return found === undefined ? undefined : { ...found, type };
  };
  const readOf = (table: TableDefinition): ReadOf => {
    const reader = sqlRowReader(table, there, name);
    const columns = reader.columns.flatMap((column) => asked(column.name) ?? []);
    return { asked: { name: real.name, columns, key: real.key.flatMap((column) => asked(column) ?? []) }, reader };
  };
  return {
    ...{ source, definition, rows, rowsAbout: real.rowsAbout },
    ...{ whole: readOf(definition), keys: readOf(onlyKey(definition)) },
    physical: physicalTablesOf(definition)?.valueOf(name) ?? null,
    lookedForBy: lookedForBy(definition, asked),
  };
}

const onlyKey = (definition: TableDefinition): TableDefinition => ({
  ...definition,
  columns: Object.fromEntries(Object.entries(definition.columns).filter(([name]) => definition.key.includes(name))),
});

function lookedForBy(
  { key, columns }: TableDefinition,
  asked: (column: string) => AskedColumn | undefined,
): LookedForBy | null {
  const found = key.flatMap((name, place) => {
    const type = columns[name]?.type;
    const of = type === undefined ? null : sqlKeyPart(type);
    const column = asked(name);
    return of === null || column === undefined ? [] : [{ place, of, column }];
  });
  if (found.length === 0) return null;
  return {
    columns: found.map(({ column }) => column),
    partsOf: found,
    mayHaveBlanks: found.some(({ column: { type } }) => type.kind === 'text' && type.trim),
  };
}

/** A row as it is in the database now. */
export interface TheirRow {
  readonly source: string;
  readonly row: Row;
  /** Why it could not be read as it is declared; null: it could. */
  readonly refused: string | null;
}

/**
 * Rows of the table with these keys, by key.
 * @param keys as states have them. @param what is read of each of them.
 * @returns `unasked`: keys by which the database cannot be asked.
 */
export async function rowsWith(
  { definition, parts }: CheckedTable,
  keys: readonly string[],
  what: 'whole' | 'keys',
): Promise<{ readonly found: ReadonlyMap<string, TheirRow>; readonly unasked: ReadonlySet<string> }> {
  const [found, unasked] = [new Map<string, TheirRow>(), new Set<string>()];
  const physicalPlace = definition.key.indexOf(physicalTablesOf(definition)?.column ?? '');
  for (const part of parts) {
    const left = keys.filter((key) => {
      const isOfAnother = physicalPlace !== -1 && keyParts(key)[physicalPlace] !== part.physical;
      return !isOfAnother && !found.has(key);
    });
    const asking = askedBy(part, left, unasked);
    for (const isLoose of part.lookedForBy?.mayHaveBlanks === true ? [false, true] : [false]) {
      const missing = [...asking].filter(([key]) => !found.has(key));
      if (missing.length === 0) break;
      const { asked, reader } = part[what];
      const values = missing.map(([, each]) => each);
      for (const texts of await part.rows.find(asked, part.lookedForBy?.columns ?? [], values, isLoose)) {
        const { row, key, refusal } = reader.read(texts);
        if (key !== null && asking.has(key))
          found.set(key, { source: part.source, row, refused: refusal?.text ?? null });
      }
    }
  }
  return { found, unasked };
}

/** Values of the columns by which a row is looked for, by its key. */
function askedBy(
  { lookedForBy: by }: TablePart,
  keys: readonly string[],
  unasked: Set<string>,
): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, readonly string[]>();
  for (const key of keys) {
    const parts = keyParts(key);
    const asked = by?.partsOf.map(({ place, of }) => of(parts[place] ?? '')) ?? [null];
    if (asked.includes(null)) unasked.add(key);
    else values.set(key, asked as string[]);
  }
  return values;
}

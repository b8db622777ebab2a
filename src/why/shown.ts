/** Parts of answers: what is in states and entries as people may see it. Values of personal and secret columns only where they were asked for. Pure. */
import { type Origin } from '../domain/change-set.js';
import { positionText } from '../domain/source/position.js';
import type { DeadlineTold, EventTold, JournalEntry, RowTold } from '../domain/state/journal-entry.js';
import type { ColumnValue, Row, TableDefinition } from '../domain/tables/table.js';
import type { CompiledRules } from '../rules/compile.js';
import type { AskedCondition } from './asking/asked.js';
import type { ConditionAnswer, OriginAnswer, ReadAnswer, RowAnswer, SaidAnswer, SeenAnswer } from './answer.js';
import type { Told } from './history/chain.js';
import type { Read } from './asking/reads.js';
import type { Writer, Writers } from './history/writers.js';
import { repairShown } from './history/repairs.js';
import { pairsShown } from './pairs.js';

export const ROWS_SHOWN_MAX = 10;
export const READS_SHOWN_MAX = 3;
/** A value with more characters is cut. */
const VALUE_CHARS_MAX = 500;

export const timeText = (ms: number): string => new Date(ms).toISOString();

export const originShown = ({ source, transactionId, position, generation, commitTimeMs }: Origin): OriginAnswer => {
  const place = position ?? generation ?? null;
  return {
    ...{ source, transaction: transactionId, committed: timeText(commitTimeMs) },
    position: place === null ? null : positionText(place),
  };
};

export const placeShown = ({ partition, offset }: Pick<Told, 'partition' | 'offset'>) => ({ partition, offset });

type Saying = Pick<JournalEntry, 'said' | 'isSealed' | 'origin'>;

export class Shown {
  readonly #tables: CompiledRules['tables'];
  readonly #rules: Pick<CompiledRules, 'contracts' | 'aggregates'>;
  readonly #hasOrigins: boolean;
  /** Values of personal and secret columns are asked for. */
  readonly isAll: boolean;

  constructor(rules: Pick<CompiledRules, 'tables' | 'origins' | 'contracts' | 'aggregates'>, isAll: boolean) {
    this.#tables = rules.tables;
    this.#rules = rules;
    this.#hasOrigins = rules.origins.length > 0;
    this.isAll = isAll;
  }

  /** Without a definition nothing is known to be public. */
  value(table: string, column: string, value: ColumnValue): ColumnValue {
    const sensitivity = this.#definition(table)?.columns[column]?.sensitivity ?? 'personal';
    if (!this.isAll && sensitivity !== 'public' && value !== null) return `[${sensitivity}]`;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return text.length > VALUE_CHARS_MAX ? `${text.slice(0, VALUE_CHARS_MAX)}...` : value;
  }

  /** Absent where the rules declare no origin and nothing was said, where no transaction could say it, and where it is sealed. */
  said({ said, isSealed, origin }: Saying): { readonly said?: SaidAnswer } {
    if (isSealed === true || origin.transactionId === null || (said === undefined && !this.#hasOrigins)) return {};
    const { user = null, useCase = null, system = null, unread = null } = said ?? {};
    return { said: { user: user === null || this.isAll ? user : '[personal]', useCase, system, unread } };
  }

  pairs(entry: JournalEntry): Pick<SeenAnswer, 'parity' | 'trial'> {
    return pairsShown(entry, this.#rules, this.isAll);
  }

  row({ table, key, op, was, is }: RowTold): RowAnswer {
    return {
      ...{ table, key, op },
      ...(was === undefined ? {} : { was: this.#values(table, was) }),
      ...(is === undefined ? {} : { is: this.#values(table, is) }),
    };
  }

  /** The first of them; those that changed before the others. */
  rows(all: readonly RowTold[]): Pick<SeenAnswer, 'rows' | 'moreRows'> {
    const isChanged = ({ was, is }: RowTold): boolean => was !== undefined || is !== undefined;
    const told = toldOnce(all);
    const inOrder = [...told.filter(isChanged), ...told.filter((row) => !isChanged(row))];
    const rows = inOrder.slice(0, ROWS_SHOWN_MAX).map((row) => this.row(row));
    return { rows, moreRows: all.length - rows.length };
  }

  /** @param told at which it was asked about; null: as things are now. */
  condition(
    { name, holds, failure, reads, dropped }: AskedCondition,
    writers: Writers,
    told: Told | null,
  ): ConditionAnswer {
    if (holds === true) return { name, holds, failure, reads: [], moreReads: 0 };
    // That a table has rows is said by what was read of them.
    const tables = new Set(reads.flatMap(({ table, column }) => (column === null ? [] : [table])));
    const telling = reads.filter(({ table, key, column }) => key !== null || column !== null || !tables.has(table));
    const shown = telling.slice(0, READS_SHOWN_MAX).map((read) => this.#read(read, writers, told));
    return { name, holds, failure, reads: shown, moreReads: telling.length - shown.length + dropped };
  }

  #read({ table, key, column, value, isBefore }: Read, writers: Writers, told: Told | null): ReadAnswer {
    const wrote = writerShown(writers.of(table, key, column, { told, isBefore: isBefore === true }));
    const at = { table, key, column, wrote, ...(isBefore === undefined ? {} : { isBefore }) };
    if (value === undefined) return at;
    return { ...at, value: json(column === null ? value : this.value(table, column, value)) };
  }

  #values(table: string, row: Row): Record<string, Json> {
    return Object.fromEntries(
      Object.entries(row).map(([column, value]) => [column, json(this.value(table, column, value))]),
    );
  }

  #definition(table: string): TableDefinition | undefined {
    return this.#tables.get(table);
  }
}

/** Of a row that came, each change of its transaction has all of it: it is shown with the first. */
function toldOnce(all: readonly RowTold[]): RowTold[] {
  const came = new Set<string>();
  return all.map((row) => {
    const { table, key, op, was, is } = row;
    const name = `${table}\t${key}`;
    if (was === undefined && is !== undefined && came.has(name)) return { table, key, op };
    if (was === undefined) came.add(name);
    return row;
  });
}

type Json = NonNullable<ReadAnswer['value']> | null;

/** The same, but for who may change it. */
const json = (value: ColumnValue): Json => value as Json;

const writerShown = (writer: Writer): ReadAnswer['wrote'] =>
  'told' in writer
    ? { kind: writer.kind, origin: originShown(writer.told.entry.origin), entry: placeShown(writer.told) }
    : { kind: writer.kind };

export function seenShown(told: Told, shown: Shown): SeenAnswer {
  const { origin, outcome, digest, rows, events = [], deadlines = [], isSealed = false } = told.entry;
  const { refusal, intervention = null } = told.entry;
  return {
    ...{ origin: originShown(origin), outcome, entry: placeShown(told), digest },
    ...shown.rows(rows),
    events: events.map(({ value }) => ({ id: String(value['eventId']), type: String(value['eventType']) })),
    deadlines: deadlines.map((deadline) => deadlineShown(deadline)),
    ...{ refusal, intervention, isSealed, ...shown.said(told.entry), ...eventShown(told.entry.told) },
    ...(told.entry.echoes === undefined ? {} : { echoes: told.entry.echoes.map((echo) => ({ ...echo })) }),
    ...shown.pairs(told.entry),
    ...repairOf(told.entry),
  };
}

function repairOf(entry: JournalEntry): Pick<SeenAnswer, 'repair'> {
  const repair = repairShown(entry);
  return repair === null ? {} : { repair };
}

function eventShown(told: EventTold | undefined): Pick<SeenAnswer, 'told'> {
  if (told === undefined) return {};
  const { contract, eventId, sequence: number, producer, epoch, finding = null } = told;
  return { told: { contract, eventId, number, producer, epoch, finding: finding && { ...finding } } };
}

const deadlineShown = ({ unmet, unknown, by, ...told }: DeadlineTold): SeenAnswer['deadlines'][number] => ({
  ...told,
  ...(unmet === undefined ? {} : { unmet: [...unmet] }),
  ...(unknown === undefined ? {} : { unknown: [...unknown] }),
  ...(by === undefined ? {} : { by: [...by] }),
});

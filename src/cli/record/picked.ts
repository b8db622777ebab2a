/**
 * Which records a recording takes: all, those of some source transactions, or the rows of some aggregates as the rules join them. Rows that are
 * found via others are asked after those, so topics are read in rounds. Pure, but for what it remembers.
 */
import { isObject } from '../../domain/json-text.js';
import { convertKey, INEXACT } from '../../decode/columns.js';
import { CONNECTOR_NAMES, CONNECTORS } from '../../decode/connectors/connectors.js';
import { type JsonObject, parseObject, parseObjectExactly, SchemaPrefixes } from '../../decode/envelope.js';
import { withPhysical } from '../../decode/key/record-key.js';
import type { Feed } from '../../domain/tables/feed.js';
import { declaredTables, physicalTablesOf } from '../../domain/tables/physical-table.js';
import { keyText, type TableDefinition } from '../../domain/tables/table.js';
import type { CompiledRules } from '../../rules/compile.js';

export interface RecordTexts {
  readonly key: string | null;
  readonly value: string | null;
}

export interface Pick {
  isPicked(record: RecordTexts): boolean;
}

/** Rows of these transactions: as the journal names them. */
export class TransactionPick implements Pick {
  readonly #ids: ReadonlySet<string>;
  readonly #prefixes = new SchemaPrefixes();

  constructor(ids: readonly string[]) {
    this.#ids = new Set(ids);
  }

  isPicked({ value }: RecordTexts): boolean {
    const envelope = value === null ? null : parseObject(value, this.#prefixes);
    if (envelope === null || !isObject(envelope.source)) return false;
    const connector = connectorOf(envelope.source);
    const block =
      isObject(envelope.transaction) && typeof envelope.transaction.id === 'string' ? envelope.transaction.id : null;
    const id = connector?.rowTransaction(envelope.source, block, null)?.id;
    return (id !== undefined && this.#ids.has(id)) || (block !== null && this.#ids.has(block));
  }
}

const connectorOf = (source: JsonObject) => {
  const name = CONNECTOR_NAMES.find((known) => CONNECTORS[known].names.includes(String(source.connector)));
  return name === undefined ? undefined : CONNECTORS[name];
};

/** A feed, with the table as if the columns that join it were its key. */
interface Joined {
  readonly feed: Feed;
  readonly table: TableDefinition;
  readonly joining: TableDefinition;
}

/** Rows of these aggregates, from when they first belong to one of them on. */
export class AggregatePick implements Pick {
  readonly #byTable = new Map<string, Joined[]>();
  readonly #declared: (physical: string) => TableDefinition | undefined;
  /** `order` with its ids. */
  readonly #wanted: ReadonlyMap<string, ReadonlySet<string>>;
  /** `oms.ord_line/4711/1`. */
  readonly #rows = new Set<string>();
  readonly #prefixes = new SchemaPrefixes();

  constructor({ feeds, tables }: CompiledRules, wanted: ReadonlyMap<string, ReadonlySet<string>>) {
    this.#wanted = wanted;
    this.#declared = declaredTables(tables.values());
    for (const [name, ofTable] of feeds) {
      const table = tables.get(name);
      if (table === undefined) continue;
      const joined = ofTable
        .filter(({ aggregate }) => wanted.has(aggregate))
        .map((feed) => ({ feed, table, joining: { ...table, key: feed.keyColumns } }));
      if (joined.length > 0) this.#byTable.set(name, joined);
    }
  }

  /** How many other tables have to be read before it; null: none of its rows is wanted. */
  roundOf(table: string): number | null {
    const depths = (this.#byTable.get(table) ?? []).map(({ feed }) => depthOf(feed));
    return depths.length === 0 ? null : Math.max(...depths);
  }

  isPicked({ key, value }: RecordTexts): boolean {
    const envelope = value === null ? null : parseObject(value, this.#prefixes);
    if (envelope === null || !isObject(envelope.source)) return false;
    const physical = connectorOf(envelope.source)?.tableName(envelope.source) ?? '';
    const table = this.#declared(physical);
    const joined = table && this.#byTable.get(table.name);
    if (table === undefined || joined === undefined) return false;
    const whole = (row: JsonObject | null): JsonObject | null =>
      row && withPhysical(row, physicalTablesOf(table), physical);
    const wire = whole(isObject(envelope.after) ? envelope.after : parseObject(key ?? '', this.#prefixes));
    const exact = (): JsonObject | null => {
      const after = parseObjectExactly(value ?? '')?.after;
      return whole(isObject(after) ? after : parseObjectExactly(key ?? ''));
    };
    return wire !== null && joined.some((one) => this.#belongs(one, wire, exact));
  }

  #belongs({ feed, table, joining }: Joined, wire: JsonObject, exact: () => JsonObject | null): boolean {
    const own = keyIn(wire, table, exact);
    const row = own === null ? null : `${table.name}/${own}`;
    const joins = keyIn(wire, joining, exact);
    const isWanted =
      joins !== null &&
      (feed.via === null
        ? this.#wanted.get(feed.aggregate)?.has(joins) === true
        : this.#rows.has(`${feed.via.table}/${joins}`));
    if (isWanted && row !== null) this.#rows.add(row);
    return isWanted || (row !== null && this.#rows.has(row));
  }
}

const depthOf = ({ via }: Feed): number => (via === null ? 0 : 1 + depthOf(via));

/** Null: the row does not have it, as a delete that carries its primary key alone. */
function keyIn(wire: JsonObject, table: TableDefinition, exact: () => JsonObject | null): string | null {
  const parts = convertKey(wire, table);
  if (parts !== INEXACT) return parts && keyText(parts);
  const whole = exact();
  const again = whole === null ? null : convertKey(whole, table);
  return again === null || again === INEXACT ? null : keyText(again);
}

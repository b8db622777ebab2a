/** Whether records are of the source, the log and the table that they are read for. Remembers the log, and the place of each table's last row. */
import { type PhysicalTables } from '../domain/tables/physical-table.js';
import type { TableDefinition } from '../domain/tables/table.js';
import type { Connector } from './connectors/connector.js';
import type { JsonObject, SchemaPrefixes } from './envelope.js';
import { foreignRows, type Place, severalLogs } from './refused/topic.js';
import type { ForeignReader } from './scan/foreign-reader.js';
import type { RowReader } from './scan/row-reader.js';

/** A table that is read. */
export interface Declared {
  readonly definition: TableDefinition;
  readonly physical: PhysicalTables | null;
  readonly reads: (topic: string) => boolean;
  /** Of their values. */
  readonly prefixes: SchemaPrefixes;
  readonly rows: RowReader;
  /** Whether a row with this primary key is of other shards; null: its key does not tell. */
  readonly isForeign: ((key: string) => boolean) | null;
  /** Null likewise. */
  readonly foreign: ForeignReader | null;
  /** Of the row that was read last: nearly always all come from one place. */
  origin: Origin | null;
}

type Origin = Readonly<Record<'connector' | 'name' | 'db' | 'schema' | 'table', unknown>> & {
  /** Name of the physical table as rules see it. */
  readonly from: string;
};

export class Origins {
  readonly #source: string;
  readonly #connector: Connector;
  /** Of the first record that told; null until then. */
  #log: string | null = null;

  constructor({ source, connector }: { readonly source: string; readonly connector: Connector }) {
    this.#source = source;
    this.#connector = connector;
  }

  /** Name of its physical table as rules see it; null: it may be of another table, or source. */
  of(source: JsonObject, table: Declared): string | null {
    const { connector, name, db, schema, table: physicalTable } = source;
    const { origin } = table;
    if (origin !== null && origin.table === physicalTable && origin.schema === schema && origin.db === db)
      if (origin.connector === connector && origin.name === name) return origin.from;
    if (!this.#isOurs(source, table)) return null;
    const from = table.physical?.valueOf(this.#connector.tableName(source)) ?? table.definition.name;
    table.origin = { connector, name, db, schema, table: physicalTable, from };
    return from;
  }

  /** @throws DragomanError (disposition `refuse`) */
  check(record: Place, source: JsonObject, table: Declared): void {
    const { definition } = table;
    if (!this.#isOurs(source, table))
      throw foreignRows(record, { found: source, source: this.#source, connector: this.#connector, definition });
    this.checkLog(record, definition.name);
  }

  #isOurs(source: JsonObject, { definition, physical }: Declared): boolean {
    const connector = this.#connector;
    if (!connector.names.includes(String(source.connector)) || source.name !== this.#source) return false;
    const table = connector.tableName(source);
    return physical === null ? table === definition.name : physical.valueOf(table) !== null;
  }

  /** @throws DragomanError (disposition `refuse`) */
  checkLog(record: Place, table: string): void {
    const log = this.#connector.logOf?.(table);
    if (log === undefined) return;
    this.#log ??= log;
    if (log !== this.#log) throw severalLogs(record, [this.#log, log]);
  }
}

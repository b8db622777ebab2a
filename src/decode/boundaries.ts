/** Records of the transaction topic -> BEGIN and END. */
import { ANNOTATION_ROWS } from '../domain/source/annotation.js';
import type { TransactionBegin, TransactionEnd } from '../domain/source/change-event.js';
import { isInstant } from '../domain/source/instants.js';
import type { Mode } from '../domain/source/mode.js';
import type { PhysicalTables } from '../domain/tables/physical-table.js';
import type { TableDefinition } from '../domain/tables/table.js';
import type { Connector } from './connectors/connector.js';
import { type JsonObject, parseObject, SchemaPrefixes, textOf } from './envelope.js';
import { boundaryUnreadable, type Place } from './refused/topic.js';
import type { Ground } from './scan/ground.js';
import { countsOf, sumOf } from './wire-counts.js';

/** @throws DragomanError when positions of a table belong to another log than those before. */
export type CheckLog = (place: Place, table: string) => void;

interface BoundaryRecord extends Place {
  readonly partition: string;
  readonly value: Buffer | null;
}

interface BoundarySettings {
  readonly connector: Connector;
  readonly mode: Mode;
  readonly ground: Ground;
  readonly tables: readonly { readonly definition: TableDefinition; readonly physical: PhysicalTables | null }[];
  readonly checkLog: CheckLog;
  /** Logical messages inside of transactions are read, so what END counts of them counts. */
  readonly readsAnnotations: boolean;
}

export class Boundaries {
  readonly #settings: BoundarySettings;
  readonly #prefixes = new SchemaPrefixes();
  /** What END counts and what is declared have the same names. */
  readonly #isPlain: boolean;

  constructor(settings: BoundarySettings) {
    this.#settings = settings;
    this.#isPlain = !settings.readsAnnotations && settings.tables.every(({ physical }) => physical === null);
  }

  /** @throws DragomanError SOURCE_UNSUPPORTED */
  decode(record: BoundaryRecord): TransactionBegin | TransactionEnd {
    const known = record.value === null ? null : this.#settings.ground.boundary(record.value);
    const decoded = known === null ? null : this.#boundaryOf(record, known);
    if (decoded !== null) return decoded;
    const text = record.value === null ? null : textOf(record.value);
    const value = text === null ? null : parseObject(text, this.#prefixes);
    const found = value === null ? null : this.#boundaryOf(record, value);
    if (found === null) throw boundaryUnreadable(record, text, value);
    return found;
  }

  #boundaryOf(record: BoundaryRecord, value: JsonObject): TransactionBegin | TransactionEnd | null {
    const { connector, mode, checkLog } = this.#settings;
    if (typeof value.id !== 'string') return null;
    const { partition, offset } = record;
    const { id, position, serial } = connector.boundary(value.id);
    if (value.status === 'BEGIN') {
      const firstRow = connector.beginHasFirstRow === true && position !== null ? { firstRow: position } : {};
      return { kind: 'begin', id, ...(serial === null ? {} : { serial }), ...firstRow, partition, offset };
    }
    const isUnplaced = position === null && mode === 'exact' && connector.endHasPosition;
    const { event_count: counted, ts_ms: sourceTimeMs } = value;
    if (value.status !== 'END' || isUnplaced || !Number.isSafeInteger(counted) || !isInstant(sourceTimeMs)) return null;
    const physical = countsOf(value.data_collections ?? []);
    if (physical === null || sumOf(physical) !== counted) return null;
    for (const table of physical.keys()) checkLog(record, table);
    const rowsByTable = this.#byLogicalTable(physical);
    return {
      kind: 'end',
      id,
      position,
      serial,
      rowsByTable,
      rows: sumOf(rowsByTable),
      sourceTimeMs,
      partition,
      offset,
    };
  }

  /** END counts physical tables; what is complete is decided by declared ones. */
  #byLogicalTable(rowsByTable: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    if (this.#isPlain) return rowsByTable;
    const byTable = new Map<string, number>();
    for (const [table, rows] of rowsByTable) {
      const name = this.#logicalName(table);
      byTable.set(name, (byTable.get(name) ?? 0) + rows);
    }
    return byTable;
  }

  /** A physical table as the rules name it. */
  #logicalName(physical: string): string {
    const { tables, readsAnnotations, connector } = this.#settings;
    if (readsAnnotations && connector.isAnnotation?.(physical) === true) return ANNOTATION_ROWS;
    if (tables.some(({ definition }) => definition.name === physical)) return physical;
    const found = tables.find((declared) => declared.physical?.valueOf(physical) != null);
    return found?.definition.name ?? physical;
  }
}

/**
 * One record -> change event, transaction boundary, or a reason to skip it. Pure apart from the schema prefixes and the
 * log's name that it remembers. Only declared tables and columns get through (G7).
 *
 * @throws DragomanError (disposition `refuse`) for a topic that can never be right (`refused/topic.ts`). One unreadable record is
 * a value (`undecodable`), because it must only stop its own aggregate.
 */
import type {
  ChangeEvent,
  DecodedRecord,
  Operation,
  RowTransaction,
  Undecodable,
} from '../domain/source/change-event.js';
import type { Refusal } from '../domain/refusal.js';
import type { Mode } from '../domain/source/mode.js';
import { type PhysicalTables, physicalTablesOf } from '../domain/tables/physical-table.js';
import type { Position } from '../domain/source/position.js';
import { keyText, type Row, type TableDefinition } from '../domain/tables/table.js';
import { convertKey, convertRow, INEXACT } from './columns.js';
import { checkKey } from './key-check.js';
import { keyIn, withPhysical } from './record-key.js';
import { refusedRow } from './refused/row.js';
import type { Connector } from './connectors/connector.js';
import {
  Envelopes,
  isEmptyWrapper,
  isObject,
  type JsonObject,
  parseObject,
  parseObjectExactly,
  SchemaPrefixes,
  textOf,
} from './envelope.js';
import {
  boundaryUnreadable,
  foreignRows,
  keyless,
  metadataMissing,
  notAnEnvelope,
  notJson,
  otherKeyUnread,
  severalLogs,
  topicShared,
  truncated,
} from './refused/topic.js';
import { isInSnapshot, isSnapshotKnown, snapshotMark } from './snapshot-mark.js';
import { countsOf, isInstant, orderOf, sumOf } from './wire-counts.js';
import { markTopicOf, type TopicNaming, topicOf, topicsOf } from './topic-names.js';

/** One record. */
export interface SourceRecord {
  readonly partition: string;
  readonly topic: string;
  readonly offset: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  /** `__debezium.newkey` or `__debezium.oldkey`, if the record has one. */
  readonly otherKey: string | null;
}

export interface DecoderSettings extends TopicNaming {
  /** `exact` needs transaction metadata; in the other modes rows tell enough by themselves. */
  readonly mode: Mode;
  /** The connector's logical name (`topic.prefix`). */
  readonly source: string;
  readonly transactionTopic: string;
  readonly tables: Iterable<TableDefinition>;
  /** Exact mode: rows without a transaction block are not refused; the sequencer says until when. */
  readonly learnsBlockless?: boolean;
}

/** Filled part by part: thousands wait at a time, and an object that is made in one piece takes the least room. */
type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** In the place of what the row does not tell. */
const NAMELESS: RowTransaction = { id: '', predecessor: null, commit: null, position: '' as Position, order: null };

const OPERATIONS: ReadonlySet<unknown> = new Set(['c', 'u', 'd', 'r']);

interface Declared {
  readonly definition: TableDefinition;
  readonly physical: PhysicalTables | null;
  readonly reads: (topic: string) => boolean;
  readonly envelopes: Envelopes;
}

export class Decoder {
  readonly #source: string;
  readonly #connector: Connector;
  readonly #mode: Mode;
  readonly #transactionTopic: string;
  readonly #declared: readonly Declared[];
  readonly #ownTopics: readonly string[];
  /** By topic; null: none of a declared table. */
  readonly #tables = new Map<string, Declared | null>();
  readonly #boundaries = new SchemaPrefixes();
  readonly #messageTopic: string;
  readonly #learnsBlockless: boolean;
  /** Of the first record that told; null until then. */
  #log: string | null = null;

  /** @throws DragomanError CONFIG_INVALID when two tables have one topic. */
  constructor(settings: DecoderSettings) {
    const { source, connector, mode, transactionTopic, tables } = settings;
    this.#source = source;
    this.#connector = connector;
    this.#mode = mode;
    this.#transactionTopic = transactionTopic;
    this.#messageTopic = markTopicOf(settings);
    this.#declared = [...tables].map((definition) => ({
      definition,
      physical: physicalTablesOf(definition),
      reads: topicsOf(settings, definition),
      envelopes: new Envelopes(definition, connector.sourceFields),
    }));
    this.#ownTopics = this.#declared.map(({ definition }) => topicOf(settings, definition.name));
    for (const topic of this.#ownTopics) this.#declaredOf(topic);
    this.#learnsBlockless = settings.learnsBlockless === true;
  }

  /** Topics by name: boundaries, tables, and logical messages. Physical tables may have others: see {@link reads}. */
  get topics(): string[] {
    const boundaries = this.#mode === 'exact' ? [this.#transactionTopic] : [];
    return [...boundaries, ...this.#ownTopics, this.#messageTopic];
  }

  /** Whether records of a topic are of use. That of logical messages only exists when the database emits some. */
  reads(topic: string): boolean {
    if (topic === this.#transactionTopic) return this.#mode === 'exact';
    return topic === this.#messageTopic || this.#declaredOf(topic) !== null;
  }

  /** Name of the declared table whose rows a topic has; null: of none. */
  tableOf(topic: string): string | null {
    return this.#declaredOf(topic)?.definition.name ?? null;
  }

  #declaredOf(topic: string): Declared | null {
    let declared = this.#tables.get(topic);
    if (declared !== undefined) return declared;
    const [found, other] = this.#declared.filter(({ reads }) => reads(topic));
    if (other !== undefined && found !== undefined) throw topicShared(topic, [found.definition, other.definition]);
    this.#tables.set(topic, (declared = found ?? null));
    return declared;
  }

  /** A physical table as the rules name it. */
  #logicalName(physical: string): string {
    if (this.#declared.some(({ definition }) => definition.name === physical)) return physical;
    const found = this.#declared.find((declared) => declared.physical?.valueOf(physical) != null);
    return found?.definition.name ?? physical;
  }

  decode(record: SourceRecord): DecodedRecord {
    if (record.topic === this.#transactionTopic) return this.#decodeBoundary(record);
    if (record.topic === this.#messageTopic) return this.#decodeMessage(record);
    const table = this.#declaredOf(record.topic);
    if (table === null) return { kind: 'skipped', reason: 'table-not-declared', ...place(record) };
    if (record.value === null) return { kind: 'skipped', reason: 'tombstone', ...place(record) };
    const envelope = table.envelopes.read(record.value);
    if (envelope === null) return this.#decodeNothing(record, textOf(record.value), table);
    if (!isEnvelope(envelope)) throw notAnEnvelope(record, envelope);
    return this.#decodeEnvelope(record, envelope, table);
  }

  /** What is not a JSON object. */
  #decodeNothing(record: SourceRecord, value: string, table: Declared): DecodedRecord {
    if (value === WRAPPED_TOMBSTONE) return { kind: 'skipped', reason: 'tombstone', ...place(record) };
    if (value === 'null' || isEmptyWrapper(value)) throw notAnEnvelope(record, {});
    if (value.startsWith('\u0000')) throw notJson(record);
    return this.#undecodable(record, table, 'the value is not a JSON object');
  }

  #decodeEnvelope(record: SourceRecord, envelope: JsonObject, table: Declared): DecodedRecord {
    const { definition } = table;
    const { op, source } = envelope;
    if (!(op === 't' || OPERATIONS.has(op)) || !isObject(source)) {
      return this.#undecodable(record, table, `the operation ${String(op)} or the source block is not known`);
    }
    if (op === 't' && definition.truncate !== 'ignore') throw truncated(record, definition);
    this.#checkOrigin(record, source, table);
    const block = isObject(envelope.transaction) ? envelope.transaction : null;
    if (op === 't') return this.#decodeTruncate(record, source, block, table);
    if (op === 'r' || (op === 'c' && block === null && isInSnapshot(source)))
      return this.#decodeRow(record, envelope, source, table, null);
    if (block === null && this.#isBlocklessRefused(source))
      return this.#decodeBlockless(record, envelope, source, table);
    const transaction = this.#transactionOf(source, block);
    if (transaction === null) return this.#undecodable(record, table, 'its position cannot be read');
    return this.#decodeRow(record, envelope, source, table, transaction);
  }

  #checkOrigin(record: SourceRecord, source: JsonObject, { definition, physical }: Declared): void {
    const connector = this.#connector;
    const isOurs = connector.names.includes(String(source.connector)) && source.name === this.#source;
    const table = connector.tableName(source);
    if (!isOurs || !(physical === null ? table === definition.name : physical.valueOf(table) !== null)) {
      throw foreignRows(record, { found: source, source: this.#source, connector, definition });
    }
    this.#checkLog(record, definition.name);
  }

  #checkLog(record: SourceRecord, table: string): void {
    const log = this.#connector.logOf?.(table);
    if (log === undefined) return;
    this.#log ??= log;
    if (log !== this.#log) throw severalLogs(record, [this.#log, log]);
  }

  #isBlocklessRefused(source: JsonObject): boolean {
    const isNameless = this.#mode === 'position' && this.#connector.isNameless?.(source) === true;
    return this.#mode === 'exact' || isNameless;
  }

  /** A row of before the metadata was switched on: its place in its partition is all that is known of when it was. */
  #decodeBlockless(record: SourceRecord, envelope: JsonObject, source: JsonObject, table: Declared): DecodedRecord {
    if (!this.#learnsBlockless) throw metadataMissing(record);
    const decoded = this.#decodeRow(record, envelope, source, table, NAMELESS);
    if (decoded.kind !== 'change') return decoded;
    return { ...decoded, transaction: null, snapshot: { generation: null, isLast: false } };
  }

  /** One that is ignored. END counts it as a row of its table, when it has a transaction. */
  #decodeTruncate(record: SourceRecord, source: JsonObject, block: JsonObject | null, table: Declared): DecodedRecord {
    if (block === null) return { kind: 'skipped', reason: 'truncated', ...place(record) };
    const transaction = this.#transactionOf(source, block);
    if (transaction === null) return this.#undecodable(record, table, 'its position cannot be read');
    return { kind: 'filler', table: table.definition.name, transaction, ...place(record) };
  }

  /** The transaction block is the same for every connector; what its id means is not. */
  #transactionOf(source: JsonObject, block: JsonObject | null): RowTransaction | null {
    if (block === null) return this.#connector.rowTransaction(source, null, null);
    const order = orderOf(block.total_order);
    if (typeof block.id !== 'string' || order === null) return null;
    return this.#connector.rowTransaction(source, block.id, order);
  }

  /** @param transaction null for a row of a snapshot. */
  #decodeRow(
    record: SourceRecord,
    envelope: JsonObject,
    source: JsonObject,
    table: Declared,
    transaction: RowTransaction | null,
    isExact = false,
  ): DecodedRecord {
    const { definition, physical } = table;
    const bad = (text: string): Undecodable => this.#undecodable(record, table, text, transaction === null);
    const op = transaction === null ? 'r' : (envelope.op as Operation);
    const image = op === 'd' ? envelope.before : envelope.after;
    if (!isObject(image) && op !== 'd') return bad('it has no row');
    if (!isInstant(source.ts_ms)) return bad('its time cannot be read');

    const from = physical === null ? definition.name : this.#connector.tableName(source);
    const subject = isObject(image) ? withPhysical(image, physical, from) : null;
    checkKey(record, envelope, { op, definition, from, subject, isInvented: this.#connector.inventsKeys === true });
    const isPartial = (op === 'u' || record.otherKey !== null) && !isObject(envelope.before);
    const converted = op === 'd' ? NO_ROW : convertRow(subject ?? {}, definition, isPartial);
    const key = subject === null ? keyIn(record.key, definition, from) : convertKey(subject, definition);
    if (converted === INEXACT || key === INEXACT) {
      const again = isExact ? null : parseObjectExactly(record.value === null ? '' : textOf(record.value));
      if (again !== null) return this.#decodeRow(record, again, source, table, transaction, true);
      return bad('a number has lost digits');
    }
    if (key === null) return bad('its primary key cannot be read');
    if (record.key === null) throw keyless(record);
    const otherKey = keyIn(record.otherKey, definition, from);
    const snapshot = transaction === null ? snapshotMark(source, this.#connector) : null;
    if (snapshot !== null && !isSnapshotKnown(snapshot, source))
      return bad('its snapshot, or the place of that in the log, cannot be read');
    const change: Writable<ChangeEvent> = {
      kind: 'change',
      partition: record.partition,
      offset: record.offset,
      source: this.#source,
      table: definition.name,
      op,
      key: keyText(key),
      row: converted.row,
      otherKey: otherKey === null ? null : keyText(otherKey),
      refusal: converted.refusal,
      transaction,
      snapshot,
      sourceTimeMs: source.ts_ms,
    };
    if (converted.refusal !== null && subject !== null) change.refused = refusedRow(subject, definition, isPartial);
    if (otherKey === null && record.otherKey !== null) change.otherKeyUnread = otherKeyUnread(record);
    if (physical !== null) change.physical = physical.valueOf(from) ?? from;
    return change;
  }

  #undecodable(record: SourceRecord, { definition }: Declared, text: string, isOfSnapshot = false): Undecodable {
    const key = keyIn(record.key, definition, definition.name);
    return {
      kind: 'undecodable',
      table: definition.name,
      key: key === null ? null : keyText(key),
      isOfSnapshot,
      text: `${record.partition} at offset ${record.offset} cannot be read: ${text}.`,
      ...place(record),
    };
  }

  /** END counts physical tables; what is complete is decided by declared ones. */
  #byLogicalTable(rowsByTable: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    if (this.#declared.every(({ physical }) => physical === null)) return rowsByTable;
    const byTable = new Map<string, number>();
    for (const [table, rows] of rowsByTable) {
      const name = this.#logicalName(table);
      byTable.set(name, (byTable.get(name) ?? 0) + rows);
    }
    return byTable;
  }

  /** Only one outside of a transaction has no transaction id in its source block. */
  #decodeMessage(record: SourceRecord): DecodedRecord {
    const value = record.value === null ? null : parseObject(textOf(record.value), this.#boundaries);
    const source = isObject(value?.source) ? value.source : null;
    const isInside = isObject(value?.transaction) || typeof source?.txId === 'number';
    const at = source === null || isInside ? null : this.#connector.markPosition(source);
    if (at === null) return { kind: 'skipped', reason: 'logical-message', ...place(record) };
    return { kind: 'message', position: at, ...place(record) };
  }

  #decodeBoundary(record: SourceRecord): DecodedRecord {
    const text = record.value === null ? null : textOf(record.value);
    const value = text === null ? null : parseObject(text, this.#boundaries);
    if (value === null || typeof value.id !== 'string') throw boundaryUnreadable(record, text, value);
    const { id, position, serial } = this.#connector.boundary(value.id);
    if (value.status === 'BEGIN')
      return { kind: 'begin', id, ...(serial === null ? {} : { serial }), ...place(record) };
    const isUnplaced = position === null && this.#mode === 'exact' && this.#connector.endHasPosition;
    const { event_count: rows, ts_ms: sourceTimeMs } = value;
    if (value.status !== 'END' || isUnplaced || !Number.isSafeInteger(rows) || !isInstant(sourceTimeMs)) {
      throw boundaryUnreadable(record, text, value);
    }
    const rowsByTable = countsOf(value.data_collections ?? []);
    if (rowsByTable === null || sumOf(rowsByTable) !== rows) throw boundaryUnreadable(record, text, value);
    for (const table of rowsByTable.keys()) this.#checkLog(record, table);
    const byTable = this.#byLogicalTable(rowsByTable);
    return {
      kind: 'end',
      id,
      position,
      serial,
      rowsByTable: byTable,
      rows: sumOf(byTable),
      sourceTimeMs,
      ...place(record),
    };
  }
}

/** Old converters wrap it; a schema around nothing, or the word `null`, is how a flattening transform says deleted. */
const WRAPPED_TOMBSTONE = '{"schema":null,"payload":null}';

const NO_ROW: { readonly row: Row | null; readonly refusal: Refusal | null } = { row: null, refusal: null };

/** A flattened row may have columns of these names, but not all of them. */
const isEnvelope = (wire: JsonObject): boolean => 'op' in wire && 'source' in wire && 'after' in wire;

const place = ({ partition, offset }: SourceRecord): { partition: string; offset: number } => ({ partition, offset });

/**
 * Text of one record -> change event, transaction boundary, or a reason to skip it. Pure apart from the schema prefixes and the
 * log's name that it remembers. Only declared tables and columns get through (G7).
 *
 * @throws DragomanError (disposition `refuse`) for a topic that can never be right (`refused-topic.ts`). One unreadable record is
 * a value (`undecodable`), because it must only stop its own aggregate.
 */
import type {
  ChangeEvent,
  DecodedRecord,
  Operation,
  RowTransaction,
  SnapshotMark,
  Undecodable,
} from '../domain/change-event.js';
import type { Refusal } from '../domain/refusal.js';
import type { Mode } from '../domain/mode.js';
import { keyText, type Row, type TableDefinition } from '../domain/table.js';
import { convertKey, convertRow, INEXACT } from './columns.js';
import { refusedRow } from './refused-row.js';
import type { Connector } from './connector.js';
import {
  isEmptyWrapper,
  isObject,
  type JsonObject,
  parseExactly,
  parseObject,
  parseObjectExactly,
  SchemaPrefixes,
} from './envelope.js';
import {
  boundaryUnreadable,
  foreignRows,
  keyless,
  metadataMissing,
  movedUnderOneKey,
  notAnEnvelope,
  notJson,
  severalLogs,
  truncated,
} from './refused-topic.js';

/** One record, its bytes already read as UTF-8. */
export interface RecordText {
  readonly partition: string;
  readonly topic: string;
  readonly offset: number;
  readonly key: string | null;
  readonly value: string | null;
  /** `__debezium.newkey` or `__debezium.oldkey`, if the record has one. */
  readonly otherKey: string | null;
}

export interface DecoderSettings {
  readonly connector: Connector;
  /** `exact` needs transaction metadata; in the other modes rows tell enough by themselves. */
  readonly mode: Mode;
  /** The connector's logical name (`topic.prefix`). */
  readonly source: string;
  readonly topicPrefix: string;
  readonly transactionTopic: string;
  readonly tables: Iterable<TableDefinition>;
}

const OPERATIONS: ReadonlySet<unknown> = new Set(['c', 'u', 'd', 'r']);

/** Debezium's rule for topic names: what Kafka does not allow becomes an underscore. */
export const topicOf = (connector: Connector, prefix: string, table: string): string =>
  `${prefix}.${connector.topicPath(table)}`.replace(/[^A-Za-z0-9._-]/g, '_');

/** Where the connector puts logical messages (`pg_logical_emit_message`). */
export const markTopicOf = (prefix: string): string => `${prefix}.message`;

export class Decoder {
  readonly #source: string;
  readonly #connector: Connector;
  readonly #mode: Mode;
  readonly #transactionTopic: string;
  readonly #tables = new Map<string, { definition: TableDefinition; values: SchemaPrefixes }>();
  readonly #boundaries = new SchemaPrefixes();
  readonly #messageTopic: string;
  /** Of the first record that told; null until then. */
  #log: string | null = null;

  constructor({ source, connector, mode, topicPrefix, transactionTopic, tables }: DecoderSettings) {
    this.#source = source;
    this.#connector = connector;
    this.#mode = mode;
    this.#transactionTopic = transactionTopic;
    this.#messageTopic = markTopicOf(topicPrefix);
    for (const definition of tables) {
      this.#tables.set(topicOf(connector, topicPrefix, definition.name), { definition, values: new SchemaPrefixes() });
    }
  }

  /** Topics to read; the last, of logical messages, only exists when the database emits some. */
  get topics(): string[] {
    const boundaries = this.#mode === 'exact' ? [this.#transactionTopic] : [];
    return [...boundaries, ...this.#tables.keys(), this.#messageTopic];
  }

  decode(record: RecordText): DecodedRecord {
    if (record.topic === this.#transactionTopic) return this.#decodeBoundary(record);
    if (record.topic === this.#messageTopic) return this.#decodeMessage(record);
    const table = this.#tables.get(record.topic);
    if (table === undefined) return { kind: 'skipped', reason: 'table-not-declared', ...place(record) };
    if (record.value === null) return { kind: 'skipped', reason: 'tombstone', ...place(record) };
    const envelope = parseObject(record.value, table.values);
    if (envelope === null) return this.#decodeNothing(record, record.value, table.definition);
    if (!isEnvelope(envelope)) throw notAnEnvelope(record, envelope);
    return this.#decodeEnvelope(record, envelope, table.definition);
  }

  /** What is not a JSON object. */
  #decodeNothing(record: RecordText, value: string, definition: TableDefinition): DecodedRecord {
    if (value === WRAPPED_TOMBSTONE) return { kind: 'skipped', reason: 'tombstone', ...place(record) };
    if (value === 'null' || isEmptyWrapper(value)) throw notAnEnvelope(record, {});
    if (value.startsWith('\u0000')) throw notJson(record);
    return this.#undecodable(record, definition, 'the value is not a JSON object');
  }

  #decodeEnvelope(record: RecordText, envelope: JsonObject, definition: TableDefinition): DecodedRecord {
    const { op, source } = envelope;
    if (!(op === 't' || OPERATIONS.has(op)) || !isObject(source)) {
      return this.#undecodable(record, definition, `the operation ${String(op)} or the source block is not known`);
    }
    if (op === 't' && definition.truncate !== 'ignore') throw truncated(record, definition);
    this.#checkOrigin(record, source, definition);
    const block = isObject(envelope.transaction) ? envelope.transaction : null;
    if (op === 't') return this.#decodeTruncate(record, source, block, definition);
    if (op === 'r' || (op === 'c' && block === null && isInSnapshot(source)))
      return this.#decodeRow(record, envelope, source, definition, null);
    if (block === null) this.#checkBlockless(record, source);
    const transaction = this.#transactionOf(source, block);
    if (transaction === null) return this.#undecodable(record, definition, 'its position cannot be read');
    return this.#decodeRow(record, envelope, source, definition, transaction);
  }

  #checkOrigin(record: RecordText, source: JsonObject, definition: TableDefinition): void {
    const connector = this.#connector;
    const isOurs = connector.names.includes(String(source.connector)) && source.name === this.#source;
    if (!isOurs || connector.tableName(source) !== definition.name) {
      throw foreignRows(record, source, definition, connector);
    }
    this.#checkLog(record, definition.name);
  }

  #checkLog(record: RecordText, table: string): void {
    const log = this.#connector.logOf?.(table);
    if (log === undefined) return;
    this.#log ??= log;
    if (log !== this.#log) throw severalLogs(record, [this.#log, log]);
  }

  #checkBlockless(record: RecordText, source: JsonObject): void {
    const isNameless = this.#mode === 'position' && this.#connector.isNameless?.(source) === true;
    if (this.#mode === 'exact' || isNameless) throw metadataMissing(record);
  }

  /** One that is ignored. END counts it as a row of its table, when it has a transaction. */
  #decodeTruncate(
    record: RecordText,
    source: JsonObject,
    block: JsonObject | null,
    definition: TableDefinition,
  ): DecodedRecord {
    if (block === null) return { kind: 'skipped', reason: 'truncated', ...place(record) };
    const transaction = this.#transactionOf(source, block);
    if (transaction === null) return this.#undecodable(record, definition, 'its position cannot be read');
    return { kind: 'filler', table: definition.name, transaction, ...place(record) };
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
    record: RecordText,
    envelope: JsonObject,
    source: JsonObject,
    definition: TableDefinition,
    transaction: RowTransaction | null,
    isExact = false,
  ): DecodedRecord {
    const bad = (text: string): Undecodable => this.#undecodable(record, definition, text, transaction === null);
    const op = transaction === null ? 'r' : (envelope.op as Operation);
    const subject = op === 'd' ? envelope.before : envelope.after;
    if (!isObject(subject) && op !== 'd') return bad('it has no row');
    if (!isInstant(source.ts_ms)) return bad('its time cannot be read');

    const isPartial = (op === 'u' || record.otherKey !== null) && !isObject(envelope.before);
    const converted = op === 'd' ? NO_ROW : convertRow(subject as JsonObject, definition, isPartial);
    const key = isObject(subject) ? convertKey(subject, definition) : keyIn(record.key, definition);
    if (converted === INEXACT || key === INEXACT) {
      const again = isExact ? null : parseObjectExactly(record.value ?? '');
      if (again !== null) return this.#decodeRow(record, again, source, definition, transaction, true);
      return bad('a number has lost digits');
    }
    if (key === null) return bad('its primary key cannot be read');
    if (record.key === null) throw keyless(record);
    if (op === 'u' && isMoved(envelope, definition)) throw movedUnderOneKey(record, definition);
    const otherKey = keyIn(record.otherKey, definition);
    if (otherKey === null && record.otherKey !== null) {
      return bad('the other key of its key change cannot be read');
    }
    const snapshot = transaction === null ? snapshotMark(source, this.#connector) : null;
    if (snapshot !== null && !isSnapshotKnown(snapshot, source))
      return bad('its snapshot, or the place of that in the log, cannot be read');
    const change: ChangeEvent = {
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
      ...(converted.refusal !== null && isObject(subject)
        ? { refused: refusedRow(subject, definition, isPartial) }
        : {}),
      transaction,
      snapshot,
      sourceTimeMs: source.ts_ms,
    };
    return change;
  }

  #undecodable(record: RecordText, definition: TableDefinition, text: string, isOfSnapshot = false): Undecodable {
    const key = keyIn(record.key, definition);
    return {
      kind: 'undecodable',
      table: definition.name,
      key: key === null ? null : keyText(key),
      isOfSnapshot,
      text: `${record.partition} at offset ${record.offset} cannot be read: ${text}.`,
      ...place(record),
    };
  }

  /** Only one outside of a transaction has no transaction id in its source block. */
  #decodeMessage(record: RecordText): DecodedRecord {
    const value = record.value === null ? null : parseObject(record.value, this.#boundaries);
    const source = isObject(value?.source) ? value.source : null;
    const isInside = isObject(value?.transaction) || typeof source?.txId === 'number';
    const at = source === null || isInside ? null : this.#connector.markPosition(source);
    if (at === null) return { kind: 'skipped', reason: 'logical-message', ...place(record) };
    return { kind: 'message', position: at, ...place(record) };
  }

  #decodeBoundary(record: RecordText): DecodedRecord {
    const value = record.value === null ? null : parseObject(record.value, this.#boundaries);
    if (value === null || typeof value.id !== 'string') throw boundaryUnreadable(record);
    const { id, position, serial } = this.#connector.boundary(value.id);
    if (value.status === 'BEGIN') return { kind: 'begin', id, ...place(record) };
    const isUnplaced = position === null && this.#mode === 'exact' && this.#connector.endHasPosition;
    const { event_count: rows, ts_ms: sourceTimeMs } = value;
    if (value.status !== 'END' || isUnplaced || !Number.isSafeInteger(rows) || !isInstant(sourceTimeMs)) {
      throw boundaryUnreadable(record);
    }
    const rowsByTable = countsOf(value.data_collections ?? []);
    if (rowsByTable === null || sumOf(rowsByTable) !== rows) throw boundaryUnreadable(record);
    for (const table of rowsByTable.keys()) this.#checkLog(record, table);
    return { kind: 'end', id, position, serial, rowsByTable, rows: sumOf(rowsByTable), sourceTimeMs, ...place(record) };
  }
}

/** Rows by table, from END's `data_collections`; null when it is damaged: a count that is lost would let half an order pass. */
function countsOf(collections: unknown): Map<string, number> | null {
  if (!Array.isArray(collections)) return null;
  const counts = new Map<string, number>();
  for (const entry of collections as unknown[]) {
    if (!isObject(entry) || typeof entry.data_collection !== 'string') return null;
    const count = entry.event_count;
    if (!Number.isSafeInteger(count) || (count as number) < 0 || counts.has(entry.data_collection)) return null;
    counts.set(entry.data_collection, count as number);
  }
  return counts;
}

/** Damage is not to be taken for a snapshot of its own: what that does not show counts as gone. Booleans were written before 2.0 only. */
function isSnapshotKnown({ generation }: SnapshotMark, { snapshot }: JsonObject): boolean {
  return typeof snapshot === 'string' && (generation !== null || snapshot === 'incremental');
}

const DIGITS = /^\d{1,15}$/;

/** Counters were texts in older versions. Anything else that could be taken for a number is damage. */
function orderOf(value: unknown): number | null {
  const order = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  return Number.isSafeInteger(order) && (order as number) >= 1 ? (order as number) : null;
}

/** ECMAScript's range of instants, ms since 1970. */
const INSTANT_MAX_MS = 8.64e15;

const isInstant = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Math.abs(value as number) <= INSTANT_MAX_MS;

const sumOf = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((sum, n) => sum + n, 0);

/** Old converters wrap it; a schema around nothing, or the word `null`, is how a flattening transform says deleted. */
const WRAPPED_TOMBSTONE = '{"schema":null,"payload":null}';

const NO_ROW: { readonly row: Row | null; readonly refusal: Refusal | null } = { row: null, refusal: null };

/** A flattened row may have columns of these names, but not all of them. */
const isEnvelope = (wire: JsonObject): boolean => 'op' in wire && 'source' in wire && 'after' in wire;

/** Older connectors write a boolean; a word that is not known is one of a snapshot. */
const isInSnapshot = ({ snapshot }: JsonObject): boolean =>
  snapshot !== undefined && snapshot !== null && snapshot !== false && snapshot !== 'false';

/** Incremental snapshots carry a position of the stream, which is not one of their own. */
function snapshotMark(source: JsonObject, connector: Connector): SnapshotMark {
  const isIncremental = source.snapshot === 'incremental';
  return {
    generation: isIncremental ? null : connector.snapshotPosition(source),
    isLast: source.snapshot === 'last',
  };
}

/** The key's columns in the text of a record's key or header: an object, or the bare value of a table with one key column. */
function keyIn(text: string | null, definition: TableDefinition): string[] | null {
  if (text === null) return null;
  const wire = parseExactly(text);
  const [only, ...others] = definition.key;
  const columns = isObject(wire) ? wire : only !== undefined && others.length === 0 ? { [only]: wire } : {};
  const key = convertKey(columns, definition);
  return key === INEXACT ? null : key;
}

/** Whether an update says that a key column was something else before. */
const isMoved = ({ before, after }: JsonObject, { key }: TableDefinition): boolean =>
  isObject(before) && isObject(after) && key.some((name) => isOther(before[name], after[name]));

const isOther = (before: unknown, after: unknown): boolean =>
  before !== null && before !== undefined && typeof before !== 'object' && before !== after;

const place = ({ partition, offset }: RecordText): { partition: string; offset: number } => ({ partition, offset });

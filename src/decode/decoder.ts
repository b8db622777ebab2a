/**
 * Text of one record -> change event, transaction boundary, or a reason to skip it. Pure apart from the schema prefixes that
 * it remembers by topic. Only declared tables and columns get through (G7).
 *
 * @throws DragomanError (disposition `refuse`) for a topic that can never be right: flattened rows, no transaction block,
 * another connector, TRUNCATE. One unreadable record is a value (`undecodable`), because it must only stop its own aggregate.
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
import { keyText, type Row, type TableDefinition } from '../domain/table.js';
import { DragomanError } from '../errors.js';
import { convertKey, convertRow, INEXACT } from './columns.js';
import { isObject, type JsonObject, parseObject, parseObjectExactly, SchemaPrefixes } from './envelope.js';
import type { Connector } from './connector.js';

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

/** How source transactions are rebuilt: see `sequence/SPEC.md`. */
export type Mode = 'exact' | 'position' | 'arrival';

export interface DecoderSettings {
  readonly connector: Connector;
  /** `exact` needs transaction metadata; in the other modes rows tell enough by themselves. */
  readonly mode: Mode;
  /** The connector's logical name (`topic.prefix`). */
  readonly source: string;
  /** Table topics are `<topicPrefix>.<schema>.<table>`. */
  readonly topicPrefix: string;
  readonly transactionTopic: string;
  readonly tables: Iterable<TableDefinition>;
}

const OPERATIONS: ReadonlySet<unknown> = new Set(['c', 'u', 'd', 'r']);

/** Debezium's rule for topic names: what Kafka does not allow becomes an underscore. */
export const topicOf = (prefix: string, table: string): string => `${prefix}.${table}`.replace(/[^A-Za-z0-9._-]/g, '_');

/** Where the connector puts logical messages (`pg_logical_emit_message`). */
export const markTopicOf = (prefix: string): string => `${prefix}.message`;

export class Decoder {
  readonly #source: string;
  readonly #connector: Connector;
  readonly #isExact: boolean;
  readonly #transactionTopic: string;
  readonly #tables = new Map<string, { definition: TableDefinition; values: SchemaPrefixes; keys: SchemaPrefixes }>();
  readonly #boundaries = new SchemaPrefixes();
  readonly #messageTopic: string;

  constructor({ source, connector, mode, topicPrefix, transactionTopic, tables }: DecoderSettings) {
    this.#source = source;
    this.#connector = connector;
    this.#isExact = mode === 'exact';
    this.#transactionTopic = transactionTopic;
    this.#messageTopic = markTopicOf(topicPrefix);
    for (const definition of tables) {
      const entry = { definition, values: new SchemaPrefixes(), keys: new SchemaPrefixes() };
      this.#tables.set(topicOf(topicPrefix, definition.name), entry);
    }
  }

  /** Topics to read; the last, of logical messages, only exists when the database emits some. */
  get topics(): string[] {
    return [this.#transactionTopic, ...this.#tables.keys(), this.#messageTopic];
  }

  decode(record: RecordText): DecodedRecord {
    if (record.topic === this.#transactionTopic) return this.#decodeBoundary(record);
    if (record.topic === this.#messageTopic) return this.#decodeMessage(record);
    const table = this.#tables.get(record.topic);
    if (table === undefined) return { kind: 'skipped', reason: 'table-not-declared', ...place(record) };
    if (record.value === null) return { kind: 'skipped', reason: 'tombstone', ...place(record) };
    const { definition } = table;
    const envelope = parseObject(record.value, table.values);
    if (envelope === null) return this.#undecodable(record, definition, 'the value is not a JSON object');
    this.#checkEnvelope(envelope, record);
    return this.#decodeChange(record, envelope, definition);
  }

  #checkEnvelope(envelope: JsonObject, { topic, offset }: RecordText): void {
    if (!('op' in envelope) || !('source' in envelope)) {
      throw new DragomanError(
        'TOPIC_FLATTENED',
        `Topic ${topic} carries rows without envelope (first at offset ${offset}). Without operation, position and transaction ` +
          `no event can be decided safely. Remove ExtractNewRecordState (or another flattening transform) from the connector.`,
        { details: { topic, offset } },
      );
    }
    if (envelope.op === 't') {
      throw new DragomanError(
        'TABLE_TRUNCATED',
        `${topic} at offset ${offset} says that the table was truncated. Nothing was published for it. Set the connector's ` +
          `skipped.operations to t (its default) if truncates mean nothing to the business.`,
        { details: { topic, offset } },
      );
    }
  }

  #decodeChange(record: RecordText, envelope: JsonObject, definition: TableDefinition, exact = false): DecodedRecord {
    const { op, source, after, transaction } = envelope;
    if (!OPERATIONS.has(op) || !isObject(source)) {
      return this.#undecodable(record, definition, `the operation ${String(op)} or the source block is not known`);
    }
    const connector = this.#connector;
    const isOurs = connector.names.includes(String(source.connector)) && source.name === this.#source;
    if (!isOurs || connector.tableName(source) !== definition.name) {
      throw unsupported(record, source, definition, connector);
    }
    const subject = op === 'd' ? envelope.before : after;
    if (!isObject(subject) && op !== 'd') return this.#undecodable(record, definition, 'it has no row');
    if (op !== 'r' && this.#isExact && !isObject(transaction)) throw metadataMissing(record);
    const streamed = op === 'r' ? null : this.#transactionOf(source, transaction);
    if (streamed === null && op !== 'r') return this.#undecodable(record, definition, 'its position cannot be read');

    const converted = op === 'd' ? NO_ROW : convertRow(subject as JsonObject, definition);
    const key = isObject(subject) ? convertKey(subject, definition) : this.#keyOf(record, definition);
    const otherKey = record.otherKey === null ? null : this.#keyFrom(record.otherKey, definition);
    if (converted === INEXACT || key === INEXACT) {
      const again = exact ? null : parseObjectExactly(record.value ?? '');
      if (again !== null) return this.#decodeChange(record, again, definition, true);
      return this.#undecodable(record, definition, 'a number has lost digits');
    }
    if (key === null) return this.#undecodable(record, definition, 'its primary key cannot be read');
    const change: ChangeEvent = {
      kind: 'change',
      partition: record.partition,
      offset: record.offset,
      source: this.#source,
      table: definition.name,
      op: op as Operation,
      key: keyText(key),
      row: converted.row,
      otherKey,
      refusal: converted.refusal,
      transaction: streamed,
      snapshot: op === 'r' ? snapshotMark(source, connector) : null,
      sourceTimeMs: Number(source.ts_ms),
    };
    return change;
  }

  /** The transaction block is the same for every connector; what its id means is not. */
  #transactionOf(source: JsonObject, block: unknown): RowTransaction | null {
    if (!isObject(block)) return this.#connector.rowTransaction(source, null, null);
    const order = Number(block.total_order);
    if (typeof block.id !== 'string' || !Number.isSafeInteger(order) || order < 1) return null;
    return this.#connector.rowTransaction(source, block.id, order);
  }

  #keyOf(record: RecordText, definition: TableDefinition): string[] | null {
    if (record.key === null) return null;
    const wire = parseObjectExactly(record.key);
    const key = wire === null ? null : convertKey(wire, definition);
    return key === INEXACT ? null : key;
  }

  #keyFrom(text: string, definition: TableDefinition): string | null {
    const wire = parseObjectExactly(text);
    const key = wire === null ? null : convertKey(wire, definition);
    return key === null || key === INEXACT ? null : keyText(key);
  }

  #undecodable(record: RecordText, definition: TableDefinition, text: string): Undecodable {
    const key = this.#keyOf(record, definition);
    return {
      kind: 'undecodable',
      table: definition.name,
      key: key === null ? null : keyText(key),
      text: `${record.partition} at offset ${record.offset} cannot be read: ${text}.`,
      ...place(record),
    };
  }

  #decodeMessage(record: RecordText): DecodedRecord {
    const value = record.value === null ? null : parseObject(record.value, this.#boundaries);
    const at =
      value !== null && value.transaction === null && isObject(value.source)
        ? this.#connector.markPosition(value.source)
        : null;
    if (at === null) return { kind: 'skipped', reason: 'logical-message', ...place(record) };
    return { kind: 'message', position: at, ...place(record) };
  }

  #decodeBoundary(record: RecordText): DecodedRecord {
    if (record.value === null) return { kind: 'skipped', reason: 'tombstone', ...place(record) };
    const value = parseObject(record.value, this.#boundaries);
    if (value === null || typeof value.id !== 'string') throw boundaryUnreadable(record);
    const { id, position: end, serial } = this.#connector.boundary(value.id);
    if (value.status === 'BEGIN') return { kind: 'begin', id, ...place(record) };
    const isUnplaced = end === null && this.#isExact && this.#connector.endHasPosition;
    if (value.status !== 'END' || isUnplaced) throw boundaryUnreadable(record);
    const rowsByTable = new Map<string, number>();
    for (const entry of Array.isArray(value.data_collections) ? value.data_collections : []) {
      if (isObject(entry)) rowsByTable.set(String(entry.data_collection), Number(entry.event_count));
    }
    const rows = Number(value.event_count);
    const sourceTimeMs = Number(value.ts_ms);
    return { kind: 'end', id, position: end, serial, rowsByTable, rows, sourceTimeMs, ...place(record) };
  }
}

const NO_ROW: { readonly row: Row | null; readonly refusal: Refusal | null } = { row: null, refusal: null };

/** Incremental snapshots carry a position of the stream, which is not one of their own. */
function snapshotMark(source: JsonObject, connector: Connector): SnapshotMark {
  const isIncremental = source.snapshot === 'incremental';
  return {
    generation: isIncremental ? null : connector.snapshotPosition(source),
    isLast: source.snapshot === 'last',
  };
}

const place = ({ partition, offset }: RecordText): { partition: string; offset: number } => ({ partition, offset });

const unsupported = (
  { topic, offset }: RecordText,
  source: JsonObject,
  { name }: TableDefinition,
  connector: Connector,
): DragomanError =>
  new DragomanError(
    'SOURCE_UNSUPPORTED',
    `Topic ${topic} (offset ${offset}) carries rows of ${String(source.connector)} ${String(source.name)} ${connector.tableName(source)}, ` +
      `but the config says ${connector.names.join(' or ')} and the rules say ${name}. Check the source's name and connector, and routing transforms.`,
    { details: { topic, offset } },
  );

const metadataMissing = ({ topic, offset }: RecordText): DragomanError =>
  new DragomanError(
    'TRANSACTION_METADATA_MISSING',
    `Topic ${topic} carries rows without a transaction block (first at offset ${offset}), so a source transaction cannot be ` +
      `rebuilt. Set provide.transaction.metadata=true on the connector.`,
    { details: { topic, offset } },
  );

const boundaryUnreadable = ({ topic, offset }: RecordText): DragomanError =>
  new DragomanError(
    'SOURCE_UNSUPPORTED',
    `${topic} at offset ${offset} is not a transaction boundary of Debezium 2.0 or newer, so the order of commits is not known.`,
    { details: { topic, offset } },
  );

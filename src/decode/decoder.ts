/**
 * One record -> change event, transaction boundary, or a reason to skip it. Pure apart from the schema prefixes and the
 * log's name that it remembers. Only declared tables and columns get through (G7).
 *
 * @throws DragomanError (disposition `refuse`) for a topic that can never be right (`refused/topic.ts`). One unreadable record is
 * a value (`undecodable`), because it must only stop its own aggregate.
 */
import { isObject } from '../domain/json-text.js';
import type {
  ChangeEvent,
  DecodedRecord,
  Operation,
  RowTransaction,
  Undecodable,
} from '../domain/source/change-event.js';
import { isInstant } from '../domain/source/instants.js';
import type { Mode } from '../domain/source/mode.js';
import { physicalTablesOf } from '../domain/tables/physical-table.js';
import type { Position } from '../domain/source/position.js';
import { keyText, type TableDefinition } from '../domain/tables/table.js';
import type { AskedAnnotation } from '../domain/source/annotation.js';
import { Annotations } from './annotations.js';
import { Boundaries, type CheckLog } from './boundaries.js';
import { convertKey, convertRow, INEXACT } from './columns.js';
import { checkKey, isKeyWhole, isOnlyPartition } from './key/key-check.js';
import { type Declared, Origins } from './origins.js';
import { keyIn, withPhysical } from './key/record-key.js';
import { undecodable, unreadRow } from './key/unread.js';
import { refusedRow } from './refused/row.js';
import type { Connector } from './connectors/connector.js';
import {
  isEmptyWrapper,
  isEnvelope,
  isWrappedTombstone,
  type JsonObject,
  parseObject,
  parseObjectExactly,
  SchemaPrefixes,
  textOf,
} from './envelope.js';
import {
  keyless,
  metadataMissing,
  notAnEnvelope,
  notJson,
  otherKeyUnread,
  topicShared,
  truncated,
} from './refused/topic.js';
import { asForeign, type ForeignKeys } from './key/foreign.js';
import type { EnvelopeReader } from './scan/envelope-reader.js';
import { ForeignReader } from './scan/foreign-reader.js';
import { Ground } from './scan/ground.js';
import { RowReader } from './scan/row-reader.js';
import type { SourceRecord } from './source-record.js';
import { isInSnapshot, isSnapshotKnown, snapshotMark } from './snapshot-mark.js';
import { orderOf } from './wire-counts.js';
import { markTopicOf, type TopicNaming, topicOf, topicsOf } from './topic-names.js';

export interface DecoderSettings extends TopicNaming {
  /** `exact` needs transaction metadata; in the other modes rows tell enough by themselves. */
  readonly mode: Mode;
  /** The connector's logical name (`topic.prefix`). */
  readonly source: string;
  readonly transactionTopic: string;
  readonly tables: Iterable<TableDefinition>;
  /** Exact mode: rows without a transaction block are not refused; the sequencer says until when. */
  readonly learnsBlockless?: boolean;
  /** Of which tables the rows of other shards are told by their keys; absent: of none. */
  readonly foreignKeys?: ForeignKeys;
  /** What logical messages inside of transactions are read for; absent, none: they are skipped. */
  readonly annotations?: readonly AskedAnnotation[];
}

/** Filled part by part: thousands wait at a time, and an object that is made in one piece takes the least room. */
type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Where a row stands, and of which physical table it is. */
type Standing = Pick<ChangeEvent, 'op' | 'transaction' | 'snapshot' | 'sourceTimeMs'> & { readonly from: string };

/** In the place of what the row does not tell. */
const NAMELESS: RowTransaction = { id: '', predecessor: null, commit: null, position: '' as Position, order: null };

const OPERATIONS: ReadonlySet<unknown> = new Set(['c', 'u', 'd', 'r']);

export class Decoder {
  readonly #source: string;
  readonly #connector: Connector;
  readonly #mode: Mode;
  readonly #transactionTopic: string;
  readonly #declared: readonly Declared[];
  readonly #ownTopics: readonly string[];
  /** By topic; null: none of a declared table. */
  readonly #tables = new Map<string, Declared | null>();
  readonly #boundaries: Boundaries;
  readonly #annotations: Annotations;
  readonly #messageTopic: string;
  readonly #learnsBlockless: boolean;
  readonly #ground: Ground;
  readonly #origins: Origins;

  /** @throws DragomanError CONFIG_INVALID when two tables have one topic. */
  constructor(settings: DecoderSettings) {
    const { source, connector, mode, transactionTopic, tables } = settings;
    this.#source = source;
    this.#connector = connector;
    this.#mode = mode;
    this.#transactionTopic = transactionTopic;
    this.#messageTopic = markTopicOf(settings);
    this.#ground = new Ground(connector.sourceFields);
    this.#origins = new Origins(settings);
    this.#declared = [...tables].map((definition) => {
      const prefixes = new SchemaPrefixes();
      const rows = new RowReader(definition, this.#ground, prefixes);
      const physical = physicalTablesOf(definition);
      const isForeign = settings.foreignKeys?.(definition.name) ?? null;
      const foreign = isForeign && new ForeignReader(definition, this.#ground, prefixes, isForeign);
      const reads = topicsOf(settings, definition);
      return { definition, physical, reads, prefixes, rows, isForeign, foreign, origin: null };
    });
    this.#ownTopics = this.#declared.map(({ definition }) => topicOf(settings, definition.name));
    for (const topic of this.#ownTopics) this.#declaredOf(topic);
    this.#learnsBlockless = settings.learnsBlockless === true;
    const checkLog: CheckLog = (record, table) => this.#origins.checkLog(record, table);
    const { annotations = [] } = settings;
    this.#annotations = new Annotations(connector, annotations, (source, block) => {
      const isUnplaced = mode === 'arrival' || (mode === 'exact' && block === null && this.#learnsBlockless);
      return isUnplaced ? null : this.#transactionOf(source, block);
    });
    this.#boundaries = new Boundaries({
      ...{ connector, mode, ground: this.#ground, tables: this.#declared, checkLog },
      readsAnnotations: annotations.length > 0,
    });
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

  decode(record: SourceRecord): DecodedRecord {
    if (record.topic === this.#transactionTopic) return this.#boundaries.decode(record);
    if (record.topic === this.#messageTopic) return this.#annotations.decode(record);
    const table = this.#declaredOf(record.topic);
    if (table === null) return { kind: 'skipped', reason: 'table-not-declared', ...place(record) };
    if (record.value === null) return { kind: 'skipped', reason: 'tombstone', ...place(record) };
    const decoded =
      record.unread === undefined
        ? (this.#decodeKnown(record, record.value, table) ?? this.#decodeAny(record, record.value, table))
        : undecodable(record, table.definition, record.unread);
    return table.isForeign === null ? decoded : asForeign(decoded, table.isForeign);
  }

  /** A row that is as rows nearly always are. Null: it may be, and the general way tells. */
  #decodeKnown(record: SourceRecord, value: Buffer, table: Declared): ChangeEvent | null {
    if (record.otherKey !== null) return null;
    if (record.key === null) return this.#decodeOwn(record, null, value, table);
    const key = table.foreign?.keyIn(record.key) ?? null;
    return key === null
      ? this.#decodeOwn(record, record.key, value, table)
      : this.#decodeForeign(record, key, value, table);
  }

  #decodeOwn(record: SourceRecord, recordKey: Buffer | null, value: Buffer, table: Declared): ChangeEvent | null {
    const { definition, physical, rows } = table;
    const isKeyless = recordKey === null;
    if (isKeyless ? definition.isKeyless !== true || !isOnlyPartition(record) : !rows.isKey(recordKey)) return null;
    if (!rows.envelope.read(value)) return null;
    const change = this.#standing(record, rows.envelope, table);
    if (change === null) return null;
    const { hasBefore } = rows;
    const op = rows.envelope.op as Operation;
    if (!(op === 'd' ? hasBefore : rows.hasAfter)) return null;
    if (op === 'u' && (hasBefore ? !rows.isKeyKept : isKeyless)) return null;
    const isInvented = this.#connector.inventsKeys === true && change.snapshot === null;
    if (isInvented && !isKeyWhole(op, hasBefore, definition)) return null;
    if (physical !== null) rows.cameFrom(table.origin?.from ?? '');
    const row = op === 'd' ? null : rows.row(op === 'u' && !hasBefore);
    const key = rows.key(op === 'd');
    if (key === null || (row === null && op !== 'd')) return null;
    change.key = key;
    change.row = row;
    if (physical !== null) change.physical = table.origin?.from ?? '';
    return change;
  }

  /** Nothing but the keys of its images is looked at: what else is wrong with them is its own shard's to say. */
  #decodeForeign(record: SourceRecord, key: string, value: Buffer, table: Declared): ChangeEvent | null {
    const { definition, foreign } = table;
    if (foreign?.envelope.read(value) !== true) return null;
    const change = this.#standing(record, foreign.envelope, table);
    if (change === null) return null;
    const isInvented = this.#connector.inventsKeys === true && definition.replicaIdentity !== 'default';
    if (isInvented && change.op === 'd') return null; // of which the key may be made up
    if (change.op === 'u' && !foreign.wasUnder(key)) return null;
    change.key = key;
    change.isForeign = true;
    return change;
  }

  /** What the envelope that was read last tells of where its row stands, without the row. */
  #standing(record: SourceRecord, envelope: EnvelopeReader, table: Declared): Writable<ChangeEvent> | null {
    const connector = this.#connector;
    const source = this.#ground.source.values;
    const op = envelope.op as Operation;
    const { ts_ms: sourceTimeMs } = source;
    if (!OPERATIONS.has(op) || !isInstant(sourceTimeMs) || this.#origins.of(source, table) === null) return null;
    this.#origins.checkLog(record, table.definition.name);
    const { block } = envelope;
    const isBaseline = op === 'r' || (op === 'c' && block === null && isInSnapshot(source));
    const isUnplaced = isBaseline || (block === null && this.#isBlocklessRefused(source));
    const transaction = isUnplaced ? null : this.#transactionOf(source, block);
    const snapshot = isBaseline ? snapshotMark(source, connector) : null;
    const isPlaced = snapshot === null ? transaction !== null : isSnapshotKnown(snapshot, source);
    if (!isPlaced) return null;
    return {
      kind: 'change',
      partition: record.partition,
      offset: record.offset,
      source: this.#source,
      table: table.definition.name,
      op: isBaseline ? 'r' : op,
      key: '',
      row: null,
      otherKey: null,
      refusal: null,
      transaction,
      snapshot,
      sourceTimeMs,
    };
  }

  #decodeAny(record: SourceRecord, value: Buffer, table: Declared): DecodedRecord {
    const text = textOf(value);
    const envelope = parseObject(text, table.prefixes);
    if (envelope === null) return this.#decodeNothing(record, text, table);
    if (!isEnvelope(envelope)) throw notAnEnvelope(record, envelope);
    return this.#decodeEnvelope(record, envelope, table);
  }

  /** What is not a JSON object. */
  #decodeNothing(record: SourceRecord, value: string, table: Declared): DecodedRecord {
    if (isWrappedTombstone(value)) return { kind: 'skipped', reason: 'tombstone', ...place(record) };
    if (value === 'null' || isEmptyWrapper(value)) throw notAnEnvelope(record, {});
    if (value.startsWith('\u0000')) throw notJson(record);
    return undecodable(record, table.definition, 'the value is not a JSON object');
  }

  #decodeEnvelope(record: SourceRecord, envelope: JsonObject, table: Declared): DecodedRecord {
    const { definition } = table;
    const { op, source } = envelope;
    if (!(op === 't' || OPERATIONS.has(op)) || !isObject(source)) {
      return undecodable(record, table.definition, `the operation ${String(op)} or the source block is not known`);
    }
    if (op === 't' && definition.truncate !== 'ignore') throw truncated(record, definition);
    this.#origins.check(record, source, table);
    const block = isObject(envelope.transaction) ? envelope.transaction : null;
    if (op === 't') return this.#decodeTruncate(record, source, block, table);
    if (op === 'r' || (op === 'c' && block === null && isInSnapshot(source)))
      return this.#decodeRow(record, envelope, source, table, null);
    if (block === null && this.#isBlocklessRefused(source))
      return this.#decodeBlockless(record, envelope, source, table);
    const transaction = this.#transactionOf(source, block);
    if (transaction === null) return undecodable(record, table.definition, 'its position cannot be read');
    return this.#decodeRow(record, envelope, source, table, transaction);
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
    if (transaction === null) return undecodable(record, table.definition, 'its position cannot be read');
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
    const isOfSnapshot = transaction === null;
    const bad = (text: string): Undecodable => undecodable(record, definition, text, isOfSnapshot);
    if (!isInstant(source.ts_ms)) return bad('its time cannot be read');
    const { before, after } = envelope;
    const op = isOfSnapshot ? 'r' : (envelope.op as Operation);
    const from = physical === null ? definition.name : this.#connector.tableName(source);
    const recordKey = textIn(record.key);
    const standing = { op, from, transaction, snapshot: null, sourceTimeMs: source.ts_ms };
    const unread = (text: string): DecodedRecord => {
      const named = isOfSnapshot ? null : keyIn(recordKey, definition, from);
      return named === null ? bad(text) : this.#changeOf(record, table, named, unreadRow(record, text), standing);
    };
    const image = op === 'd' ? before : after;
    if (!isObject(image) && op !== 'd') return unread('it has no row');
    if (!isImage(before) || !isImage(after)) return unread('what it was before, or is after, is no row');
    const subject = isObject(image) ? withPhysical(image, physical, from) : null;
    const isInvented = this.#connector.inventsKeys === true;
    checkKey({ ...record, key: recordKey }, envelope, { op, definition, from, subject, isInvented });
    const isPartial = (op === 'u' || record.otherKey !== null) && !isObject(envelope.before);
    const converted = op === 'd' ? NO_ROW : convertRow(subject ?? {}, definition, isPartial);
    const key = subject === null ? keyIn(recordKey, definition, from) : convertKey(subject, definition);
    if (converted === INEXACT || key === INEXACT) {
      const again = isExact ? null : parseObjectExactly(record.value === null ? '' : textOf(record.value));
      if (again !== null) return this.#decodeRow(record, again, source, table, transaction, true);
      return unread('a number has lost digits');
    }
    if (key === null) return unread('its primary key cannot be read');
    if (record.key === null && definition.isKeyless !== true) throw keyless(record);
    const snapshot = isOfSnapshot ? snapshotMark(source, this.#connector) : null;
    if (snapshot !== null && !isSnapshotKnown(snapshot, source))
      return bad('its snapshot, or the place of that in the log, cannot be read');
    const change = this.#changeOf(record, table, key, converted, { ...standing, snapshot });
    if (converted.refusal !== null && subject !== null) change.refused = refusedRow(subject, definition, isPartial);
    return change;
  }

  #changeOf(
    record: SourceRecord,
    { definition, physical }: Declared,
    key: readonly string[],
    { row, refusal }: Pick<ChangeEvent, 'row' | 'refusal'>,
    { op, from, transaction, snapshot, sourceTimeMs }: Standing,
  ): Writable<ChangeEvent> {
    const otherKey = keyIn(record.otherKey, definition, from);
    const change: Writable<ChangeEvent> = {
      kind: 'change',
      partition: record.partition,
      offset: record.offset,
      source: this.#source,
      table: definition.name,
      op,
      key: keyText(key),
      row,
      otherKey: otherKey === null ? null : keyText(otherKey),
      refusal,
      transaction,
      snapshot,
      sourceTimeMs,
    };
    if (otherKey === null && record.otherKey !== null) change.otherKeyUnread = otherKeyUnread(record);
    if (physical !== null) change.physical = physical.valueOf(from) ?? from;
    return change;
  }
}

const NO_ROW: Pick<ChangeEvent, 'row' | 'refusal'> = { row: null, refusal: null };

/** Null is none that was there. */
const isImage = (image: unknown): boolean => image === null || image === undefined || isObject(image);

const textIn = (bytes: Buffer | null): string | null => (bytes === null ? null : bytes.toString());

const place = ({ partition, offset }: SourceRecord): { partition: string; offset: number } => ({ partition, offset });

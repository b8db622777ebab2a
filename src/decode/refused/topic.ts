/** Records that show that their whole topic can never be right: each error says where, why, and which setting to change. */
import type { Refusal } from '../../domain/refusal.js';
import type { Operation } from '../../domain/source/change-event.js';
import { physicalTablesOf, wildcard } from '../../domain/tables/physical-table.js';
import type { TableDefinition } from '../../domain/tables/table.js';
import { DragomanError, type ErrorCode } from '../../errors.js';
import type { Connector } from '../connectors/connector.js';
import type { JsonObject } from '../envelope.js';

export interface Place {
  readonly topic: string;
  readonly offset: number;
}

const refused = (code: ErrorCode, { topic, offset }: Place, text: string): DragomanError =>
  new DragomanError(code, text, { details: { topic, offset } });

/** A schema registry's converters write a zero byte first; with a registry in the config it would not be there any more. */
export const notJson = (place: Place): DragomanError =>
  refused(
    'SOURCE_UNSUPPORTED',
    place,
    `Topic ${place.topic} is not JSON (first at offset ${place.offset}): its records start with the zero byte of Avro, Protobuf or ` +
      `another schema registry format. Name the registry in registry.url, and Avro is read (docs/registry.md); or set the connector's ` +
      `value.converter and key.converter to org.apache.kafka.connect.json.JsonConverter.`,
  );

/** @param wire a record value that is no envelope. */
export const notAnEnvelope = (place: Place, wire: JsonObject): DragomanError =>
  'specversion' in wire
    ? refused(
        'SOURCE_UNSUPPORTED',
        place,
        `Topic ${place.topic} carries CloudEvents (first at offset ${place.offset}), which name a change but do not place it in its ` +
          `transaction. Set the connector's value.converter to org.apache.kafka.connect.json.JsonConverter.`,
      )
    : refused(
        'TOPIC_FLATTENED',
        place,
        `Topic ${place.topic} carries rows without envelope (first at offset ${place.offset}). Without operation, position and ` +
          `transaction no event can be decided safely. Remove ExtractNewRecordState (or another flattening transform) from the connector.`,
      );

export const truncated = (place: Place, { name }: TableDefinition): DragomanError =>
  refused(
    'TABLE_TRUNCATED',
    place,
    `${place.topic} at offset ${place.offset} says that ${name} was truncated. Nothing was published for it. If truncates mean nothing ` +
      `to the business, say truncate: 'ignore' in its table definition, or set the connector's skipped.operations to t (its default).`,
  );

export interface Foreign {
  /** The source block. */
  readonly found: JsonObject;
  /** Name of the source that was expected. */
  readonly source: string;
  readonly connector: Connector;
  readonly definition: TableDefinition;
}

/** @throws nothing: prints of each pair that differs what was found and what was expected. */
export function foreignRows(place: Place, { found, source, connector, definition }: Foreign): DragomanError {
  const expected = physicalTablesOf(definition)?.names ?? [definition.name];
  const table = connector.tableName(found);
  const differences = [
    differs('connector', String(found.connector), connector.names),
    differs('source name (topic.prefix)', String(found.name), [source]),
    expected.some((name) => wildcard(name).test(table)) ? null : differs('table', table, expected),
  ].filter((text) => text !== null);
  return refused(
    'SOURCE_UNSUPPORTED',
    place,
    `Topic ${place.topic} (offset ${place.offset}) carries rows of another origin than config and rules say: ${differences.join('; ')}. ` +
      `Correct the source's name and connector in the config, or the transform that routes these rows; several physical tables are ` +
      `one declared table when a column of it is legacy.physicalTable(...)${forkOf(String(found.connector), connector)}.`,
  );
}

const differs = (what: string, found: string, expected: readonly string[]): string | null =>
  expected.includes(found) ? null : `the ${what} is ${found}, expected ${expected.join(' or ')}`;

const forkOf = (found: string, { names }: Connector): string =>
  names.includes(found)
    ? ''
    : ` (a fork of a connector, under a name of its own, is not supported: its boundaries may differ)`;

export const severalLogs = (place: Place, logs: readonly [string, string]): DragomanError =>
  refused(
    'SOURCE_UNSUPPORTED',
    place,
    `${place.topic} at offset ${place.offset} belongs to the log of ${logs[1]}, others of this source to ${logs[0]}; their positions do not ` +
      `compare, so there is no order of commits. Give each database a connector and a source of its own.`,
  );

export const metadataMissing = (place: Place): DragomanError =>
  refused(
    'TRANSACTION_METADATA_MISSING',
    place,
    `Topic ${place.topic} carries rows without a transaction block (first at offset ${place.offset}), so a source transaction cannot be ` +
      `rebuilt. Set provide.transaction.metadata=true on the connector. If it is set, the rows are older than the setting: begin with a new ` +
      `snapshot and \`beginning: late\` (docs/beginning.md), or with \`mode: position\`. (Besides, only rows of XA transactions have none.)`,
  );

const KEY_COLUMNS = 'message.key.columns';

export const keyless = (place: Place): DragomanError =>
  refused(
    'TABLE_KEY_UNFIT',
    place,
    `Topic ${place.topic} carries rows whose record has no key (first at offset ${place.offset}), so they are spread over partitions and ` +
      `a snapshot row cannot be placed among changes. Give the table a primary key, or name the columns of the key that its table ` +
      `definition has in the connector's ${KEY_COLUMNS}, and no others. A table that has none, and a topic of one partition, can be ` +
      `followed with primaryKey: false in its table definition (docs/replica-identity.md).`,
  );

/** Of a table that has no primary key. */
export const keylessSpread = (
  place: Place & { readonly partition: string },
  { name, key }: TableDefinition,
): DragomanError =>
  refused(
    'TABLE_KEY_UNFIT',
    place,
    `${place.partition} at offset ${place.offset} has a row of ${name} whose record has no key, and topic ${place.topic} has several partitions: ` +
      `changes of one row would come in any order. Name its key (${key.join(', ')}) in the connector's ${KEY_COLUMNS}, or give the topic one ` +
      `partition, and take a new snapshot of the table (docs/replica-identity.md).`,
  );

export const beforeMissing = (place: Place, { name }: TableDefinition, op: Operation): DragomanError =>
  refused(
    'TABLE_KEY_UNFIT',
    place,
    `${place.topic} at offset ${place.offset} ${op === 'd' ? 'deletes' : 'updates'} a row of ${name}, which has no primary key, and says neither by ` +
      `the record's key nor by the columns before which row it was. Set REPLICA IDENTITY FULL on the table, or name the columns of its key in the ` +
      `connector's ${KEY_COLUMNS} (docs/replica-identity.md).`,
  );

/** @param absent columns that the record key lacks. */
export const keyedByOthers = (
  place: Place & { readonly key: string | null },
  { name, key }: TableDefinition,
  absent: readonly string[],
): DragomanError =>
  refused(
    'TABLE_KEY_UNFIT',
    place,
    `Topic ${place.topic} (offset ${place.offset}) has the record key ${shown(place.key)}, which lacks ${absent.join(', ')}; the key of ${name} ` +
      `is ${key.join(', ')}. A change of a column that is missing would come without the delete of the old row. Take the table out of the ` +
      `connector's ${KEY_COLUMNS}, or name all columns of its key there.`,
  );

export const movedUnderOneKey = (place: Place, { name, key }: TableDefinition): DragomanError =>
  refused(
    'TABLE_KEY_UNFIT',
    place,
    `${place.topic} at offset ${place.offset} updates a row of ${name} and changes its key (${key.join(', ')}) without the delete and create ` +
      `that such a change consists of, so the old row would stay for ever. Name these columns in the connector's ${KEY_COLUMNS}, or remove it.`,
  );

export interface InventedKey {
  readonly definition: TableDefinition;
  readonly column: string;
  readonly value: unknown;
  readonly op: Operation;
}

export const keyInvented = (place: Place, { definition: { name }, column, value, op }: InventedKey): DragomanError =>
  refused(
    'TABLE_KEY_UNFIT',
    place,
    `${place.topic} at offset ${place.offset} ${op === 'd' ? 'deletes' : 'renumbers'} a row of ${name} whose key column ${column} is ` +
      `${shown(JSON.stringify(plain(value)))}. That is what the connector invents for a column that the database's log does not have, as with ` +
      `REPLICA IDENTITY USING INDEX on other columns than the primary key: another row would be deleted, or none. Look at the table ` +
      `(\\d+ ${name}). If its identity is an index, set REPLICA IDENTITY DEFAULT or FULL and take a new snapshot of it. If it is DEFAULT or ` +
      `FULL, the value is real: say replicaIdentity: 'default' or 'full' in its table definition (docs/replica-identity.md).`,
  );

export const imageMissing = (place: Place, { name }: TableDefinition, op: Operation): DragomanError =>
  refused(
    'TABLE_KEY_UNFIT',
    place,
    `${place.topic} at offset ${place.offset} ${op === 'd' ? 'deletes' : 'updates'} a row of ${name} without its columns before, but the table ` +
      `definition says replicaIdentity: 'full'. Look at the table (\\d+ ${name}) and declare the identity that it has ` +
      `(docs/replica-identity.md).`,
  );

const plain = (value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

const SHOWN_LENGTH_MAX = 120;

const shown = (text: string | null): string =>
  text === null ? 'null' : text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}...` : text;

/** Why the row is refused, unless the other half of its key change tells. */
export const otherKeyUnread = (place: Place & { readonly otherKey: string | null }): Refusal => ({
  code: 'RECORD_UNDECODABLE',
  text:
    `${place.topic} at offset ${place.offset} is half of a change of the primary key, and its header (${shown(place.otherKey)}) does not tell the other ` +
    `key as the record key would be written; the other half is not next to it in its transaction. Set the connector's header.converter ` +
    `to org.apache.kafka.connect.json.JsonConverter.`,
});

export const topicShared = (topic: string, [one, other]: readonly [TableDefinition, TableDefinition]): DragomanError =>
  new DragomanError(
    'CONFIG_INVALID',
    `Topic ${topic} would have the rows of ${one.name} and of ${other.name}; each declared table has topics of its own. Make the pattern ` +
      `\`topics\` of the source tell them apart, or the names that legacy.physicalTable(...) lists.`,
    { details: { topic } },
  );

/** @param found null: it is no JSON object. */
export function boundaryUnreadable(place: Place, text: string | null, found: JsonObject | null): DragomanError {
  if (text?.startsWith('\u0000') === true) return notJson(place);
  const what = found === null ? 'no JSON object' : `a record with ${Object.keys(found).join(', ') || 'nothing'}`;
  return refused(
    'SOURCE_UNSUPPORTED',
    place,
    `${place.topic} at offset ${place.offset} is ${what} (${shown(text)}), not a transaction boundary of Debezium 2.0 or newer: status BEGIN ` +
      `or END, an id with a position, and at END ts_ms, event_count and data_collections that add up. So the order of commits is not known. ` +
      `Look at transactionTopic of the source, at the connector's version, and that its value.converter is ` +
      `org.apache.kafka.connect.json.JsonConverter.`,
  );
}

/** Records that show that their whole topic can never be right: each error says where, why, and which setting to change. */
import type { TableDefinition } from '../domain/table.js';
import { DragomanError, type ErrorCode } from '../errors.js';
import type { Connector } from './connector.js';
import type { JsonObject } from './envelope.js';

interface Place {
  readonly topic: string;
  readonly offset: number;
}

const refused = (code: ErrorCode, { topic, offset }: Place, text: string): DragomanError =>
  new DragomanError(code, text, { details: { topic, offset } });

/** A schema registry's converters write a zero byte first. */
export const notJson = (place: Place): DragomanError =>
  refused(
    'SOURCE_UNSUPPORTED',
    place,
    `Topic ${place.topic} is not JSON (first at offset ${place.offset}): its records start with the zero byte of Avro, Protobuf or ` +
      `another schema registry format. Set the connector's value.converter and key.converter to org.apache.kafka.connect.json.JsonConverter.`,
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

export const foreignRows = (
  place: Place,
  source: JsonObject,
  { name }: TableDefinition,
  connector: Connector,
): DragomanError =>
  refused(
    'SOURCE_UNSUPPORTED',
    place,
    `Topic ${place.topic} (offset ${place.offset}) carries rows of ${String(source.connector)} ${String(source.name)} ` +
      `${connector.tableName(source)}, but the config says ${connector.names.join(' or ')} and the rules say ${name}. Check the ` +
      `source's name and connector, and routing transforms.`,
  );

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
      `rebuilt. Set provide.transaction.metadata=true on the connector. (With it, only rows of MySQL's XA transactions have none.)`,
  );

export const keyless = (place: Place): DragomanError =>
  refused(
    'TABLE_KEY_UNFIT',
    place,
    `Topic ${place.topic} carries rows whose record has no key (first at offset ${place.offset}), so they are spread over partitions and ` +
      `a snapshot row cannot be placed among changes. Give the table a primary key, or name its columns in the connector's message.key.columns.`,
  );

export const movedUnderOneKey = (place: Place, { name, key }: TableDefinition): DragomanError =>
  refused(
    'TABLE_KEY_UNFIT',
    place,
    `${place.topic} at offset ${place.offset} updates a row of ${name} and changes its key (${key.join(', ')}) without the delete and create ` +
      `that such a change consists of, so the old row would stay for ever. Name these columns in the connector's message.key.columns, or remove it.`,
  );

export const boundaryUnreadable = (place: Place): DragomanError =>
  refused(
    'SOURCE_UNSUPPORTED',
    place,
    `${place.topic} at offset ${place.offset} is not a transaction boundary of Debezium 2.0 or newer, so the order of commits is not known.`,
  );

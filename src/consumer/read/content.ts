/**
 * The value of a record as JSON fields: CloudEvents 1.0 in binary mode (the value is the event, the type stands in a header) and in structured
 * mode (the value is an envelope), with or without the prefix of a schema registry. Source: CloudEvents 1.0.2, Kafka protocol binding.
 */
import { isObject } from '../../domain/json-text.js';
import type { ParkedCode } from '../codes.js';
import { bytesOf, type ConsumedRecord, headerOf } from './record.js';

export type Fields = Readonly<Record<string, unknown>>;

/** Contract name and major version. */
export interface TypeName {
  readonly name: string;
  readonly version: number;
}

export interface Content {
  readonly fields: Fields;
  /** As headers or envelope say; null: they do not. */
  readonly id: string | null;
}

/** It cannot be read; the text has no value of the event in it. */
export interface Unreadable {
  readonly code: ParkedCode;
  readonly text: string;
}

/** A batch of events in one record is no mode of CloudEvents on Kafka. */
const JSON_TYPE = /^application\/(?!cloudevents-batch)([\w.-]+\+)?json\s*(;|$)/i;
const STRUCTURED = /^application\/cloudevents\+json\s*(;|$)/i;
const PREFIX_BYTES = 5;
/** Magic byte and schema id of the Confluent wire format; JSON never begins with a zero byte. */
const isPrefixed = (bytes: Uint8Array): boolean => bytes[0] === 0;

/** `com.example.OrderReady.v1`, of a header or an envelope. @returns null: it names no contract and major version. */
export function typeName(text: string | null): TypeName | null {
  const [, name, version] = /(?:^|\.)([A-Za-z][A-Za-z0-9]*)\.v([1-9]\d{0,8})$/.exec(text ?? '') ?? [];
  return name === undefined ? null : { name, version: Number(version) };
}

export function contentOf(record: ConsumedRecord, valueBytesMax: number): Content | Unreadable {
  const { value } = record;
  if (value === null || value.length === 0) return unreadable('VALUE_ABSENT', 'The record has no value');
  const bytes = bytesOf(value);
  if (bytes.length > valueBytesMax)
    return unreadable('VALUE_TOO_LARGE', `The value has ${bytes.length} bytes; at most ${valueBytesMax} are read`);
  const contentType = headerOf(record, 'content-type');
  // Behind the prefix of a registry it is that of the whole value, `application/octet-stream`: what is in it shows itself.
  if (contentType !== null && !isPrefixed(bytes) && !JSON_TYPE.test(contentType))
    return unreadable('CONTENT_TYPE_UNKNOWN', `content-type is ${contentType.slice(0, 100)}, which is not read here`);
  const fields = fieldsOf(bytes);
  if ('code' in fields) return fields;
  if (contentType === null || !STRUCTURED.test(contentType))
    return { fields: fields.fields, id: headerOf(record, 'ce_id') };
  const { data, id } = fields.fields;
  if (!isObject(data)) return unreadable('EVENT_NOT_JSON', 'The envelope has no "data" that is an object');
  return { fields: data, id: typeof id === 'string' ? id : null };
}

/** The type as headers, else the fields themselves say. */
export function typeIn(record: ConsumedRecord, { fields }: Content): TypeName | null {
  const said = typeName(headerOf(record, 'ce_type'));
  if (said !== null) return said;
  const { eventType, schemaVersion } = fields;
  const isSaid = typeof eventType === 'string' && typeof schemaVersion === 'number';
  return isSaid ? typeName(`${eventType}.v${schemaVersion}`) : null;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function fieldsOf(bytes: Uint8Array): { readonly fields: Fields } | Unreadable {
  const json = isPrefixed(bytes) ? bytes.subarray(PREFIX_BYTES) : bytes;
  let fields: unknown;
  try {
    fields = JSON.parse(utf8.decode(json));
  } catch {
    return unreadable('EVENT_NOT_JSON', 'The value is no JSON text in UTF-8');
  }
  return isObject(fields) ? { fields } : unreadable('EVENT_NOT_JSON', 'The value is JSON, but no object');
}

const unreadable = (code: ParkedCode, text: string): Unreadable => ({ code, text: `${text}.` });

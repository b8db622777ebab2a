/** How events of a contract name the schema that a registry has of them (Confluent, "Wire format"). */
import { contractText } from '../integration-event.js';

export type Registration =
  /** Its id in front of the value, which is no JSON then. */
  | { readonly how: 'prefix'; readonly id: number }
  /** Its GUID in a header; the value stays JSON. */
  | { readonly how: 'header'; readonly guid: string };

/** By `contractText`; a contract that has none says nothing. */
export type Registrations = ReadonlyMap<string, Registration>;

export const NO_REGISTRATIONS: Registrations = new Map();

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const isGuid = (text: string): boolean => GUID.test(text);

const SCHEMA_HEADER = '__value_schema_id';
const GUID_MAGIC = Buffer.of(1);
const PREFIX_BYTES = 5;
/** At most so many bytes more a record has. */
export const REGISTRATION_BYTES_MAX = 64;

/** What CloudEvents calls the type of the content is that of the whole value. */
export const PREFIXED_CONTENT = { 'content-type': 'application/octet-stream' };

/** A record as far as it is written. */
export interface Written {
  readonly value: string | Buffer;
  readonly headers: Readonly<Record<string, string | Buffer>>;
}

export function registered(
  { type, version }: { readonly type: string; readonly version: number },
  { value, headers }: { readonly value: string; readonly headers: Readonly<Record<string, string>> },
  registrations: Registrations,
): Written {
  const registration = registrations.size === 0 ? undefined : registrations.get(contractText(type, version));
  if (registration === undefined) return { value, headers };
  if (registration.how === 'header') {
    const guid = Buffer.from(registration.guid.replaceAll('-', ''), 'hex');
    return { value, headers: { ...headers, [SCHEMA_HEADER]: Buffer.concat([GUID_MAGIC, guid]) } };
  }
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(registration.id, 1);
  return { value: Buffer.concat([prefix, Buffer.from(value)]), headers: { ...headers, ...PREFIXED_CONTENT } };
}

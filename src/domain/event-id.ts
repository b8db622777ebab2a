/**
 * Same input, same id (guarantee G4): a UUIDv5 of what happened, never of when, where or by which rule version it was computed.
 * Source: RFC 9562, 5.5.
 */
import { hash } from 'node:crypto';
import { contractText } from './integration-event.js';

/** v5(URL namespace, "urn:dragoman:integration-event"): fixed for ever, because every id depends on it. */
const NAMESPACE = Buffer.from('85293fd8bada5d07b36059846ce794ef', 'hex');

/** Begins with the namespace; most names have room behind it. */
const SCRATCH = Buffer.alloc(1_024);
NAMESPACE.copy(SCRATCH);

export interface Occurrence {
  readonly contract: string;
  readonly majorVersion: number;
  readonly aggregateId: string;
  /** Empty for a milestone that happens once; else the row's key or the occurrence number. */
  readonly occurrence: string;
}

export const eventId = ({ contract, majorVersion, aggregateId, occurrence }: Occurrence): string =>
  uuidOfName(JSON.stringify([contractText(contract, majorVersion), aggregateId, occurrence]));

/** UUIDv5 of a name in Dragoman's namespace. */
export const uuidOfName = (name: string): string => uuidOf(hash('sha1', named(name)));

/** Valid until the next one. */
function named(name: string): Buffer {
  const bytes = Buffer.byteLength(name);
  if (NAMESPACE.length + bytes > SCRATCH.length) return Buffer.concat([NAMESPACE, Buffer.from(name)]);
  return SCRATCH.subarray(0, NAMESPACE.length + SCRATCH.write(name, NAMESPACE.length));
}

const VARIANT = '89ab';

/** Of 40 hexadecimal digits the first 32, two of which say what kind of UUID it is. */
const uuidOf = (digits: string): string =>
  `${digits.slice(0, 8)}-${digits.slice(8, 12)}-5${digits.slice(13, 16)}-` +
  `${VARIANT.charAt(parseInt(digits.charAt(16), 16) % 4)}${digits.slice(17, 20)}-${digits.slice(20, 32)}`;

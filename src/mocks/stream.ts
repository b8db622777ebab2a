/**
 * Events under a contract that nobody published, as records of its topic: for the tests of those who read it. The same seed gives the same
 * bytes. Pure.
 */
import type { Json, PublishedContract } from '../contracts/published.js';
import { boundaryValues, brokenValues, validValue } from '../contracts/samples/samples.js';
import type { ConsumedRecord } from '../consumer/read/record.js';
import { eventId } from '../domain/event-id.js';
import { eventHeaders } from '../translate/publish/event.js';

/** As {@link ConsumedRecord}, all of it text. */
export interface MockRecord extends ConsumedRecord {
  readonly offset: string;
  readonly key: string;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Mock {
  readonly record: MockRecord;
  /** What is special about it, or wrong with it: `lines[0].sku: is null`. */
  readonly what: string;
}

export interface MockOptions {
  /** Default: `1`. */
  readonly seed?: string;
}

export interface StreamOptions extends MockOptions {
  /** Events in all. Default: 100. */
  readonly count?: number;
  /** How many orders they are of, in turn. Default: a fifth of the events. */
  readonly orders?: number;
}

/** Valid ones: whole histories of orders, beside each other, each numbered 1, 2, 3 ... */
export function* mockStream(contract: PublishedContract, options: StreamOptions = {}): Generator<MockRecord> {
  const { seed = '1', count = 100, orders = Math.max(1, Math.ceil(count / 5)) } = options;
  for (let at = 0; at < count; at += 1) {
    const key = orderKey(at % orders);
    yield mockRecord(contract, { key, sequence: 1 + Math.floor(at / orders), offset: at, seed: `${seed}/${at}` });
  }
}

/** Valid ones at the limits of the contract, each of an order of its own. */
export const mockBoundaries = (contract: PublishedContract, { seed = '1' }: MockOptions = {}): Mock[] =>
  boundaryValues(contract, seed).map(({ value, path, what }, at) => {
    const fields = value as Fields;
    const given = fields[contract.key];
    const key = path === contract.key && typeof given === 'string' ? given : orderKey(at);
    const parts = { key, sequence: 1, offset: at, seed: `${seed}/${at}` };
    return {
      what: wordsOf(path, what),
      record: recordOf(contract, parts, { ...fields, ...metadata(contract, parts) }),
    };
  });

/** Each does not fit the contract for one reason, and is right apart from that. */
export const mockBroken = (contract: PublishedContract, { seed = '1' }: MockOptions = {}): Mock[] =>
  brokenValues(contract, seed).map(({ value, path, what }, at) => {
    const parts = { key: orderKey(at), sequence: 1, offset: at, seed: `${seed}/${at}` };
    return { what: wordsOf(path, what), record: recordOf(contract, parts, mended(contract, parts, value, path)) };
  });

const wordsOf = (path: string, what: string): string => (path === '' ? what : `${path}: ${what}`);

/** Metadata of its own, except where the fault is. */
function mended(contract: PublishedContract, parts: MockParts, value: Json, path: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const own = Object.entries(metadata(contract, parts)).filter(([name]) => name !== path);
  return { ...(value as Fields), ...Object.fromEntries(own) };
}

type Fields = Readonly<Record<string, Json>>;

export interface MockParts {
  /** Business key. */
  readonly key: string;
  readonly sequence: number;
  readonly offset: number;
  readonly seed: string;
}

/** A valid one. */
export const mockRecord = (contract: PublishedContract, parts: MockParts): MockRecord =>
  recordOf(contract, parts, { ...validValue(contract, parts.seed), ...metadata(contract, parts) });

export function recordOf(contract: PublishedContract, parts: MockParts, value: Json): MockRecord {
  const { topic, type } = contract;
  const { key, offset } = parts;
  const said = saidIn(metadata(contract, parts), value);
  return {
    ...{ topic, partition: 0, offset: String(offset), key, value: JSON.stringify(value) },
    headers: eventHeaders(said, { key, type, source: SOURCE, digest: DIGEST }),
  };
}

type Metadata = Parameters<typeof eventHeaders>[0] & Fields;

/** What the headers say: as the value does, where it says anything of that kind. */
function saidIn(usual: Metadata, value: Json): Metadata {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return usual;
  const said = Object.entries(value).filter(([name, each]) => typeof each === typeof usual[name]);
  return { ...usual, ...Object.fromEntries(said) };
}

/** Shown by everything that is not the real one. */
const SOURCE = 'urn:dragoman:mock';
const DIGEST = 'mock';
const BEGINNING_MS = Date.UTC(2026, 0, 15, 9, 30);
const STEP_MS = 1_000;

const metadata = (
  { name, version, key: keyField }: PublishedContract,
  { key, sequence, offset }: MockParts,
): Metadata => ({
  eventId: eventId({ contract: name, majorVersion: version, aggregateId: key, occurrence: String(sequence) }),
  eventType: name,
  schemaVersion: version,
  occurredAt: new Date(BEGINNING_MS + offset * STEP_MS).toISOString(),
  sequence,
  correlationId: `mock:order:${key}`,
  causationId: `mock:${1_000 + offset}:`,
  [keyField]: key,
});

/** `900001`, `900002` ... */
export const orderKey = (number: number): string => String(900_001 + number);

/** Records that could not take effect, kept as they were read. */
import type { ParkedCode } from '../codes.js';
import { bytesOf, type ConsumedRecord, type HeaderValue, keyOf, type Place, placeText } from '../read/record.js';
import type { OrderName } from './orders.js';
import { storable, storableKey } from './storable.js';
import { type Queries, rowsOf } from './transaction.js';

export interface ToPark {
  readonly record: ConsumedRecord;
  readonly code: ParkedCode;
  readonly text: string;
}

/** A record without a key has an order of its own kind. */
export const orderOf = (record: ConsumedRecord): OrderName => ({
  topic: record.topic,
  key: storableKey(keyOf(record) ?? ''),
});

/** A record that is read again is there already. */
const PARK = `
  INSERT INTO dragoman_parked
    (consumer, topic, key, partition, record_offset, code, reason, record_key, record_value, record_headers)
  SELECT $1, given.* FROM unnest($2::text[], $3::text[], $4::integer[], $5::bigint[], $6::text[], $7::text[],
    $8::bytea[], $9::bytea[], $10::jsonb[])
    AS given (topic, key, partition, record_offset, code, reason, record_key, record_value, record_headers)
  ON CONFLICT DO NOTHING`;

export async function park(tx: Queries, consumer: string, parked: readonly ToPark[]): Promise<void> {
  if (parked.length === 0) return;
  const records = parked.map(({ record }) => record);
  await rowsOf(tx, PARK, [
    consumer,
    records.map(({ topic }) => topic),
    records.map((record) => orderOf(record).key),
    records.map(({ partition }) => partition),
    records.map(({ offset }) => String(offset)),
    parked.map(({ code }) => code),
    parked.map(({ text }) => storable(text)),
    records.map(({ key }) => bytea(key)),
    records.map(({ value }) => bytea(value)),
    records.map(({ headers }) => JSON.stringify(headersJson(headers))),
  ]);
}

/** Why a record was parked. */
export type Parking = Pick<ToPark, 'code' | 'text'>;

const BEFORE = `
  SELECT topic, partition, record_offset::text AS offset, code, reason AS text FROM dragoman_parked
  WHERE consumer = $1 AND (topic, partition, record_offset) IN (SELECT * FROM unnest($2::text[], $3::integer[], $4::bigint[]))`;

/** Those that are parked already, by {@link placeText}. */
export async function parkedBefore(
  tx: Queries,
  consumer: string,
  records: readonly ConsumedRecord[],
): Promise<ReadonlyMap<string, Parking>> {
  if (records.length === 0) return new Map();
  const rows = await rowsOf<Parking & Place>(tx, BEFORE, [
    consumer,
    records.map(({ topic }) => topic),
    records.map(({ partition }) => partition),
    records.map(({ offset }) => String(offset)),
  ]);
  return new Map(rows.map(({ code, text, ...place }) => [placeText(place), { code, text }]));
}

interface ParkedRow extends OrderName {
  readonly partition: number;
  readonly offset: string;
  readonly record_key: Uint8Array | null;
  readonly record_value: Uint8Array | null;
  readonly record_headers: Readonly<Record<string, readonly (string | null)[]>>;
}

const READ = `
  SELECT topic, key, partition, record_offset::text AS offset, record_key, record_value, record_headers
  FROM dragoman_parked WHERE consumer = $1 AND topic = $2 AND key = $3
  ORDER BY id`;

/** All of an order, in the order in which they were read. */
export async function parkedRecords(tx: Queries, consumer: string, order: OrderName): Promise<ConsumedRecord[]> {
  const rows = await rowsOf<ParkedRow>(tx, READ, [consumer, order.topic, order.key]);
  return rows.map(({ topic, partition, offset, record_key, record_value, record_headers }) => ({
    ...{ topic, partition, offset, key: record_key, value: record_value },
    headers: Object.fromEntries(
      Object.entries(record_headers).map(([name, values]) => [
        name,
        values.map((value) => (value === null ? null : Buffer.from(value, 'base64'))),
      ]),
    ),
  }));
}

/** All of an order. @returns how many there were. */
export async function removeParked(tx: Queries, consumer: string, { topic, key }: OrderName): Promise<number> {
  const text = 'DELETE FROM dragoman_parked WHERE consumer = $1 AND topic = $2 AND key = $3 RETURNING 1';
  return (await rowsOf(tx, text, [consumer, topic, key])).length;
}

/** @returns false when somebody else did it. */
export async function removeOne(tx: Queries, consumer: string, { topic, partition, offset }: Place): Promise<boolean> {
  const text = `
    DELETE FROM dragoman_parked WHERE consumer = $1 AND topic = $2 AND partition = $3 AND record_offset = $4 RETURNING 1`;
  return (await rowsOf(tx, text, [consumer, topic, partition, offset])).length > 0;
}

export interface ParkedOrder extends OrderName {
  /** Of the first record, which the others wait for. */
  readonly code: ParkedCode;
  readonly text: string;
  readonly partition: number;
  readonly offset: string;
  readonly records: number;
  readonly since: Date;
}

const LIST = `
  SELECT DISTINCT ON (topic, key) topic, key, code, reason AS text, partition, record_offset::text AS offset, parked_at AS since,
    (count(*) OVER (PARTITION BY topic, key))::integer AS records
  FROM dragoman_parked WHERE consumer = $1
  ORDER BY topic, key, id
  LIMIT $2`;

export const parkedOrders = (tx: Queries, consumer: string, limit: number): Promise<readonly ParkedOrder[]> =>
  rowsOf<ParkedOrder>(tx, LIST, [consumer, limit]);

/** Counts no further than `max`. */
export async function parkedOrderCount(tx: Queries, consumer: string, max: number): Promise<number> {
  const text = `
    SELECT count(*)::integer AS n FROM (SELECT FROM dragoman_order WHERE consumer = $1 AND parked LIMIT $2) AS parked`;
  const [row] = await rowsOf<{ n: number }>(tx, text, [consumer, max]);
  return row?.n ?? 0;
}

/** Counts no further than `max`. */
export async function parkedRecordCount(tx: Queries, consumer: string, max: number): Promise<number> {
  const text = `SELECT count(*)::integer AS n FROM (SELECT FROM dragoman_parked WHERE consumer = $1 LIMIT $2) AS parked`;
  const [row] = await rowsOf<{ n: number }>(tx, text, [consumer, max]);
  return row?.n ?? 0;
}

/** As hexadecimal text, which arrays of bytea are given in. */
function bytea(bytes: Uint8Array | string | null | undefined): string | null {
  if (bytes === null || bytes === undefined) return null;
  return `\\x${Buffer.from(bytesOf(bytes)).toString('hex')}`;
}

const headersJson = (headers: ConsumedRecord['headers'] = {}): Record<string, (string | null)[]> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, given]) => {
      const values: readonly HeaderValue[] = Array.isArray(given) ? (given as HeaderValue[]) : [given as HeaderValue];
      return [
        storable(name),
        values.map((value) => (value == null ? null : Buffer.from(bytesOf(value)).toString('base64'))),
      ];
    }),
  );

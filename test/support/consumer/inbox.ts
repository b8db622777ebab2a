/** An inbox on a real PostgreSQL, in a schema of its own, whose effects are rows of a table. For integration tests. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, inject } from 'vitest';
import { orderReleasedToWarehouseV1 } from '../../../rules/contracts/order-released-to-warehouse.v1.js';
import {
  type ConsumedRecord,
  type ConsumerCode,
  type DeadLetter,
  Inbox,
  INBOX_SQL,
  type InboxOptions,
  type Notice,
  on,
} from '../../../src/consumer/index.js';
import { consumedRecords, fieldsOf, withFields, withHeaders } from './records.js';

export const schema = `consumer_${randomUUID().slice(0, 8)}`;
export let pool: pg.Pool;

/** Once for each test file. */
export function ownTables(): void {
  beforeAll(async () => {
    const { host, port, user, password, database } = inject('stack').postgres;
    pool = new pg.Pool({ host, port, user, password, database, options: `-c search_path=${schema}`, max: 12 });
    pool.on('error', () => undefined); // one that a test ended
    await pool.query(`CREATE SCHEMA ${schema}`);
  });
  afterAll(async () => {
    await pool.query(`DROP SCHEMA ${schema} CASCADE`);
    await pool.end();
  });
  beforeEach(async () => {
    await pool.query(`${INBOX_SQL}; CREATE TABLE IF NOT EXISTS effect (id serial, key text, sequence integer)`);
    await emptied();
  });
}

export const emptied = (): Promise<unknown> =>
  pool.query('TRUNCATE dragoman_inbox, dragoman_order, dragoman_parked, effect');

const [template] = consumedRecords().filter((record) => fieldsOf(record)['eventType'] === 'OrderReleasedToWarehouse');
let offsets = 1_000;
export const nextOffset = (): string => String((offsets += 1));

/** Number `sequence` of that order; the same id for the same number. */
export function released(
  key: string,
  sequence: number,
  fields: Readonly<Record<string, unknown>> = {},
): ConsumedRecord {
  offsets += 1;
  const eventId = `00000000-0000-5000-8000-${key.padStart(6, '0')}${String(sequence).padStart(6, '0')}`;
  const occurredAt = new Date().toISOString();
  const record = withFields(template!, { eventId, sequence, orderId: key, occurredAt, ...fields });
  return { ...withHeaders(record, { ce_id: undefined }), key, offset: String(offsets) };
}
export const moved = (record: ConsumedRecord): ConsumedRecord => ({ ...record, offset: String((offsets += 1)) });

export const insertEffect = 'INSERT INTO effect (key, sequence) VALUES ($1, $2)';
const write = on(orderReleasedToWarehouseV1, ({ key, sequence }, tx) => tx.query(insertEffect, [key, sequence]));

export interface Rig {
  readonly inbox: Inbox;
  readonly notices: Notice[];
  readonly letters: DeadLetter[];
  readonly take: (...records: readonly ConsumedRecord[]) => Promise<(ConsumerCode | null)[]>;
}

export function rig(options: Partial<InboxOptions> = {}): Rig {
  const notices: Notice[] = [];
  const letters: DeadLetter[] = [];
  const inbox = new Inbox({
    ...{ consumer: 'test', reads: [write], tell: (notice: Notice) => notices.push(notice) },
    deadLetters: (some) => Promise.resolve(letters.push(...some)),
    ...options,
  });
  const take = async (...records: readonly ConsumedRecord[]): Promise<(ConsumerCode | null)[]> => {
    const before = notices.length;
    await inbox.take(pool, records);
    const told = notices.slice(before);
    return records.map(({ offset }) => told.find(({ place }) => place.offset === String(offset))?.code ?? null);
  };
  return { inbox, notices, letters, take };
}

export async function effects(): Promise<string[]> {
  const { rows } = await pool.query<{ key: string; sequence: number }>('SELECT key, sequence FROM effect ORDER BY id');
  return rows.map(({ key, sequence }) => `${key}/${sequence}`);
}

/** Events of the retailer as records that a consumer reads. */
import type { ConsumedRecord } from '../../../src/consumer/read/record.js';
import { right } from '../pipeline/published-orders.js';

export const TOPIC = 'orders.fulfillment';

/** As the independent oracle expects them, header by header. */
export const consumedRecords = (): ConsumedRecord[] =>
  right().map(({ partition, offset, key, value, headers }) => ({
    ...{ topic: TOPIC, partition, offset: String(offset), key: Buffer.from(key) },
    value: Buffer.from(value),
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
  }));

export const fieldsOf = ({ value }: ConsumedRecord): Record<string, unknown> =>
  JSON.parse(Buffer.from(value as Uint8Array).toString()) as Record<string, unknown>;

export const withFields = (record: ConsumedRecord, fields: Readonly<Record<string, unknown>>): ConsumedRecord => ({
  ...record,
  value: Buffer.from(JSON.stringify({ ...fieldsOf(record), ...fields })),
});

export const withHeaders = (record: ConsumedRecord, headers: ConsumedRecord['headers']): ConsumedRecord => ({
  ...record,
  headers: { ...record.headers, ...headers },
});

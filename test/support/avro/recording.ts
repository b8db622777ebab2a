/** The recording 23-avro: what one run of the database became in JSON, by one connector, and in Avro, by another. */
import type { RegisteredSchema } from '../../../src/domain/registry/registered-schema.js';
import { DragomanError } from '../../../src/errors.js';
import type { RawRecord, Schemas } from '../../../src/pipeline/ports.js';
import { readLines, type RecordedRecord } from '../recordings.js';

interface Head {
  readonly schemas: Readonly<Record<string, RegisteredSchema>>;
}

export interface RecordedAvro {
  /** Key and value in base64. */
  readonly records: readonly RecordedRecord[];
  readonly schemas: Schemas;
  readonly texts: Head['schemas'];
}

export function readAvroRecording(name: string): RecordedAvro {
  const [head, ...records] = readLines<Head & RecordedRecord>(`${name}.ndjson`);
  const texts = head?.schemas ?? {};
  const schemas: Schemas = {
    schema: (id) => {
      const found = texts[id];
      return found === undefined
        ? Promise.reject(new DragomanError('SCHEMA_UNKNOWN', `no schema ${id}`))
        : Promise.resolve(found);
    },
  };
  return { records, schemas, texts };
}

export const rawRecord = ({ offset, timestamp, key, value, headers }: RecordedRecord): RawRecord => ({
  ...{ offset, timestampMs: timestamp, key: bytesOf(key), value: bytesOf(value) },
  headers: Object.fromEntries(Object.entries(headers).map(([header, text]) => [header, Buffer.from(String(text))])),
});

/** Of base64. */
export const bytesOf = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text, 'base64'));

/** The bench's backlog in Avro: read through its own schema server it is, record by record, the one in JSON. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { avroBacklog } from '../../../bench/avro/avro-backlog.js';
import { serveSchemas } from '../../../bench/avro/schema-server.js';
import { type Backlog, EXPECTED_FILE, ORDER_FILE, recordsFile } from '../../../bench/backlog/backlog.js';
import { encodeRecord, RecordReader, type StoredRecord } from '../../../bench/backlog/record-file.js';
import { registryOf } from '../../../src/adapters/registry/registry.js';
import { configSchema } from '../../../src/config/schema.js';
import { parseExactly } from '../../../src/decode/envelope.js';
import { PlainRecords } from '../../../src/pipeline/read/plain-records.js';
import { readRecording } from '../../support/recordings.js';

let folder: string;
let json: Backlog;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dragoman-avro-backlog-'));
  const directory = join(folder, 'json');
  await mkdir(directory);
  const records = readRecording('postgres/01-lifecycle');
  const places = [...new Set(records.map(({ topic, partition }) => `${topic}/${partition}`))];
  const partitions = await Promise.all(
    places.map(async (place, number) => {
      const own = records.filter(({ topic, partition }) => `${topic}/${partition}` === place);
      const stored = own.map(({ timestamp, key, value }) =>
        encodeRecord({ timestampMs: timestamp, key: bytes(key), value: bytes(value), headers: [] }),
      );
      await writeFile(recordsFile(directory, number), Buffer.concat(stored));
      return { topic: own[0]!.topic, partition: own[0]!.partition, records: own.length };
    }),
  );
  for (const file of [ORDER_FILE, EXPECTED_FILE]) await writeFile(join(directory, file), '');
  const counts = {
    rows: records.length,
    snapshotRows: 0,
    transactions: 0,
    bytes: 0,
    events: {},
    versions: {},
    madeInSeconds: 0,
  };
  json = { directory, source: 'legacy', topics: [], partitions, ...counts };
});

afterAll(() => rm(folder, { recursive: true }));

const bytes = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text));

function all({ directory }: Backlog, number: number): StoredRecord[] {
  const reader = new RecordReader(recordsFile(directory, number));
  const records: StoredRecord[] = [];
  for (let record = reader.next(); record !== null; record = reader.next()) records.push(record);
  reader.close();
  return records;
}

it('is the same records, and less of them', async () => {
  const { backlog, schemas } = await avroBacklog(json);
  const { registry: standard } = configSchema.parse({});
  const registry = registryOf({ ...standard, url: await serveSchemas(schemas) })!;
  const plain = new PlainRecords(registry);
  let [inJson, inAvro] = [0, 0];
  try {
    for (const number of json.partitions.keys()) {
      const written = all(backlog, number);
      for (const [i, record] of all(json, number).entries()) {
        const { key, value } = await plain.kept({ offset: i, ...written[i]!, headers: {} });
        const texts = [key, value].map((part) => parseExactly(part?.toString() ?? 'null'));
        expect(texts).toEqual([record.key, record.value].map((part) => parseExactly(part?.toString() ?? 'null')));
        inJson += record.value?.length ?? 0;
        inAvro += written[i]!.value?.length ?? 0;
      }
    }
  } finally {
    registry.close();
  }
  expect(inAvro).toBeLessThan(inJson / 2);
  expect((await avroBacklog(json)).backlog.directory).toBe(backlog.directory); // made once
});

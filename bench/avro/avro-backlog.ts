/**
 * The same backlog as a connector with Avro writes it, beside the one in JSON: the same records in the same places, each behind the id of its schema. The
 * schemas are made of what is there. Decimals and instants stay the texts that they are, so both come to the same events.
 */
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseExactly } from '../../src/decode/envelope.js';
import { avscType, framed } from '../../test/support/avro/types.js';
import { type Backlog, EXPECTED_FILE, findBacklog, MANIFEST, ORDER_FILE, recordsFile } from '../backlog/backlog.js';
import { encodeRecord, RecordReader, type StoredRecord } from '../backlog/record-file.js';
import { BenchError } from '../bench-error.js';
import { say } from '../say.js';
import { Form } from '../../test/support/avro/form.js';

/** Raised when it is written in another way. */
const VERSION = 1;
const SCHEMAS_FILE = 'schemas.json';

export interface AvroBacklog {
  readonly backlog: Backlog;
  /** Texts by id. */
  readonly schemas: Readonly<Record<string, string>>;
}

/** Made once, and kept. @throws BenchError BACKLOG_INVALID */
export async function avroBacklog(json: Backlog): Promise<AvroBacklog> {
  const directory = `${json.directory}-avro-${VERSION}`;
  if ((await findBacklog(directory)) === undefined) await make(json, directory);
  const backlog = await findBacklog(directory);
  if (backlog === undefined)
    throw new BenchError('BACKLOG_INVALID', `${directory} is not complete; remove it and start again`);
  const schemas = JSON.parse(await readFile(join(directory, SCHEMAS_FILE), 'utf8')) as Record<string, string>;
  return { backlog, schemas };
}

async function make(json: Backlog, directory: string): Promise<void> {
  const partial = `${directory}.${process.pid}.partial`;
  await mkdir(partial, { recursive: true });
  try {
    say('the backlog is written in Avro, once');
    const forms = formsOf(json);
    const schemas: Record<string, string> = {};
    const writers = new Map(
      [...forms].map(([place, form], i) => {
        const text = JSON.stringify(form.schema(place.replace(/[^A-Za-z0-9_]/g, '_')));
        schemas[i + 1] = text;
        const type = avscType(text);
        return [place, (value: unknown): Buffer => framed(i + 1, type.toBuffer(value))] as const;
      }),
    );
    let bytes = 0;
    for (const [number, { topic }] of json.partitions.entries()) {
      const parts = Array.from(records(json, number), (record) => {
        const write = (part: 'key' | 'value'): Buffer | null => {
          const found = record[part];
          return found === null ? null : (writers.get(`${topic}-${part}`)?.(parseExactly(found.toString())) ?? null);
        };
        return encodeRecord({ ...record, key: write('key'), value: write('value') });
      });
      bytes += parts.reduce((sum, { length }) => sum + length, 0);
      await writeFile(recordsFile(partial, number), Buffer.concat(parts));
    }
    for (const file of [ORDER_FILE, EXPECTED_FILE]) await cp(join(json.directory, file), join(partial, file));
    await writeFile(join(partial, SCHEMAS_FILE), JSON.stringify(schemas));
    await writeFile(join(partial, MANIFEST), JSON.stringify({ ...json, directory, bytes }));
    await rename(partial, directory).catch(() => undefined); // another run may have been first
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** By topic and part. */
function formsOf(json: Backlog): Map<string, Form> {
  const forms = new Map<string, Form>();
  const see = (place: string, bytes: Buffer | null): void => {
    if (bytes === null) return;
    let form = forms.get(place);
    if (form === undefined) forms.set(place, (form = new Form()));
    form.see(JSON.parse(bytes.toString()));
  };
  for (const [number, { topic }] of json.partitions.entries())
    for (const { key, value } of records(json, number)) {
      see(`${topic}-key`, key);
      see(`${topic}-value`, value);
    }
  return forms;
}

function* records({ directory }: Backlog, number: number): Generator<StoredRecord> {
  const reader = new RecordReader(recordsFile(directory, number));
  try {
    for (let record = reader.next(); record !== null; record = reader.next()) yield record;
  } finally {
    reader.close();
  }
}

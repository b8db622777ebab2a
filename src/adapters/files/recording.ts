/**
 * Recordings of Debezium topics: NDJSON, one Kafka record a line (`topic`, `partition`, `offset`, `timestamp`, `key`, `value`,
 * `headers`). Played into a log in memory, as a connector would write it.
 */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import { DragomanError } from '../../errors.js';

const recordSchema = z.object({
  topic: z.string(),
  partition: z.number().int().nonnegative(),
  offset: z.number().int().nonnegative(),
  timestamp: z.number(),
  key: z.string().nullable(),
  value: z.string().nullable(),
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])).default({}),
});

export interface RecordedRecord {
  readonly topic: string;
  /** `topic/3`. */
  readonly partition: string;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a recording has to be, for whoever brings another file. */
const FORM =
  'A recording is NDJSON, one Kafka record a line: {topic, partition, offset, timestamp, key, value, headers}. The lines of ' +
  '`kcat -C -e -J -t TOPIC`, of every topic of the connector, are read too; so are gzip, UTF-16 and a byte order mark.';

/** @throws DragomanError RECORDING_INVALID with file and line. */
export async function readRecording(file: string): Promise<RecordedRecord[]> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new DragomanError('RECORDING_INVALID', `${file} cannot be read.`, { cause });
  });
  const lines = textOf(bytes, file).split('\n');
  const records = lines.flatMap((line, index) => (line.trim() === '' ? [] : [recordOf(line, `${file}:${index + 1}`)]));
  if (records.length > 0) return records;
  throw new DragomanError('RECORDING_INVALID', `${file} has no line. ${FORM}`);
}

const GZIP = [0x1f, 0x8b];

function textOf(bytes: Buffer, file: string): string {
  if (bytes[0] === GZIP[0] && bytes[1] === GZIP[1]) {
    try {
      return textOf(gunzipSync(bytes), file);
    } catch (cause) {
      throw new DragomanError('RECORDING_INVALID', `${file} begins like gzip, and is damaged or cut.`, { cause });
    }
  }
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const encoding = isUtf16 ? (bytes[0] === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}

const START_LENGTH_MAX = 40;

function recordOf(line: string, where: string): RecordedRecord {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    const start = JSON.stringify(line.slice(0, START_LENGTH_MAX));
    throw new DragomanError('RECORDING_INVALID', `${where} is not JSON; it begins with ${start}. ${FORM}`, { cause });
  }
  const parsed = recordSchema.safeParse(fromKcat(json));
  if (!parsed.success) {
    const [problem] = parsed.error.issues;
    const problemText = `${problem?.path.join('.') ?? ''}: ${problem?.message ?? ''}`;
    throw new DragomanError('RECORDING_INVALID', `${where} is not a recorded Kafka record: ${problemText}. ${FORM}`);
  }
  const { topic, partition, offset, timestamp, key, value, headers } = parsed.data;
  const texts = Object.entries(headers).map(([name, text]) => [name, Array.isArray(text) ? (text[0] ?? '') : text]);
  const flat = Object.fromEntries(texts) as Record<string, string>;
  return { topic, partition: `${topic}/${partition}`, offset, timestampMs: timestamp, key, value, headers: flat };
}

const kcatSchema = z.object({
  ts: z.number(),
  payload: z.string().nullable(),
  headers: z.array(z.string().nullable()).default([]),
});

/** A line of `kcat -J`: headers are names and values in turn. Anything else stays as it is. */
function fromKcat(json: unknown): unknown {
  const kcat = kcatSchema.safeParse(json).data;
  if (kcat === undefined) return json;
  const headers: Record<string, string> = {};
  for (let i = 0; i + 1 < kcat.headers.length; i += 2) headers[kcat.headers[i] ?? ''] ??= kcat.headers[i + 1] ?? '';
  return { ...(json as object), timestamp: kcat.ts, value: kcat.payload, headers };
}

/**
 * Recordings of Debezium topics: NDJSON, one Kafka record a line (`topic`, `partition`, `offset`, `timestamp`, `key`, `value`, `headers`), and
 * lines that say something of the recording itself. Played into a log in memory, as a connector would write it. See docs/recordings.md.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { DragomanError } from '../../errors.js';
import { uncompressed } from './compression.js';

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

/** What a recording says of itself; several lines say it together. */
const noteSchema = z.object({
  /** Version of the format. */
  recording: z.literal(1),
  /** Offsets of each partition, from the first up to, not including, the second. */
  ranges: z.record(z.string(), z.tuple([z.number(), z.number()])).optional(),
  /** Which records were taken, in words; absent: all. */
  only: z.string().optional(),
  /** Columns by table whose values were taken out. */
  redacted: z.record(z.string(), z.array(z.string())).optional(),
});

export type RecordingNote = z.output<typeof noteSchema>;

export interface Recording {
  readonly records: RecordedRecord[];
  /** In words; null: all records of its topics. */
  readonly only: string | null;
  /** By table. */
  readonly redacted: ReadonlyMap<string, readonly string[]>;
}

/** What a recording has to be, for whoever brings another file. */
const FORM =
  'A recording is NDJSON, one Kafka record a line: {topic, partition, offset, timestamp, key, value, headers}, as `dragoman record` writes ' +
  'it. The lines of `kcat -C -e -J -t TOPIC`, of every topic of the connector, are read too; so are gzip, Zstandard, UTF-16 and a byte order mark.';

/** @throws DragomanError RECORDING_INVALID with file and line. */
export const readRecording = async (file: string): Promise<RecordedRecord[]> => (await openRecording(file)).records;

/** @throws DragomanError RECORDING_INVALID with file and line. */
export async function openRecording(file: string): Promise<Recording> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DragomanError('RECORDING_INVALID', `${file} cannot be read (${why}).`, { cause });
  });
  const records: RecordedRecord[] = [];
  const redacted = new Map<string, readonly string[]>();
  let only: string | null = null;
  let hasLines = false;
  let number = 0;
  for (const line of linesOf(bytes, file)) {
    number += 1;
    if (line.trim() === '') continue;
    hasLines = true;
    const json = parsedLine(line, `${file}:${number}`);
    const note = noteSchema.safeParse(json).data;
    if (note === undefined) records.push(recordOf(json, `${file}:${number}`));
    else {
      only = note.only ?? only;
      for (const [table, columns] of Object.entries(note.redacted ?? {}))
        redacted.set(table, [...new Set([...(redacted.get(table) ?? []), ...columns])]);
    }
  }
  if (records.length > 0) return { records, only, redacted };
  throw new DragomanError('RECORDING_INVALID', `${file} has no ${hasLines ? 'record' : 'line'}. ${FORM}`);
}

/** One after the other: the whole may be longer than any text can be. */
function* linesOf(bytes: Buffer, file: string): Iterable<string> {
  const plain = uncompressed(bytes, (form, cause) => {
    throw new DragomanError('RECORDING_INVALID', `${file} begins like ${form}, and is damaged or cut.`, { cause });
  });
  const isUtf16 = (plain[0] === 0xff && plain[1] === 0xfe) || (plain[0] === 0xfe && plain[1] === 0xff);
  if (isUtf16) return yield* new TextDecoder(plain[0] === 0xff ? 'utf-16le' : 'utf-16be').decode(plain).split('\n');
  let from = plain.subarray(0, MARK.length).equals(MARK) ? MARK.length : 0;
  while (from < plain.length) {
    const end = plain.indexOf(LINE_END, from);
    yield plain.toString('utf8', from, end === -1 ? plain.length : end);
    from = end === -1 ? plain.length : end + 1;
  }
}

const LINE_END = 0x0a;
/** Of UTF-8, by which some editors begin a file. */
const MARK = Buffer.from([0xef, 0xbb, 0xbf]);

const START_LENGTH_MAX = 40;

function parsedLine(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    const start = JSON.stringify(line.slice(0, START_LENGTH_MAX));
    throw new DragomanError('RECORDING_INVALID', `${where} is not JSON; it begins with ${start}. ${FORM}`, { cause });
  }
}

function recordOf(json: unknown, where: string): RecordedRecord {
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

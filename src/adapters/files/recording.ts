/**
 * Recordings of Debezium topics: NDJSON, one Kafka record a line (`topic`, `partition`, `offset`, `timestamp`, `key`, `value`,
 * `headers`). Played into a log in memory, as a connector would write it.
 */
import { readFile } from 'node:fs/promises';
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

/** @throws DragomanError RECORDING_INVALID with file and line. */
export async function readRecording(file: string): Promise<RecordedRecord[]> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new DragomanError('RECORDING_INVALID', `${file} cannot be read.`, { cause });
  });
  return text
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [recordOf(line, `${file}:${index + 1}`)]));
}

function recordOf(line: string, where: string): RecordedRecord {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    throw new DragomanError('RECORDING_INVALID', `${where} is not JSON.`, { cause });
  }
  const parsed = recordSchema.safeParse(json);
  if (!parsed.success) {
    const [problem] = parsed.error.issues;
    throw new DragomanError(
      'RECORDING_INVALID',
      `${where} is not a recorded Kafka record: ${problem?.path.join('.') ?? ''}: ${problem?.message ?? ''}.`,
    );
  }
  const { topic, partition, offset, timestamp, key, value, headers } = parsed.data;
  const texts = Object.entries(headers).map(([name, text]) => [name, Array.isArray(text) ? (text[0] ?? '') : text]);
  const flat = Object.fromEntries(texts) as Record<string, string>;
  return { topic, partition: `${topic}/${partition}`, offset, timestampMs: timestamp, key, value, headers: flat };
}

/** What was found in contract topics, out of the dead letters that tell of it. Pure. */
import { z } from 'zod';
import type { Findings } from '../../../console/answers/migration.js';
import type { LastRecords } from '../kafka-reads.js';

/** As `findingDeadLetter` writes them. */
const letter = z.object({
  kind: z.literal('told'),
  origin: z.object({ source: z.string(), commitTimeMs: z.number() }),
  refusal: z.object({ code: z.string(), text: z.string() }),
  original: z.object({ topic: z.string(), partition: z.int(), offset: z.union([z.string(), z.number()]) }),
});

export function findingsIn({ records, earlier }: LastRecords, nowMs: number): Findings {
  const findings = records.flatMap(({ key, value }) => {
    const read = letter.safeParse(jsonOr(value));
    if (!read.success) return []; // of what could not be applied
    const { origin, refusal, original } = read.data;
    const producer = origin.source === '' ? null : origin.source;
    const at = new Date(origin.commitTimeMs).toISOString();
    return [{ ...refusal, producer, key, at, ...original, offset: String(original.offset) }];
  });
  findings.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0));
  const asOf = new Date(nowMs).toISOString();
  return { schema: 'dragoman.http/findings@1', asOf, lookedAt: records.length, isAll: !earlier, findings };
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

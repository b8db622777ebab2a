/**
 * `dragoman routes findings`: what is wrong with records of contract topics that others wrote, one by one, as dead letters have it. Reads the dead-letter
 * topic from its beginning up to where it ends now, without a group, and writes nothing.
 */
import { z } from 'zod';
import { kafkaClient } from '../../adapters/kafka/client.js';
import { asking } from '../../adapters/kafka/failure.js';
import { partitionName } from '../../adapters/kafka/names.js';
import { readRanges } from '../../adapters/kafka/read/range-reader.js';
import type { Config } from '../../config/schema.js';
import { TOLD_FINDINGS, type ToldCode } from '../../domain/ownership/told.js';
import { isInstant } from '../../domain/source/instants.js';
import { jsonObjectIn } from '../../domain/source/said.js';
import { internalTopics } from '../../pipeline/state/records.js';
import { EXIT, print, say } from '../exit.js';
import { configOf } from '../load.js';
import { type OperatorOptions, pipelineOf } from '../operator/operator.js';
import { counted } from '../parked/list.js';

export interface RoutesFindingsOptions extends OperatorOptions {
  readonly code?: ToldCode;
  readonly max: number;
}

/** A record of a contract topic, and what is wrong with it. */
export interface FoundRecord {
  readonly code: ToldCode;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** `service:orders`; empty: it does not say. */
  readonly producer: string;
  readonly key: string;
  /** When it was written. */
  readonly at: string;
  readonly text: string;
}

export async function routesFindingsCommand(options: RoutesFindingsOptions): Promise<number> {
  const { config } = configOf(options, true);
  const { deadLetters } = internalTopics(config.namespace, pipelineOf(config, options));
  const { all, newest } = await findingsIn(config, deadLetters, options);
  const [total, byCode] = [all.length, counted(all)];
  const more = total - newest.length;
  if (options.json === true)
    await print(JSON.stringify({ schema: 'dragoman.cli/routes-findings@1', total, byCode, findings: newest, more }));
  else
    for (const { code, topic, partition, offset, producer, key, at, text } of newest)
      await print(
        `${code} ${topic}/${partition}@${offset} of ${key} by ${producer || 'nobody named'} at ${at}: ${text}`,
      );
  if (more > 0) say(`${more} older ones (--max)`);
  const words = Object.entries(byCode).map(([code, count]) => `${count} ${code}`);
  say(
    total === 0
      ? 'nothing was found in contract topics, as far back as dead letters go'
      : `${total} found: ${words.join(', ')}`,
  );
  return EXIT.ok;
}

interface Found {
  /** Codes of all. */
  readonly all: readonly ToldCode[];
  /** In the order in which they were found. */
  readonly newest: readonly FoundRecord[];
}

async function findingsIn(config: Config, topic: string, { code, max }: RoutesFindingsOptions): Promise<Found> {
  const kafka = kafkaClient(config.kafka, () => undefined);
  const admin = kafka.admin();
  try {
    await asking('Kafka cannot be reached', () => admin.connect());
    const ends = await asking(`The ends of ${topic} cannot be read`, () => admin.fetchTopicOffsets(topic));
    const ranges = new Map(
      ends.map(({ partition, low, high }) => [
        partitionName(topic, partition),
        { from: Number(low), to: Number(high) },
      ]),
    );
    const all: ToldCode[] = [];
    let newest: FoundRecord[] = [];
    for await (const chunk of readRanges(kafka, { what: 'The dead-letter topic', ranges, expired: 'left out' }))
      for (const { key, value } of chunk?.records ?? []) {
        const found = foundIn(textOf(key), textOf(value));
        if (found === null || (code !== undefined && found.code !== code)) continue;
        all.push(found.code);
        newest.push(found);
        if (newest.length >= 2 * max) newest = newest.slice(-max);
      }
    return {
      all,
      newest: max === 0 ? [] : newest.slice(-max).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
    };
  } finally {
    await admin.disconnect();
  }
}

const textOf = (bytes: Uint8Array | null): string => (bytes === null ? '' : Buffer.from(bytes).toString());

/** Pure. @param text value of a dead letter. @returns null: it is of something else, or of nobody who writes them: others may write there. */
export function foundIn(key: string, text: string): FoundRecord | null {
  const { success, data } = letterSchema.safeParse(jsonObjectIn(text));
  if (!success) return null;
  const { refusal, original, origin } = data;
  return {
    ...{ code: refusal.code, ...original, producer: origin.source, key, text: refusal.text },
    at: new Date(origin.commitTimeMs).toISOString(),
  };
}

/** What `translate/parking/dead-letter.ts` writes. */
const letterSchema = z.object({
  kind: z.literal('told'),
  refusal: z.object({ code: z.enum(Object.keys(TOLD_FINDINGS) as ToldCode[]), text: z.string() }),
  original: z.object({ topic: z.string(), partition: z.int(), offset: z.int() }),
  origin: z.object({ source: z.string(), commitTimeMs: z.number().refine(isInstant) }),
});

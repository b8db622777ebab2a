/** How far a shard is, as Kafka has it: its newest progress, one a while before it for the rate, and the ends of its input. */
import type { Admin, Kafka } from 'kafkajs';
import { asking } from '../../../adapters/kafka/failure.js';
import { partitionName } from '../../../adapters/kafka/names.js';
import { readProgress } from '../../../adapters/kafka/read/progress-reader.js';
import { readRange } from '../../../adapters/kafka/read/topic-reader.js';
import type { Shard } from '../../../domain/shard.js';
import { decodeProgress } from '../../../pipeline/progress/progress.js';
import type { CompiledRules } from '../../../rules/compile.js';
import type { PipelineNow } from '../../../why/outside.js';
import { pipelineNow, type WrittenProgress } from './now.js';

export interface NowOf {
  /** Of the progress; the shard has a partition of its own. */
  readonly topic: string;
  readonly shard: Shard;
  /** Topics of the input that are there. */
  readonly inputs: readonly string[];
  readonly rules: CompiledRules;
}

/** A progress record is written with every commit: so many offsets are looked at for the rate. */
const LOOKED_MAX = 400;

/** Null: nothing was ever committed. @throws DragomanError KAFKA_UNAVAILABLE, ACCESS_DENIED, PROGRESS_LOST */
export async function nowOf(kafka: Kafka, admin: Admin, of: NowOf): Promise<PipelineNow | null> {
  const { topic, shard, inputs, rules } = of;
  const [{ found, end }, ends] = await Promise.all([readProgress(kafka, admin, topic, shard), endsOf(admin, inputs)]);
  if (found === null) return null;
  const [before = null, last] = await firstAndLast(kafka, { topic, shard, end });
  const now = last ?? before ?? { progress: decodeProgress(found.progress), timeMs: 0 };
  return pipelineNow(now, ends, { rules, before });
}

/** Of the last ones; perhaps none. */
async function firstAndLast(
  kafka: Kafka,
  { topic, shard: { index }, end }: Pick<NowOf, 'topic' | 'shard'> & { readonly end: number },
): Promise<WrittenProgress[]> {
  const to = Array.from({ length: index + 1 }, (_, partition) => (partition === index ? end : 0));
  const from = to.map((offset) => Math.max(0, offset - LOOKED_MAX));
  const texts: { readonly text: string; readonly timeMs: number }[] = [];
  for await (const records of readRange(kafka, { topic, from, to }))
    for (const { key, value, timestampMs: timeMs } of records)
      if (key === 'progress' && value !== null) texts.push({ text: value, timeMs });
  return [...texts.slice(0, 1), ...texts.slice(1).slice(-1)].map(({ text, timeMs }) => {
    return { progress: decodeProgress(text), timeMs };
  });
}

async function endsOf(admin: Admin, topics: readonly string[]): Promise<Map<string, number>> {
  const all = await Promise.all(
    topics.map(async (topic) =>
      (await asking(`Ends of ${topic} cannot be read`, () => admin.fetchTopicOffsets(topic))).map(
        ({ partition, high }) => [partitionName(topic, partition), Number(high)] as const,
      ),
    ),
  );
  return new Map(all.flat());
}

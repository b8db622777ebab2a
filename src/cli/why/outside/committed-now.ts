/**
 * How far a shard is, as Kafka has it: its newest progress, one a while before it for the rate, and the ends of its input. Mostly over the connection that is
 * there: a progress is written with every commit, so it stands near the end of its partition.
 */
import type { Admin, Kafka } from 'kafkajs';
import { asking } from '../../../adapters/kafka/failure.js';
import type { PlacedRecords } from '../../../adapters/kafka/look/placed-records.js';
import { partitionName } from '../../../adapters/kafka/names.js';
import { readProgress } from '../../../adapters/kafka/read/progress-reader.js';
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

export interface NowPorts {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly placed: PlacedRecords;
}

/** Offsets that are looked at in front of the end. */
const LOOKED_MAX = 400;

/** Null: nothing was ever committed. @throws DragomanError KAFKA_UNAVAILABLE, ACCESS_DENIED, PROGRESS_LOST */
export async function nowOf(ports: NowPorts, of: NowOf): Promise<PipelineNow | null> {
  const { topic, shard, inputs, rules } = of;
  const [written, ends] = await Promise.all([lastWritten(ports, of), endsOf(ports.admin, inputs)]);
  const [before = null, last] = written;
  const now = last ?? before ?? (await searched(ports, topic, shard));
  return now && pipelineNow(now, ends, { rules, before });
}

/** The first and the last of those near the end; perhaps none. */
async function lastWritten(
  { admin, placed }: NowPorts,
  { topic, shard: { index } }: Pick<NowOf, 'topic' | 'shard'>,
): Promise<WrittenProgress[]> {
  const bounds = await asking('The end of the progress cannot be read', () => admin.fetchTopicOffsets(topic));
  const own = bounds.find(({ partition }) => partition === index);
  const [begin, end] = [Number(own?.low ?? 0), Number(own?.high ?? 0)];
  const texts: { readonly text: string; readonly timeMs: number }[] = [];
  for (let at = Math.max(begin, end - LOOKED_MAX); at < end;) {
    const read = await placed.from(partitionName(topic, index), at);
    for (const { key, value, timestampMs: timeMs } of read?.records ?? [])
      if (key?.toString() === 'progress' && value !== null) texts.push({ text: value.toString(), timeMs });
    if (read === null || read.nextOffset === at) break;
    at = read.nextOffset;
  }
  return [...texts.slice(0, 1), ...texts.slice(1).slice(-1)].map(({ text, timeMs }) => {
    return { progress: decodeProgress(text), timeMs };
  });
}

async function searched({ kafka, admin }: NowPorts, topic: string, shard: Shard): Promise<WrittenProgress | null> {
  const { found } = await readProgress(kafka, admin, topic, shard);
  return found && { progress: decodeProgress(found.progress), timeMs: 0 };
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

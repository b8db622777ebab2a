/**
 * How far a task has come, as it stands at the end of its partition of the progress topic. Its owner asks after fencing, when everything is decided, and
 * by an admin client that tells the ends of logs: then nothing is newer. Anybody else asks by an ordinary one, without fencing, and learns
 * what was committed a moment ago.
 */
import type { Admin, Kafka } from 'kafkajs';
import { DragomanError } from '../../../errors.js';
import type { FoundProgress } from '../../../pipeline/ports.js';
import { PROGRESS_KEYS } from '../../../domain/own-topics.js';
import { type Shard, WHOLE } from '../../../domain/shard.js';
import { asking } from '../failure.js';
import { partitionName } from '../names.js';
import { newestRecords } from './newest-records.js';

export interface ReadProgress {
  /** Null: nothing was ever committed. */
  readonly found: FoundProgress | null;
  /** Offset up to which was read. */
  readonly end: number;
}

const ATTEMPTS_MAX = 5;

/** @throws DragomanError KAFKA_UNAVAILABLE, ACCESS_DENIED, PARTITIONS_CHANGED */
export async function readProgress(
  kafka: Kafka,
  admin: Admin,
  topic: string,
  shard: Shard = WHOLE,
): Promise<ReadProgress> {
  const partition = partitionName(topic, shard.index);
  for (let attempt = 1; ; attempt += 1) {
    const { begin, end } = await boundsOf(admin, topic, shard);
    const plan = { what: 'The progress', partition, begin, end, keys: PROGRESS_KEYS };
    const newest = await newestRecords(kafka, plan);
    const [progress, footprint] = PROGRESS_KEYS.map((key) => newest.get(key));
    if (progress !== undefined && footprint !== undefined) return { found: { progress, footprint }, end };
    // What is missing may have been removed by compaction meanwhile, because there is a newer one.
    if ((await boundsOf(admin, topic, shard)).end === end)
      return { found: progress === undefined ? null : { progress, footprint: null }, end };
    if (attempt >= ATTEMPTS_MAX)
      throw new DragomanError('KAFKA_UNAVAILABLE', `${topic} is written faster than it can be read.`);
  }
}

async function boundsOf(
  admin: Admin,
  topic: string,
  { index, count }: Shard,
): Promise<{ readonly begin: number; readonly end: number }> {
  const partitions = await asking('The end of the progress cannot be read', () => admin.fetchTopicOffsets(topic));
  const own = partitions.find(({ partition }) => partition === index);
  if (own !== undefined && partitions.length === count) return { begin: Number(own.low), end: Number(own.high) };
  throw new DragomanError(
    'PARTITIONS_CHANGED',
    `Topic ${topic} has ${partitions.length} partitions, and the pipeline has ${count} ${count === 1 ? 'task' : 'shards'}, each of which has the newest ` +
      'progress in one partition of its own. Set shards to what is there; or, if partitions were added, stop the pipeline, make the topic anew with ' +
      `${count}, and copy the newest record of each key in each partition into it.`,
    { details: { topic, partitions: partitions.length, shards: count } },
  );
}

/**
 * kafkajs 2.2.4 looks topics up side by side; one that its last answer of metadata lacked has no partitions then, and is left out of
 * offsets without an error. Its partitions would be read from their beginning. Asked again, all topics are known.
 */
import type { Admin, SeekEntry } from 'kafkajs';
import { DragomanError } from '../../errors.js';
import { partitionName } from './names.js';

interface TopicAnswer {
  readonly topic: string;
  readonly partitions: readonly { readonly partition: number }[];
}

const ATTEMPTS_MAX = 5;

/** Asks until every partition is named. @throws DragomanError KAFKA_UNAVAILABLE naming what is missing all the same; what `ask` throws */
export async function wholeAnswer<T extends TopicAnswer>(
  partitions: readonly string[],
  ask: () => Promise<readonly T[]>,
): Promise<readonly T[]> {
  for (let attempt = 1; ; attempt += 1) {
    const answers = await ask();
    const named = new Set(
      answers.flatMap(({ topic, partitions: each }) => each.map(({ partition }) => partitionName(topic, partition))),
    );
    const missing = partitions.filter((name) => !named.has(name));
    if (missing.length === 0) return answers;
    if (attempt >= ATTEMPTS_MAX)
      throw new DragomanError('KAFKA_UNAVAILABLE', `Kafka's answer does not name ${missing.join(', ')}.`);
  }
}

export type PartitionEnds = SeekEntry & { readonly high: string; readonly low: string };

/**
 * Begin and end of each partition of a topic. kafkajs throws a TypeError when its metadata lacks the topic just then.
 * @throws DragomanError KAFKA_UNAVAILABLE when it does so again and again; what kafkajs throws else
 */
export async function topicEnds(admin: Pick<Admin, 'fetchTopicOffsets'>, topic: string): Promise<PartitionEnds[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await admin.fetchTopicOffsets(topic);
    } catch (cause) {
      if (!(cause instanceof TypeError)) throw cause;
      if (attempt < ATTEMPTS_MAX) continue;
      // Without the cause: it is no fault in the program.
      throw new DragomanError('KAFKA_UNAVAILABLE', `Kafka's answer does not name the partitions of ${topic}.`);
    }
  }
}

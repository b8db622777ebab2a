/**
 * kafkajs 2.2.4 looks topics up side by side; one that its last answer of metadata lacked has no partitions then, and is left out of
 * offsets without an error. Its partitions would be read from their beginning. Asked again, all topics are known.
 */
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

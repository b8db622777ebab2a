/** A new broker's topics: the source topics as the backlog has them, and which of the others are contract topics. */
import kafkajs, { type Admin, Kafka, logLevel } from 'kafkajs';
import { withWholeEnds } from '../../src/adapters/kafka/clusters.js';
import { withAdmin as withAdminOf } from '../../test/stack/ask-kafka.js';
import type { Backlog } from '../backlog/backlog.js';

/** Its questions for ends wait until a partition that was just made is led. */
export const kafkaOf = (broker: string): Kafka =>
  withWholeEnds(new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING }));

export const withAdmin = <T>(broker: string, use: (admin: Admin) => Promise<T>): Promise<T> =>
  withAdminOf(kafkaOf(broker), use);

export async function createSourceTopics(admin: Admin, { topics }: Backlog): Promise<void> {
  await admin.createTopics({
    waitForLeaders: true,
    topics: topics.map(({ topic, partitions }) => ({ topic, numPartitions: partitions, replicationFactor: 1 })),
  });
}

/** Everything that is neither a source topic nor Dragoman's or Kafka's own. */
export async function contractTopics(admin: Admin, source: string, namespace: string): Promise<string[]> {
  const topics = await admin.listTopics();
  return topics.filter((topic) => ![`${source}.`, `${namespace}.`, '__'].some((prefix) => topic.startsWith(prefix)));
}

/** The broker's own time on every event, at the moment at which it is appended: nothing that is measured sets it. */
export async function stampOnAppend(admin: Admin, topics: readonly string[]): Promise<void> {
  await admin.alterConfigs({
    validateOnly: false,
    resources: topics.map((name) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configEntries: [
        { name: 'message.timestamp.type', value: 'LogAppendTime' },
        { name: 'cleanup.policy', value: 'delete' },
      ],
    })),
  });
}

/** End offsets of all partitions, added up: grows while anything is written, control records included. */
export async function endOffsets(admin: Admin, topics: readonly string[]): Promise<number> {
  const ends = await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
  return ends.flat().reduce((sum, { high }) => sum + Number(high), 0);
}

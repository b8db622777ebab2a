/** Redis and Kafka opened for one command and closed after it. */
import type { Admin, Kafka } from 'kafkajs';
import { kafkaClient } from '../../adapters/kafka/client.js';
import { asking } from '../../adapters/kafka/failure.js';
import { readRange } from '../../adapters/kafka/read/topic-reader.js';
import { redisClient } from '../../adapters/redis/client.js';
import { RedisStore } from '../../adapters/redis/store.js';
import type { Config } from '../../config/schema.js';
import type { JournalOffsets, JournalRecord } from '../../pipeline/ports.js';
import { internalTopics } from '../../pipeline/state/records.js';

export async function withRedisStore<T>(
  config: Config,
  pipeline: string,
  use: (store: RedisStore) => Promise<T>,
): Promise<T> {
  const store = new RedisStore(redisClient(config.redis), { namespace: config.namespace, pipeline });
  try {
    await store.marker(); // connects
    return await use(store);
  } finally {
    await store.close();
  }
}

/** The journal of a pipeline, for reading. */
export interface Journal {
  readonly cluster: string;
  readonly begin: JournalOffsets;
  readonly end: JournalOffsets;
  /** Ids of the members of the namespace's group. */
  readonly members: readonly string[];
  read(from: JournalOffsets, to: JournalOffsets): AsyncIterable<readonly JournalRecord[]>;
}

export async function withJournal<T>(
  { kafka: settings, namespace }: Config,
  pipeline: string,
  use: (journal: Journal) => Promise<T>,
): Promise<T> {
  const kafka: Kafka = kafkaClient(settings, () => undefined);
  const admin: Admin = kafka.admin();
  const { journal: topic } = internalTopics(namespace, pipeline);
  try {
    const facts = await asking(`The journal ${topic} cannot be looked at`, async () => {
      await admin.connect();
      const { clusterId } = await admin.describeCluster();
      const ends = (await admin.fetchTopicOffsets(topic)).sort((a, b) => a.partition - b.partition);
      const { groups } = await admin.describeGroups([namespace]);
      const members = groups.flatMap((group) => group.members.map(({ memberId }) => memberId));
      return {
        cluster: clusterId,
        members,
        begin: ends.map(({ low }) => Number(low)),
        end: ends.map(({ high }) => Number(high)),
      };
    });
    const read = (from: JournalOffsets, to: JournalOffsets): AsyncIterable<readonly JournalRecord[]> =>
      readRange(kafka, { topic, from, to });
    return await use({ ...facts, read });
  } finally {
    await admin.disconnect();
  }
}

/** For kafkajs; only shapes of it are used. */

/** The part of a kafkajs admin client that is used. */
export interface TopicAdmin {
  fetchTopicMetadata(options: {
    topics: string[];
  }): Promise<{ topics: { name: string; partitions: readonly unknown[] }[] }>;
}

/** `partitionsOf` of an outbox. @param admin connected. */
export const partitionsBy =
  (admin: TopicAdmin) =>
  async (topic: string): Promise<number> => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
  };

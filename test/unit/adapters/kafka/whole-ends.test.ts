/**
 * The ends of partitions are all there, and asked of the leader of now: kafkajs itself asks the one that it knew, until its metadata is
 * five minutes old, and leaves out what its metadata lacks.
 */
import type { Kafka } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { openCluster, withWholeEnds } from '../../../../src/adapters/kafka/clusters.js';

const wanted = (...partitions: number[]) => ({
  topic: 't',
  partitions: partitions.map((partition) => ({ partition })),
  fromBeginning: false,
});
const ends = (...partitions: number[]) => ({
  topic: 't',
  partitions: partitions.map((partition) => ({ partition, offset: '7' })),
});

/** A kafkajs that answers as `answer` says, by how often its metadata was asked anew. */
function cluster(answer: (refreshed: number) => Error | ReturnType<typeof ends>[], metadata: readonly number[] = [0]) {
  const asked = { ends: 0, refreshed: 0, partitions: [] as number[] };
  const made = {
    fetchTopicsOffset: ([topic]: ReturnType<typeof wanted>[]) => {
      asked.ends += 1;
      asked.partitions = topic?.partitions.map(({ partition }) => partition) ?? [];
      const answered = answer(asked.refreshed);
      return answered instanceof Error ? Promise.reject(answered) : Promise.resolve(answered);
    },
    refreshMetadata: () => {
      asked.refreshed += 1;
      return Promise.resolve();
    },
    findTopicPartitionMetadata: () =>
      asked.refreshed === 0 ? [] : metadata.map((partitionId) => ({ partitionId, leader: 1 })),
  };
  const kafka = { [Symbol('private:Kafka:createCluster')]: () => made } as unknown as Kafka;
  const ask = (...partitions: number[]) => openCluster(withWholeEnds(kafka)).fetchTopicsOffset([wanted(...partitions)]);
  return { ask, asked };
}
const moved = (type: string, refreshesNeeded: number) =>
  cluster((refreshed) => (refreshed >= refreshesNeeded ? [ends(0)] : Object.assign(new Error(type), { type })));

describe('the ends of a partition whose leader moved', () => {
  it.each(['NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE', 'FENCED_LEADER_EPOCH', 'UNKNOWN_LEADER_EPOCH'])(
    'are asked again with new metadata after %s',
    async (type) => {
      const { ask, asked } = moved(type, 2);
      expect(await ask(0)).toEqual([ends(0)]);
      expect(asked).toMatchObject({ ends: 3, refreshed: 2 });
    },
  );

  it('are not asked for ever', async () => {
    const { ask, asked } = moved('NOT_LEADER_FOR_PARTITION', Infinity);
    await expect(ask(0)).rejects.toMatchObject({ type: 'NOT_LEADER_FOR_PARTITION' });
    expect(asked.ends).toBe(5);
  });

  it('are not asked again after another error', async () => {
    const { ask, asked } = moved('TOPIC_AUTHORIZATION_FAILED', 1);
    await expect(ask(0)).rejects.toMatchObject({ type: 'TOPIC_AUTHORIZATION_FAILED' });
    expect(asked).toMatchObject({ ends: 1, refreshed: 0 });
  });
});

describe('ends that an answer leaves out', () => {
  it.each<[string, ReturnType<typeof ends>[]]>([
    ['a partition in the middle', [ends(0, 2)]],
    ['a topic', []],
  ])('are asked again: %s', async (_, first) => {
    const { ask, asked } = cluster((refreshed) => (refreshed === 0 ? first : [ends(0, 1, 2)]));
    expect(await ask(0, 1, 2)).toEqual([ends(0, 1, 2)]);
    expect(asked).toMatchObject({ ends: 2, refreshed: 1 });
  });

  it('of a topic that the metadata did not have are those of all its partitions', async () => {
    const { ask, asked } = cluster((refreshed) => (refreshed === 0 ? [] : [ends(0, 1)]), [0, 1]);
    expect(await ask()).toEqual([ends(0, 1)]);
    expect(asked.partitions).toEqual([0, 1]);
  });

  it('are an outage in the end, with the name of the topic', async () => {
    const { ask, asked } = cluster(() => [ends(0)]);
    await expect(ask(0, 1)).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
      message: "Kafka's answer does not name all partitions of t.",
    });
    expect(asked.ends).toBe(5);
  });
});

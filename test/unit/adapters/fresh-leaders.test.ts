/** The ends of a partition are asked of its leader of now: kafkajs itself asks the one that it knew, until its metadata is five minutes old. */
import type { Kafka } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { openCluster, withFreshLeaders } from '../../../src/adapters/kafka/clusters.js';

/** A kafkajs whose metadata names a former leader until it is asked anew; `refreshed` counts that. */
function moved(type: string, refreshesNeeded: number) {
  const asked = { ends: 0, refreshed: 0 };
  const cluster = {
    fetchTopicsOffset: () => {
      asked.ends += 1;
      if (asked.refreshed >= refreshesNeeded) return Promise.resolve([{ partitions: [{ partition: 0, offset: '7' }] }]);
      return Promise.reject(Object.assign(new Error(type), { type }));
    },
    refreshMetadata: () => {
      asked.refreshed += 1;
      return Promise.resolve();
    },
  };
  const kafka = { [Symbol('private:Kafka:createCluster')]: () => cluster } as unknown as Kafka;
  return { ask: () => openCluster(withFreshLeaders(kafka)).fetchTopicsOffset([]), asked };
}

describe('the ends of a partition whose leader moved', () => {
  it.each(['NOT_LEADER_FOR_PARTITION', 'LEADER_NOT_AVAILABLE', 'FENCED_LEADER_EPOCH', 'UNKNOWN_LEADER_EPOCH'])(
    'are asked again with new metadata after %s',
    async (type) => {
      const { ask, asked } = moved(type, 2);
      expect(await ask()).toEqual([{ partitions: [{ partition: 0, offset: '7' }] }]);
      expect(asked).toEqual({ ends: 3, refreshed: 2 });
    },
  );

  it('are not asked for ever', async () => {
    const { ask, asked } = moved('NOT_LEADER_FOR_PARTITION', Infinity);
    await expect(ask()).rejects.toMatchObject({ type: 'NOT_LEADER_FOR_PARTITION' });
    expect(asked.ends).toBe(5);
  });

  it('are not asked again after another error', async () => {
    const { ask, asked } = moved('TOPIC_AUTHORIZATION_FAILED', 1);
    await expect(ask()).rejects.toMatchObject({ type: 'TOPIC_AUTHORIZATION_FAILED' });
    expect(asked).toEqual({ ends: 1, refreshed: 0 });
  });
});

/** Start is refused on a real Redis that evicts and on a real Kafka below the needed settings; nothing is written to either. */
import { Redis } from 'ioredis';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { kafkaClient } from '../../src/adapters/kafka/client.js';
import { checkBrokers } from '../../src/adapters/kafka/ground/suitability.js';
import { verifyTopics } from '../../src/adapters/kafka/ground/topics.js';
import { redisClient } from '../../src/adapters/redis/client.js';
import { checkRedis } from '../../src/adapters/redis/suitability.js';
import { stackConfig } from '../support/servers/stack-config.js';

const endpoints = inject('stack');
const config = stackConfig(endpoints);

describe('Redis', () => {
  const control = new Redis(endpoints.redis);
  afterAll(async () => {
    await control.config('SET', 'maxmemory-policy', 'noeviction');
    control.disconnect();
  });

  it.each([
    ['allkeys-lru', 'REDIS_UNSUITABLE'],
    ['noeviction', null],
  ])('with maxmemory-policy %s: %s', async (policy, code) => {
    await control.config('SET', 'maxmemory-policy', policy);
    const redis = redisClient(config.redis);
    const checked = checkRedis(redis);
    if (code === null) expect(await checked).toMatchObject({ role: 'master', evictionPolicy: 'noeviction' });
    else {
      await expect(checked).rejects.toMatchObject({
        code,
        disposition: 'refuse',
        message: expect.stringContaining(`maxmemory-policy is ${policy}`) as unknown,
      });
    }
    redis.disconnect();
  });

  it('that is not there is unavailable, not unsuitable', async () => {
    const redis = redisClient({ ...config.redis, url: 'redis://127.0.0.1:1', commandTimeoutMs: 500 });
    await expect(checkRedis(redis)).rejects.toMatchObject({ code: 'REDIS_UNAVAILABLE', disposition: 'retry' });
    redis.disconnect();
  });
});

describe('Kafka', () => {
  const admin = kafkaClient(config.kafka, () => undefined).admin();
  afterAll(() => admin.disconnect());

  it('as the stack runs it does', async () => {
    await admin.connect();
    await checkBrokers(admin, { transactionTimeoutMs: config.kafka.transactionTimeoutMs });
  });

  it('that allows less time for a transaction than the config asks for does not', async () => {
    await admin.connect();
    await expect(checkBrokers(admin, { transactionTimeoutMs: 3_600_000 })).rejects.toMatchObject({
      code: 'KAFKA_UNSUITABLE',
      disposition: 'refuse',
      message: expect.stringContaining('below kafka.transactionTimeoutMs (3600000)') as unknown,
    });
  });

  it('without the transaction topic of the connector does not', async () => {
    await admin.connect();
    const settings = { 'cleanup.policy': 'delete' };
    const plan = {
      topic: 'nobody.transaction',
      kind: 'transactions',
      partitions: 1,
      replicationFactor: -1,
      settings,
    } as const;
    expect(await verifyTopics(admin, [plan])).toMatchObject([{ code: 'TRANSACTION_TOPIC_MISSING' }]);
  });
});

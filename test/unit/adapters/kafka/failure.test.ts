/** A mistake in a program is never taken for an outside that is away: it would be asked again for ever. */
import { Redis } from 'ioredis';
import { KafkaJSConnectionError, KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { asking, unavailable } from '../../../../src/adapters/kafka/failure.js';
import { redisFailure } from '../../../../src/adapters/redis/failure.js';
import { RedisStore } from '../../../../src/adapters/redis/store.js';
import { DragomanError } from '../../../../src/errors.js';
import { stage } from '../../../simulation/kafka/stage.js';

const FAULTS = [
  new RangeError('Maximum call stack size exceeded'),
  new TypeError("Cannot read properties of undefined (reading 'x')"),
  new ReferenceError('x is not defined'),
  new SyntaxError('Unexpected token'),
  new URIError('URI malformed'),
];
const fault = { code: 'INVARIANT_BROKEN', disposition: 'fatal' };
const redis = new Redis({ lazyConnect: true });

describe.each(FAULTS)('%s', (error) => {
  it('is a fault, in Redis and in Kafka', () => {
    expect(redisFailure(redis, 'A command', error)).toMatchObject(fault);
    expect(unavailable('A request', error)).toMatchObject(fault);
  });

  it('is one behind what kafkajs makes of it, too', () => {
    const wrapped = Object.assign(new KafkaJSNonRetriableError(error), { cause: error });
    const again = new KafkaJSNumberOfRetriesExceeded(error, { retryCount: 5, retryTime: 1 });
    for (const each of [wrapped, again]) {
      expect(unavailable('A request', each)).toMatchObject(fault);
      expect(unavailable('A request', each).message).toContain(error.message);
    }
  });
});

it.each([
  'MOVED 12079 127.0.0.1:7002',
  'ASK 12079 127.0.0.1:7002',
  'CLUSTERDOWN Hash slot not served',
  "CROSSSLOT Keys in request don't hash to the same slot",
])('the answer %s is that of a cluster, which no retry changes', (answer) => {
  for (const text of [answer, `ERR Error running script: @user_script: ${answer}`])
    expect(redisFailure(redis, 'A command', new Error(text))).toMatchObject({
      code: 'REDIS_UNSUITABLE',
      disposition: 'refuse',
      message: expect.stringContaining('it is a Redis Cluster, which is not supported') as string,
    });
});

describe('an outside that is away', () => {
  it('passes', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    expect(redisFailure(redis, 'A command', new Error('Command timed out'))).toMatchObject({
      code: 'REDIS_UNAVAILABLE',
    });
    expect(redisFailure(redis, 'A command', new AggregateError([refused], ''))).toMatchObject({
      code: 'REDIS_UNAVAILABLE',
    });
    expect(unavailable('A request', new KafkaJSConnectionError(refused))).toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
  });

  it('is one of which kafkajs makes a TypeError of its own, while no broker answers', async () => {
    const made = stage();
    const admin = made.kafka.admin();
    await admin.connect();
    let asked = 0;
    made.fails = (name) => name === 'kafka.metadata' && (asked += 1) > 1;
    const thrown: unknown = await admin.describeCluster().catch((error: unknown) => error);
    expect(String(thrown)).toContain('TypeError: Cannot destructure');
    expect(unavailable('A request', thrown)).toMatchObject({ code: 'KAFKA_UNAVAILABLE', disposition: 'retry' });
  });

  it('keeps a code that was given already', async () => {
    const ours = new DragomanError('TOPIC_MISSING', 'x');
    expect(redisFailure(redis, 'A command', ours)).toBe(ours);
    await expect(asking('A request', () => Promise.reject(ours))).rejects.toBe(ours);
  });
});

it('a call that this program cannot even make is a fault, not a Redis that is away', async () => {
  const store = new RedisStore(redis, { namespace: 'n', pipeline: 'p' });
  const cells = Array.from({ length: 300_000 }, (_, i) => ({ hash: `order:${i}`, field: '', value: '' }));
  await expect(store.save('a', 'b', cells)).rejects.toMatchObject(fault);
});

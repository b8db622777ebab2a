/** Ends of partitions on a real broker while a Kafka transaction is open: what is written counts, also before it is committed. */
import type { Admin } from 'kafkajs';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { kafkaClient } from '../../src/adapters/kafka/client.js';
import { logEndsAdmin } from '../../src/adapters/kafka/clusters.js';
import { createTopics } from '../../src/adapters/kafka/ground/topics.js';
import { stackConfig } from '../support/servers/stack-config.js';

const config = stackConfig(inject('stack'));
const kafka = kafkaClient(config.kafka, () => undefined);
const topic = `log-ends-${randomBytes(4).toString('hex')}`;
const admin = kafka.admin();
const logEnds = logEndsAdmin(kafka);

beforeAll(async () => {
  await Promise.all([admin.connect(), logEnds.connect()]);
  await createTopics(admin, [{ topic, numPartitions: 1 }]);
});
afterAll(async () => {
  await admin.deleteTopics({ topics: [topic] });
  await Promise.all([admin.disconnect(), logEnds.disconnect()]);
});

const high = async (asked: Admin): Promise<string | undefined> => (await asked.fetchTopicOffsets(topic))[0]?.high;

it('a record of an open Kafka transaction is before the end of the log, though it is not committed', async () => {
  const producer = kafka.producer({ transactionalId: topic, retry: { retries: 0 } });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ value: 'not committed yet' }] });
  expect([await high(logEnds), await high(admin)]).toEqual(['1', '0']);
  await transaction.commit();
  await producer.disconnect();
});

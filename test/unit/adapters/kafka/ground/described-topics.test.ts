/**
 * Requests of versions that kafkajs does not know. The answers are bytes that Kafka's own code wrote (kafka-clients 4.3.1,
 * MetadataResponseData and DescribeGroupsResponseData), and the requests are bytes that it read in full.
 */
import type { Kafka } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { describeTopics } from '../../../../../src/adapters/kafka/ground/described-topics.js';
import { groupAccess } from '../../../../../src/adapters/kafka/ground/group-access.js';

const METADATA_REQUEST =
  '0003000000000000000000000000000000001473686f702e6f72646572732e6a6f75726e616c0000000000000000000000000000000000027800000100';
const METADATA =
  '000000000003000000010a3132372e302e302e310000238400000000000202620000238503723100175a484a685a3239745957347463335268593273744d5100' +
  '0000010300001473686f702e6f72646572732e6a6f75726e616cabebd15189824d09b007fd70dc4279c8000300000000000000000001000000070400000001' +
  '0000000200000003030000000100000003020000000200000500000001ffffffffffffffff0200000001010100000001180000030278000000000000000000' +
  '000000000000000001800000000000';
const GROUP_REQUEST = '00000001000473686f7001';
const GROUP =
  '00000000000000010000000473686f700006537461626c650008636f6e73756d65720001700000000100026d31000163000a2f3132372e302e302e31000000' +
  '03010203000000010400000108';
const GROUP_FORBIDDEN = '0000000000000001001e000473686f700000000000000000000080000000';

/** A kafkajs whose brokers give one answer; `asked` has the request. */
function brokers(answer: string, maxVersion = 12) {
  const asked: { bytes?: string; apiVersion?: number; closed?: boolean } = {};
  const send = async ({ request }: { request: { apiVersion: number; encode: () => Promise<{ buffer: Buffer }> } }) => {
    asked.bytes = (await request.encode()).buffer.toString('hex');
    asked.apiVersion = request.apiVersion;
    return Buffer.from(answer, 'hex');
  };
  const known = { maxVersion };
  const broker = { versions: { 3: known, 15: known }, connectionPool: { send } };
  const cluster = {
    connect: () => Promise.resolve(),
    refreshMetadata: () => Promise.resolve(),
    findControllerBroker: () => Promise.resolve(broker),
    findGroupCoordinator: () => Promise.resolve(broker),
    disconnect: () => {
      asked.closed = true;
      return Promise.resolve();
    },
  };
  const kafka = { [Symbol('private:Kafka:createCluster')]: () => cluster } as unknown as Kafka;
  return { kafka, asked };
}

describe('topics as the brokers describe them', () => {
  it('have an id, partitions with leader and replicas, and what is allowed; one that is not there is left out', async () => {
    const { kafka, asked } = brokers(METADATA);
    const topics = await describeTopics(kafka, ['shop.orders.journal', 'x']);
    expect([...topics]).toEqual([
      [
        'shop.orders.journal',
        {
          id: 'q-vRUYmCTQmwB_1w3EJ5yA',
          partitions: [
            { partition: 0, leader: 1, replicas: 3, inSync: 2 },
            { partition: 1, leader: -1, replicas: 1, inSync: 0 },
          ],
          allowed: new Set(['Read', 'Write', 'Describe']),
        },
      ],
    ]);
    expect(asked).toEqual({ bytes: METADATA_REQUEST, apiVersion: 12, closed: true });
  });

  it('are not asked for when there are none', async () => {
    const { kafka, asked } = brokers(METADATA);
    expect(await describeTopics(kafka, [])).toEqual(new Map());
    expect(asked).toEqual({});
  });

  it('are refused by brokers that are too old to tell', async () => {
    await expect(describeTopics(brokers(METADATA, 9).kafka, ['x'])).rejects.toMatchObject({ code: 'KAFKA_UNSUITABLE' });
  });
});

describe('what is allowed with a group', () => {
  it('is read behind its members', async () => {
    const { kafka, asked } = brokers(GROUP);
    expect(await groupAccess(kafka, 'shop')).toEqual(new Set(['Read', 'Describe']));
    expect(asked.bytes).toBe(GROUP_REQUEST);
  });

  it('is nothing when not even that may be asked', async () => {
    expect(await groupAccess(brokers(GROUP_FORBIDDEN).kafka, 'shop')).toEqual(new Set());
  });

  it('is not known where brokers do not say', async () => {
    expect(await groupAccess(brokers(GROUP, 2).kafka, 'shop')).toBeNull();
  });
});

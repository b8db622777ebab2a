/** Rights that brokers tell, as bytes that Kafka's own code wrote (see `described-topics.test.ts`): each one that is missing is named, all at once. */
import type { Kafka } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { checkRights, type Need } from '../../../../../src/adapters/kafka/ground/rights.js';

/** `shop.orders.journal` may be read, written and described; `x` is not there. */
const METADATA =
  '000000000003000000010a3132372e302e302e310000238400000000000202620000238503723100175a484a685a3239745957347463335268593273744d5100' +
  '0000010300001473686f702e6f72646572732e6a6f75726e616cabebd15189824d09b007fd70dc4279c8000300000000000000000001000000070400000001' +
  '0000000200000003030000000100000003020000000200000500000001ffffffffffffffff0200000001010100000001180000030278000000000000000000' +
  '000000000000000001800000000000';
/** `shop`, with a member, may be read and described. */
const GROUP =
  '00000000000000010000000473686f700006537461626c650008636f6e73756d65720001700000000100026d31000163000a2f3132372e302e302e31000000' +
  '03010203000000010400000108';
const GROUP_FORBIDDEN = '0000000000000001001e000473686f700000000000000000000080000000';
/** FindCoordinator version 2: no error, or 53. */
const WRITER = '00000000' + '0000' + 'ffff' + '00000001' + '0000' + '00002384';
const WRITER_FORBIDDEN = '00000000' + '0035' + 'ffff' + 'ffffffff' + '0000' + 'ffffffff';
const GROUP_ELSEWHERE = '0000000000000001' + '0010' + '000473686f70' + '0000'.repeat(3) + '00000000' + '80000000';

/** Answers by the key of the request, the last one again and again. */
function brokers(answers: Readonly<Record<number, readonly string[]>>, hidden: readonly string[] = []) {
  const asked: string[] = [];
  const left = new Map(Object.entries(answers).map(([key, list]) => [Number(key), [...list]]));
  const send = ({ request }: { request: { apiKey: number } }) => {
    const list = left.get(request.apiKey) ?? [];
    return Promise.resolve(Buffer.from((list.length > 1 ? list.shift() : list[0]) ?? '', 'hex'));
  };
  const known = { maxVersion: 12 };
  const broker = { versions: { 3: known, 10: known, 15: known }, connectionPool: { send } };
  const done = () => Promise.resolve();
  const told = (who: string) => () => {
    asked.push(who);
    return Promise.resolve(broker);
  };
  const cluster = { connect: done, refreshMetadata: done, disconnect: done };
  const admin = {
    connect: done,
    disconnect: () => Promise.resolve(void asked.push('closed')),
    fetchTopicMetadata: ({ topics }: { topics: readonly string[] }) =>
      Promise.reject(
        Object.assign(new Error('x'), { type: topics.some((topic) => hidden.includes(topic)) ? FORBIDDEN : 'UNKNOWN' }),
      ),
  };
  const kafka = {
    [Symbol('private:Kafka:createCluster')]: () => ({
      ...cluster,
      findControllerBroker: told('any'),
      findGroupCoordinator: told('coordinator'),
    }),
    admin: () => admin,
  };
  return { kafka: kafka as unknown as Kafka, asked };
}
const FORBIDDEN = 'TOPIC_AUTHORIZATION_FAILED';

const NEEDS: readonly Need[] = [
  { resource: 'topic', name: 'shop.orders.journal', operations: ['Read', 'Write'] },
  { resource: 'topic', name: 'x', operations: ['Read'] },
  { resource: 'group', name: 'shop', operations: ['Read'] },
  { resource: 'transactional id', name: 'shop.orders', operations: ['Write'] },
];
const ENOUGH = { 3: [METADATA], 10: [WRITER], 15: [GROUP] };

describe('rights', () => {
  it('that are all there are no reason to refuse; a topic that is not there is none either', async () => {
    const { kafka, asked } = brokers(ENOUGH);
    await checkRights(kafka, NEEDS);
    expect(asked.at(-1)).toBe('closed');
  });

  it('that are missing are named, all of them', async () => {
    const { kafka, asked } = brokers({ ...ENOUGH, 10: [WRITER_FORBIDDEN], 15: [GROUP_FORBIDDEN] }, ['x']);
    const needs = [...NEEDS, { ...NEEDS[0]!, operations: ['DescribeConfigs'] } as const];
    const missing = [
      'Read on topic x',
      'Read on group shop',
      'Write on transactional id shop.orders',
      'DescribeConfigs on topic shop.orders.journal',
    ];
    await expect(checkRights(kafka, needs)).rejects.toMatchObject({ code: 'ACCESS_DENIED', details: { missing } });
    expect(asked.at(-1)).toBe('closed');
  });

  it('on a group are asked of its coordinator, with patience, when another broker cannot tell', async () => {
    const { kafka, asked } = brokers({ ...ENOUGH, 15: [GROUP_ELSEWHERE, GROUP_ELSEWHERE, GROUP] });
    await checkRights(kafka, [NEEDS[2]!]);
    expect(asked).toEqual(['any', 'coordinator', 'coordinator', 'closed']);
  });
});

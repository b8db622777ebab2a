/** The judge of who published: what it must see in a contract topic, and what is right. */
import { expect, it } from 'vitest';
import { compareOwners } from '../../e2e/cutover/owners.js';
import type { PublishedRecord } from '../../e2e/published.js';
import { ContractTopic, PARTITIONS } from '../../support/producer/topic.js';

/** Begun in the service. */
const OWN = new Set(['4711', '4712', '4713']);

function judged(topic: ContractTopic, change: (records: PublishedRecord[]) => PublishedRecord[] = (all) => all) {
  const all = change(
    topic.records.map(({ partition, offset, timestampMs, key, headers, value }) => ({
      ...{ partition, offset: Number(offset), timestampMs, key: String(key), headers, value },
    })),
  );
  const isHandover = ({ headers }: PublishedRecord): boolean => headers['ce_type'] === 'dragoman.ownership.v1';
  const { wrongOwner, wrongHandover, byService } = compareOwners({
    events: all.filter((record) => !isHandover(record)),
    handovers: all.filter(isHandover),
    ...{ partitions: PARTITIONS, service: 'service:order-service', pipeline: 'dragoman:dragoman.orders' },
    isBornInService: (orderId) => OWN.has(orderId),
  });
  return { owner: wrongOwner.length, handover: wrongHandover.length, byService };
}

const thereAndBack = (): ContractTopic =>
  new ContractTopic()
    .legacy('1')
    .handover(1, 'service')
    .legacy('1')
    .service('4711', 1)
    .handover(2, 'legacy')
    .legacy('2')
    .service('4711', 2);

it('a market that moves and comes back is right, and what a service began it goes on with', () => {
  expect(judged(thereAndBack())).toEqual({ owner: 0, handover: 0, byService: 2 });
});

it.each([
  ['legacy speaks for what began in the service', thereAndBack().legacy('4712')],
  ['the service speaks for what began in legacy', thereAndBack().service('1', 2)],
  ['the service speaks in front of its handover record', new ContractTopic().service('4711', 1).handover(1, 'service')],
  ['the service speaks by the epoch of before the way back', thereAndBack().service('4711', 1)],
  ['the service speaks by an epoch that never was', thereAndBack().service('4711', 3)],
])('sees that %s', (_, topic) => {
  expect(judged(topic)).toMatchObject({ owner: 1, handover: 0 });
});

it('takes an older epoch since which nothing was handed over', () => {
  const topic = new ContractTopic().handover(1, 'service').handover(2, 'legacy').handover(3, 'service');
  expect(judged(topic.service('4711', 2).service('4711', 3)).owner).toBe(0);
  expect(judged(topic.service('4712', 1)).owner).toBe(1);
});

it('sees that a handover record is missing, is there twice, has another epoch, or is by somebody else', () => {
  const withoutOne = (all: PublishedRecord[]): PublishedRecord[] =>
    all.filter(({ partition, headers }) => partition !== 1 || headers['ce_type'] !== 'dragoman.ownership.v1');
  expect(judged(thereAndBack(), withoutOne).handover).toBeGreaterThan(0);
  expect(judged(thereAndBack().handover(2, 'legacy')).handover).toBeGreaterThan(0);
  expect(judged(new ContractTopic().handover(2, 'service')).handover).toBe(PARTITIONS);
  const byOther = (all: PublishedRecord[]): PublishedRecord[] =>
    all.map((record) => ({ ...record, headers: { ...record.headers, ce_producer: 'dragoman:other.orders' } }));
  expect(judged(new ContractTopic().handover(1, 'service'), byOther).handover).toBe(PARTITIONS);
});

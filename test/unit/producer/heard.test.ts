/** What a service takes out of the records that it reads, and what it passes over. */
import { describe, expect, it } from 'vitest';
import type { ConsumedRecord } from '../../../src/consumer/read/record.js';
import { ownContract } from '../../../src/producer/event/contract.js';
import { heardIn } from '../../../src/producer/routes/heard.js';
import { settingsOf } from '../../../src/producer/settings.js';
import { conformed, ContractTopic, CONTRACT, releasedContract, TOPIC } from '../../support/producer/topic.js';

const OWNERSHIP = 'dragoman.ownership';
const settings = {
  ...{ service: 'order-service', pipeline: 'orders', ownershipTopic: OWNERSHIP },
  contracts: [ownContract({ published: releasedContract }, '')],
};
const heard = (...records: readonly ConsumedRecord[]) => heardIn(records, settings);

describe('events', () => {
  it('are counted by key, whoever published them, with their ids', () => {
    const { records } = new ContractTopic().legacy('1').legacy('2').legacy('1').handover(1, 'service').service('3', 1);
    expect(conformed(records)).toEqual([]);
    const { counted, moves } = heard(...records);
    expect(counted.map(({ key, sequence, ids, ours }) => [key, sequence, ids.length, ours])).toEqual([
      ['1', 2, 2, false],
      ['2', 1, 1, false],
      ['3', 1, 1, true],
    ]);
    expect(moves.map(({ partition, isAsked }) => [partition, isAsked])).toEqual([0, 1, 2].map((each) => [each, false]));
  });

  it('are passed over where a header cannot be what it has to be, or the contract is another one', () => {
    const [event] = new ContractTopic().legacy('1').records;
    const damaged = [{ ce_ordersequence: 'x' }, { ce_ordersequence: '0' }, { ce_id: '7' }, { ce_type: 'Other.v1' }];
    for (const headers of damaged)
      expect(heard({ ...event!, headers: { ...event!.headers, ...headers } }).counted, JSON.stringify(headers)).toEqual(
        [],
      );
    expect(heard({ ...event!, key: null }).counted).toEqual([]);
    expect(heard({ ...event!, topic: 'other' }).counted).toEqual([]);
  });
});

describe('moves', () => {
  const [record] = new ContractTopic().handover(2, 'legacy', { by: 'x' }).records;
  const value = JSON.parse(record!.value) as object;
  const ownership = (more: object): ConsumedRecord => ({
    ...{ topic: OWNERSHIP, partition: 0, offset: '0', key: 'k', value: JSON.stringify({ ...value, ...more }) },
  });

  it('are asked for where the ownership record says so', () => {
    expect(heard(ownership({}), ownership({ asked: true })).moves.map(({ isAsked }) => isAsked)).toEqual([false, true]);
  });

  it('are passed over: of another pipeline, of contracts that are not ours, deleted, unreadable, by another service', () => {
    expect(heard(ownership({ pipeline: 'other' }), ownership({ contract: 'Other.v1' })).moves).toEqual([]);
    expect(heard({ ...ownership({}), value: null }, { ...ownership({}), value: '{' }).moves).toEqual([]);
    const by = (ce_producer: string) =>
      heard({ ...record!, headers: { ...record!.headers, ce_producer } }).moves.length;
    expect([by('service:other'), by('service:order-service'), by('dragoman:dragoman.orders')]).toEqual([0, 1, 1]);
  });
});

describe('a service', () => {
  const options = {
    ...{
      service: 's',
      namespace: 'n',
      pipeline: 'p',
      sourceSystem: 'legacy',
      eventSource: 'urn:x',
      aggregate: 'order',
    },
    contracts: [{ published: releasedContract }],
  };

  it('reads the ownership topic and those of its contracts', () => {
    expect(settingsOf(options).topics).toEqual(['n.ownership', TOPIC]);
  });

  it.each([
    [{ ...options, service: '' }, 'service is empty'],
    [{ ...options, namespace: '' }, 'namespace is empty'],
    [{ ...options, contracts: [] }, 'no contracts'],
    [
      { ...options, contracts: [{ published: releasedContract }, { published: { ...releasedContract } }] },
      `${CONTRACT} twice`,
    ],
  ])('that cannot work is refused', (given, words) => {
    expect(() => settingsOf(given)).toThrow(words);
  });

  it('publishes only what it declares', () => {
    const { contractOf } = settingsOf(options);
    expect(() => contractOf({ published: { ...releasedContract, name: 'Other' } })).toThrow('Other is published');
  });
});

/** `dragoman conform` finds what breaks the protocol, each fault once, and nothing in a topic that follows it. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONFORM_CODES, type ConformCode } from '../../../../src/cli/conform/codes.js';
import { Conformance } from '../../../../src/cli/conform/conformance.js';
import type { PublishedContract } from '../../../../src/contracts/published.js';
import { selectorOf } from '../../../../src/domain/ownership/route.js';
import { partitionOf } from '../../../../src/domain/partition.js';
import { ownContract } from '../../../../src/producer/event/contract.js';
import { made } from '../../../../src/producer/event/making.js';
import {
  conformed,
  CONTEXT,
  ContractTopic,
  ownFields,
  PARTITIONS,
  releasedContract,
  TOPIC,
  type TopicRecord,
  WIRE,
} from '../../../support/producer/topic.js';

const REFUND = 'rules/contracts/published/RefundInitiated.v1/contract.json';

/** By partition. */
const keys = Array.from({ length: PARTITIONS }, (_, partition) =>
  Array.from({ length: 50 }, (_each, at) => String(1_000 + at)).filter(
    (key) => partitionOf(key, PARTITIONS) === partition,
  ),
);
const [a, b, c] = [keys[0]![0]!, keys[1]![0]!, keys[2]![0]!];
const born = keys[0]![1]!;

/** Two legacy orders, the move, an order of the service; the way back; each goes on with its own. */
const history = () =>
  new ContractTopic()
    .legacy(a)
    .legacy(b)
    .legacy(a)
    .handover(1, 'service')
    .service(born, 1)
    .service(born, 1)
    .legacy(a)
    .legacy(c, 'SE')
    .handover(2, 'legacy')
    .legacy(b)
    .service(born, 2);

type Damage = (records: readonly TopicRecord[]) => readonly TopicRecord[];
const at =
  (index: number, change: (record: TopicRecord) => Partial<TopicRecord>): Damage =>
  (records) =>
    records.map((record, place) => (place === index ? { ...record, ...change(record) } : record));
const headers = (index: number, changed: Readonly<Record<string, string | undefined>>): Damage =>
  at(index, (record) => ({
    headers: Object.fromEntries(
      Object.entries({ ...record.headers, ...changed }).filter(([, text]) => text !== undefined),
    ) as TopicRecord['headers'],
  }));
const value = (index: number, changed: object): Damage =>
  at(index, (record) => ({ value: JSON.stringify({ ...(JSON.parse(record.value) as object), ...changed }) }));
const without =
  (index: number): Damage =>
  (records) =>
    records.filter((_, place) => place !== index);

/** Dragoman writes the handover record that the service has written in one partition, behind it. */
const taken =
  (times: number): Damage =>
  (all) => {
    const record = all[11]!;
    const own = { ...record, headers: { ...record.headers, ce_producer: all[HANDOVER]!.headers['ce_producer']! } };
    return [...all.slice(0, 12), ...Array.from({ length: times }, () => own), ...all.slice(12)];
  };

/** Of the service's first event, and of the handover record that follows the first three events in partition 1. */
const [OWN, HANDOVER] = [6, 4];

const FAULTS: readonly (readonly [what: string, damage: Damage, codes: readonly ConformCode[]])[] = [
  ['no value', at(0, () => ({ value: '' })), ['EVENT_UNREADABLE', 'SEQUENCE_GAP']],
  ['no JSON', at(2, () => ({ value: '{' })), ['EVENT_UNREADABLE', 'SEQUENCE_GAP']],
  ['a field that does not fit', value(7, { warehouseCode: 7 }), ['EVENT_INVALID', 'SEQUENCE_GAP']],
  ['another key in the value', value(1, { orderId: 'x' }), ['EVENT_CONTRADICTORY', 'SEQUENCE_GAP']],
  ['another partition', at(8, (r) => ({ partition: (r.partition + 1) % PARTITIONS, offset: '99' })), ['KEY_MISPLACED']],
  ['a header that is missing', headers(1, { ce_causationid: undefined }), ['HEADER_MISSING']],
  ['a header that is wrong', headers(1, { ce_ordersequence: '1' }), ['HEADER_WRONG']],
  ['another source', headers(OWN, { ce_source: 'urn:other' }), ['HEADER_WRONG']],
  ['no word of who published it', headers(8, { ce_producer: undefined }), ['HEADER_MISSING']],
  ['no epoch', headers(OWN, { ce_ownershipepoch: undefined }), ['HEADER_MISSING']],
  ['another occurrence than its id', headers(OWN, { ce_occurrence: '7' }), ['ID_WRONG']],
  ['an event that is there twice', (all) => [...all, { ...all[OWN]!, offset: '98' }], ['ID_TWICE']],
  ['an event that is not there', without(OWN), ['SEQUENCE_GAP']],
  [
    'numbers that go back',
    (all) => [...all.slice(0, OWN), all[OWN + 1]!, all[OWN]!, ...all.slice(OWN + 2)],
    ['SEQUENCE_GAP', 'SEQUENCE_BACK'],
  ],
  [
    'an event before the handover',
    (all) => [...all.slice(0, 3), all[OWN]!, ...all.slice(3, OWN), ...all.slice(OWN + 1)],
    ['OWNER_WRONG'],
  ],
  [
    'an event behind the way back',
    (all) => [...all.slice(0, OWN + 1), ...all.slice(OWN + 2, 13), all[OWN + 1]!, ...all.slice(13)],
    ['EPOCH_WRONG'],
  ],
  ['an epoch that is none of it', headers(OWN, { ce_ownershipepoch: '2' }), ['EPOCH_WRONG']],
  ['a producer that is none', headers(0, { ce_producer: 'orders' }), ['HEADER_WRONG']],
  [
    'a handover that cannot be read',
    at(HANDOVER, () => ({ value: '{"v":2}' })),
    ['HANDOVER_INVALID', 'HANDOVER_MISSING'],
  ],
  ['a handover that is missing in a partition', without(HANDOVER), ['HANDOVER_MISSING']],
  [
    'a handover that is there twice',
    (all) => [...all.slice(0, 6), all[HANDOVER]!, ...all.slice(6)],
    ['HANDOVER_TWICE'],
  ],
  ['a route that is taken from a service in the midst of its handing over', taken(1), []],
  ['a route that is taken twice', taken(2), ['HANDOVER_TWICE']],
  ['a handover that comes back', (all) => [...all, { ...all[HANDOVER]!, offset: '97' }], ['HANDOVER_BACK']],
];

/** Behind the records of the topic the service tells of a refund of each key, with epoch 2. @returns codes and keys */
function conformedWith(refund: PublishedContract, topic: ContractTopic, told: readonly string[]): string[] {
  const both = new Conformance(
    TOPIC,
    Array.from({ length: PARTITIONS }, () => ({ isCut: false })),
    [releasedContract, refund],
  );
  const settings = {
    service: 'order-service',
    ...WIRE,
    aggregate: 'order',
    context: CONTEXT,
    recordBytesMax: 1_000_000,
  };
  for (const orderId of told) {
    const fields = { ...ownFields(refund), orderId, market: 'DE' };
    const event = made(
      ownContract({ published: refund }, ''),
      fields,
      { occurrence: '7', causationId: 'r' },
      settings,
      0,
    );
    topic.write(event.record({ sequence: 1, epoch: 2 }), partitionOf(orderId, PARTITIONS));
  }
  for (const record of topic.records) both.see(record);
  both.end();
  return both.findings.map(({ code, key }) => `${code} ${key}`);
}

const codesOf = (found: readonly string[]): string[] => found.map((text) => text.split(' ')[0] ?? '').sort();

describe('a topic', () => {
  it('that follows the protocol has nothing against it', () => {
    expect(conformed(history().records)).toEqual([]);
  });

  it.each(FAULTS)('with %s is told so, and of nothing else', (_what, damage, codes) => {
    expect(codesOf(conformed(damage(history().records)))).toEqual(codes.toSorted());
  });

  it('with an event of legacy about an order of the service', () => {
    const records = history().records.slice(0, 9);
    const topic = new ContractTopic();
    for (const { key, value: text, headers: named, partition } of records)
      topic.write({ key: key as string, value: text, headers: named }, partition);
    const third = new ContractTopic().legacy(born).legacy(born).legacy(born).records[2]!;
    topic.write({ key: born, value: third.value, headers: third.headers }, third.partition);
    expect(codesOf(conformed(topic.records))).toEqual(['OWNER_WRONG']);
  });

  it('with an order of legacy of which the service tells behind the way back', () => {
    expect(codesOf(conformed(history().service(b, 2).records))).toEqual(['OWNER_WRONG']);
  });

  it('in which a service tells behind the way back of what it began without an event has nothing against it', () => {
    expect(conformed(history().service(keys[0]![2]!, 2).records)).toEqual([]);
    expect(codesOf(conformed(history().service(keys[0]![2]!, 1).records))).toEqual(['EPOCH_WRONG']);
  });

  it('in which a service goes on under another contract with what it began has nothing against it', () => {
    const refund = JSON.parse(readFileSync(REFUND, 'utf8')) as PublishedContract;
    const topic = new ContractTopic().handover(1, 'service').handover(1, 'service', { contract: 'RefundInitiated.v1' });
    topic.legacy(a).service(born, 1).handover(2, 'legacy').handover(2, 'legacy', { contract: 'RefundInitiated.v1' });
    expect(conformedWith(refund, topic, [born, a])).toEqual([`OWNER_WRONG ${a}`]);
  });

  it('in which Dragoman publishes under a contract that is not moved of what the service began has nothing against it', () => {
    const topic = new ContractTopic().legacy(born).handover(1, 'service', { contract: 'RefundInitiated.v1' });
    topic.handover(2, 'legacy', { contract: 'RefundInitiated.v1' });
    const refund = JSON.parse(readFileSync(REFUND, 'utf8')) as PublishedContract;
    expect(conformedWith(refund, topic, [born])).toEqual([]);
  });

  it('in which a service goes on with what it began, until it has read that a route is its own again', () => {
    const again = () => history().handover(3, 'service');
    expect(conformed(again().service(born, 2).service(born, 3).records)).toEqual([]);
    expect(codesOf(conformed(again().service(b, 2).records))).toEqual(['OWNER_WRONG']);
    expect(codesOf(conformed(again().service(b, 1).records))).toEqual(['EPOCH_WRONG']);
    expect(codesOf(conformed(again().service(born, 1).records))).toEqual(['EPOCH_WRONG']);
  });

  it('in which Dragoman publishes something once more, and says so, has nothing against it', () => {
    const { records } = history();
    const again = (record: TopicRecord, offset: string, more: object = {}): TopicRecord => ({
      ...{ ...record, offset },
      headers: { ...record.headers, 'dragoman-repeat': '3f2b8f1e-7a52-4c0e-9d7e-0c1a5a4b6d11', ...more },
    });
    const [ofLegacy, ofService] = [records[0]!, records[OWN]!];
    expect(conformed([...records, again(ofLegacy, '90')])).toEqual([]);
    // What is lost is missed all the same, and not missed twice.
    expect(codesOf(conformed([...records.slice(1), again(ofLegacy, '90')]))).toEqual(['SEQUENCE_GAP']);
    expect(codesOf(conformed([...records, again(ofLegacy, '90', { ce_causationid: 'x' })]))).toEqual(['HEADER_WRONG']);
    expect(codesOf(conformed([...records, again(ofService, '90')]))).toEqual(['ID_TWICE']);
  });

  it('of which the beginning expired is not blamed for what nobody can know', () => {
    const rest = history().records.filter(({ partition, offset }) => partition !== 0 || Number(offset) > 3);
    expect(conformed(rest, [0])).toEqual([]);
    expect(codesOf(conformed(rest))).toContain('SEQUENCE_GAP');
  });

  it('with routes inside of each other is judged by the most specific one', () => {
    const part = { selector: selectorOf({ market: 'DE' }, [0, 100]) };
    const topic = new ContractTopic().legacy(b).handover(1, 'service').service(born, 1).handover(1, 'legacy', part);
    expect(conformed(topic.records)).toEqual([]);
    expect(codesOf(conformed(topic.service(b, 1).records))).toEqual(['OWNER_WRONG']);
  });
});

describe('a trial topic', () => {
  const trial = () => new ContractTopic().service(a, 0).service(b, 0).service(a, 0);
  const conformedOnTrial = ({ records }: ContractTopic) => codesOf(conformed(records, [], `${TOPIC}.trial`));

  it('has events of what nobody owns, and everything else as a contract topic has it', () => {
    expect(conformedOnTrial(trial())).toEqual([]);
    expect(codesOf(conformed(trial().records))).toEqual(['OWNER_WRONG', 'OWNER_WRONG', 'OWNER_WRONG']);
    expect(codesOf(conformed(trial().records.slice(1), [], `${TOPIC}.trial`))).toEqual(['SEQUENCE_GAP']);
    expect(conformedOnTrial(trial().handover(1, 'service'))).toContain('HANDOVER_INVALID');
  });
});

it('each code that a record can have is among the faults', () => {
  const seen = new Set(FAULTS.flatMap(([, , codes]) => codes));
  expect(Object.keys(CONFORM_CODES).filter((code) => !seen.has(code as ConformCode))).toEqual([]);
});

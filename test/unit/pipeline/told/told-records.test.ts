/** What a record of a contract topic means: every way in which it may be wrong has its code, and what is Dragoman's own is passed over. */
import { beforeAll, describe, expect, it } from 'vitest';
import { contractText } from '../../../../src/domain/integration-event.js';
import { trialTopic, triedTopic } from '../../../../src/domain/ownership/topics.js';
import { partitionOf } from '../../../../src/domain/partition.js';
import { ToldRecords, type ToldRecord } from '../../../../src/pipeline/told/told-records.js';
import { batchBytes, RECORD_BYTES_MAX as bytesMax } from '../../../../src/domain/record-size.js';
import { findingDeadLetter } from '../../../../src/translate/parking/dead-letter.js';
import { readRecording } from '../../../support/recordings.js';
import { type PublishedRecord, retailerRules, Rig } from '../../../support/rig.js';
import {
  type AsTold,
  handover,
  handoverBy,
  PRODUCER,
  raw,
  toldBy,
  type Written,
} from '../../../support/ownership/service-events.js';

const OWN = 'dragoman:dragoman.orders';
const READY = 'OrderAcceptedForFulfillment.v1';
const PARTITIONS = 3;
let records: ToldRecords;
let event: PublishedRecord;

beforeAll(async () => {
  const rules = await retailerRules();
  const rig = new Rig(readRecording('postgres/01-lifecycle'), { rules });
  await rig.live();
  const found = rig.published().find(({ value }) => value['eventType'] === 'OrderAcceptedForFulfillment');
  if (found === undefined) throw new TypeError('the recording has no such event');
  event = found;
  const contracts = rules.rules.contracts
    .filter(({ name, majorVersion }) => contractText(name, majorVersion) === READY)
    .map((contract) => ({ contract, aggregate: 'order', by: ['market'], isSticky: true }));
  records = new ToldRecords({
    ...{ pipeline: 'orders', producer: OWN, qualifier: null, contracts },
    partitionOf: (_, key) => partitionOf(key, PARTITIONS),
    triedIn: triedTopic,
  });
});

const read = (written: Written, partition = partitionOf(written.key, PARTITIONS)): ToldRecord =>
  records.read({ ...raw(written), topic: event.topic, partition });

const codeOf = (record: ToldRecord): string => (record.kind === 'finding' ? record.finding.code : record.kind);

function changed(
  told: AsTold,
  change: (value: Record<string, unknown>, headers: Record<string, string>) => void,
): Written {
  const { key, value, headers } = toldBy(event, told);
  const fields = JSON.parse(value) as Record<string, unknown>;
  const texts = { ...headers };
  change(fields, texts);
  return { key, value: JSON.stringify(fields), headers: texts };
}

const without = (name: string, from = toldBy(event)): Written => {
  const { key, value, headers } = from;
  return { key, value, headers: Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name)) };
};

describe('an event of a service', () => {
  it('is read with its route, its number and where it says that it belongs', () => {
    const { value } = event;
    expect(read(toldBy(event, { epoch: 2, sequence: 7 }))).toEqual({
      kind: 'event',
      ...{ contract: READY, aggregate: 'order', id: event.key, eventId: value['eventId'], occurrence: '' },
      ...{
        sequence: 7,
        epoch: 2,
        producer: PRODUCER,
        isSticky: true,
        occurredAtMs: Date.parse(String(value['occurredAt'])),
      },
      context: { market: value['market'] },
    });
  });

  it('may be of an occurrence', () => {
    expect(read(toldBy(event, { occurrence: '2' }))).toMatchObject({ kind: 'event', occurrence: '2' });
  });
});

it('what Dragoman published once more is its own, whatever route it has', () => {
  const { key, value, headers } = event;
  const repeat = {
    ...headers,
    ce_rulesdigest: 'd'.repeat(16),
    'dragoman-repeat': '3f2b8f1e-7a52-4c0e-9d7e-0c1a5a4b6d11',
  };
  const text = JSON.stringify(value);
  expect(codeOf(read({ key, value: text, headers: repeat }))).toBe('passed');
  expect(codeOf(read({ key, value: text, headers: { ...repeat, ce_producer: OWN } }))).toBe('passed');
});

describe('an event of a trial topic', () => {
  const tried = (written: Written): ToldRecord =>
    records.read({
      ...raw(written),
      ...{ topic: trialTopic(event.topic), partition: partitionOf(written.key, PARTITIONS) },
    });

  it('is read with all of its value, and without an epoch', () => {
    const written = without('ce_ownershipepoch', toldBy(event, { sequence: 7 }));
    expect(tried(written)).toEqual({
      ...{ kind: 'trial', aggregate: 'order', id: event.key },
      trial: {
        ...{ contract: READY, eventId: event.value['eventId'], occurrence: '', sequence: 7, producer: PRODUCER },
        value: JSON.parse(written.value) as unknown,
      },
    });
  });

  it('is held against its contract, and its id, as any other', () => {
    const { key, headers, value } = toldBy(event);
    expect(codeOf(tried({ key, headers, value: '{' }))).toBe('TOLD_NOT_JSON');
    expect(codeOf(tried({ key, headers, value: value.replace('"currency":"', '"currency":"X') }))).toBe('TOLD_INVALID');
    expect(codeOf(tried(toldBy(event, { producer: OWN })))).toBe('passed');
    expect(codeOf(tried(without('ce_producer')))).toBe('TOLD_UNNAMED');
    const other = { ...headers, ce_occurrence: 'another' };
    expect(codeOf(tried({ key, headers: other, value }))).toBe('TOLD_ID_WRONG');
  });

  it('moves no route', () => {
    expect(codeOf(tried(handoverBy(PRODUCER, handover({ contract: READY, epoch: 1 }))))).toBe('passed');
  });
});

describe('what is none of a service', () => {
  it.each([
    ['of this pipeline', OWN],
    ['of another pipeline', 'dragoman:dragoman.returns'],
  ])('%s is passed over', (_, producer) => {
    expect(read(toldBy(event, { producer }))).toEqual({ kind: 'passed' });
  });

  it('is passed over when Dragoman wrote it before its contract could move', () => {
    const { key, value, headers } = without('ce_producer');
    expect(read({ key, value, headers: { ...headers, ce_rulesdigest: '0123456789abcdef' } })).toEqual({
      kind: 'passed',
    });
  });

  it('is passed over under contracts that are not moved', () => {
    const other = changed({}, (value, headers) => {
      value['eventType'] = 'OrderShipped';
      headers['ce_type'] = 'OrderShipped.v1';
    });
    expect(read(other)).toEqual({ kind: 'passed' });
  });

  it('is passed over when its aggregate is of a pipeline with another qualifier', () => {
    const qualified = new ToldRecords({
      ...{ pipeline: 'orders', producer: OWN, qualifier: 'de', partitionOf: () => 0, triedIn: () => null },
      contracts: [...records.contracts],
    });
    const at = { topic: event.topic, partition: 0 };
    expect(qualified.read({ ...raw(toldBy(event, { key: 'at/4711' })), ...at })).toEqual({ kind: 'passed' });
    expect(qualified.read({ ...raw(toldBy(event, { key: 'de/4711' })), ...at })).toMatchObject({ kind: 'event' });
  });
});

describe('what is wrong with an event', () => {
  it.each<[string, () => Written]>([
    ['TOLD_UNNAMED', () => without('ce_producer')],
    ['TOLD_UNNAMED', () => toldBy(event, { producer: 'orders' })],
    ['TOLD_UNNAMED', () => toldBy(event, { producer: 'service:' })],
    ['TOLD_NOT_JSON', () => ({ ...toldBy(event), value: '{"eventId": "8' })],
    ['TOLD_NOT_JSON', () => ({ ...toldBy(event), value: '[]' })],
    ['TOLD_NOT_JSON', () => changed({}, (_, headers) => (headers['content-type'] = 'text/plain'))],
    ['TOLD_INVALID', () => changed({}, (value) => delete value['occurredAt'])],
    ['TOLD_INVALID', () => changed({}, (value) => (value['sequence'] = 0))],
    ['TOLD_INVALID', () => changed({}, (value) => (value['orderId'] = 'another'))],
    ['TOLD_INVALID', () => changed({}, (value) => (value['schemaVersion'] = 3))],
    ['TOLD_INVALID', () => without('ce_ownershipepoch')],
    ['TOLD_INVALID', () => changed({}, (_, headers) => (headers['ce_ownershipepoch'] = '1.5'))],
    [
      'TOLD_UNKNOWN_VERSION',
      () => changed({}, (_, headers) => (headers['ce_type'] = 'OrderAcceptedForFulfillment.v2')),
    ],
    [
      'TOLD_UNKNOWN_VERSION',
      () => changed({}, (_, headers) => (headers['ce_type'] = 'OrderAcceptedForFulfillment.v999')),
    ],
    [
      'TOLD_ID_WRONG',
      () =>
        changed({}, (value, headers) => {
          value['eventId'] = 'b5f1b4f2-5d8d-5d0e-9d0d-3d8f3b8f1f11';
          headers['ce_id'] = 'b5f1b4f2-5d8d-5d0e-9d0d-3d8f3b8f1f11';
        }),
    ],
    ['TOLD_ID_WRONG', () => changed({ occurrence: '1' }, (_, headers) => (headers['ce_occurrence'] = '2'))],
  ])('%s', (code, written) => {
    const found = read(written());
    expect(codeOf(found)).toBe(code);
    expect(found).toMatchObject({ key: event.key });
  });

  it('is that it stands in another partition', () => {
    const told = toldBy(event);
    const partition = (partitionOf(told.key, PARTITIONS) + 1) % PARTITIONS;
    expect(codeOf(read(told, partition))).toBe('TOLD_MISPLACED');
  });

  it('is that it has no value', () => {
    const told = { ...raw(toldBy(event)), value: null };
    expect(codeOf(records.read({ ...told, topic: event.topic, partition: 0 }))).toBe('TOLD_NOT_JSON');
  });

  it('is said without a value of it', () => {
    const secret = changed({}, (value) => (value['occurredAt'] = 'Ada Lovelace'));
    expect(JSON.stringify(read(secret))).not.toContain('Lovelace');
  });
});

it('whoever names himself without end is told of in a letter that its topic takes', () => {
  const found = read(
    changed({ epoch: 1 }, (value, headers) => {
      value['occurredAt'] = 'yesterday';
      headers['ce_producer'] = `service:${'x'.repeat(700_000)}`;
    }),
  );
  if (found.kind !== 'finding') throw new TypeError(found.kind);
  const place = { partition: 'orders/0', offset: 0 };
  const letter = findingDeadLetter(
    { ...found, place, timestampMs: 0 },
    { tables: new Map() },
    { digest: 'd', bytesMax },
  );
  expect(batchBytes(letter)).toBeLessThan(bytesMax);
});

describe('a handover record', () => {
  const of = handover({ contract: READY, epoch: 3 });

  it('of a service, or of this pipeline, is told apart', () => {
    expect(read(handoverBy(PRODUCER, of))).toEqual({
      kind: 'handover',
      handover: of,
      producer: PRODUCER,
      isOfService: true,
    });
    expect(read(handoverBy(OWN, of))).toEqual({ kind: 'handover', handover: of, producer: OWN, isOfService: false });
  });

  it('of another pipeline is passed over, whoever wrote it', () => {
    const other = { ...of, pipeline: 'returns' };
    expect(read(handoverBy(PRODUCER, other))).toEqual({ kind: 'passed' });
    expect(read(handoverBy('dragoman:dragoman.returns', other))).toEqual({ kind: 'passed' });
  });

  it('that cannot be read is a finding', () => {
    const written = handoverBy(PRODUCER, of);
    expect(codeOf(read({ ...written, value: '{' }))).toBe('HANDOVER_UNREADABLE');
    expect(codeOf(read({ ...written, value: JSON.stringify({ ...of, epoch: -1 }) }))).toBe('HANDOVER_UNREADABLE');
    const headers = Object.fromEntries(Object.entries(written.headers).filter(([name]) => name !== 'ce_producer'));
    expect(codeOf(read({ ...written, headers }))).toBe('HANDOVER_UNREADABLE');
    expect(codeOf(read(handoverBy('orders', of)))).toBe('HANDOVER_UNREADABLE');
  });
});

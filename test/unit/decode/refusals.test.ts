/** Records that cannot be used, each a recorded one or a recorded one damaged: with code, place, and what to do next. */
import { describe, expect, it } from 'vitest';
import { isObject } from '../../../src/domain/json-text.js';
import type { DecodedRecord } from '../../../src/domain/source/change-event.js';
import type { TableDefinition } from '../../../src/domain/tables/table.js';
import { DragomanError } from '../../../src/errors.js';
import { decodeOne, decoderOf, recorded, RETAILER, unwrapped } from '../../support/decoding.js';
import {
  edited,
  type Envelope,
  envelopeOf,
  readRecording,
  type RecordedRecord,
  sourceRecord,
} from '../../support/recordings.js';

const HDR = 'legacy.oms.ord_hdr';
const BOUNDARIES = 'legacy.transaction';
const row = recorded('01-lifecycle', HDR, ({ op }) => op === 'c');
const end = recorded('01-lifecycle', BOUNDARIES, ({ status }) => status === 'END');

/** Debezium's CloudEvents converter keeps the envelope's rows and flattens its source block into attributes. */
const cloudEvent = (record: RecordedRecord): RecordedRecord => {
  const { before, after } = envelopeOf(record);
  const attributes = { id: 'name:legacy;lsn:1;txId:2', source: '/debezium/postgresql/legacy', specversion: '1.0' };
  return { ...record, value: JSON.stringify({ ...attributes, iodebeziumop: 'c', data: { before, after } }) };
};

function refusalOf(record: RecordedRecord): DragomanError {
  try {
    decodeOne(record);
  } catch (error) {
    if (error instanceof DragomanError) return error;
    throw error;
  }
  throw new TypeError('the record was decoded');
}

describe('a topic that can never be right stops the source', () => {
  it.each<[string, RecordedRecord, string, RegExp]>([
    ['flattened rows', recorded('15-flattened', HDR), 'TOPIC_FLATTENED', /Remove ExtractNewRecordState/],
    [
      'flattened rows without marks',
      recorded('15b-flattened-defaults', HDR),
      'TOPIC_FLATTENED',
      /ExtractNewRecordState/,
    ],
    [
      'a TRUNCATE',
      recorded('05-deletes-truncate', HDR, ({ op }) => op === 't'),
      'TABLE_TRUNCATED',
      /skipped\.operations/,
    ],
    ['Avro', { ...row, value: '\u0000\u0000\u0000\u0000\u0001\u0002H10' }, 'SOURCE_UNSUPPORTED', /value\.converter/],
    ['CloudEvents', cloudEvent(row), 'SOURCE_UNSUPPORTED', /CloudEvents.*value\.converter/],
    [
      'streamed rows without transaction block',
      recorded('14-no-metadata', HDR, ({ op }) => op === 'u'),
      'TRANSACTION_METADATA_MISSING',
      /provide\.transaction\.metadata=true/,
    ],
    ['another connector', edited(row, ({ source }) => (source.connector = 'mysql')), 'SOURCE_UNSUPPORTED', /mysql/],
    ['another source', edited(row, ({ source }) => (source.name = 'other')), 'SOURCE_UNSUPPORTED', /other/],
    ['another table', edited(row, ({ source }) => (source.table = 'ord_hst')), 'SOURCE_UNSUPPORTED', /oms\.ord_hst/],
  ])('%s', (_, record, code, nextStep) => {
    const refusal = refusalOf(record);
    expect(refusal).toMatchObject({ code, disposition: 'refuse', details: { topic: HDR, offset: record.offset } });
    expect(refusal.message).toMatch(nextStep);
    expect(refusal.message).toContain(String(record.offset));
  });

  it.each<[string, RecordedRecord]>([
    ['is not JSON', { ...end, value: end.value!.slice(0, -9) }],
    ['is empty', { ...end, value: null }],
    ['is of Debezium before 2.0, without position', edited(end, (value) => (value.id = '1682'))],
    ['has another status', edited(end, (value) => (value.status = 'ABORT'))],
    ['has no id', edited(end, (value) => delete value.id)],
    ['counts no rows', edited(end, (value) => delete value.event_count)],
    ['counts in texts', edited(end, (value) => Object.assign(value.data_collections![0]!, { event_count: '1' }))],
    ['has no time (Debezium 1)', edited(end, (value) => Object.assign(value, { ts_ms: null }))],
  ])('a boundary that %s', (_, record) => {
    const refusal = refusalOf(record);
    expect(refusal).toMatchObject({ code: 'SOURCE_UNSUPPORTED', details: { topic: BOUNDARIES, offset: 1 } });
    expect(refusal.message).toContain('the order of commits is not known');
  });
});

describe('deletes of a flattened topic are refused too', () => {
  const gone = readRecording('postgres/15b-flattened-defaults').find(({ value }) => value === 'null')!;

  it.each([
    ['the word null', gone],
    ['a schema around nothing', { ...gone, value: '{"schema":{"type":"struct"},"payload":null}' }],
  ])('%s', (_, record) => {
    expect(refusalOf(record)).toMatchObject({ code: 'TOPIC_FLATTENED', details: { offset: gone.offset } });
  });

  it('and rows whose own columns are called like parts of an envelope', () => {
    const flat = { ...row, value: JSON.stringify({ op: 'c', source: 'web', ord_no: 1 }) };
    expect(refusalOf(flat)).toMatchObject({ code: 'TOPIC_FLATTENED' });
  });
});

describe('one record that cannot be read is a value, so that it stops its own order only', () => {
  const damaged: readonly [string, RecordedRecord, string][] = [
    ['cut off', { ...row, value: row.value!.slice(0, 200) }, 'the value is not a JSON object'],
    ['bytes that are no text', { ...row, value: '\uFFFD\u0000\uFFFD' }, 'the value is not a JSON object'],
    ['another JSON value', { ...row, value: '[1]' }, 'the value is not a JSON object'],
    [
      'an unknown operation',
      edited(row, (value) => (value.op = 'x')),
      'the operation x or the source block is not known',
    ],
    ['no time', edited(row, ({ source }) => delete source.ts_ms), 'its time cannot be read'],
    ['no position', edited(row, ({ source }) => (source.sequence = null)), 'its position cannot be read'],
    [
      'no order number',
      edited(row, ({ transaction }) => delete transaction!.total_order),
      'its position cannot be read',
    ],
  ];

  it.each(damaged)('%s', (_, record, text) => {
    expect(decodeOne(record)).toEqual({
      kind: 'undecodable',
      table: 'oms.ord_hdr',
      key: '900013',
      isOfSnapshot: false,
      text: `legacy.oms.ord_hdr/1 at offset 2 cannot be read: ${text}.`,
      partition: 'legacy.oms.ord_hdr/1',
      offset: 2,
    });
  });

  it('of a row of a snapshot it is known that it is none of a transaction', () => {
    const ofSnapshot = edited(row, (value) => {
      value.op = 'r';
      value.after = null;
    });
    expect(decodeOne(ofSnapshot)).toMatchObject({ kind: 'undecodable', isOfSnapshot: true });
  });

  it.each(damaged)('%s, and its key too: then nobody can tell which order it is', (_, record) => {
    for (const key of ['{', null, '{"ord_no":null}', '"A1"', '[7]']) {
      expect(decodeOne({ ...record, key })).toMatchObject({ kind: 'undecodable', key: null });
    }
  });

  /** Of a table with REPLICA IDENTITY FULL, so that updates and deletes have their columns before. */
  const FULL = 'legacy.oms.ord_line';
  const [updated, deleted] = (['u', 'd'] as const).map((op) =>
    recorded('17-replica-identity-full', FULL, (envelope) => envelope.op === op && isObject(envelope.before)),
  ) as [RecordedRecord, RecordedRecord];
  const images: readonly [string, RecordedRecord, string][] = [
    ['no row', edited(row, (value) => (value.after = null)), 'it has no row'],
    ['a row that is a text', edited(row, (value) => (value.after = 'x' as never)), 'it has no row'],
    [
      'a text as what it was before',
      edited(updated, (value) => (value.before = 'x' as never)),
      'what it was before, or is after, is no row',
    ],
    [
      'a list as what a deleted row was',
      edited(deleted, (value) => (value.before = [] as never)),
      'what it was before, or is after, is no row',
    ],
    ['a key that is no number', edited(row, ({ after }) => (after!.ord_no = 'A1')), 'its primary key cannot be read'],
    [
      'a key that is no number, where it was one before',
      edited(updated, ({ after }) => (after!.line_no = 'A1')),
      'its primary key cannot be read',
    ],
    [
      'a key that is no number, of a deleted row',
      edited(deleted, ({ before }) => (before!.line_no = {})),
      'its primary key cannot be read',
    ],
    [
      'a key that is too large to be one',
      edited(row, ({ after }) => (after!.ord_no = 1e300)),
      'a number has lost digits',
    ],
  ];
  const full = RETAILER.map((one): TableDefinition => ({ ...one, replicaIdentity: 'full' }));
  const tablesOf = ({ topic }: RecordedRecord): readonly TableDefinition[] => (topic === FULL ? full : RETAILER);

  it.each(images)('%s: its transaction is known, and it is refused in that', (_, record, text) => {
    const sound = decodeOne(
      [row, updated, deleted].find((one) => isSamePlace(one, record))!,
      tablesOf(record),
    );
    const { partition, offset } = sourceRecord(record);
    expect(decodeOne(record, tablesOf(record))).toEqual({
      ...sound,
      row: null,
      refusal: { code: 'RECORD_UNDECODABLE', text: `${partition} at offset ${offset} cannot be read: ${text}.` },
    });
  });

  it.each(images)('%s, and its key too: then nobody can tell which order it is', (_, record) => {
    for (const key of ['{', null, '{"ord_no":null,"line_no":1}', '"A1"', '[7]'])
      expect(decodeOne({ ...record, key }, tablesOf(record))).toMatchObject({ kind: 'undecodable', key: null });
  });

  it('with a schema around it, and after good ones with the same schema', () => {
    const [first, second] = readRecording('postgres/10-schemas-enabled').filter(({ topic }) => topic === HDR);
    const decoder = decoderOf();
    const cutOff = { ...second!, value: second!.value!.slice(0, -5) };
    const wanted = { kind: 'undecodable', key: decodedKey(decodeOne(unwrapped(second!))) };
    expect(decoderOf().decode(sourceRecord(cutOff))).toMatchObject(wanted);
    expect(decoder.decode(sourceRecord(first!)).kind).toBe('change');
    expect(decoder.decode(sourceRecord(cutOff))).toMatchObject(wanted);
    expect(decoder.decode(sourceRecord(second!)).kind).toBe('change');
  });
});

const isSamePlace = (one: RecordedRecord, { topic, partition, offset }: RecordedRecord): boolean =>
  one.topic === topic && one.partition === partition && one.offset === offset;

const decodedKey = (record: DecodedRecord): string | null => (record.kind === 'change' ? record.key : null);

describe('a row that violates its table definition is refused with the name of the column', () => {
  const change = (edit: (after: Record<string, unknown>) => void): DecodedRecord =>
    decodeOne(edited(row, (envelope: Envelope) => edit(envelope.after!)));

  it.each<[string, (after: Record<string, unknown>) => void, string, string]>([
    [
      'an unknown code',
      (after) => (after.sts_cd = '77'),
      'CODE_UNKNOWN',
      'oms.ord_hdr.sts_cd has the code "77", which its table definition does not know; declare what it means.',
    ],
    [
      'a null',
      (after) => (after.curr_cd = null),
      'ROW_INVALID',
      'oms.ord_hdr.curr_cd is null, but its table definition does not say nullable().',
    ],
    [
      'a column that is gone',
      (after) => delete after.tnt_cd,
      'ROW_INVALID',
      'oms.ord_hdr.tnt_cd is declared, but the row does not carry it (renamed or dropped?).',
    ],
    ['another type', (after) => (after.tot_amt = 484.7), 'ROW_INVALID', 'oms.ord_hdr.tot_amt is not a decimal'],
  ])('%s', (_, edit, code, text) => {
    expect(change(edit)).toMatchObject({
      kind: 'change',
      key: '900013',
      refusal: { code, text: expect.stringContaining(text) as string },
    });
  });
});

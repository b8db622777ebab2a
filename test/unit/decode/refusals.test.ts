/** Records that cannot be used, each a recorded one or a recorded one damaged: with code, place, and what to do next. */
import { describe, expect, it } from 'vitest';
import type { DecodedRecord } from '../../../src/domain/source/change-event.js';
import { DragomanError } from '../../../src/errors.js';
import { decodeOne, decoderOf, recorded, unwrapped } from '../../support/decoding.js';
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
    ['no row', edited(row, (value) => (value.after = null)), 'it has no row'],
    ['no time', edited(row, ({ source }) => delete source.ts_ms), 'its time cannot be read'],
    ['no position', edited(row, ({ source }) => (source.sequence = null)), 'its position cannot be read'],
    [
      'no order number',
      edited(row, ({ transaction }) => delete transaction!.total_order),
      'its position cannot be read',
    ],
    ['a key that is no number', edited(row, ({ after }) => (after!.ord_no = 'A1')), 'its primary key cannot be read'],
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

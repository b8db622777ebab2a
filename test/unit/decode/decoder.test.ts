/** Recorded Debezium records -> what the pipeline knows of them. One record of each kind, with everything that is taken from it. */
import { describe, expect, it } from 'vitest';
import type { DecodedRecord } from '../../../src/domain/source/change-event.js';
import { positionOf } from '../../../src/domain/source/position.js';
import { decodeOne, decoderOf, notedHdr, ordDoc, recorded, RETAILER, unwrapped } from '../../support/decoding.js';
import { edited, envelopeOf, readRecording, type RecordedRecord, sourceRecord } from '../../support/recordings.js';

const HDR = 'legacy.oms.ord_hdr';
const LINE = 'legacy.oms.ord_line';
const BOUNDARIES = 'legacy.transaction';

describe('a row', () => {
  const created = recorded('01-lifecycle', HDR, ({ op }) => op === 'c');

  it('that was created: declared columns in their declared form, place, key and transaction', () => {
    expect(decodeOne(created)).toEqual({
      kind: 'change',
      partition: 'legacy.oms.ord_hdr/1',
      offset: 2,
      source: 'legacy',
      table: 'oms.ord_hdr',
      op: 'c',
      key: '900013',
      row: {
        ord_no: '900013',
        sts_cd: 'entered',
        chnl_cd: 'MKTP',
        mkt_cd: 'DE',
        tnt_cd: 'NORD',
        curr_cd: 'EUR',
        tot_amt: '484.70',
        fraud_flg: 'open',
        addr_ok_flg: 'open',
      },
      otherKey: null,
      refusal: null,
      transaction: { id: '1682', predecessor: null, commit: null, position: positionOf('72070136'), order: 1 },
      snapshot: null,
      sourceTimeMs: 1795254759571,
    });
  });

  it('of a later transaction names the one before it', () => {
    const updated = recorded('03-toast', 'legacy.oms.ord_doc', ({ op }) => op === 'u');
    expect(decodeOne(updated, [ordDoc])).toMatchObject({
      op: 'u',
      key: '1',
      transaction: { id: '1210', predecessor: positionOf('57418304'), position: positionOf('57418360'), order: 1 },
    });
  });

  it('of a snapshot has no transaction', () => {
    const read = recorded('01-lifecycle', HDR, ({ op }) => op === 'r');
    expect(decodeOne(read)).toMatchObject({
      kind: 'change',
      op: 'r',
      key: '900002',
      row: { ord_no: '900002', fraud_flg: 'clear' },
      transaction: null,
      sourceTimeMs: 1795254755035,
    });
  });

  it('that was deleted keeps its key only: the other columns are invented by the source', () => {
    const deleted = recorded('03-toast', LINE, ({ op }) => op === 'd');
    expect(deleted.value).toContain('"price":"0.0000"');
    expect(decodeOne(deleted)).toMatchObject({ op: 'd', key: '700010/1', row: null, refusal: null });
  });

  it('whose key changed tells the other key: a delete where it went, a create where it came from', () => {
    const gone = recorded('04-key-change', HDR, ({ op }) => op === 'd');
    const come = recorded('04-key-change', HDR, (_, { headers }) => '__debezium.oldkey' in headers);
    expect(decodeOne(gone)).toMatchObject({ op: 'd', key: '500002', otherKey: '500091' });
    expect(decodeOne(come)).toMatchObject({ op: 'c', key: '500091', otherKey: '500002' });
  });

  it('carries no column that is not declared', () => {
    const all = readRecording('postgres/01-lifecycle').map((record) => decodeOne(record));
    const names = new Set(all.flatMap((each) => (each.kind === 'change' ? Object.keys(each.row ?? {}) : [])));
    const declared = new Set(RETAILER.flatMap(({ columns }) => Object.keys(columns)));
    expect(created.value).toContain('cust_no');
    expect([...names].filter((name) => !declared.has(name))).toEqual([]);
  });

  it('of a table that is not declared is skipped unread', () => {
    const heartbeat = recorded('16-heartbeats', 'legacy.oms.dbz_heartbeat');
    expect(decodeOne({ ...heartbeat, value: '{' })).toMatchObject({ kind: 'skipped', reason: 'table-not-declared' });
  });

  it('is read from the topic that Debezium makes of the table name', () => {
    const odd = recorded('09a-types-precise', 'legacy.oms.Odd_Name_');
    const number = { type: { kind: 'bigint' }, nullable: false, sensitivity: 'public' } as const;
    const table = { name: 'oms.Odd Name$', key: ['Key Col'], columns: { 'Key Col': number, 'a.b': number } };
    expect(decodeOne(odd, [table])).toMatchObject({
      table: 'oms.Odd Name$',
      key: '1',
      row: { 'Key Col': '1', 'a.b': '2' },
    });
  });

  it('keeps every digit of a big number, in its key too', () => {
    const big = edited(created, () => undefined);
    const digits = '9007199254740993';
    const exact = { ...big, value: big.value!.replaceAll('900013', digits), key: `{"ord_no":${digits}}` };
    expect(decodeOne(exact)).toMatchObject({ key: digits, row: { ord_no: digits } });
  });
});

describe('a value that the source did not send (unchanged TOAST value)', () => {
  const isUnavailable = (text: string | null): boolean => text?.includes('__debezium_unavailable_value') === true;

  it('is left out of the row: unknown, not null', () => {
    const unsent = recorded('03-toast', HDR, (_, { value }) => isUnavailable(value));
    const sent = recorded('03-toast', HDR, ({ after }) => after?.notes === null);
    expect(decodeOne(unsent, [notedHdr])).toMatchObject({ kind: 'change', op: 'u', refusal: null });
    expect(decodeOne(unsent, [notedHdr])).not.toHaveProperty('row.notes');
    expect(decodeOne(sent, [notedHdr])).toHaveProperty('row.notes', null);
  });

  it('is seen in the form of every column type', () => {
    const unsent = recorded('03-toast', 'legacy.oms.ord_doc', ({ op }) => op === 'u');
    expect(decodeOne(unsent, [ordDoc])).toMatchObject({ refusal: null, row: { doc_id: '1', title: 'unchanged' } });
    const decoded = decodeOne(unsent, [ordDoc]);
    expect(decoded.kind === 'change' && Object.keys(decoded.row ?? {})).toEqual(['doc_id', 'title']);
  });
});

describe('records with their schema (schemas.enable=true)', () => {
  const records = readRecording('postgres/10-schemas-enabled');

  it('decode to the same as without it, the first of a schema and all later ones', () => {
    const decoder = decoderOf();
    const bare = decoderOf();
    for (const record of records) {
      expect(record.value === null || record.value.startsWith('{"schema":')).toBe(true);
      expect(decoder.decode(sourceRecord(record))).toEqual(bare.decode(sourceRecord(unwrapped(record))));
    }
  });

  it('may change their schema in the middle, and change it back', () => {
    const row = records.find(({ topic, value }) => topic === HDR && value !== null)!;
    const widened = { ...row, value: row.value!.replace('"optional":false', '"optional":true') };
    expect(widened.value).not.toBe(row.value);
    const decoder = decoderOf();
    const decoded = [row, widened, row, widened].map((record) => decoder.decode(sourceRecord(record)));
    for (const each of decoded) expect(each).toEqual(decodeOne(unwrapped(row)));
  });
});

describe('the word of a snapshot', () => {
  const read = recorded('01-lifecycle', HDR, ({ op }) => op === 'r');
  const created = recorded('01-lifecycle', HDR, ({ op }) => op === 'c');
  const said = (record: RecordedRecord, snapshot: unknown): DecodedRecord =>
    decodeOne(edited(record, ({ source }) => (source.snapshot = snapshot)));
  const generation = positionOf(String(envelopeOf(read).source.lsn));

  it.each([true, false, null, undefined, 1])('%j is none: the row may be of an incremental snapshot', (word) => {
    expect(said(read, word)).toMatchObject({ kind: 'undecodable', key: '900002' });
  });

  it.each(['first', 'first_in_data_collection', 'true', 'last_in_data_collection', 'a word to come'])(
    '%j makes no difference to a row that was read',
    (word) => {
      expect(said(read, word)).toMatchObject({ op: 'r', transaction: null, snapshot: { generation, isLast: false } });
    },
  );

  it('tells the last row of the whole snapshot, and rows of an incremental one', () => {
    expect(said(read, 'last')).toMatchObject({ snapshot: { generation, isLast: true } });
    expect(said(read, 'incremental')).toMatchObject({ snapshot: { generation: null, isLast: false } });
  });

  it.each([null, false, 'false', undefined])('%j, of a streamed row, is none', (word) => {
    expect(said(created, word)).toMatchObject({ op: 'c', snapshot: null, transaction: { id: '1682' } });
  });

  it.each(['true', 'a word to come'])('%j makes a baseline of a row created outside of a transaction', (word) => {
    const outside = edited(created, (envelope) => (envelope.transaction = null));
    expect(said(outside, word)).toMatchObject({ op: 'r', transaction: null, snapshot: { isLast: false } });
  });
});

describe('a transaction block', () => {
  const created = recorded('01-lifecycle', HDR, ({ op }) => op === 'c');

  it('may count in texts, and have members to come', () => {
    const counted = edited(created, ({ transaction }) => Object.assign(transaction!, { total_order: '1', epoch: 7 }));
    expect(decodeOne(counted)).toEqual(decodeOne(created));
  });

  it('and a source block without micro- and nanoseconds are those of Debezium before 2.6', () => {
    const older = edited(created, ({ source }) => {
      delete source.ts_us;
      delete source.ts_ns;
    });
    expect(decodeOne(older)).toEqual(decodeOne(created));
  });
});

describe('a boundary', () => {
  it('BEGIN names the transaction', () => {
    const begin = recorded('01-lifecycle', BOUNDARIES, ({ status }) => status === 'BEGIN');
    expect(decodeOne(begin)).toEqual({
      kind: 'begin',
      id: '1682',
      firstRow: '00000000000072070136',
      partition: 'legacy.transaction/0',
      offset: 0,
    });
  });

  it('END gives its place in commit order and the rows of each table', () => {
    const end = recorded('01-lifecycle', BOUNDARIES, ({ status }) => status === 'END');
    expect(decodeOne(end)).toEqual({
      kind: 'end',
      id: '1682',
      position: positionOf('72073152'),
      serial: null,
      rowsByTable: new Map([
        ['oms.ord_line', 3],
        ['oms.ord_hdr', 1],
        ['oms.cust_addr', 1],
      ]),
      rows: 5,
      sourceTimeMs: 1795254759571,
      partition: 'legacy.transaction/0',
      offset: 1,
    });
  });
});

describe('a TRUNCATE of a table whose definition ignores it', () => {
  const truncate = recorded('05-deletes-truncate', HDR, ({ op }) => op === 't');
  const ignoring = RETAILER.map((definition) => ({ ...definition, truncate: 'ignore' as const }));

  it('fills the place that END counts for its table', () => {
    const { transaction } = envelopeOf(truncate);
    expect(decodeOne(truncate, ignoring)).toMatchObject({
      kind: 'filler',
      table: 'oms.ord_hdr',
      transaction: { id: String(transaction!.id).split(':')[0], order: transaction!.total_order },
      offset: truncate.offset,
    });
  });

  it('is skipped without a transaction, as MySQL writes it', () => {
    const outside = edited(truncate, (envelope) => (envelope.transaction = null));
    expect(decodeOne(outside, ignoring)).toMatchObject({ kind: 'skipped', reason: 'truncated' });
  });

  it('is undecodable without a place', () => {
    const nowhere = edited(truncate, ({ source }) => (source.sequence = null));
    expect(decodeOne(nowhere, ignoring)).toMatchObject({ kind: 'undecodable', table: 'oms.ord_hdr', key: null });
  });
});

describe('a record without a row', () => {
  it('tombstones that an older converter wraps are skipped', () => {
    const tombstone = readRecording('postgres/03-toast').find(({ topic, value }) => topic === LINE && value === null)!;
    const wrapped = { ...tombstone, value: '{"schema":null,"payload":null}' };
    expect(decodeOne(wrapped)).toMatchObject({ kind: 'skipped', reason: 'tombstone' });
  });

  it('tombstones are skipped', () => {
    const tombstone = readRecording('postgres/03-toast').find(({ topic, value }) => topic === LINE && value === null)!;
    expect(decodeOne(tombstone)).toMatchObject({ kind: 'skipped', reason: 'tombstone' });
  });

  it('heartbeats are none of the topics that are read', () => {
    const heartbeat = recorded('16b-heartbeats-no-query', '__debezium-heartbeat.legacy');
    expect(decoderOf().topics).not.toContain(heartbeat.topic);
    expect(decodeOne(heartbeat)).toMatchObject({ kind: 'skipped', offset: heartbeat.offset });
  });

  it('a logical mark outside of a transaction is a link in the chain; one inside is skipped', () => {
    const inside = recorded('13-logical-message', 'legacy.message', ({ transaction }) => transaction !== null);
    const outside = recorded('13-logical-message', 'legacy.message', ({ transaction }) => transaction === null);
    expect(decodeOne(inside)).toMatchObject({ kind: 'skipped', reason: 'logical-message' });
    expect(decodeOne(outside)).toEqual({
      kind: 'message',
      position: positionOf('249783392'),
      partition: 'legacy.message/0',
      offset: 3,
    });
  });
});

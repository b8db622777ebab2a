/** Keys of records and headers in every form that connectors write, and keys that cannot be followed. */
import { describe, expect, it } from 'vitest';
import type { DecodedRecord } from '../../../src/domain/source/change-event.js';
import { legacy, table } from '../../../src/rules/index.js';
import { decodeOne, recorded } from '../../support/decoding.js';
import { edited, readRecording, type RecordedRecord } from '../../support/recordings.js';

const HDR = 'legacy.oms.ord_hdr';
const LINE = 'legacy.oms.ord_line';
const BIG = '9007199254740993';
const deleted = recorded('04-key-change', HDR, ({ op }) => op === 'd');
const lineDeleted = recorded('03-toast', LINE, ({ op }) => op === 'd');
/** A delete of a table with replica identity NOTHING has its key in the record's key alone. */
const bare = (record: RecordedRecord): RecordedRecord => edited(record, (value) => (value.before = null));
const withKey = (record: RecordedRecord, key: string | null): RecordedRecord => ({ ...record, key });

describe('the key of a record', () => {
  it.each([
    ['an object', '{"ord_no":500002}', '500002'],
    ['an object with a schema', '{"schema":{"type":"struct"},"payload":{"ord_no":500002}}', '500002'],
    ['a bare number (ExtractField$Key)', '500002', '500002'],
    ['a bare text', '"500002"', '500002'],
    ['a bare number with a schema', '{"schema":{"type":"int64"},"payload":500002}', '500002'],
    [
      'members of a routing transform',
      '{"ord_no":500002,"__dbz__physicalTableIdentifier":"legacy.oms.ord_hdr"}',
      '500002',
    ],
    ['a big integer', `{"ord_no":${BIG}}`, BIG],
    ['a bare big integer', BIG, BIG],
  ])('may be %s', (_, key, expected) => {
    expect(decodeOne(withKey(bare(deleted), key))).toMatchObject({ kind: 'change', op: 'd', key: expected });
  });

  it('of several columns is never a bare value', () => {
    const line = withKey(bare(lineDeleted), '700010');
    expect(decodeOne(line)).toMatchObject({ kind: 'undecodable', key: null });
    expect(decodeOne(withKey(line, '{"line_no":1,"ord_no":700010}'))).toMatchObject({ op: 'd', key: '700010/1' });
  });

  it('that names other columns than the primary key (message.key.columns) is refused at the first record, whatever it is', () => {
    const rows = readRecording('postgres/01-lifecycle').filter(({ topic, value }) => topic === LINE && value !== null);
    expect(rows.length).toBeGreaterThan(100);
    for (const record of rows) {
      expect(() => decodeOne(withKey(record, '{"ord_no":1}'))).toThrow(
        expect.objectContaining({
          code: 'TABLE_KEY_UNFIT',
          message: expect.stringMatching(
            /\{"ord_no":1\}, which lacks line_no; the key of oms\.ord_line is ord_no, line_no/,
          ) as string,
        }),
      );
    }
  });

  it.each(['Struct{ord_no=1,line_no=1}', '{"schema":{"type":"struct"},"payload":{"ord_no":1,"line_no":1}}', '{'])(
    'may be a text that no key can be read from, where the row tells it: %s',
    (key) => {
      const row = recorded('01-lifecycle', LINE);
      expect(decodeOne(withKey(row, key))).toEqual(decodeOne(row));
    },
  );

  it('has every digit of a recorded big integer', () => {
    const zoo = table('oms.type_zoo', { key: ['id'], columns: { id: legacy.bigint() } });
    const row = recorded('09c-types-string', 'legacy.oms.type_zoo', (_, { key }) => key?.includes(BIG) === true);
    expect(decodeOne(row, [zoo])).toMatchObject({ key: BIG, row: { id: BIG } });
  });
});

describe('the other key of a key change', () => {
  const header = (text: string | string[]): DecodedRecord =>
    decodeOne({ ...deleted, headers: { '__debezium.newkey': text } });

  it.each<[string, string | string[]]>([
    ['JSON text', '{"ord_no":500091}'],
    ['wrapped in a schema (JsonConverter for headers)', '{"schema":{"type":"struct"},"payload":{"ord_no":500091}}'],
    ['repeated', ['{"ord_no":500091}', '{"ord_no":500091}']],
  ])('may be %s', (_, text) => {
    expect(header(text)).toMatchObject({ op: 'd', key: '500002', otherKey: '500091' });
  });

  it('keeps every digit', () => {
    expect(header(`{"ord_no":${BIG}}`)).toMatchObject({ otherKey: BIG });
  });

  it.each(['Struct{ord_no=500091}', '{"cust_no":7}', ''])(
    'that cannot be read makes no plain delete of it: %j',
    (text) => {
      expect(header(text)).toMatchObject({
        ...{ kind: 'change', op: 'd', key: '500002', otherKey: null },
        otherKeyUnread: {
          code: 'RECORD_UNDECODABLE',
          text: expect.stringMatching(/its header \(.*\) does not tell.*header\.converter/) as string,
        },
      });
    },
  );
});

/** Recorded of a table without primary key, with REPLICA IDENTITY FULL, all of it in one partition of three. */
describe('a table without primary key', () => {
  const NONE = 'legacy.oms.k_none';
  const columns = { a: legacy.integer(), b: legacy.text().nullable() };
  const none = table('oms.k_none', { key: ['a'], primaryKey: false, replicaIdentity: 'full', columns });
  const inOne = (record: RecordedRecord): RecordedRecord => ({ ...record, partition: 0 });
  const first = (op: string): RecordedRecord =>
    inOne(recorded('09c-types-string', NONE, (envelope, { value }) => value !== null && envelope.op === op));
  const refusal = (text: RegExp) =>
    expect.objectContaining({
      ...{ code: 'TABLE_KEY_UNFIT', disposition: 'refuse' },
      message: expect.stringMatching(text) as string,
    }) as Error;

  it.each([
    ['r', '9', { a: 9, b: 'snap' }],
    ['c', '1', { a: 1, b: 'x' }],
    ['u', '1', { a: 1, b: 'y' }],
    ['d', '2', null],
  ])('tells its rows apart by the columns that its author names: %s', (op, key, row) => {
    const record = first(op);
    expect(record.key).toBeNull();
    expect(decodeOne(record, [none])).toMatchObject({ kind: 'change', op, key, row });
    // By the general way too, which reads what is written in an unusual form.
    expect(decodeOne({ ...record, value: ` ${record.value ?? ''}` }, [none])).toEqual(decodeOne(record, [none]));
  });

  it('is refused where its rows are in several partitions', () => {
    const elsewhere = { ...first('c'), partition: 2 };
    expect(() => decodeOne(elsewhere, [none])).toThrow(
      refusal(/k_none\/2 .* several partitions.*message\.key\.columns/s),
    );
  });

  it.each(['u', 'd'])('is refused where the columns before do not come: %s', (op) => {
    const silent = edited(first(op), (value) => (value.before = null));
    const inserts = { ...none, replicaIdentity: undefined } as unknown as typeof none;
    for (const definition of [none, inserts])
      expect(() => decodeOne(silent, [definition])).toThrow(refusal(/without|before.*REPLICA IDENTITY FULL/s));
  });

  it('is refused where an update changes a column of the key', () => {
    const moved = edited(first('u'), ({ after }) => (after!.a = 7));
    expect(() => decodeOne(moved, [none])).toThrow(refusal(/changes its key \(a\).*message\.key\.columns/s));
  });

  it('whose records have a key all the same (message.key.columns) is read like any other', () => {
    const keyed = { ...first('c'), partition: 2, key: '{"a":1}' };
    expect(decodeOne(keyed, [none])).toMatchObject({ kind: 'change', op: 'c', key: '1' });
    expect(() => decodeOne({ ...keyed, key: '{"b":"x"}' }, [none])).toThrow(refusal(/lacks a/));
  });

  it('with a unique index has keys from that', () => {
    const unique = table('oms.k_uniq', { key: ['a'], columns });
    const row = recorded('09c-types-string', 'legacy.oms.k_uniq', ({ op }) => op === 'c');
    expect(decodeOne(row, [unique])).toMatchObject({ kind: 'change', key: '1' });
  });
});

describe('a table whose keys cannot be followed stops its source', () => {
  it('because its records have none', () => {
    const keyless = table('oms.k_none', { key: ['a'], columns: { a: legacy.integer() } });
    const row = recorded('09a-types-precise', 'legacy.oms.k_none');
    expect(row.key).toBeNull();
    expect(() => decodeOne(row, [keyless])).toThrow(
      expect.objectContaining({
        code: 'TABLE_KEY_UNFIT',
        disposition: 'refuse',
        message: expect.stringContaining('message.key.columns') as string,
      }),
    );
  });

  it('because an update changes the primary key under one record key', () => {
    const updated = recorded('17-replica-identity-full', HDR, ({ op }) => op === 'u');
    expect(decodeOne(updated)).toMatchObject({ kind: 'change', op: 'u' });
    const moved = edited(updated, ({ before }) => (before!.ord_no = 1));
    expect(() => decodeOne(moved)).toThrow(
      expect.objectContaining({ code: 'TABLE_KEY_UNFIT', message: expect.stringContaining('ord_no') as string }),
    );
  });

  it('but not when the columns before are not known', () => {
    const updated = recorded('17-replica-identity-full', HDR, ({ op }) => op === 'u');
    const unknown = edited(updated, ({ before }) => (before!.ord_no = null));
    expect(decodeOne(unknown)).toEqual(decodeOne(updated));
  });
});

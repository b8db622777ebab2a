/** Deletes whose key the connector invented, because the table's replica identity does not have it: refused at the first. */
import { describe, expect, it } from 'vitest';
import { postgresql } from '../../../src/decode/connectors/postgresql.js';
import { mariadb } from '../../../src/decode/connectors/mariadb.js';
import { Decoder } from '../../../src/decode/decoder.js';
import type { DecodedRecord } from '../../../src/domain/source/change-event.js';
import type { TableDefinition } from '../../../src/domain/tables/table.js';
import { legacy, table } from '../../../src/rules/index.js';
import { edited, envelopeOf, readRecording, type RecordedRecord, sourceRecord } from '../../support/recordings.js';

const id = { id: legacy.integer() };
const ord = { ord_no: legacy.bigint() };
const TABLES: readonly TableDefinition[] = [
  table('ri.line_ix', { key: ['ord_no', 'line_no'], columns: { ...ord, line_no: legacy.integer() } }),
  table('ri.pay_ix', { key: ['pay_id'], columns: { ...ord, pay_id: legacy.bigint() } }),
  table('ri.uuid_ix', { key: ['id'], columns: { ...ord, id: legacy.uuid() } }),
  table('ri.dflt_ix', { key: ['id'], columns: { ...ord, ...id } }),
  table('ri.same_ix', { key: ['id'], columns: { ...ord, ...id } }),
  table('ri.wide_ix', { key: ['id'], columns: { ...ord, ...id } }),
  table('ri.full_id', { key: ['id'], columns: { ...ord, ...id } }),
  table('ri.dflt_id', { key: ['id'], columns: { ...ord, ...id } }),
];

const stated = (name: string, replicaIdentity: 'default' | 'full'): TableDefinition[] =>
  TABLES.filter((one) => one.name === name).map((one) => ({ ...one, replicaIdentity }));

const decode = (record: RecordedRecord, tables = TABLES, connector = postgresql): DecodedRecord =>
  new Decoder({
    ...{ source: record.topic.split('.')[0]!, topicPrefix: record.topic.split('.')[0]! },
    ...{ connector, mode: 'exact', transactionTopic: 'none', tables },
  }).decode(sourceRecord(record));

const records = readRecording('postgres/20-replica-identity').filter(({ value }) => value !== null);
const find = (name: string, op: string, is: (record: RecordedRecord) => boolean = () => true): RecordedRecord => {
  const found = records.find((one) => one.topic === `ri.ri.${name}` && envelopeOf(one).op === op && is(one));
  if (found === undefined) throw new TypeError(`no ${op} of ${name}`);
  return found;
};
const isHalf = ({ headers }: RecordedRecord): boolean => Object.keys(headers).some((name) => name.endsWith('key'));
const unfit = (text: RegExp): unknown =>
  expect.objectContaining({ code: 'TABLE_KEY_UNFIT', message: expect.stringMatching(text) as string });

describe('with REPLICA IDENTITY USING INDEX on other columns than the key', () => {
  it.each([
    [
      'an integer of a composite key',
      find('line_ix', 'd', (one) => !isHalf(one)),
      /deletes .*line_no is 0\b.*USING INDEX/,
    ],
    ['the delete of a changed index column', find('line_ix', 'd', isHalf), /deletes .*line_no is 0\b/],
    ['its create, which may be read first', find('line_ix', 'c', isHalf), /renumbers .*line_no is 0\b/],
    ['a bigint', find('pay_ix', 'd'), /pay_id is 0\b.*replicaIdentity: 'default'/],
    ['a uuid', find('uuid_ix', 'd'), /id is ""/],
  ])('%s is refused', (_, record, text) => {
    expect(() => decode(record)).toThrow(unfit(text));
  });

  it.each([
    ['a', legacy.decimal({ scale: 2 }), '0.00'],
    ['b', legacy.date(), '0'],
    ['c', legacy.timestamp({ unit: 'micros', zone: 'UTC' }), '0'],
    ['d', legacy.instant(), '1970-01-01T00:00:00Z'],
    ['e', legacy.bytes(), '""'],
    ['f', legacy.text(), '""'],
    ['g', legacy.time({ unit: 'micros' }), '0'],
  ])('the invented value of every kind of key column is known: %s', (column, type, shown) => {
    const one = table('ri.kinds_ix', { key: [column as never], columns: { ...ord, [column]: type } });
    expect(() => decode(find('kinds_ix', 'd'), [one])).toThrow(
      unfit(new RegExp(`column ${column} is "?${shown.replaceAll('"', '')}`)),
    );
  });

  it.each(['AA==', { scale: 2, value: 'AA==' }])('a decimal of precise mode too: %j', (zero) => {
    const one = table('ri.kinds_ix', { key: ['a'], columns: { a: legacy.decimal({ scale: 2, wire: 'bytes' }) } });
    const record = edited(find('kinds_ix', 'd'), ({ before }) => (before!.a = zero));
    expect(() => decode({ ...record, key: JSON.stringify({ a: zero }) }, [one])).toThrow(unfit(/column a is/));
  });

  it('a constant default of a key column is known where the key came with its schema', () => {
    const withSchema = readRecording('postgres/20b-replica-identity-schemas').find(
      ({ topic, value }) => topic === 'rischema.ri.dflt_ix' && value?.includes('"op":"d"') === true,
    );
    expect(() => decode(withSchema!)).toThrow(unfit(/column id is 7\b/));
    // Without it 7 is a key like any other: docs/replica-identity.md.
    expect(decode(find('dflt_ix', 'd'))).toMatchObject({ op: 'd', key: '7' });
  });

  it('that has the same columns as the key, or more, every delete has its key', () => {
    const halves = records.filter((one) => /same_ix|wide_ix/.test(one.topic) && one.key !== '{"id":0}');
    const decoded = halves.map((one) => decode(one));
    expect(decoded.filter(({ kind }) => kind !== 'change')).toEqual([]);
    const changes = decoded.flatMap((one) =>
      one.kind === 'change' && one.op === 'd' ? [[one.key, one.otherKey]] : [],
    );
    expect(changes).toEqual(
      expect.arrayContaining([
        ['1', null],
        ['2', '5'],
        ['2', '4'],
      ]),
    );
  });
});

describe('a real key that looks invented', () => {
  it.each(['same_ix', 'full_id', 'dflt_id'])('is refused too, with the way out in the text: %s', (name) => {
    expect(() => decode(find(name, 'd', ({ key }) => key === '{"id":0}'))).toThrow(
      unfit(/say replicaIdentity: 'default' or 'full' in its table definition/),
    );
  });

  it.each([
    ['same_ix', 'default'],
    ['full_id', 'full'],
    ['dflt_id', 'default'],
  ] as const)('is taken where the table says what its identity is: %s', (name, identity) => {
    const record = find(name, 'd', ({ key }) => key === '{"id":0}');
    expect(decode(record, stated(`ri.${name}`, identity))).toMatchObject({ op: 'd', key: '0' });
  });

  it('is no doubt where the log always has all columns', () => {
    const record = edited(
      find('full_id', 'd', ({ key }) => key === '{"id":0}'),
      ({ source }) =>
        Object.assign(source, { connector: 'mariadb', db: 'ri', gtid: '0-1-2', file: 'a.1', pos: 4, row: 0 }),
    );
    expect(decode(record, TABLES, mariadb)).toMatchObject({ op: 'd', key: '0' });
  });
});

describe("a table that says replicaIdentity: 'full'", () => {
  it.each(['u', 'd'])('and whose %s comes without its columns before, is refused', (op) => {
    const record = edited(find('full_id', op), (envelope) => (envelope.before = null));
    expect(() => decode(record, stated('ri.full_id', 'full'))).toThrow(unfit(/without its columns before.*'full'/));
  });

  it('is read as it comes otherwise', () => {
    const all = records.filter(({ topic }) => topic === 'ri.ri.full_id');
    expect(all.map((one) => decode(one, stated('ri.full_id', 'full')).kind)).toEqual(all.map(() => 'change'));
  });
});

/** Primary keys of every kind that change, with headers as each converter writes them: the other key is the one of the other half. */
import { describe, expect, it } from 'vitest';
import type { ChangeEvent } from '../../../../src/domain/source/change-event.js';
import type { TableDefinition } from '../../../../src/domain/tables/table.js';
import { legacy, table } from '../../../../src/rules/index.js';
import { withOtherKeys } from '../../../../src/sequence/unreadable/key-change-halves.js';
import { readRecording, type RecordedRecord } from '../../../support/recordings.js';
import { bench, type BenchOptions, sequence } from '../../../support/sequencing.js';

interface Wire {
  readonly decimal: 'bytes' | 'text' | 'double';
  readonly times: 'number' | 'iso';
  readonly bytes?: 'hex';
}

/** The same tables, as each connector writes their columns. */
function tablesOf({ decimal, times, bytes }: Wire): TableDefinition[] {
  const amount = (scale: number) => {
    const { definition } = legacy.decimal({ scale, ...(decimal === 'double' ? { lossy: true } : { wire: decimal }) });
    return { definition } as never;
  };
  const unit = times === 'iso' ? 'iso' : 'millis';
  const of = (name: string, key: readonly string[], columns: Record<string, unknown>): TableDefinition =>
    table(`f.${name}`, {
      key: key,
      columns: { ord_no: legacy.bigint(), st: legacy.text().nullable(), ...columns } as never,
    });
  const day = legacy.date(times === 'iso' ? { unit: 'iso' } : {});
  const wire = bytes === undefined ? {} : { wire: bytes };
  return [
    of('k_num', ['id'], { id: amount(0) }),
    of('k_amt', ['ord_no', 'amt'], { amt: amount(2) }),
    of('k_day', ['ord_no', 'd'], { d: day }),
    of('k_dayid', ['d'], { d: day }),
    of('k_ts', ['ord_no', 'ts'], { ts: legacy.timestamp({ unit, zone: 'UTC' }) }),
    of('k_tz', ['ord_no', 'ts'], { ts: legacy.instant() }),
    of('k_time', ['ord_no', 't'], { t: legacy.time({ unit }) }),
    of('k_text', ['id'], { id: legacy.text() }),
    of('k_bytes', ['ord_no', 'b'], { b: legacy.bytes(wire) }),
    of('k_uuid', ['id'], { id: legacy.uuid() }),
    of('k_big', ['id'], { id: legacy.bigint() }),
  ];
}

const WIRES: readonly (readonly [string, string, Wire])[] = [
  ['19a-key-headers-precise', 'khprecise', { decimal: 'bytes', times: 'number' }],
  ['19b-key-headers-connect', 'khconnect', { decimal: 'bytes', times: 'number' }],
  ['19c-key-headers-isostring', 'khiso', { decimal: 'text', times: 'iso', bytes: 'hex' }],
  ['19d-key-headers-double', 'khdouble', { decimal: 'double', times: 'number' }],
  ['19e-key-headers-json', 'khjson', { decimal: 'bytes', times: 'number' }],
  ['19f-key-headers-string', 'khstring', { decimal: 'bytes', times: 'number' }],
];

/** What the statements of the recording did to primary keys, in their order. */
const KEY_CHANGES = [
  ...['k_num 1 > 2', 'k_num 5 > 6', 'k_num 2 > 20', 'k_num 6 > 2', 'k_num 20 > 6'],
  ...['k_num 9 > 109', 'k_num 2 > 102', 'k_num 6 > 106'],
  ...['k_amt 11/1.50 > 11/2.00', 'k_amt 11/2.00 > 12/2.00'],
  ...['k_day 11/2026-11-01 > 11/2026-11-02', 'k_day 11/2026-11-02 > 11/1969-12-31'],
  ...['k_day 11/1969-12-31 > 12/2026-11-05', 'k_dayid 2026-11-01 > 2026-11-02'],
  ...['k_dayid 2026-11-02 > 2026-11-09', 'k_dayid 2026-12-24 > 2026-12-31'],
  'k_ts 11/2026-11-01T10:00:00.500000Z > 11/2026-11-02T11:00:00.250000Z',
  'k_ts 11/2026-11-02T11:00:00.250000Z > 11/2026-11-03T00:00:00.000000Z',
  'k_tz 11/2026-11-01T09:00:00.123456Z > 11/2026-11-02T10:00:00.250000Z',
  'k_time 11/10:00:00.500000 > 11/11:30:00.125000',
  'k_text a"b\\c > line one\nline "two"\ttab',
  'k_text line one\nline "two"\ttab > a%2Fb%25c,d={x}',
  'k_text a%2Fb%25c,d={x} >  ',
  'k_bytes 11/00ff > 11/deadbeef',
  'k_uuid 6ba7b810-9dad-11d1-80b4-00c04fd430c8 > 6ba7b811-9dad-11d1-80b4-00c04fd430c8',
  'k_big 9007199254740993 > 9007199254740995',
];

/** Times differ between modes in the digits that they carry, not in what they mean. */
const plain = (key: string): string =>
  key.replace(/(:\d\d)\.(\d{1,9})/g, (_, clock: string, digits: string) => `${clock}.${digits.padEnd(6, '0')}`);

function changesOf(records: readonly RecordedRecord[], options: BenchOptions): readonly ChangeEvent[] {
  const out = sequence(records, bench(records, options));
  return out.flatMap((step) => (step.kind === 'transaction' ? step.changes : []));
}

const halvesOf = (changes: readonly ChangeEvent[]): string[] =>
  changes
    .filter(({ otherKey }) => otherKey !== null)
    .map(({ op, table: name, key, otherKey }) => {
      const [from, to] = op === 'd' ? [key, otherKey] : [otherKey, key];
      return `${name.slice(2)} ${plain(from ?? '')} > ${plain(to ?? '')}`;
    });

describe.each(WIRES)('%s', (recording, prefix, wire) => {
  const records = readRecording(`postgres/${recording}`);
  const tables = tablesOf(wire);

  it('each half of each key change names the other key, and none is refused', () => {
    const changes = changesOf(records, { prefix, tables });
    expect(changes.filter(({ refusal }) => refusal !== null)).toEqual([]);
    const halves = halvesOf(changes);
    expect(halves).toHaveLength(2 * KEY_CHANGES.length);
    expect([...new Set(halves)].sort()).toEqual([...KEY_CHANGES].sort());
  });

  it('without transaction metadata too, where rows are ordered by their places', () => {
    const bare = records.filter(({ topic }) => !topic.endsWith('.transaction'));
    const halves = halvesOf(changesOf(bare, { prefix, tables, mode: 'position' }));
    // The last transaction waits for a row of a later one.
    expect([...new Set(halves)].sort()).toEqual(KEY_CHANGES.slice(0, -1).sort());
  });
});

describe('a header that cannot be read', () => {
  const [recording, prefix, wire] = WIRES[0]!;
  const tables = tablesOf(wire);
  const records = readRecording(`postgres/${recording}`);
  const isNumber = ({ topic }: RecordedRecord): boolean => topic.endsWith('.k_num');

  it('parks its row, with the header and the way out in the text, when the other half is not there', () => {
    const changes = changesOf(
      records.filter((record) => !isNumber(record) || record.key !== '{"id":"Ag=="}'),
      {
        ...{ prefix, tables, mode: 'arrival' },
      },
    );
    const first = changes.find(({ key, op, table: name }) => name === 'f.k_num' && op === 'd' && key === '1');
    expect(first).toMatchObject({
      otherKey: null,
      refusal: { code: 'RECORD_UNDECODABLE', text: expect.stringMatching(/\{"id":2\}.*header\.converter/) as string },
    });
  });
});

describe('two neighbours', () => {
  const half = (over: Partial<ChangeEvent>): ChangeEvent => ({
    ...{ kind: 'change', partition: 't/0', offset: 0, source: 's', table: 'f.t', op: 'd', key: '1', row: null },
    ...{ otherKey: null, refusal: null, transaction: null, snapshot: null, sourceTimeMs: 0 },
    ...over,
  });
  const unread = { otherKeyUnread: { code: 'RECORD_UNDECODABLE', text: 'unread' } } as const;

  it.each<[string, ChangeEvent, ChangeEvent]>([
    ['of two tables', half(unread), half({ ...unread, op: 'c', key: '2', table: 'f.u' })],
    ['in the other order', half({ ...unread, op: 'c', key: '2' }), half(unread)],
    ['of which one names a third key', half(unread), half({ op: 'c', key: '2', otherKey: '3' })],
    ['of which one is a plain create', half(unread), half({ op: 'c', key: '2' })],
    ['of which one is a plain delete', half({}), half({ ...unread, op: 'c', key: '2' })],
  ])('%s are no key change: what was not read is refused', (_, left, right) => {
    const told = withOtherKeys([left, right]);
    expect(told.map(({ otherKey }) => otherKey)).toEqual([left.otherKey, right.otherKey]);
    expect(told.filter(({ refusal }) => refusal?.text === 'unread')).toHaveLength(
      [left, right].filter(({ otherKeyUnread }) => otherKeyUnread !== undefined).length,
    );
  });

  it('one of which can be read tells both', () => {
    const told = withOtherKeys([half(unread), half({ op: 'c', key: '2', otherKey: '1' })]);
    expect(told).toMatchObject([
      { otherKey: '2', refusal: null },
      { otherKey: '1', refusal: null },
    ]);
  });
});

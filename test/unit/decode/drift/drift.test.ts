/** What drift finds in real recordings, and in recordings whose rows or whose rules were changed. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadRules } from '../../../../src/adapters/files/rules-loader.js';
import { DriftScan, type TableDrift } from '../../../../src/decode/drift/drift.js';
import { DRIFT_KINDS, type DriftFinding } from '../../../../src/decode/drift/finding.js';
import type { TableDefinition } from '../../../../src/domain/tables/table.js';
import { legacy, table } from '../../../../src/rules/index.js';
import { damaged } from '../../../support/recorded/histories.js';
import { edited, envelopeOf, readRecording, type RecordedRecord } from '../../../support/recordings.js';
import { mixPartitions, partitionOf } from '../../../support/sequencing.js';

let tables: ReadonlyMap<string, TableDefinition>;
beforeAll(async () => {
  tables = (await loadRules(fileURLToPath(new URL('../../../../rules', import.meta.url)))).rules.tables;
});
const declared = (name: string): TableDefinition => tables.get(name)!;
const with_ = (definition: TableDefinition, columns: object): TableDefinition => ({
  ...definition,
  columns: { ...definition.columns, ...(columns as TableDefinition['columns']) },
});

function drift(definition: TableDefinition, records: readonly RecordedRecord[]): TableDrift {
  const scan = new DriftScan(definition);
  for (const record of records.filter(({ topic }) => topic.endsWith(`.${definition.name}`)))
    scan.add({ ...record, partition: partitionOf(record), timestampMs: record.timestamp });
  return scan.end();
}

const line = ({ kind, column, count, example }: DriftFinding): string =>
  [kind, column ?? '', count, ...(example === null ? [] : [example])].join(' ');
const drifts = ({ findings }: TableDrift): string[] => findings.filter(({ isDrift }) => isDrift).map(line);
const notes = ({ findings }: TableDrift): string[] => findings.filter(({ isDrift }) => !isDrift).map(line);
const isRow = (record: RecordedRecord): boolean =>
  record.value !== null && ['c', 'u', 'r'].includes(envelopeOf(record).op);

describe('drift: nothing to find', () => {
  it.each(['01-lifecycle', '03-toast', '04-key-change', '06-replay', '07-resnapshot', '10-schemas-enabled', '12-bulk'])(
    'in %s, with the rules of the retailer',
    (name) => {
      const records = readRecording(`postgres/${name}`);
      for (const definition of tables.values()) expect(drifts(drift(definition, records)), definition.name).toEqual([]);
    },
  );

  it('but columns that no rule needs are told, and tables without rows', () => {
    const records = readRecording('postgres/03-toast');
    expect(notes(drift(declared('oms.pay_txn'), records))).toEqual(['column-undeclared crt_ts 1']);
    expect(notes(drift(declared('oms.ord_cancel'), records))).toEqual(['table-silent  0']);
  });

  it('in generated columns, which only snapshot rows carry, unless they are declared', () => {
    const zoo = table('oms.type_zoo', { key: ['id'], columns: { id: legacy.bigint(), what: legacy.text() } });
    const records = readRecording('postgres/09c-types-string');
    const found = drift(zoo, records);
    expect(drifts(found)).toEqual([]);
    expect(found.snapshotRows).toBe(3);
    expect(found.findings.find(({ column }) => column === 'g_low')?.text).toMatch(/in snapshot rows only/);
    const { columns } = table('x.y', { key: [], columns: { g_low: legacy.text().nullable() } });
    expect(drifts(drift(with_(zoo, columns), records))).toEqual(['column-missing g_low 14']);
  });
});

describe('drift: tables that were changed while running (11-ddl)', () => {
  const records = readRecording('postgres/11-ddl');

  it.each<[string, string[]]>([
    [
      'oms.ord_hdr',
      [
        'column-vanished notes 6',
        'column-appeared remark 5',
        'column-appeared prio_cd 7',
        'column-appeared loyal_flg 3',
        'column-renamed notes 5',
      ],
    ],
    ['oms.ord_line', ['value-refused qty 1 9007199254740993', 'column-appeared uom 2']],
    ['oms.pay_txn', ['value-refused amt 1 "1.2345"']],
    ['oms.whs_rel', ['type-differs whs_cd 1 7']],
    ['oms.cust_addr', []],
  ])('%s', (name, expected) => {
    expect(drifts(drift(declared(name), records))).toEqual(expected);
  });

  it('says where a column came and where it was last seen', () => {
    const { findings } = drift(declared('oms.ord_hdr'), records);
    const places = (kind: string, name: string) => findings.find((one) => one.kind === kind && one.column === name)!;
    const { last } = places('column-vanished', 'notes');
    const { first } = places('column-appeared', 'remark');
    expect([last?.partition, last?.offset]).toEqual(['legacy.oms.ord_hdr/0', 4]);
    expect([first?.partition, first?.offset]).toEqual(['legacy.oms.ord_hdr/1', 3]);
    expect(first!.timeMicros).toBeGreaterThan(last!.timeMicros);
  });

  it('names what a declared column was probably renamed to', () => {
    const { columns } = table('x.y', { key: [], columns: { notes: legacy.text().nullable() } });
    const { findings } = drift(with_(declared('oms.ord_hdr'), columns), records);
    expect(findings.map(line)).toEqual(expect.arrayContaining(['column-missing notes 5', 'column-renamed notes 5']));
    expect(findings.find(({ kind }) => kind === 'column-missing')?.text).toMatch(/newer rows do not carry it/);
    expect(findings.find(({ kind }) => kind === 'column-renamed')?.text).toMatch(/gone where remark came/);
  });

  it('finds the same in any order of the partitions', () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    for (let round = 0; round < 20; round += 1) {
      const mixed = mixPartitions(records, random);
      for (const definition of tables.values()) {
        const [a, b] = [drift(definition, records), drift(definition, mixed)].map(({ findings }) =>
          [...findings].sort((x, y) => (line(x) < line(y) ? -1 : 1)),
        );
        expect(b).toEqual(a);
      }
    }
  });
});

describe('drift: rows that do not fit', () => {
  const records = readRecording('postgres/01-lifecycle');
  const headers = records.filter((record) => record.topic === 'legacy.oms.ord_hdr' && isRow(record));
  const rows = (count: number): RecordedRecord[] => headers.slice(-count);
  const changed = (some: readonly RecordedRecord[], change: (row: Record<string, unknown>, at: number) => void) =>
    headers.map((record) => {
      const at = some.indexOf(record);
      return at === -1 ? record : edited(record, ({ after }) => change(after!, at));
    });
  const header = () => declared('oms.ord_hdr');

  it.each<[string, (row: Record<string, unknown>, at: number) => void, string[]]>([
    ['null where none is declared', (row) => (row.tot_amt = null), ['null-refused tot_amt 3']],
    ['a code without meaning', (row) => (row.sts_cd = '77'), ['code-unknown sts_cd 3 "77"']],
    [
      'several codes',
      (row, at) => (row.sts_cd = `7${at % 2}`),
      ['code-unknown sts_cd 2 "70"', 'code-unknown sts_cd 1 "71"'],
    ],
    ['another wire type', (row) => (row.tot_amt = 12.5), ['type-differs tot_amt 3 12.5']],
    ['a value out of range', (row) => (row.tot_amt = '1.005'), ['value-refused tot_amt 3 "1.005"']],
    ['a column that only some rows lack', (row) => delete row.curr_cd, ['column-missing curr_cd 3']],
  ])('%s', (_, change, expected) => {
    expect(drifts(drift(header(), changed(rows(3), change)))).toEqual(expected);
  });

  it('tells many codes one by one, and the rest together', () => {
    const found = drifts(
      drift(
        header(),
        changed(rows(30), (row, at) => (row.sts_cd = `x${at}`)),
      ),
    );
    expect(found).toHaveLength(21);
    expect(found.at(-1)).toBe('code-unknown sts_cd 10 more');
  });

  it.each(['personal', 'secret'] as const)('shows no value of a %s column, and none of an undeclared one', (word) => {
    const code = legacy.code({ '10': 'entered' })[word]();
    const { columns } = table('x.y', { key: [], columns: { sts_cd: code, curr_cd: legacy.integer()[word]() } });
    const { findings } = drift(
      with_(header(), columns),
      changed(rows(3), (row) => (row.new_col = 'Anna')),
    );
    const told = JSON.stringify(findings);
    expect(findings.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['code-unknown', 'type-differs', 'column-appeared']),
    );
    expect(findings.filter(({ kind }) => kind === 'code-unknown')).toHaveLength(1);
    for (const value of ['Anna', '"90"', 'EUR', '\\"30\\"']) expect(told).not.toContain(value);
  });

  it('notes codes that the rules take as their other, and optional columns that are not there', () => {
    const { columns } = table('x.y', {
      key: [],
      columns: {
        sts_cd: legacy.code({ '10': 'entered', '20': 'ready', '30': 'released' }, { other: 'gone' }),
        prio_cd: legacy.integer().optional(),
      },
    });
    const cancelled = headers.filter((record) => envelopeOf(record).after?.sts_cd === '90').length;
    const found = drift(with_(header(), columns), headers);
    expect(cancelled).toBeGreaterThan(0);
    expect(drifts(found)).toEqual([]);
    expect(notes(found)).toEqual(
      expect.arrayContaining([`code-other sts_cd ${cancelled} "90"`, `column-absent prio_cd ${headers.length}`]),
    );
  });

  it('sees a renamed column by its values where it does not keep its place', () => {
    const late = headers.slice(headers.length / 2);
    const moved = changed(late, (row) => {
      row.ccy = row.curr_cd;
      delete row.curr_cd;
    });
    expect(drifts(drift(header(), moved))).toEqual(
      expect.arrayContaining([`column-missing curr_cd ${late.length}`, `column-renamed curr_cd ${late.length}`]),
    );
  });

  it('takes no column for renamed to one of another type, or to one that came before it went', () => {
    const late = headers.slice(headers.length / 2);
    const another = changed(late, (row) => {
      row.ccy = 978;
      delete row.curr_cd;
    });
    const both = changed(late, (row, at) => {
      row.ccy = row.curr_cd;
      if (at > 5) delete row.curr_cd;
    });
    for (const mutated of [another, both])
      expect(drifts(drift(header(), mutated)).filter((text) => text.startsWith('column-renamed'))).toEqual([]);
  });

  it('counts what is no row at all', () => {
    const flattened = readRecording('postgres/15-flattened');
    expect(drifts(drift(header(), flattened))).toEqual(['record-unreadable  14']);
    expect(drifts(drift(header(), [...headers.slice(1), damaged(headers[0]!)]))).toEqual(['record-unreadable  1']);
  });
});

describe('drift: with schemas', () => {
  const records = readRecording('postgres/10-schemas-enabled');

  it('sees a wrong unit, which the number alone does not tell', () => {
    const times = (unit: 'millis' | 'micros') =>
      table('x.y', { key: [], columns: { crt_ts: legacy.timestamp({ unit, zone: 'UTC' }) } }).columns;
    expect(drifts(drift(with_(declared('oms.ord_hdr'), times('micros')), records))).toEqual([]);
    const [found] = drift(with_(declared('oms.ord_hdr'), times('millis')), records).findings;
    expect(found).toMatchObject({ kind: 'type-differs', column: 'crt_ts', count: 17 });
    expect(found?.text).toMatch(/io\.debezium\.time\.MicroTimestamp/);
  });

  it('names types as the schema does', () => {
    const { columns } = table('x.y', { key: [], columns: { sts_cd: legacy.integer() } });
    const [found] = drift(with_(declared('oms.ord_hdr'), columns), records).findings;
    expect(found?.text).toMatch(/comes as string/);
  });

  it('counts the rows of snapshots', () => {
    const { rows, snapshotRows } = drift(declared('oms.ord_line'), records);
    const all = records.filter((record) => record.topic === 'legacy.oms.ord_line');
    expect([rows, snapshotRows]).toEqual([24, 1]);
    expect(all.filter(({ value }) => value !== null && value.includes('"op":"r"'))).toHaveLength(1);
  });
});

describe('docs/schema-drift.md', () => {
  it('explains every kind of finding, and no other', () => {
    const page = readFileSync(new URL('../../../../docs/schema-drift.md', import.meta.url), 'utf8');
    const explained = [...page.matchAll(/^\| `([a-z]+-[a-z]+)` +\| (?:drift|note)/gm)].map(([, kind]) => kind);
    expect([...explained].sort()).toEqual([...DRIFT_KINDS].sort());
  });
});

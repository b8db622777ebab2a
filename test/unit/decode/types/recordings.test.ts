/** Every column of recorded rows against the value that the database itself wrote down, one column at a time. */
import { readFileSync } from 'node:fs';
import { parse } from 'lossless-json';
import { describe, expect, it } from 'vitest';
import { CONNECTORS } from '../../../../src/decode/connectors/connectors.js';
import { Decoder } from '../../../../src/decode/decoder.js';
import type { ChangeEvent } from '../../../../src/domain/source/change-event.js';
import { type Column, table } from '../../../../src/rules/index.js';
import { envelopeOf, readRecording, sourceRecord, truthPath } from '../../../support/recordings.js';
import {
  type Columns,
  DOUBLE,
  ISO,
  ORD_DOC,
  ORD_HDR,
  ORDERS,
  PRECISE,
  STRING,
  zoo,
} from '../../../support/values/recorded-columns.js';
import { isSame, isTooLong, jsonForm, type TrueForm, trueValue } from '../../../support/values/true-values.js';

interface TrueChange {
  readonly table: string;
  readonly op: string;
  readonly row?: Row;
}

/** What became of the values of one column. */
interface Tally {
  same: number;
  unknown: number;
  /** Keys of the rows. */
  readonly different: string[];
}

type Row = Readonly<Record<string, TrueForm>>;
type RowOfTransaction = readonly [transaction: string, row: Row];

/** The rows of each key in their order, exact: every number as its digits. */
function truthOf(name: string, tableName: string, key: readonly string[]): Map<string, RowOfTransaction[]> {
  const byKey = new Map<string, RowOfTransaction[]>();
  for (const line of readFileSync(truthPath(name), 'utf8').split('\n').filter(Boolean)) {
    const {
      txid,
      gtid,
      changes = [],
    } = parse(line, undefined, (digits) => digits) as {
      txid?: string;
      gtid?: string;
      changes?: readonly TrueChange[];
    };
    for (const change of changes) {
      const { row } = change;
      if (row === undefined || change.table !== tableName || change.op === 'd') continue;
      const id = key.map((column) => row[column] as string).join('/');
      byKey.set(id, [...(byKey.get(id) ?? []), [String(txid ?? gtid), txid === undefined ? fromBinlog(row) : row]]);
    }
  }
  return byKey;
}

/** `mysqlbinlog` shows an enum as the number of its value, and a line feed escaped. */
const fromBinlog = (row: Row): Row => ({
  ...row,
  ...(typeof row.pay_typ === 'string' ? { pay_typ: ['AUTH', 'CAPT', 'RFND'][Number(row.pay_typ) - 1] ?? '' } : {}),
  ...(typeof row.notes === 'string' ? { notes: row.notes.replaceAll('\\x0a', '\n') } : {}),
});

/** Decodes the recording with each column alone, and holds every value against the truth. */
function compare(name: string, tableName: string, key: readonly string[], columns: Columns): Record<string, Tally> {
  const truth = truthOf(name, tableName, key);
  const [connector, source] = name.startsWith('mariadb')
    ? (['mariadb', 'shop'] as const)
    : (['postgresql', 'legacy'] as const);
  const records = readRecording(name).filter(
    ({ topic, value }) => topic === `${source}.oms.${tableName}` && value !== null,
  );
  const streamed = new Set(records.map((record) => idOf(String(envelopeOf(record).transaction?.id))));
  const tallies: Record<string, Tally> = {};
  for (const [column, declared] of Object.entries(columns)) {
    const keyColumns = Object.fromEntries(key.map((part) => [part, columns[part]!]));
    const definition = table(`oms.${tableName}`, {
      key: [...key],
      columns: { ...keyColumns, ...(key.includes(column) ? {} : { [column]: declared.nullable() }) },
    });
    const decoder = new Decoder({
      connector: CONNECTORS[connector],
      mode: 'exact',
      topicPrefix: source,
      transactionTopic: `${source}.transaction`,
      ...{ source, tables: [definition] },
    });
    const tally: Tally = { same: 0, unknown: 0, different: [] };
    const seen = new Map<string, number>();
    for (const record of records) {
      const change = decoder.decode(sourceRecord(record)) as ChangeEvent;
      if (change.op === 'd') continue;
      const all = truth.get(change.key.replaceAll('%2F', '/')) ?? [];
      const id = change.transaction === null ? undefined : idOf(change.transaction.id);
      const mine =
        id === undefined
          ? all.filter(([other]) => !streamed.has(other)).slice(-1)
          : all.filter(([other]) => other === id);
      const place = `${change.key} ${id ?? ''}`;
      const row = mine[id === undefined ? 0 : (seen.get(place) ?? 0)]?.[1];
      seen.set(place, (seen.get(place) ?? 0) + 1);
      if (row === undefined) continue;
      note(tally, declared, change, column, row[column] ?? null);
    }
    tallies[column] = tally;
  }
  return tallies;
}

/** `xid:lsn` in PostgreSQL, in MariaDB the GTID. */
const idOf = (id: string): string => id.split(':')[0] ?? '';

function note(tally: Tally, declared: Column<unknown>, change: ChangeEvent, column: string, form: TrueForm): void {
  const expected = trueValue(declared.definition.type, form);
  const value = change.row?.[column];
  const got = change.refusal !== null ? 'refused' : declared.definition.type.kind === 'json' ? jsonForm(value) : value;
  if (typeof value === 'number' && isTooLong(form)) return;
  if (change.refusal === null && value === undefined) tally.unknown += 1;
  else if (isSame(got, expected)) tally.same += 1;
  else tally.different.push(change.key);
}

/** Keys of the rows whose value differs, by column. */
const differences = (tallies: Record<string, Tally>): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(tallies).flatMap(([column, { different }]) =>
      different.length > 0 ? [[column, [...new Set(different)].sort()]] : [],
    ),
  );

/** `replace.null.with.default`: a NULL of a column with a default comes as the default. */
const DEFAULTED = { dflt: ['102', '3', '7'], dnum: ['102', '3', '7'] };
/** An update without before image: these arrays have no placeholder, their null is refused. */
const DOUBTFUL = { an: ['3'], ats: ['3'] };

describe('values', () => {
  it.each([
    [
      '09a-types-precise',
      PRECISE,
      { ...DEFAULTED, ...DOUBTFUL, n122: ['4'], nfree: ['101', '4', '5'] },
      'NaN and infinity come as null',
    ],
    [
      '09b-types-double',
      DOUBLE,
      { ...DEFAULTED, ...DOUBTFUL, m: ['2'], n380: ['2'], n3810: ['2'], nfree: ['2'], t6: ['1', '2'], ts6: ['1', '2'] },
      'doubles have 15 digits, Connect times three',
    ],
    ['09c-types-string', STRING, { ...DEFAULTED, ...DOUBTFUL }, 'nothing is lost'],
    ['09d-types-isostring', ISO, { ...DEFAULTED, ...DOUBTFUL, ab: ['3'], t0: ['2'] }, '24:00:00 comes as 00:00:00'],
    ['09e-types-null-kept', STRING, DOUBTFUL, 'nothing is lost'],
  ] as const)('of every type, %s, are those of the database: %4$s', (...[name, settings, lost]) => {
    const tallies = compare(`postgres/${name}`, 'type_zoo', ['id'], zoo(settings));
    expect(differences(tallies)).toEqual(lost);
    for (const { same } of Object.values(tallies)) expect(same).toBeGreaterThan(0);
  });

  it.each(['postgres/01-lifecycle', 'postgres/10-schemas-enabled', 'postgres/17-replica-identity-full'])(
    'of orders, %s, are those of the database',
    (name) => {
      for (const [tableName, key, columns] of ORDERS) {
        const tallies = compare(name, tableName, key, columns);
        expect(differences(tallies)).toEqual({});
        for (const { same, unknown } of Object.values(tallies)) expect([same > 0, unknown]).toEqual([true, 0]);
      }
    },
  );

  it.each(['mariadb/01-lifecycle', 'mariadb/02-interleaved', 'mariadb/06-replay'])(
    'of orders, %s, are those of the database',
    (name) => {
      for (const [tableName, key, columns] of ORDERS) {
        const tallies = compare(name, tableName, key, columns);
        expect(differences(tallies)).toEqual({});
      }
    },
  );

  it('that are stored apart are those of the database, or unknown', () => {
    const doc = compare('postgres/03-toast', 'ord_doc', ['doc_id'], ORD_DOC);
    const order = compare('postgres/03-toast', 'ord_hdr', ['ord_no'], ORD_HDR);
    expect(differences(doc)).toEqual({});
    expect(differences(order)).toEqual({});
    const unknown = Object.entries({ ...doc, ...order }).filter((entry) => entry[1].unknown > 0);
    expect(unknown.map(([column]) => column)).toEqual([
      ...['pdf', 'meta', 'meta2', 'tags', 'nums', 'xm', 'attrs', 'big', 'notes'],
    ]);
  });
});

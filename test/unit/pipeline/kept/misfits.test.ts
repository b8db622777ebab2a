/** What rules that are kept read has to be there, and to mean the same; what is new does not matter to them. */
import { describe, expect, it } from 'vitest';
import { grownColumns, misfits } from '../../../../src/pipeline/kept/misfits.js';
import { type CompiledAggregate, compileRuleSet } from '../../../../src/rules/compile.js';
import { aggregate, legacy, many, one, ruleSet, table } from '../../../../src/rules/index.js';

const columns = {
  id: legacy.bigint(),
  sts: legacy.code({ N: 'new', R: 'ready' }),
  due: legacy.timestamp({ unit: 'micros', zone: 'UTC' }).nullable(),
  note: legacy.text(),
};
const lineColumns = { line_id: legacy.bigint(), id: legacy.bigint() };
const country = (more: object = {}) =>
  table('oms.country', { key: ['cd'], columns: { cd: legacy.text(), zone: legacy.code({ E: 'east' }), ...more } });

interface Changed {
  readonly header?: object;
  readonly line?: object | null;
  readonly country?: ReturnType<typeof country> | null;
  readonly key?: string[];
}

function order({ header = columns, line = lineColumns, country: looked = country(), key = ['id'] }: Changed = {}) {
  const hdr = table('oms.hdr', { key: key as ['id'], columns: header as typeof columns });
  const members = {
    header: one(hdr, (row) => row.id),
    ...(line === null
      ? {}
      : { lines: many(table('oms.line', { key: ['line_id'], columns: line as typeof lineColumns }), (row) => row.id) }),
  };
  const lookups = looked === null ? {} : { countries: { table: looked } };
  const made = aggregate('order', members, { lookups: lookups as never });
  return compileRuleSet(ruleSet({ aggregates: [made], facts: [], publications: [] })).aggregates.get(
    'order',
  ) as CompiledAggregate;
}

const without = (name: keyof typeof columns): object =>
  Object.fromEntries(Object.entries(columns).filter(([each]) => each !== name));

describe('rules that are kept fit', () => {
  it.each<[string, Changed]>([
    ['the same', {}],
    ['one more column', { header: { ...columns, more: legacy.text().nullable() } }],
    [
      'codes that came to those that are known',
      { header: { ...columns, sts: legacy.code({ R: 'ready', N: 'new', H: 'held' }) } },
    ],
    [
      'a column that is never null any more',
      { header: { ...columns, due: legacy.timestamp({ unit: 'micros', zone: 'UTC' }) } },
    ],
    ['one more column of a lookup table', { country: country({ name: legacy.text() }) }],
    ['a column that is personal now', { header: { ...columns, note: legacy.text().personal() } }],
  ])('%s', (_, changed) => {
    expect(misfits(order(), order(changed))).toEqual([]);
  });
});

describe('rules that are kept do not fit', () => {
  it.each<[string, Changed, string]>([
    ['a column that is gone', { header: without('note') }, 'column oms.hdr.note is not declared any more'],
    ['another type', { header: { ...columns, note: legacy.bigint() } }, 'column oms.hdr.note is of another type'],
    [
      'a zone',
      { header: { ...columns, due: legacy.timestamp({ unit: 'micros', zone: 'Europe/Berlin' }).nullable() } },
      'column oms.hdr.due is of another type',
    ],
    [
      'a code that means something else',
      { header: { ...columns, sts: legacy.code({ N: 'new', R: 'released' }) } },
      'column oms.hdr.sts is of another type',
    ],
    [
      'a code that is gone',
      { header: { ...columns, sts: legacy.code({ N: 'new' }) } },
      'column oms.hdr.sts is of another type',
    ],
    ['null', { header: { ...columns, note: legacy.text().nullable() } }, 'column oms.hdr.note may be null now'],
    ['a member that is gone', { line: null }, 'table oms.line is no member of it any more'],
    ['another key', { line: { ...lineColumns, line_id: legacy.text() } }, 'column oms.line.line_id is of another type'],
    ['a lookup that is gone', { country: null }, 'it does not look up oms.country any more'],
    [
      'codes of a lookup table',
      { country: country({ zone: legacy.code({ E: 'east', W: 'west' }) }) },
      'column oms.country.zone is of another type',
    ],
  ])('%s', (_, changed, how) => {
    expect(misfits(order(), order(changed))).toEqual([how]);
  });
});

it('columns that have more codes now are told with what is known of them', () => {
  const now = order({ header: { ...columns, sts: legacy.code({ N: 'new', R: 'ready', H: 'held' }) } });
  const grown = grownColumns(order(), now);
  expect([...grown].map(([name, all]) => [name, all.map(({ column, known }) => [column, [...known]])])).toEqual([
    ['oms.hdr', [['sts', ['new', 'ready']]]],
  ]);
  expect(grownColumns(order(), order()).size).toBe(0);
});

/** What conditions read is noted: columns of rows, how many rows there are, lookups; the last is what decided. */
import { describe, expect, it } from 'vitest';
import { compileRuleSet } from '../../../src/rules/compile.js';
import { aggregate, legacy, lookup, many, one, ruleSet, table } from '../../../src/rules/index.js';
import { EMPTY_STATE } from '../../../src/domain/state/aggregate-state.js';
import { Asking } from '../../../src/why/asking/asked.js';
import { READS_MAX } from '../../../src/why/asking/reads.js';

const hdr = table('oms.hdr', {
  key: ['id'],
  columns: { id: legacy.bigint(), sts: legacy.text(), ctry: legacy.text() },
});
const line = table('oms.line', {
  key: ['id', 'no'],
  columns: { id: legacy.bigint(), no: legacy.integer(), ok: legacy.boolean() },
});
const country = table('ref.country', { key: ['cd'], columns: { cd: legacy.text(), open: legacy.boolean() } });
const order = aggregate(
  'order',
  { header: one(hdr, (row) => row.id), lines: many(line, (row) => row.id) },
  { lookups: { countries: lookup(country) } },
);
const ready = order.milestone('Ready', {
  importance: 'high',
  when: {
    'it is there': (o) => o.header !== undefined,
    'status is READY': (o) => o.header?.sts === 'READY',
    'every line is ok': (o) => o.lines.every(({ ok }) => ok),
    'the country is open': (o) => o.countries.get(o.header?.ctry ?? null)?.open === true,
  },
  data: () => ({}),
});
const { aggregates } = compileRuleSet(ruleSet({ aggregates: [order], facts: [ready], publications: [] }));
const compiled = aggregates.get('order')!;

const lineRow = (no: number, ok: boolean) => ({ [`1/${no}`]: { id: '1', no, ok } });
const ROWS = {
  'oms.hdr': { '1': { id: '1', sts: 'OPEN', ctry: 'DE' } },
  'oms.line': { ...lineRow(1, true), ...lineRow(2, false), ...lineRow(10, true) },
};

const ask = (
  rows: typeof ROWS | object,
  countries: Readonly<Record<string, { cd: string; open: boolean }>> = {},
  unknown: readonly string[] = [],
) => {
  const asking = new Asking({
    ...{
      aggregate: compiled,
      state: { ...EMPTY_STATE, rows: rows as typeof ROWS },
      unknown,
      watch: (run) => run(),
    },
    lookups: (_, key) =>
      countries[key] === undefined ? undefined : { rows: { 'ref.country': { [key]: countries[key] } } },
  });
  const { definition } = compiled.facts[0]!;
  if (definition.kind !== 'milestone') throw new Error('it is a milestone');
  return Object.fromEntries(asking.milestone(definition, rows as typeof ROWS).map((one) => [one.name, one]));
};

const HDR = { table: 'oms.hdr', key: null, column: null };

describe('a condition', () => {
  it('that does not hold has read the column of the row, and that it is there', () => {
    const asked = ask(ROWS);
    expect(asked['it is there']).toMatchObject({ holds: true, reads: [{ ...HDR, value: 1 }] });
    expect(asked['status is READY']).toMatchObject({
      holds: false,
      reads: [
        { table: 'oms.hdr', key: '1', column: 'sts', value: 'OPEN' },
        { ...HDR, value: 1 },
      ],
    });
  });

  it('over rows has read them up to the one that decided, which is the first to be told', () => {
    const { holds, reads } = ask(ROWS)['every line is ok']!;
    expect(holds).toBe(false);
    expect(reads.map(({ key, value }) => [key, value])).toEqual([
      ['1/2', false],
      ['1/1', true],
      [null, 3],
    ]);
  });

  it('that meets no row has read that there is none', () => {
    expect(ask({})['status is READY']).toMatchObject({ holds: false, reads: [{ ...HDR, value: 0 }] });
  });

  it('that meets a column that is not known is unknown, and says which', () => {
    const asked = ask({ 'oms.hdr': { '1': { id: '1', ctry: 'DE' } } });
    expect(asked['status is READY']).toMatchObject({
      holds: 'unknown',
      reads: [{ column: 'sts', value: undefined }, HDR],
    });
  });

  it('that looks up has read the row, or that there is none', () => {
    const found = ask(ROWS, { DE: { cd: 'DE', open: false } })['the country is open']!;
    expect(found.reads[0]).toEqual({ table: 'ref.country', key: 'DE', column: 'open', value: false });
    expect(ask(ROWS)['the country is open']!.reads[0]).toEqual({
      table: 'ref.country',
      key: 'DE',
      column: null,
      value: null,
    });
  });

  it('that looks up in a table of which not everything is known is unknown, as in the pipeline', () => {
    const asked = ask(ROWS, { DE: { cd: 'DE', open: true } }, ['ref.country']);
    expect(asked['the country is open']).toMatchObject({
      holds: 'unknown',
      reads: [{ table: 'ref.country', key: 'DE', column: null, value: undefined }, {}, {}],
    });
    expect(asked['status is READY']).toMatchObject({ holds: false });
  });

  it('that looks up names the row as its table does', () => {
    const rows = { ...ROWS, 'oms.hdr': { '1': { id: '1', sts: 'OPEN', ctry: 'D/E' } } };
    expect(ask(rows)['the country is open']!.reads[0]).toMatchObject({
      table: 'ref.country',
      key: 'D%2FE',
      value: null,
    });
  });

  it('over very many rows keeps the last ones', () => {
    const lines = Object.fromEntries(
      Array.from({ length: READS_MAX + 5 }, (_, i) => Object.entries(lineRow(i, true))[0]!),
    );
    const { reads, dropped } = ask({ ...ROWS, 'oms.line': lines })['every line is ok']!;
    expect([reads.length, dropped]).toEqual([READS_MAX, 6]);
    expect(reads[0]?.key).toBe(`1/${READS_MAX + 4}`);
  });

  it('sees rows as rules do: frozen, and with all of their columns', () => {
    const shown: unknown[] = [];
    const looking = order.milestone('Looking', {
      importance: 'low',
      when: {
        seen: (o) =>
          shown.push({ ...o.header }, Object.isFrozen(o), Object.isFrozen(o.header), Object.isFrozen(o.lines)) > 0,
      },
      data: () => ({}),
    });
    const asking = new Asking({
      aggregate: compiled,
      state: { ...EMPTY_STATE, rows: ROWS },
      unknown: [],
      lookups: () => undefined,
      watch: (run) => run(),
    });
    if (looking.kind === 'milestone') asking.milestone(looking, ROWS);
    expect(shown).toEqual([{ id: '1', sts: 'OPEN', ctry: 'DE' }, true, true, true]);
  });
});

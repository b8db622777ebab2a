/** Declarations of columns that contradict themselves are found when the rules are loaded, not by the first row. */
import { describe, expect, expectTypeOf, it } from 'vitest';
import { checkRuleSet } from '../../../../src/rules/check/check.js';
import { aggregate, type Column, legacy, many, ruleSet, table, type Table } from '../../../../src/rules/index.js';

function problemsOf(column: Column<unknown>): string[] {
  const columns = { id: legacy.bigint(), c: column };
  const members = { rows: many(table('s.t', { key: ['id'], columns }), (row) => row.id) };
  const rules = ruleSet({ aggregates: [aggregate('order', members)], facts: [], publications: [] });
  return checkRuleSet(rules).map(({ code, text }) => `${code} ${text}`);
}

function keyProblemsOf(column: Column<string>): string[] {
  const members = { rows: many(table('s.t', { key: ['c'], columns: { c: column } }), (row) => row.c) };
  const rules = ruleSet({ aggregates: [aggregate('order', members)], facts: [], publications: [] });
  return [...new Set(checkRuleSet(rules).map(({ text }) => text))];
}

describe('a column', () => {
  it.each<[string, Column<unknown>]>([
    ['its scale must be a whole number from 0 to 16383', legacy.decimal({ scale: -1 })],
    ['its scale must be a whole number from 0 to 16383', legacy.decimal({ scale: 1.5 })],
    ['its length must be a whole number from 1 on', legacy.bits({ length: 0 })],
    [
      '"Europe/Berln" is no time zone that the runtime knows; zones look like Europe/Berlin',
      legacy.timestamp({ unit: 'micros', zone: 'Europe/Berln' }),
    ],
    ['"2026-02-30" is no day such as 2026-11-21', legacy.date({ from: '2026-02-30' })],
    ['"12000-01-01" is no day such as 2026-11-21', legacy.instant({ to: '12000-01-01' })],
    ['"tomorrow" is no day such as 2026-11-21', legacy.timestamp({ unit: 'iso', zone: 'UTC', to: 'tomorrow' })],
    ['its range from 2026-01-02 to 2026-01-01 is empty', legacy.date({ from: '2026-01-02', to: '2026-01-01' })],
    ['"6:00" is no time of day such as 06:00', legacy.time({ unit: 'micros', from: '6:00' })],
    ['it lists no codes', legacy.code({})],
    ['it lists no codes', legacy.set({})],
    ...['Payment', 'undeclared', 'card_no', ''].map((name): [string, Column<unknown>] => [
      `"${name}" is no name of a class: at most 40 small letters, digits and "-", beginning with a letter, and not public, classed, undeclared or none`,
      legacy.text().classed(name),
    ]),
    ['it lists no physical tables', legacy.physicalTable([])],
    ['two of its physical tables have one meaning', legacy.physicalTable({ 's1.ord': 'north', 's2.ord': 'north' })],
    [
      'a name with * stands for several physical tables, so it can have no meaning; list it without one',
      legacy.physicalTable({ 's*.ord': 'north' }),
    ],
    ['it is never null, and never absent', legacy.physicalTable(['s1.ord']).nullable()],
    ['a physical table is no element of an array', legacy.array(legacy.physicalTable(['s1.ord']))],
    ['the connector loses arrays in arrays', legacy.array(legacy.array(legacy.text()))],
    ['its scale must be a whole number from 0 to 16383', legacy.array(legacy.decimal({ scale: NaN }))],
  ])('is refused: %s', (text, column) => {
    expect(problemsOf(column)).toEqual([`COLUMN_INVALID ${text}`]);
  });

  it('may be of one of sixteen classes in a rule set', () => {
    const classed = (count: number) =>
      Object.fromEntries([...Array(count).keys()].map((i) => [`c${i}`, legacy.text().classed(`class-${i}`)]));
    const textsOf = (count: number): string[] => {
      const columns = { id: legacy.bigint(), again: legacy.text().classed('class-0'), ...classed(count) };
      const members = { rows: many(table('s.t', { key: ['id'], columns }), (row) => row.id) };
      const rules = ruleSet({ aggregates: [aggregate('order', members)], facts: [], publications: [] });
      return checkRuleSet(rules).map(({ text, about }) => `${about.where}: ${text}`);
    };
    expect(textsOf(16)).toEqual([]);
    expect(textsOf(18)).toEqual([
      'column c16 of s.t: its class "class-16" is one more than the 16 that a rule set may have',
    ]);
  });

  it.each<[string, unknown]>([
    ['it is no column: write legacy.text(), legacy.bigint() and so on, with brackets', legacy.text],
    ['its trim is "yes"; expected true or false', legacy.text({ trim: 'yes' as never })],
    ["its unit is \"seconds\"; expected 'millis', 'micros', 'nanos', 'iso'", legacy.time({ unit: 'seconds' as never })],
    ["its unit is missing; expected 'micros', 'iso'", legacy.interval({} as never)],
    ["its unit is \"micros\"; expected 'days', 'iso'", legacy.date({ unit: 'micros' as never })],
    ["its wire is \"hex\"; expected 'text', 'bytes'", legacy.decimal({ scale: 2, wire: 'hex' as never })],
    ["its zeroDate is \"zero\"; expected 'null', 'refuse'", legacy.year({ zeroDate: 'zero' as never })],
    [
      'its zone is missing: the one that the clock of the legacy system hung in, like Europe/Berlin',
      legacy.timestamp({ unit: 'micros' } as never),
    ],
    ['its scale must be a whole number from 0 to 16383', legacy.decimal({} as never)],
    ['it lists no codes', legacy.code(undefined as never)],
    ['code A means a number; expected a text, true or false', legacy.code({ A: 1 as never })],
    ['other is null; expected a text, true or false', legacy.code({ A: 'a' }, { other: null as never })],
    [
      "its unit is \"seconds\"; expected 'millis', 'micros', 'nanos', 'iso'",
      legacy.array(legacy.time({ unit: 'seconds' as never })),
    ],
  ])('is refused without TypeScript too: %s', (text, column) => {
    expect(problemsOf(column as Column<unknown>)).toEqual([`COLUMN_INVALID ${text}`]);
  });

  it('cannot be called __proto__', () => {
    const columns = { id: legacy.bigint(), ['__proto__']: legacy.text() };
    const members = { rows: many(table('s.t', { key: ['id'], columns }), (row) => row.id) };
    const rules = ruleSet({ aggregates: [aggregate('order', members)], facts: [], publications: [] });
    expect(checkRuleSet(rules)).toMatchObject([
      { code: 'COLUMN_INVALID', text: 'nothing can be kept under this name; give the column another one in a view' },
    ]);
  });

  it.each<[string, Column<unknown>]>([
    ['a range that ends in one day', legacy.date({ from: '2026-01-01', to: '2026-01-01' })],
    ['years before Christ and after 9999', legacy.date({ from: '-004712-01-01', to: '+012000-12-31' })],
    ['a zone', legacy.timestamp({ unit: 'micros', zone: 'America/St_Johns' })],
    ['a time of day', legacy.time({ unit: 'micros', from: '00:00:30.5' })],
  ])('may have %s', (_, column) => {
    expect(problemsOf(column)).toEqual([]);
  });
});

describe('a key column', () => {
  it.each<[string, Column<string>]>([
    ['key column c must not be lossy: two rows could become one', legacy.decimal({ scale: 2, lossy: true })],
    ['key column c must not be of kind interval', legacy.interval({ unit: 'iso' })],
    ['key column c must not be optional', legacy.text().optional() as Column<string>],
  ])('is refused: %s', (text, column) => {
    expect(keyProblemsOf(column)).toEqual([text]);
  });

  it('may be bytes, as UUIDs in MySQL often are', () => {
    expect(keyProblemsOf(legacy.bytes())).toEqual([]);
  });
});

it('rules see the types that were declared', () => {
  const declared = table('s.t', {
    key: [],
    columns: {
      flag: legacy.code({ Y: true, N: false }),
      status: legacy.code({ '10': 'new' }, { other: 'unknown' }),
      amount: legacy.decimal({ scale: 2 }).optional(),
      born: legacy.date({ zeroDate: 'null' }),
      died: legacy.date(),
      weight: legacy.float(),
      height: legacy.float({ nonFinite: true }),
      tags: legacy.array(legacy.text().nullable()),
      extras: legacy.set({ a: 'gift', b: 'fragile' }),
    },
  });
  expect(Object.keys(declared.columns)).toHaveLength(9);
  type Row = typeof declared extends Table<infer R> ? R : never;
  expectTypeOf<Row>().toEqualTypeOf<{
    readonly flag: boolean;
    readonly status: 'new' | 'unknown';
    readonly amount: string | null;
    readonly born: string | null;
    readonly died: string;
    readonly weight: number;
    readonly height: number | 'NaN' | 'Infinity' | '-Infinity';
    readonly tags: readonly (string | null)[];
    readonly extras: readonly ('gift' | 'fragile')[];
  }>();
});

describe('a table', () => {
  it('says in one column only which physical tables there are', () => {
    const columns = { id: legacy.bigint(), a: legacy.physicalTable(['s1.t']), b: legacy.physicalTable(['s2.t']) };
    const members = { rows: many(table('s.t', { key: ['id', 'a'], columns }), (row) => row.id) };
    const rules = ruleSet({ aggregates: [aggregate('order', members)], facts: [], publications: [] });
    expect(checkRuleSet(rules).map(({ text }) => text)).toEqual(['a says already which physical tables there are']);
  });

  it('says of its replica identity what can be followed, or nothing', () => {
    const of = (replicaIdentity: string): string[] => {
      const shape = {
        key: ['id' as const],
        columns: { id: legacy.bigint() },
        replicaIdentity: replicaIdentity as 'full',
      };
      const members = { rows: many(table('s.t', shape), (row) => row.id) };
      const rules = ruleSet({ aggregates: [aggregate('order', members)], facts: [], publications: [] });
      return checkRuleSet(rules).map(({ code, text }) => `${code} ${text}`);
    };
    expect([of('default'), of('full')]).toEqual([[], []]);
    expect(of('index')).toEqual([
      "KEY_COLUMN_INVALID says replicaIdentity: 'index'; expected 'default' (deletes carry the whole primary key) or 'full' (docs/replica-identity.md)",
    ]);
  });
});

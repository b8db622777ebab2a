/**
 * Rules made of a small language, whose columns have classes, over a few orders: what is found to depend on a column is what depends on it, as an
 * interpreter knows that tries all values. Found is whatever shows with the values that the recording has, and nothing that no value shows.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { nameOf } from '../../src/cli/rules/check/classes/classed.js';
import { flowsOf } from '../../src/cli/rules/check/classes/flows.js';
import { othersOf } from '../../src/cli/rules/check/classes/others.js';
import { Witness } from '../../src/cli/rules/check/classes/witness.js';
import type { ColumnValue } from '../../src/domain/tables/table.js';
import { compileRuleSet } from '../../src/rules/compile.js';
import { aggregate, contract, legacy, lookup, many, one, publish, ruleSet, table } from '../../src/rules/index.js';
import type { LookupRows } from '../../src/translate/looking.js';
import { translate } from '../../src/translate/translate.js';
import { changeSet, rowChange, SETTINGS } from '../unit/translate/examples.js';

/** What an expression looks at: columns of the header, of its lines, and of a lookup table. */
interface Seen {
  readonly name: string;
  readonly code: string;
  readonly size: number;
  readonly place: string;
  readonly notes: readonly string[];
}
const COLUMNS = {
  name: 's.head.name',
  code: 's.head.code',
  size: 's.head.size',
  place: 's.place.place',
  notes: 's.line.note',
} as const;

type Expression =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'column'; readonly column: keyof Seen }
  | { readonly is: 'first' | 'length'; readonly of: Expression }
  | { readonly is: 'both'; readonly of: Expression; readonly and: Expression }
  | {
      readonly is: 'if';
      readonly of: Expression;
      readonly equals: string;
      readonly then: Expression;
      readonly else: Expression;
    }
  | { readonly is: 'count'; readonly equals: string };

function valueOf(expression: Expression, seen: Seen): string {
  switch (expression.is) {
    case 'text':
      return expression.text;
    case 'column': {
      const value = seen[expression.column];
      return typeof value === 'object' ? value.join('+') : String(value);
    }
    case 'first':
      return valueOf(expression.of, seen).slice(0, 1);
    case 'length':
      return String(valueOf(expression.of, seen).length);
    case 'both':
      return valueOf(expression.of, seen) + valueOf(expression.and, seen);
    case 'if':
      return valueOf(valueOf(expression.of, seen) === expression.equals ? expression.then : expression.else, seen);
    case 'count':
      return String(seen.notes.filter((note) => note === expression.equals).length);
  }
}

const TEXTS = ['ab', 'abc', 'xyz', 'q1'];
const CODES = ['red', 'green', 'blue'];
const SIZES = [0, 5, 7];

const expression = fc.letrec<{ tree: Expression }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ is: fc.constant('text' as const), text: fc.constantFrom('', 'k', 'm') }),
    fc.record({
      is: fc.constant('column' as const),
      column: fc.constantFrom<keyof Seen>('name', 'code', 'size', 'place', 'notes'),
    }),
    fc.record({ is: fc.constantFrom('first' as const, 'length' as const), of: tie('tree') }),
    fc.record({ is: fc.constant('both' as const), of: tie('tree'), and: tie('tree') }),
    fc.record({
      ...{ is: fc.constant('if' as const), of: tie('tree'), then: tie('tree'), else: tie('tree') },
      equals: fc.constantFrom(...TEXTS, ...CODES, ...SIZES.map(String), 'a', 'x', '2', '3'),
    }),
    fc.record({ is: fc.constant('count' as const), equals: fc.constantFrom(...TEXTS) }),
  ),
})).tree;

const head = table('s.head', {
  key: ['id'],
  columns: {
    id: legacy.bigint(),
    name: legacy.text().personal(),
    code: legacy.code({ r: 'red', g: 'green', b: 'blue' }).classed('payment'),
    size: legacy.integer().secret(),
  },
});
const line = table('s.line', {
  key: ['id', 'no'],
  columns: { id: legacy.bigint(), no: legacy.integer(), note: legacy.text().classed('remark') },
});
const places = table('s.place', { key: ['id'], columns: { id: legacy.bigint(), place: legacy.text().personal() } });
const order = aggregate(
  'order',
  { head: one(head, (row) => row.id), lines: many(line, (row) => row.id) },
  { lookups: { places: lookup(places) } },
);

const FIELDS = ['first', 'second', 'parts[].text'] as const;
type Fields = readonly [Expression, Expression, Expression];

/** The rules read a column when an expression comes to it, and no sooner. */
function rulesOf([first, second, part]: Fields) {
  const seen = order.milestone('Seen', {
    importance: 'low',
    when: { 'it is there': (o) => o.head !== undefined },
    data: (o) => {
      const place = o.places.get(o.head!.id);
      const all: Seen = {
        get name() {
          return o.head!.name;
        },
        get code() {
          return o.head!.code;
        },
        get size() {
          return o.head!.size;
        },
        get place() {
          return place!.place;
        },
        get notes() {
          return o.lines.map(({ note }) => note);
        },
      };
      return {
        first: valueOf(first, all),
        second: valueOf(second, all),
        parts: [{ text: valueOf(part, all) }, { text: '' }],
      };
    },
  });
  const promised = contract('Seen', 1, {
    ...{ topic: 't', key: 'orderId', owner: 'o', meaning: 'm', certainty: 'c', notSentWhen: 'n' },
    data: z.object({ first: z.string(), second: z.string(), parts: z.array(z.object({ text: z.string() })) }),
    example: { first: '', second: '', parts: [] },
  });
  return ruleSet({
    aggregates: [order],
    facts: [seen],
    publications: [publish(seen).as(promised, ({ data }) => data)],
  });
}

/** Orders that together have all values of all columns. */
const orders = fc
  .record({
    names: fc.shuffledSubarray(TEXTS, { minLength: 4 }),
    places: fc.shuffledSubarray(TEXTS, { minLength: 4 }),
    notes: fc.shuffledSubarray(TEXTS, { minLength: 4 }),
    codes: fc.shuffledSubarray(CODES, { minLength: 3 }),
    sizes: fc.shuffledSubarray(SIZES, { minLength: 3 }),
  })
  .map(({ names, places: all, notes, codes, sizes }) =>
    names.map((name, i): Seen => ({
      ...{ name, code: codes[i % 3]!, size: sizes[i % 3]!, place: all[i]! },
      notes: [notes[i]!, notes[(i + 1) % 4]!].slice(0, 1 + (i % 2)),
    })),
  );

function found(fields: Fields, all: readonly Seen[]): Set<string> {
  const rules = rulesOf(fields);
  const witness = new Witness(rules);
  const compiled = compileRuleSet(witness.watch(rules));
  all.forEach(({ name, code, size, place, notes }, i) => {
    const id = String(i + 1);
    const row = { id, name, code, size };
    const lines = notes.map((note, no) =>
      rowChange({ table: 's.line', op: 'c', key: `${id}/${no}`, row: { id, no, note } }),
    );
    const set = changeSet({ id, changes: [rowChange({ table: 's.head', op: 'c', key: id, row }), ...lines] });
    const lookups: LookupRows = (called, key) => ({ rows: { [called]: { [key]: { id: key, place } } } });
    expect(translate(set, null, compiled, SETTINGS, lookups).events).toHaveLength(1);
  });
  const { flows, silent } = flowsOf(witness, (run) => run());
  expect(silent).toEqual([]);
  return new Set(flows.map(({ from, path }) => `${nameOf(from)} -> ${path}`));
}

/** @param values of a column that has this one: for lines one for each. */
function depending(
  fields: Fields,
  all: readonly Seen[],
  values: (column: keyof Seen, seen: Seen) => readonly Seen[],
): Set<string> {
  const flows = new Set<string>();
  for (const seen of all)
    for (const column of Object.keys(COLUMNS) as (keyof Seen)[])
      for (const other of values(column, seen))
        fields.forEach((field, i) => {
          if (valueOf(field, other) !== valueOf(field, seen)) flows.add(`${COLUMNS[column]} -> ${FIELDS[i]!}`);
        });
  return flows;
}

const RECORDED = { name: TEXTS, place: TEXTS, code: CODES, size: SIZES } as const;
const recorded = (column: keyof Seen, seen: Seen): Seen[] =>
  column === 'notes'
    ? TEXTS.map((text) => ({ ...seen, notes: seen.notes.map(() => text) }))
    : RECORDED[column].map((value) => ({ ...seen, [column]: value }));

const DEFINITIONS = {
  name: head.columns['name']!,
  code: head.columns['code']!,
  size: head.columns['size']!,
  place: places.columns['place']!,
  notes: line.columns['note']!,
};
/** Those that are recorded, and whatever may be made of them; lines by themselves. */
function any(column: keyof Seen, seen: Seen): Seen[] {
  const others = othersOf(DEFINITIONS[column], []);
  const madeOf = (value: ColumnValue): ColumnValue[] => others.map((other) => other(value));
  if (column !== 'notes')
    return [...recorded(column, seen), ...madeOf(seen[column]).map((value) => ({ ...seen, [column]: value }))];
  const all = [...TEXTS, ...seen.notes.flatMap((note) => madeOf(note) as string[])];
  return seen.notes.length === 1
    ? all.map((text) => ({ ...seen, notes: [text] }))
    : all.flatMap((text) => all.map((other) => ({ ...seen, notes: [text, other] })));
}

it('finds the columns on which fields depend, and no others', () => {
  let flows = 0;
  fc.assert(
    fc.property(fc.tuple(expression, expression, expression), orders, (fields, all) => {
      const is = found(fields, all);
      flows += is.size;
      expect([...depending(fields, all, recorded)].filter((flow) => !is.has(flow))).toEqual([]);
      const possible = depending(fields, all, any);
      expect([...is].filter((flow) => !possible.has(flow))).toEqual([]);
    }),
    { numRuns: 60 },
  );
  expect(flows).toBeGreaterThan(60);
});

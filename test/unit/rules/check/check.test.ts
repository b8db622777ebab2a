import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { DragomanError } from '../../../../src/errors.js';
import { checkRuleSet } from '../../../../src/rules/check/check.js';
import { compileRuleSet } from '../../../../src/rules/compile.js';
import { aggregate, legacy, lookup, many, one, ruleSet, table, via } from '../../../../src/rules/index.js';
import retailer from '../../../../rules/index.js';
import {
  head,
  part,
  placed,
  placedRules,
  placedV1,
  problemsOf,
  publication,
} from '../../../support/sources/placed-orders.js';

const withMembers = (members: Parameters<typeof aggregate>[1]) =>
  problemsOf({ aggregates: [aggregate('order', members)], facts: [], publications: [] });
const withContract = (parts: object) => {
  const changed = { ...placedV1, ...parts };
  return problemsOf({ publications: [{ ...publication, contract: changed }] });
};
const odd = (parts: object) => ({ ...placed, name: 'Odd', ...parts });
const withTable = (parts: object) => withMembers({ head: one({ ...head, ...parts }, (row) => row.id) });

describe('a rule set without problems', () => {
  it("passes, as the retailer's rules do", () => {
    expect(problemsOf({})).toEqual([]);
    expect(checkRuleSet(retailer)).toEqual([]);
  });
});

describe('keys', () => {
  it.each([
    ['calculated', (row: { id: string }) => `x${row.id}`],
    ['chosen', (row: { id: string; code: string }) => (row.code ? row.id : row.code)],
    ['constant', () => 'x'],
    ['partly constant', (row: { id: string }) => [row.id, 'x']],
    ['none', () => []],
    ['taken apart', (row: { id: string }) => row.id.slice(1)],
    ['compared', (row: { id: string }) => (row.id > 'x' ? row.id : row.id)],
  ])('must be plain columns: %s is refused', (_, key) => {
    expect(withMembers({ head: many(head, key) })).toEqual([
      'MEMBER_KEY_INVALID its key function must give plain columns of the row: row => row.a, or row => [row.a, row.b]',
    ]);
  });

  it('are declared, not null, public and of a kind that has one text', () => {
    const odd = table('s.odd', {
      key: ['a', 'b', 'c'],
      columns: { a: legacy.text().nullable(), b: legacy.json(), c: legacy.text().personal() },
    });
    const undeclared = { ...head, name: 's.undeclared', key: ['missing'] };
    expect(withMembers({ odds: many(odd, (row) => [row.a as string]) })).toEqual([
      'KEY_COLUMN_INVALID key column a must not be nullable',
      'KEY_COLUMN_INVALID key column b must not be of kind json',
      'KEY_COLUMN_INVALID key column c must not be personal: keys stand in topics, headers and logs',
      'MEMBER_KEY_INVALID key column a must not be nullable',
    ]);
    expect(withMembers({ heads: many(undeclared, () => '') })[0]).toBe(
      'KEY_COLUMN_INVALID key column missing is not declared',
    );
    expect(withMembers({ heads: many({ ...head, key: [] }, (row) => row.id) })).toEqual([
      'KEY_COLUMN_INVALID names no columns by which its rows are known',
    ]);
  });

  it('name at most one row of a `one` member, and are alike in all members', () => {
    expect(withMembers({ part: one(part, (row) => row.id) })).toEqual([
      "MEMBER_KEY_INVALID one(...) needs a table whose primary key is the aggregate's key; use many(...)",
    ]);
    expect(withMembers({ head: one(head, (row) => row.id), parts: many(part, (row) => [row.id, row.no]) })).toEqual([
      'MEMBER_KEY_INVALID their keys have different numbers of columns',
    ]);
    expect(withMembers({ a: many(part, (row) => row.id), b: many(part, (row) => row.no) })).toEqual([
      'MEMBER_KEY_INVALID one table can be only one member of an aggregate',
    ]);
    expect(withMembers({})).toEqual(['MEMBER_KEY_INVALID an aggregate needs at least one table']);
  });
});

describe('the order of key columns', () => {
  const doc = table('s.doc', {
    key: ['w', 'd', 'o'],
    columns: { w: legacy.integer(), d: legacy.integer(), o: legacy.integer() },
  });
  const row = table('s.row', {
    key: ['w', 'd', 'o', 'n'],
    columns: { w: legacy.integer(), d: legacy.integer(), o: legacy.integer(), n: legacy.integer() },
  });
  const order = 'in another order than it';

  it('is that of the primary keys', () => {
    const head = one(doc, (r) => [r.w, r.d, r.o]);
    expect(withMembers({ head, rows: many(row, (r) => [r.w, r.d, r.o]) })).toEqual([]);
    expect(withMembers({ head, rows: many(row, (r) => [r.d, r.w, r.o]) })[0]).toMatch(
      /^MEMBER_KEY_INVALID its key \(d, w, o\) has the columns .* s\.row begins in another order than it \(w, d, o\)/,
    );
    expect(withMembers({ head: one(doc, (r) => [r.o, r.d, r.w]) })[0]).toContain(order);
    const [fix] = checkRuleSet(
      ruleSet({
        aggregates: [aggregate('order', { rows: many(row, (r) => [r.d, r.w]) })],
        facts: [],
        publications: [],
      }),
    ).map((found) => found.fix);
    expect(fix).toContain('(row) => [row.w, row.d]');
  });

  it('is free where a key has other columns than the primary key begins with', () => {
    expect(withMembers({ rows: many(row, (r) => [r.n, r.w]) })).toEqual([]);
  });

  it('has each column once', () => {
    expect(withMembers({ rows: many(row, (r) => [r.w, r.w, r.o]) })).toEqual([
      'MEMBER_KEY_INVALID its key has the column w twice',
    ]);
  });
});

describe('what stands where TypeScript did not look', () => {
  const of = (options: object) =>
    problemsOf({
      aggregates: [aggregate('order', { head: one(head, (row) => row.id) }, { ...options })],
      facts: [],
      publications: [],
    });

  it.each<[string, readonly string[]]>([
    ["AGGREGATE_INVALID says onKeyChange: \"renew\"; expected 'park' or 'new'", of({ onKeyChange: 'renew' })],
    ['AGGREGATE_INVALID its context is a function; expected a function for each name', of({ context: () => ({}) })],
    ['AGGREGATE_INVALID market of its context must be a function of the aggregate', of({ context: { market: 'DE' } })],
    [
      'AGGREGATE_INVALID "sales-region" of its context must be a field name in camelCase',
      of({ context: { 'sales-region': () => null } }),
    ],
    [
      'AGGREGATE_INVALID sequence of its context is a field that every event has anyway: take another name',
      of({ context: { sequence: () => null } }),
    ],
    ['LOOKUP_INVALID it is no lookup: write lookup(table)', of({ lookups: { part } })],
    ['AGGREGATE_INVALID it is no member: write one(...) or many(...)', withMembers({ head: head as never })],
    [
      'MEMBER_KEY_INVALID it is neither made by one(...) nor by many(...)',
      withMembers({ head: { ...one(head, (row) => row.id), cardinality: 'two' as 'one' } }),
    ],
    ['FACT_INVALID repeatable must be true or false', problemsOf({ facts: [placed, odd({ repeatable: 'yes' })] })],
    [
      'FACT_INVALID a condition has no name: "why not" answers with it',
      problemsOf({ facts: [placed, odd({ conditions: [{ name: ' ', holds: () => true }] })] }),
    ],
    ["TABLE_INVALID says truncate: \"never\"; expected 'stop' or 'ignore'", withTable({ truncate: 'never' })],
    [
      'PUBLICATION_INVALID what maps the fact to the fields must be a function',
      problemsOf({ publications: [{ ...publication, map: 1 as never }] }),
    ],
    ['CONTRACT_INVALID undefined cannot be the name of a topic', withContract({ topic: undefined })],
    [
      'CONTRACT_INVALID occurredAt must be a function of the event that gives an ISO-8601 text',
      withContract({ occurredAt: 'now' }),
    ],
  ])('is looked at when rules are loaded: %s', (text, found) => {
    expect(found).toEqual([text]);
  });

  it('a table is named with its schema', () => {
    expect(withTable({ name: 'head' })[0]).toMatch(/^TABLE_INVALID its name is "head", and must be .* schema\.table/);
  });
});

describe('references to rows of other members', () => {
  const piece = table('s.piece', {
    key: ['p', 'n'],
    columns: { p: legacy.bigint(), n: legacy.integer(), part: legacy.bigint(), text: legacy.text() },
  });
  const parts = many(part, (row) => row.id);

  it('name a whole row of a member, in columns that can be compared', () => {
    expect(withMembers({ parts, pieces: many(piece, via(part, (row) => row.part)) })).toEqual([]); // prettier-ignore
    expect(withMembers({ parts, pieces: many(piece, via(part, (row) => row.n)) })).toEqual([]); // prettier-ignore
    expect(
      withMembers({
        parts,
        pieces: many(
          piece,
          via(part, (row) => row.text),
        ),
      }),
    ).toEqual(['VIA_INVALID column text (text) cannot be compared with no of s.part (bigint)']);
    expect(
      withMembers({
        parts,
        pieces: many(
          piece,
          via(part, (row) => [row.part, row.n]),
        ),
      }),
    ).toEqual(['VIA_INVALID must name a whole row of s.part: its primary key is (no)']);
    expect(
      withMembers({
        pieces: many(
          piece,
          via(part, (row) => row.part),
        ),
      }),
    ).toEqual(['VIA_INVALID is found via s.part, which is no member of the same aggregate']);
  });

  it('end at a row that carries the key of the aggregate', () => {
    const round = many(part, via(piece, (row) => [row.id, row.no])); // prettier-ignore
    expect(
      withMembers({
        parts: round,
        pieces: many(
          piece,
          via(part, (row) => row.part),
        ),
      }),
    ).toEqual([
      'VIA_INVALID is found via s.piece, which is found via s.part in the end',
      'VIA_INVALID is found via s.part, which is found via s.piece in the end',
    ]);
    const self = many(part, via(part, (row) => row.id)); // prettier-ignore
    expect(withMembers({ parts: self })).toEqual([
      'VIA_INVALID is found via s.part, which is found via s.part in the end',
    ]);
  });

  it('may go over several, and keep rows without rules where they wait', () => {
    const other = table('s.other', {
      key: ['o'],
      columns: { o: legacy.bigint(), p: legacy.bigint(), n: legacy.integer() },
    });
    const members = {
      others: many(other, via(piece, (row) => [row.p, row.n])), // prettier-ignore
      pieces: many(piece, via(part, (row) => row.part)), // prettier-ignore
      parts,
    };
    const compiled = compileRuleSet(
      ruleSet({ aggregates: [aggregate('order', members)], facts: [], publications: [] }),
    );
    expect(compiled.viaSteps).toBe(2);
    const [feed] = compiled.feeds.get('s.other') ?? [];
    expect([feed?.via?.table, feed?.via?.via?.table, feed?.via?.via?.via]).toEqual(['s.piece', 's.part', null]);
    expect([...compiled.aggregates.values()].map(({ name, keeps }) => [name, keeps])).toEqual([
      ['order', null],
      ['order?', 'waiting'],
    ]);
  });
});

describe('lookup tables', () => {
  const withLookups = (lookups: NonNullable<NonNullable<Parameters<typeof aggregate>[2]>['lookups']>) =>
    problemsOf({
      aggregates: [aggregate('order', { head: one(head, (row) => row.id) }, { lookups })],
      facts: [],
      publications: [],
    });

  it('have a name of their own, and a key like any other table', () => {
    expect(withLookups({ parts: lookup(part) })).toEqual([]);
    expect(withLookups({ head: lookup(part) })).toEqual(['LOOKUP_INVALID a member has this name already']);
    expect(withLookups({ parts: lookup({ ...part, key: [] }) })).toEqual([
      'KEY_COLUMN_INVALID names no columns by which its rows are known',
    ]);
  });

  it('are consumed once, though they belong to no aggregate', () => {
    const asking = (name: string) =>
      aggregate(name, { head: one(head, (row) => row.id) }, { lookups: { parts: lookup(part) } });
    const compiled = compileRuleSet(ruleSet({ aggregates: [asking('a'), asking('b')], facts: [], publications: [] }));
    expect([...compiled.tables.keys()]).toEqual(['s.head', 's.part']);
    expect(compiled.feeds.has('s.part')).toBe(false);
    expect([...compiled.lookups]).toEqual([['s.part', part]]);
    expect(compiled.aggregates.get('@lookup')).toMatchObject({
      keeps: 'lookup',
      tables: compiled.lookups,
      members: [],
    });
  });
});

describe('facts and publications', () => {
  it('need an aggregate, a member and conditions that are there', () => {
    const misplaced = aggregate('order', { pieces: many(part, (row) => row.id) })
      .each('pieces')
      .inserted('PartAdded', { importance: 'low', data: () => ({}) });
    const found = problemsOf({
      facts: [
        placed,
        { ...placed, name: 'Lonely', aggregate: 'nothing' },
        { ...placed, name: 'Always', conditions: [] },
        misplaced,
        { ...placed, name: 'Urgent', importance: 'urgent' as 'high' },
        { ...placed, name: 'Mute', data: 'x' as never },
      ],
    });
    expect(found).toEqual([
      'FACT_INVALID belongs to the aggregate nothing, which the rule set does not list',
      'FACT_INVALID needs at least one named condition',
      'FACT_INVALID order has no member pieces',
      'FACT_INVALID its importance must be one of critical, high, normal, low',
      'FACT_INVALID its data and its conditions must be functions',
    ]);
  });

  it('publish only listed facts, and no contract for two', () => {
    expect(problemsOf({ facts: [] })).toEqual(['PUBLICATION_INVALID the fact is not listed in the rule set']);
    expect(problemsOf({ publications: [publication, publication] })).toEqual([
      'PUBLICATION_INVALID the contract is published for OrderPlaced already; event ids would collide',
    ]);
  });
});

describe('contracts', () => {
  it.each([
    [{ example: { a: 'x' } }, 'EXAMPLE_INVALID its example does not fit: a: '],
    [
      { data: z.object({ eventId: z.string() }), example: { eventId: 'x' } },
      'CONTRACT_INVALID field eventId is part of',
    ],
    [
      { data: z.object({ orderId: z.string() }), example: { orderId: 'x' } },
      'CONTRACT_INVALID field orderId is part of',
    ],
    [
      { data: z.object({ a: z.date() }), example: { a: new Date(0) } },
      'CONTRACT_INVALID its fields have no JSON Schema',
    ],
    [
      { data: z.object({ a: z.string().transform(Number) }), example: { a: '1' } },
      'CONTRACT_INVALID its fields have no',
    ],
    [
      { data: z.object({ a: z.coerce.date().transform(String).pipe(z.string()) }), example: { a: '2026-01-01' } },
      'CONTRACT_INVALID its fields have no JSON Schema',
    ],
    [{ data: z.looseObject({ a: z.int() }) }, 'CONTRACT_INVALID it lets fields through'],
    [{ data: z.object({ a: z.int() }).catchall(z.string()) }, 'CONTRACT_INVALID it lets fields through'],
    [{ data: z.record(z.string(), z.int()) }, 'CONTRACT_INVALID its data must be z.object'],
    [{ data: undefined }, 'CONTRACT_INVALID its data must be z.object'],
    [
      {
        data: z.object({ a: z.int() }).refine(() => {
          throw new Error('x');
        }),
      },
      'EXAMPLE_INVALID its example makes a function of the contract throw: x',
    ],
    [{ meaning: undefined }, 'CONTRACT_INVALID meaning is empty'],
    [{ majorVersion: 0 }, 'CONTRACT_INVALID its major version'],
    [{ topic: 'a b' }, 'CONTRACT_INVALID "a b" cannot be the name of a topic'],
    [{ key: 'order-id' }, 'CONTRACT_INVALID its key "order-id"'],
    [{ key: 'causationId' }, 'CONTRACT_INVALID its key "causationId" is a metadata field'],
    [{ meaning: ' ' }, 'CONTRACT_INVALID meaning is empty'],
  ])('are refused when %o', (parts, text) => {
    expect(withContract(parts)[0]?.slice(0, text.length)).toBe(text);
  });

  it('may refuse fields that they do not name', () => {
    expect(withContract({ data: z.strictObject({ a: z.int() }) })).toEqual([]);
  });
});

describe('compiling', () => {
  it('finds how each table feeds its aggregates', () => {
    const { feeds, tables, topics } = compileRuleSet(placedRules());
    expect([...tables.keys()]).toEqual(['s.head', 's.part']);
    expect([feeds.get('s.head')?.[0]?.keyPlaces, feeds.get('s.part')?.[0]?.keyPlaces]).toEqual([[0], null]);
    expect(topics).toEqual(['orders']);
  });

  it('refuses with all problems at once', () => {
    const broken = () => compileRuleSet(placedRules({ facts: [{ ...placed, name: 'OrderChanged' }] }));
    expect(broken).toThrow(DragomanError);
    expect(broken).toThrow(/OrderChanged.*NAME_SAYS_NOTHING[\s\S]*PUBLICATION_INVALID/);
  });
});

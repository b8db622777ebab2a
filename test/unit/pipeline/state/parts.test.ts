/** A state in parts: a change writes what it changed and nothing else, and what is stored is the state again. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AggregateState, Parked } from '../../../../src/domain/state/aggregate-state.js';
import { EMPTY_STATE } from '../../../../src/domain/state/aggregate-state.js';
import type { Origin } from '../../../../src/domain/change-set.js';
import { positionOf } from '../../../../src/domain/source/position.js';
import type { Row } from '../../../../src/domain/tables/table.js';
import { ColumnLists } from '../../../../src/pipeline/state/column-lists.js';
import { assembled, changedParts, MEMORY, queueIn } from '../../../../src/pipeline/state/parts.js';
import { queued } from '../../../../src/pipeline/state/queues.js';
import '../../../support/property-seed.js';
import { CellStates } from '../../../support/stored.js';
import { changeSet, rowChange } from '../../translate/examples.js';

const [FIRST, SECOND] = [positionOf('100'), positionOf('200')];
const origin: Origin = { source: 'legacy', transactionId: '7', position: FIRST, commitTimeMs: 5 };
const row = (id: string, more: Row = {}): Row => ({ id, txt: 't', ...more });
const state = (parts: Partial<AggregateState>): AggregateState => ({ ...EMPTY_STATE, ...parts });
const waiting = (key: string) => changeSet({ changes: [rowChange({ table: 'oms.line', op: 'd', key })] });
const parked = (first: number, ...keys: readonly string[]): Parked => ({
  ...{ code: 'RULE_THREW', text: 'a mistake', sinceMs: 7, first },
  waiting: keys.map(waiting),
});

/** Names of what is written, without the memory. */
function written(before: AggregateState | null, after: AggregateState): Record<string, string | null> {
  const { parts } = changedParts(before, after, new ColumnLists());
  return Object.fromEntries([...parts].filter(([name]) => name !== MEMORY));
}

const EVERYTHING: AggregateState = {
  rows: { 'oms.hdr': { '1': row('1') }, 'oms.line': { '10': row('10'), '11': { id: '11' }, '12': {} } },
  fired: { OrderReady: { '': 1 }, LineAdded: { '10': 2, '11': 0 }, Again: { '1': 1, '2': 3 } },
  sequences: { 'OrderReady.v1': 3 },
  parked: parked(4, '10', '11'),
  at: { legacy: FIRST, 'legacy@2': SECOND },
  lastCommand: { id: 'c', result: 'applied', text: 'x' },
  snapshots: {
    legacy: {
      told: true,
      settled: FIRST,
      staged: [
        { generation: FIRST, rows: { 'oms.line': { '10': true, '13': row('13'), '14': null } } },
        { generation: SECOND, rows: {}, isWhole: true },
      ],
    },
    other: { first: SECOND },
  },
  findings: {
    missed: [
      { fact: 'LineAdded', occurrence: '10', values: { a: 1 }, origin },
      { fact: 'Again', occurrence: '1', values: null, origin },
      { fact: 'LineAdded', occurrence: '09', values: [], origin },
    ],
    vanished: { 'oms.line': { '15': row('15') } },
  },
  looked: { 'oms.carrier': { DHL: row('DHL'), UPS: null } },
  journal: [17, 4],
  sealKey: 'a key',
  untold: { 'oms.line': { '10': { before: null, origin }, '11': { before: row('11'), origin } } },
};

/** Sets each in turn; `CellStates` reads back after each what was written, and compares. */
function throughCells(...states: readonly AggregateState[]): void {
  const cells = new CellStates();
  for (const each of states) cells.set('order:1', each);
  expect(cells.get('order:1')).toEqual(JSON.parse(JSON.stringify(states.at(-1))));
}

describe('what is stored is the state', () => {
  it('with every kind of part, from nothing and back to nothing', () => {
    throughCells(EVERYTHING);
    throughCells(EVERYTHING, EMPTY_STATE, EVERYTHING);
  });

  it('with keys that are empty, have tabs at any place, or are names that every object has', () => {
    const keys = [
      '',
      '\t',
      'a\t',
      '\ta',
      'a\tb\t',
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      '%3F/1',
      '"',
      '\n',
      'ä',
      '~',
    ];
    const all = <V>(value: (key: string) => V): Record<string, V> =>
      Object.fromEntries(keys.map((key) => [key, value(key)]));
    for (const table of ['oms.line', '__proto__', 'constructor', 'toString']) {
      const every = state({
        rows: Object.fromEntries([[table, all(row)]]),
        fired: Object.fromEntries([[table, all(() => 1)]]),
        looked: Object.fromEntries([[table, all(row)]]),
        untold: Object.fromEntries([[table, all(() => ({ before: null, origin }))]]),
        snapshots: { legacy: { staged: [{ generation: FIRST, rows: Object.fromEntries([[table, all(row)]]) }] } },
        findings: {
          vanished: Object.fromEntries([[table, all(row)]]),
          missed: keys.map((occurrence) => ({ fact: table, occurrence, values: {}, origin })),
        },
      });
      throughCells(every);
      throughCells(every, EMPTY_STATE);
      throughCells(EMPTY_STATE, every, { ...every, rows: {}, fired: {} });
    }
  });

  it('whatever follows what', () => {
    const key = fc.constantFrom('', '1', '2', 'a\t', '__proto__', 'constructor');
    const table = fc.constantFrom('oms.hdr', 'oms.line', '__proto__');
    const rows = fc.oneof(
      fc.constant<Row>({}),
      fc.record({ id: fc.string(), n: fc.constantFrom<Row[string]>(null, '1', true) }) as fc.Arbitrary<Row>,
    );
    const tables = <V>(value: fc.Arbitrary<V>) =>
      fc.dictionary(table, fc.dictionary(key, value, { minKeys: 1 }), { maxKeys: 3 });
    const some = <V>(value: fc.Arbitrary<V>) => fc.option(value, { nil: undefined });
    const stage = fc.record({
      generation: fc.constantFrom(FIRST, SECOND),
      rows: tables(fc.oneof(rows, fc.constantFrom(true as const, null))),
    });
    const stages = fc.uniqueArray(stage, { selector: ({ generation }) => generation, maxLength: 2 });
    const missed = fc.uniqueArray(
      fc.record({
        fact: table,
        occurrence: key,
        values: fc.constantFrom<unknown>({}, null, 1),
        origin: fc.constant(origin),
      }),
      { selector: ({ fact, occurrence }) => `${fact} ${occurrence}`, maxLength: 4 },
    );
    const states = fc
      .record({
        ...{ rows: tables(rows), fired: tables(fc.nat(9)), vanished: tables(rows), missed, stages: some(stages) },
        ...{ looked: some(tables(fc.option(rows))), untold: some(tables(fc.constant({ before: null, origin }))) },
        ...{
          sequences: fc.dictionary(table, fc.nat(3)),
          first: fc.nat(3),
          waits: some(fc.array(key, { minLength: 1, maxLength: 3 })),
        },
      })
      .map(
        ({
          rows: all,
          fired,
          vanished,
          missed: open,
          stages: staged,
          looked,
          untold,
          sequences,
          first,
          waits,
        }): AggregateState => ({
          ...{ rows: all, fired, sequences, at: {}, parked: waits === undefined ? null : parked(first, ...waits) },
          ...(staged === undefined ? {} : { snapshots: { legacy: { staged } } }),
          ...(open.length + Object.keys(vanished).length === 0 ? {} : { findings: { missed: open, vanished } }),
          ...(looked === undefined || Object.keys(looked).length === 0 ? {} : { looked }),
          ...(untold === undefined || Object.keys(untold).length === 0 ? {} : { untold }),
        }),
      );
    fc.assert(
      fc.property(fc.array(states, { minLength: 1, maxLength: 4 }), (all) => throughCells(...all)),
      { numRuns: 300 },
    );
  });

  it('in whatever order a store gives its fields', () => {
    const lists = new ColumnLists();
    const parts = [...changedParts(null, EVERYTHING, lists).parts] as [string, string][];
    const queue = EVERYTHING.parked?.waiting ?? [];
    fc.assert(
      fc.property(fc.shuffledSubarray(parts, { minLength: parts.length }), (fields) => {
        expect(assembled(new Map(fields), queue, lists)).toEqual(EVERYTHING);
      }),
    );
  });
});

describe('a change writes what it changed', () => {
  const lines = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}`, row(`${i}`)]));

  it('and nothing of a thousand rows that stayed', () => {
    const before = state({ rows: { 'oms.line': lines(1_000) }, fired: { LineAdded: { '1': 1 } } });
    const after = { ...before, rows: { 'oms.line': { ...before.rows['oms.line'], '500': row('500', { txt: 'u' }) } } };
    expect(Object.keys(written(before, after))).toEqual(['roms.line\t500']);
    expect(written(before, { ...before, sequences: { 'x.v1': 1 } })).toEqual({});
  });

  it.each<[what: string, change: Partial<AggregateState>, isWritten: boolean]>([
    ['a row alone', { rows: {} }, false],
    ['nothing', {}, false],
    ['a position', { at: { legacy: positionOf('8') } }, true],
    ['a fact', { fired: { OrderReady: { '': 1 } } }, true],
    ['why it is parked', { parked: parked(0, '1') }, true],
    ['a mark that is gone', { snapshots: undefined } as object, true],
    ['a timer', { timers: { retire: 7 } }, true],
  ])('the memory when it is another: %s', (_, change, isWritten) => {
    const before = state({
      rows: { 'oms.hdr': { '1': row('1') } },
      at: { legacy: positionOf('7') },
      snapshots: { legacy: { first: positionOf('6') } },
    });
    const { parts } = changedParts(before, { ...before, ...change }, new ColumnLists());
    expect(parts.has(MEMORY)).toBe(isWritten);
    expect(changedParts(null, { ...before, ...change }, new ColumnLists()).parts.has(MEMORY)).toBe(true);
  });

  it('of each kind, one part for one entry: added, changed, gone', () => {
    const { findings, snapshots, ...rest } = EVERYTHING;
    expect(
      Object.keys(written(null, EVERYTHING))
        .map((name) => name[0])
        .sort()
        .join(''),
    ).toBe('ffffkllmmmrrrrsssuuv');
    expect(written(EVERYTHING, rest)).toEqual({
      'voms.line\t15': null,
      ...{ 'mLineAdded\t10': null, 'mAgain\t1': null, 'mLineAdded\t09': null },
      ...{
        [`slegacy\t${FIRST}\toms.line\t10`]: null,
        [`slegacy\t${FIRST}\toms.line\t13`]: null,
        [`slegacy\t${FIRST}\toms.line\t14`]: null,
      },
    });
    expect(findings).toBeDefined();
    expect(snapshots).toBeDefined();
    expect(
      written(EVERYTHING, { ...EVERYTHING, rows: { ...EVERYTHING.rows, 'oms.line': { '10': row('10') } } }),
    ).toMatchObject({
      'roms.line\t11': null,
      'roms.line\t12': null,
    });
    expect(
      written(EVERYTHING, { ...EVERYTHING, fired: { ...EVERYTHING.fired, LineAdded: { '10': 2, '11': 5 } } }),
    ).toEqual({ 'fLineAdded\t11': '5' });
    expect(written(EVERYTHING, { ...EVERYTHING, looked: { 'oms.carrier': { DHL: null, UPS: null } } })).toHaveProperty(
      'loms.carrier\tDHL',
      'null',
    );
  });

  it('with the characters that are stored more than before, about', () => {
    const lists = new ColumnLists();
    const none = state({});
    const first = changedParts(null, none, lists);
    expect(first.grownChars).toBe(first.parts.get(MEMORY)?.length);
    const one = state({ rows: { 'oms.line': { '1': row('1') } } });
    const { parts, grownChars } = changedParts(none, one, lists);
    expect(grownChars).toBe('roms.line\t1'.length + (parts.get('roms.line\t1')?.length ?? 0));
    expect(changedParts(one, none, lists).grownChars).toBeLessThan(0);
  });
});

describe('what waits behind a parked change set', () => {
  it('is written by ordinal: one more is one more record, whatever waits already', () => {
    const before = parked(4, 'a', 'b');
    const after: Parked = { ...before, waiting: [...before.waiting, waiting('c')] };
    expect([...queued(null, before).keys()]).toEqual(['4', '5']);
    expect([...queued(before, after).keys()]).toEqual(['6']);
    expect(queued(after, after).size).toBe(0);
  });

  it('keeps its ordinals while those before it are taken up', () => {
    const before = parked(4, 'a', 'b', 'c');
    expect(queued(before, { ...before, first: 6, waiting: before.waiting.slice(2) })).toEqual(
      new Map([
        ['4', null],
        ['5', null],
      ]),
    );
    expect(queued(before, null)).toEqual(
      new Map([
        ['4', null],
        ['5', null],
        ['6', null],
      ]),
    );
  });

  it('is counted in the memory: of those behind the first ones the state knows no more', () => {
    const lists = new ColumnLists();
    const parts = changedParts(null, state({ parked: parked(4, 'a', 'b') }), lists).parts as ReadonlyMap<
      string,
      string
    >;
    expect(queueIn(parts)).toMatchObject({ first: 4, count: 2 });
    expect(queueIn(new Map())).toBeNull();
    expect(
      queueIn(
        changedParts(null, state({ sequences: { '"parked":{': 1 } }), lists).parts as ReadonlyMap<string, string>,
      ),
    ).toBeNull();
    expect(assembled(parts, [waiting('a')], lists)?.parked).toEqual({ ...parked(4, 'a'), spilled: 1 });
    expect(() => assembled(parts, [], lists)).toThrow(
      expect.objectContaining({
        code: 'STATE_DAMAGED',
        message: expect.stringMatching(/2 change sets waiting, of which 0 are stored/) as string,
      }),
    );
  });
});

describe('STATE_DAMAGED', () => {
  const lists = new ColumnLists();
  const whole = (): Map<string, string> => {
    const { parts } = changedParts(null, state({ rows: { 'oms.line': { '1': row('1') } } }), lists);
    return new Map([...parts].map(([name, text]) => [name, text ?? '']));
  };

  it.each<[string, (parts: Map<string, string>) => unknown, RegExp]>([
    ['rows without a memory', (parts) => parts.delete(MEMORY), /has rows and no memory/],
    [
      'a part of a kind that nobody knows',
      (parts) => parts.set('xoms.line\t1', '{}'),
      /a part of no known kind \(xoms\.line/,
    ],
    ['a memory that is no JSON', (parts) => parts.set(MEMORY, '{"rows'), /state verify/],
    ['a memory that is no state', (parts) => parts.set(MEMORY, 'null'), /state verify/],
    ['a row that is no JSON', (parts) => parts.set('roms.line\t1', '["'), /state verify/],
    [
      'a row of columns that nobody knows',
      (parts) => parts.set('roms.line\t1', '["-----",1]'),
      /names its columns by -----/,
    ],
    [
      'a row with fewer values than columns',
      (parts) => parts.set('roms.line\t1', `["${lists.idOf(['id', 'txt'])}","1"]`),
      /state verify/,
    ],
    [
      'a row with more values than columns',
      (parts) => parts.set('roms.line\t1', `["${lists.idOf(['id'])}","1","2"]`),
      /state verify/,
    ],
    ['a part without a key', (parts) => parts.set('roms.line', `["${lists.idOf(['id'])}","1"]`), /state verify/],
    ['a fact whose sequence is no number', (parts) => parts.set('fLineAdded\t1', 'x'), /state verify/],
  ])('says %s', (_, damage, text) => {
    const parts = whole();
    expect(assembled(parts, [], lists)).not.toBeNull();
    damage(parts);
    expect(() => assembled(parts, [], lists)).toThrow(
      expect.objectContaining({ code: 'STATE_DAMAGED', message: expect.stringMatching(text) as string }),
    );
  });

  it('is not said of nothing', () => {
    expect(assembled(new Map(), [], lists)).toBeNull();
  });
});

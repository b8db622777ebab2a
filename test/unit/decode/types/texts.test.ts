/** Texts, flags, codes, sets, UUIDs. */
import { describe, expect, it } from 'vitest';
import { type Column, legacy } from '../../../../src/rules/tables/table.js';
import { convert } from '../../../support/values/columns.js';

type Case = readonly [Column<unknown>, unknown, unknown];
const code = legacy.code({ '10': 'new', ' ': 'open', Y: true, N: false });
const lenient = legacy.code({ A: 'active' }, { other: 'something else' });
const set = legacy.set({ a: 'gift', c: 'fragile' });

it.each<Case>([
  [legacy.text(), 'Ab ', 'Ab '],
  [legacy.text(), '', ''],
  [legacy.text({ trim: true }), 'DE  ', 'DE'],
  [legacy.text({ trim: true }), '   ', ''],
  [legacy.text({ trim: true }), ' a\t', ' a\t'],
  [legacy.text(), 5, 'ROW_INVALID'],
  [legacy.text({ trim: true }), { a: 1 }, 'ROW_INVALID'],
  [legacy.boolean(), true, true],
  [legacy.boolean(), false, false],
  [legacy.boolean(), 1, true],
  [legacy.boolean(), 0, false],
  [legacy.boolean(), 2, 'ROW_INVALID'],
  [legacy.boolean(), 'true', 'ROW_INVALID'],
  [legacy.uuid(), '6F1B1C1E-5d1a-4c0a-9a63-0c2f0f2f7d11', '6f1b1c1e-5d1a-4c0a-9a63-0c2f0f2f7d11'],
  [legacy.uuid(), 'no-uuid', 'ROW_INVALID'],
])('%o: %o gives %o', (column, wire, value) => {
  expect(convert(column, wire)).toBe(value);
});

describe('a code', () => {
  it.each<Case>([
    [code, '10', 'new'],
    [code, '10  ', 'new'],
    [code, 10, 'new'],
    [code, 10n, 'new'],
    [code, ' ', 'open'],
    [code, '', 'open'],
    [code, 'Y', true],
    [code, 'N ', false],
    [code, true, 'ROW_INVALID'],
    [code, {}, 'ROW_INVALID'],
    [lenient, 'A', 'active'],
    [lenient, 'B', 'something else'],
    [lenient, 7, 'something else'],
    [lenient, true, 'ROW_INVALID'],
  ])('%o: %o gives %o', (column, wire, value) => {
    expect(convert(column, wire)).toBe(value);
  });

  it.each(['99', 'y', 'toString', '__proto__', 'constructor', ' 10'])(
    'that nobody declared, %o, is CODE_UNKNOWN',
    (wire) => {
      expect(convert(code, wire)).toBe('CODE_UNKNOWN');
    },
  );

  it('of blanks and of nothing can mean different things when both are declared', () => {
    const both = legacy.code({ ' ': 'blank', '': 'empty' });
    expect([convert(both, ' '), convert(both, '')]).toEqual(['blank', 'empty']);
  });

  it('has an empty value in enums too: MySQL writes one for what it did not accept', () => {
    expect(convert(legacy.code({ a: true, '': 'invalid' }), '')).toBe('invalid');
  });
});

describe('a set', () => {
  it.each([
    ['', []],
    ['a', ['gift']],
    ['a,c', ['gift', 'fragile']],
    ['a,b', 'CODE_UNKNOWN'],
    [3, 'ROW_INVALID'],
  ])('%o gives %o', (wire, value) => {
    expect(convert(set, wire)).toEqual(value);
  });
});

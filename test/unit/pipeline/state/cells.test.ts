/** Which cells there are, how they are named in the state topic, and in which partition each has its place. */
import { describe, expect, it } from 'vitest';
import type { Cell } from '../../../../src/pipeline/ports.js';
import {
  cellKey,
  cellOf,
  cellRecord,
  COLUMNS,
  isQueue,
  PARKED,
  placeOf,
  queueOf,
  ROWS,
} from '../../../../src/pipeline/state/cells.js';

describe('the place of a cell', () => {
  it.each<[string, Pick<Cell, 'hash' | 'field'>, string]>([
    ['is the id of its aggregate: memory', { hash: 'order:4711', field: '' }, '4711'],
    ['a row of it', { hash: 'order:4711', field: 'roms.line\t1' }, '4711'],
    ['what waits', { hash: queueOf('order:4711'), field: '17' }, '4711'],
    ['that it is parked', { hash: PARKED, field: 'order:4711' }, '4711'],
    ['ids may have colons', { hash: 'order:47:11', field: '' }, '47:11'],
    ['also of what waits', { hash: queueOf('order:47:11'), field: '0' }, '47:11'],
    ['and be empty', { hash: 'order:', field: '' }, ''],
    ['rows that wait have a holder', { hash: 'order?:4711', field: '' }, '4711'],
    [
      'a row of a lookup table is an aggregate',
      { hash: '@lookup:oms.carrier/DHL', field: 'roms.carrier\tDHL' },
      'oms.carrier/DHL',
    ],
    ['an owner is where its row says', { hash: ROWS, field: 'oms.line:order:1' }, 'oms.line:order:1'],
    ['a list of columns where its name says', { hash: COLUMNS, field: 'AbC-_' }, 'AbC-_'],
  ])('%s', (_, cell, place) => {
    expect(placeOf(cell)).toBe(place);
  });

  it('is that of its record, whatever its key says, and contract topics are keyed by the same id', () => {
    const cell = { hash: 'order:4711', field: 'roms.line\t1', value: '["AAAAA",1]' };
    expect(cellRecord('d.orders.state', cell)).toEqual({
      ...{ topic: 'd.orders.state', key: '["order:4711","roms.line\\t1"]', value: '["AAAAA",1]', place: '4711' },
    });
  });
});

describe('the record of a cell', () => {
  it.each([
    ['order:1', ''],
    ['order:1', 'r\t\t"]'],
    ['', ''],
    ['order:["', '","'],
    ['__proto__', 'constructor'],
    ['a","b', 'c'],
    ['a', 'b","c'],
    ['tab\t', 'back\\slash \\t'],
    ['new\nline', '\u2028'],
  ])('is read as it was written: %j %j', (hash, field) => {
    for (const value of ['', 'text', null]) {
      const { key, value: written } = cellRecord('t', { hash, field, value });
      expect(cellOf({ key, value: written as string | null })).toEqual({ hash, field, value });
    }
  });

  it.each([
    '',
    '[]',
    '["","]',
    '["a"]',
    '["a","b","c"]',
    '["a","b"',
    '"a","b"]',
    '["a", 1]',
    '["a\\x","b"]',
    'order:1',
  ])('is damaged when its key is none: %s', (key) => {
    expect(() => cellOf({ key, value: '' })).toThrow(expect.objectContaining({ code: 'STATE_DAMAGED' }) as Error);
  });

  it.each(['~other', '~lookup:oms.carrier'])('is damaged when it is of a kind that is not known: %s', (hash) => {
    const { key } = cellRecord('t', { hash, field: '', value: '{}' });
    expect(() => cellOf({ key, value: '{}' })).toThrow(/is of a kind that this version does not know/);
  });

  it('has a key of its own', () => {
    expect(cellKey({ hash: 'a","b', field: 'c' })).not.toBe(cellKey({ hash: 'a', field: 'b","c' }));
  });
});

it('a queue is no aggregate', () => {
  expect(isQueue(queueOf('order:1'))).toBe(true);
  for (const hash of ['order:1', '@lookup:x/1', ROWS, PARKED, COLUMNS]) expect(isQueue(hash)).toBe(false);
});

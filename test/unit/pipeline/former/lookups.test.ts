/** A lookup table of the version before, which was one state, becomes a state for each row. */
import { expect, it } from 'vitest';
import type { ChangeSet } from '../../../../src/domain/change-set.js';
import { positionOf } from '../../../../src/domain/source/position.js';
import { unreadKey } from '../../../../src/domain/state/unread-row.js';
import type { FormerEntry, FormerState } from '../../../../src/pipeline/former/former-entry.js';
import { byLookupRow } from '../../../../src/pipeline/former/former-lookups.js';
import { changeSet, rowChange } from '../../translate/examples.js';

const [first, second] = [positionOf('10'), positionOf('20')];
const rows = { DE: { id: 'DE', name: 'x' }, FR: { id: 'FR', name: 'y' } };
const state: FormerState = {
  ...{ rows: { 's.land': rows }, fired: {}, sequence: 0, parked: null },
  at: { legacy: second },
};
const entry = (parts: Partial<FormerState>): FormerEntry => ({
  aggregate: '~lookup',
  id: 's.land',
  state: { ...state, ...parts },
});

const stateOf = (parts: Partial<FormerState>, key: string): FormerState | undefined => {
  const found = byLookupRow(entry(parts)).find(({ id }) => id === `s.land/${key}`);
  if (found !== undefined) expect(found.aggregate).toBe('@lookup');
  return found?.state;
};

it('has each row with the positions of the table', () => {
  expect(byLookupRow(entry({})).map(({ id }) => id)).toEqual(['s.land/DE', 's.land/FR']);
  expect(stateOf({}, 'DE')).toEqual({ ...state, rows: { 's.land': { DE: rows.DE } } });
});

it('is what it was when it is of an aggregate', () => {
  const order = { ...entry({}), aggregate: 'order', id: '7' };
  expect(byLookupRow(order)).toEqual([order]);
});

it('has the doubt whether a row is there, with the row', () => {
  const doubtful = { rows: { 's.land': { ...rows, [unreadKey('IT')]: {}, [unreadKey('DE')]: {} } } };
  expect(byLookupRow(entry(doubtful))).toHaveLength(3);
  expect(stateOf(doubtful, 'IT')?.rows).toEqual({ 's.land': { [unreadKey('IT')]: {} } });
  expect(Object.keys(stateOf(doubtful, 'DE')?.rows['s.land'] ?? {}).sort()).toEqual([unreadKey('DE'), 'DE'].sort());
});

it('has what snapshots said of the row, and not of others; what vanished is gone', () => {
  const staged = [{ generation: second, rows: { 's.land': { DE: true as const } } }];
  const parts = {
    snapshots: { legacy: { first, staged } },
    findings: { missed: [], vanished: { 's.land': { IT: rows.DE } } },
  };
  expect(stateOf(parts, 'DE')?.snapshots).toEqual({ legacy: { first, staged } });
  expect(stateOf(parts, 'FR')?.snapshots).toEqual({ legacy: { first, staged: [{ generation: second, rows: {} }] } });
  expect(stateOf(parts, 'IT')).toBeUndefined();
  expect(byLookupRow(entry(parts)).every(({ state: { findings } }) => findings === undefined)).toBe(true);
});

it('parks the rows that waiting change sets touch, each with its own part of them, and no other', () => {
  const change = (key: string) => rowChange({ table: 's.land', key, op: 'u', row: { id: key } });
  const waiting: ChangeSet[] = [
    changeSet({ aggregate: '~lookup', id: 's.land', changes: [change('DE'), change('IT')] }),
    changeSet({ aggregate: '~lookup', id: 's.land', kind: 'snapshot-end', changes: [] }),
    changeSet({ aggregate: '~lookup', id: 's.land', changes: [change('DE')] }),
  ];
  const parts = { parked: { code: 'ROW_INVALID' as const, text: 'x', sinceMs: 1, waiting } };
  const told = (key: string) =>
    stateOf(parts, key)?.parked?.waiting.map(({ aggregate, id, kind, changes }) => [
      `${aggregate}:${id}`,
      kind,
      changes.map((each) => each.key),
    ]);
  const [de, it] = ['@lookup:s.land/DE', '@lookup:s.land/IT'];
  expect(told('DE')).toEqual([
    [de, 'transaction', ['DE']],
    [de, 'snapshot-end', []],
    [de, 'transaction', ['DE']],
  ]);
  expect(told('IT')).toEqual([
    [it, 'transaction', ['IT']],
    [it, 'snapshot-end', []],
  ]);
  expect(stateOf(parts, 'FR')).toMatchObject({ parked: null, rows: { 's.land': { FR: rows.FR } } });
  expect(stateOf(parts, 'DE')?.parked).toMatchObject({ code: 'ROW_INVALID', text: 'x', sinceMs: 1 });
});

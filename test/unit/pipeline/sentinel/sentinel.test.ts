/** The sentinel: what it learns of rows, what it tells and when, and that it goes on from what is stored. */
import { describe, expect, it } from 'vitest';
import type { RowChange } from '../../../../src/domain/change-set.js';
import type { Row } from '../../../../src/domain/tables/table.js';
import { VALUES_MAX } from '../../../../src/pipeline/sentinel/figures.js';
import { FIGURES, Sentinel, WINDOW_ROWS } from '../../../../src/pipeline/sentinel/sentinel.js';
import { legacy, table } from '../../../../src/rules/index.js';

const orders = table('s.orders', {
  key: ['id'],
  columns: {
    id: legacy.bigint(),
    sts: legacy.text(),
    zip: legacy.text(),
    city: legacy.text(),
    name: legacy.text().personal(),
    notes: legacy.text().nullable(),
  },
});
const tables = new Map([[orders.name, orders]]);
/** Keys are not looked at. */
const COLUMNS = Object.keys(orders.columns).filter((column) => column !== 'id');

let number = 0;
const STATES = ['10', '20', '30', '90'];
const rowAt = (n: number, row: Row = {}): Row => ({
  ...{ id: String(100_000 + n), sts: STATES[n % STATES.length]!, zip: String(10_000 + ((n * 7919) % 90_000)) },
  ...{
    city: ['Berlin', 'Hamburg', 'Bonn'][n % 3]! + String.fromCharCode(97 + (n % 26)),
    name: `Name${n % 50}`,
    notes: null,
  },
  ...row,
});
const changes = (rows: number, of: (n: number) => Row = rowAt, op: RowChange['op'] = 'c'): RowChange[] =>
  Array.from({ length: rows }, () => {
    number += 1;
    return { table: orders.name, key: String(number), op, row: of(number), refusal: null };
  });

const told = (sentinel: Sentinel): string[] => sentinel.takeTold().map(({ column, what }) => `${column} ${what}`);
const KNOWN = 10 * WINDOW_ROWS;

function knowing(): Sentinel {
  const sentinel = new Sentinel(tables);
  sentinel.see(changes(KNOWN));
  expect(told(sentinel)).toEqual([]);
  return sentinel;
}

describe('what is as it was', () => {
  it('is told nothing of', () => {
    const sentinel = knowing();
    sentinel.see(changes(3 * WINDOW_ROWS));
    expect(told(sentinel)).toEqual([]);
  });

  it('nor is anything before enough is known', () => {
    const sentinel = new Sentinel(tables);
    sentinel.see(changes(KNOWN - WINDOW_ROWS));
    sentinel.see(changes(WINDOW_ROWS, (n) => rowAt(n, { notes: 'call', sts: '77' })));
    expect(told(sentinel)).toEqual([]);
  });

  it.each(['r', 'd', 'moved'] as const)('rows of operation %s are not looked at', (op) => {
    const sentinel = knowing();
    sentinel.see(changes(2 * WINDOW_ROWS, (n) => rowAt(n, { notes: 'call' }), op));
    expect(told(sentinel)).toEqual([]);
  });

  it('updated rows are learnt apart from inserted ones', () => {
    const sentinel = knowing();
    sentinel.see(changes(KNOWN, (n) => rowAt(n, { notes: 'call' }), 'u'));
    expect(told(sentinel)).toEqual([]);
    sentinel.see(changes(1, (n) => rowAt(n, { notes: 'call' })));
    expect(told(sentinel)).toEqual(['notes in-use']);
  });
});

describe('a departure', () => {
  it('of a column that was always null is told with its first value, once', () => {
    const sentinel = knowing();
    sentinel.see(changes(1, (n) => rowAt(n, { notes: 'call back' })));
    const [departure] = sentinel.takeTold();
    expect(departure).toEqual({
      ...{ table: 's.orders', column: 'notes', what: 'in-use' },
      text: `s.orders.notes is in use: in ${KNOWN} inserted rows it was null`,
    });
    sentinel.see(changes(100, (n) => rowAt(n, { notes: 'call back' })));
    expect(told(sentinel)).toEqual([]);
  });

  it('by a value that a column with few values never had is told with its first row, once', () => {
    const sentinel = knowing();
    sentinel.see(changes(5, (n) => rowAt(n, { sts: '77' })));
    expect(told(sentinel)).toEqual(['sts new-value']);
    sentinel.see(changes(WINDOW_ROWS, (n) => rowAt(n, n % 500 === 0 ? { sts: '77' } : {})));
    sentinel.see(changes(WINDOW_ROWS, (n) => rowAt(n, n % 500 === 0 ? { sts: '77' } : {})));
    expect(told(sentinel)).toEqual([]);
  });

  it('of a column with as many values as are told apart is told with one more', () => {
    const sentinel = new Sentinel(tables);
    const full = (n: number): Row => rowAt(n, { sts: `S${n % VALUES_MAX}` });
    sentinel.see(changes(KNOWN, full));
    sentinel.see(changes(VALUES_MAX, full));
    expect(told(sentinel)).toEqual([]);
    sentinel.see(changes(1, (n) => rowAt(n, { sts: 'other' })));
    expect(told(sentinel)).toEqual(['sts new-value']);
  });

  it('of the share of null is told when a window is full, and is what is learnt then', () => {
    const sentinel = knowing();
    const half = (n: number): Row => rowAt(n, n % 2 === 0 ? { city: null } : {});
    sentinel.see(changes(WINDOW_ROWS, half));
    expect(told(sentinel)).toEqual(['city nulls']);
    sentinel.see(changes(3 * WINDOW_ROWS, half));
    expect(told(sentinel)).toEqual([]);
  });

  it('of the shares of values is told', () => {
    const sentinel = knowing();
    sentinel.see(changes(WINDOW_ROWS, (n) => rowAt(n, { sts: '90' })));
    expect(told(sentinel)).toEqual(['sts values']);
  });

  it('of what values look like is told of columns with many', () => {
    const sentinel = knowing();
    sentinel.see(changes(WINDOW_ROWS, (n) => rowAt(n, { zip: `D-${n % 90_000}` })));
    expect(told(sentinel)).toEqual(['zip values']);
  });

  it('of two columns that were swapped names both', () => {
    const sentinel = knowing();
    sentinel.see(
      changes(WINDOW_ROWS, (n) => {
        const { zip, city } = rowAt(n);
        return rowAt(n, { zip: city!, city: zip! });
      }),
    );
    const departures = sentinel.takeTold();
    expect(departures.map(({ column, what }) => `${column} ${what}`)).toEqual(['zip swapped', 'city swapped']);
    expect(departures[0]?.text).toBe(
      's.orders.zip and city of inserted rows are swapped: each has the values that the other had',
    );
  });

  it('tells no value of a row', () => {
    const sentinel = knowing();
    sentinel.see(
      changes(WINDOW_ROWS, (n) => rowAt(n, { sts: 'SECRET', notes: 'SECRET', zip: 'SECRET', name: 'SECRET' })),
    );
    expect(JSON.stringify(sentinel.takeTold())).not.toContain('SECRET');
  });
});

describe('what is stored', () => {
  const stored = (sentinel: Sentinel): Map<string, string> =>
    new Map(sentinel.takeFresh().map(({ hash, field, value }) => (expect(hash).toBe(FIGURES), [field, value ?? ''])));

  it('is a cell for each column, when a window is full', () => {
    const sentinel = new Sentinel(tables);
    sentinel.see(changes(WINDOW_ROWS - 1));
    expect(sentinel.takeFresh()).toEqual([]);
    sentinel.see(changes(1));
    const cells = stored(sentinel);
    expect([...cells.keys()]).toEqual(COLUMNS.map((column) => `s.orders\tc\t${column}`));
    expect(JSON.parse(cells.get('s.orders\tc\tsts') ?? '')).toMatchObject({ rows: WINDOW_ROWS, nulls: 0 });
    expect(sentinel.takeFresh()).toEqual([]);
  });

  it('has no value of a personal column, and is small', () => {
    const cells = stored(knowing());
    expect(cells.get('s.orders\tc\tname')).not.toContain('Name');
    expect(JSON.parse(cells.get('s.orders\tc\tname') ?? '')).toMatchObject({ values: null });
    for (const text of cells.values()) expect(text.length).toBeLessThan(2_000);
  });

  it('is what another task goes on from', () => {
    const cells = stored(knowing());
    const next = new Sentinel(tables);
    next.reset(cells);
    next.see(changes(1, (n) => rowAt(n, { notes: 'call', sts: '77' })));
    expect(told(next)).toEqual(['sts new-value', 'notes in-use']);
  });

  it('forgets a window that was not full, and what was not told', () => {
    const sentinel = knowing();
    const cells = stored(sentinel);
    sentinel.see(changes(WINDOW_ROWS - 1, (n) => rowAt(n, { notes: 'call' })));
    sentinel.reset(cells);
    expect(sentinel.takeTold()).toEqual([]);
    sentinel.see(changes(1, (n) => rowAt(n, { notes: 'call' })));
    expect(told(sentinel)).toEqual(['notes in-use']);
    expect(sentinel.takeFresh()).toEqual([]);
  });

  it.each(['constructor', 'toString', '__proto__'])('a value that is called %s counts as any other', (value) => {
    const sentinel = new Sentinel(tables);
    const of = (n: number): Row => rowAt(n, { sts: n % 2 === 0 ? value : '10' });
    sentinel.see(changes(KNOWN, of));
    const stored = sentinel.takeFresh().map(({ field, value: text }) => [field, text ?? ''] as const);
    const again = new Sentinel(tables);
    again.reset(stored);
    const { values } = JSON.parse(new Map(stored).get('s.orders\tc\tsts') ?? '') as { readonly values: object };
    expect(new Map(Object.entries(values))).toEqual(
      new Map([
        [value, KNOWN / 2],
        ['10', KNOWN / 2],
      ]),
    );
    again.see(changes(2 * WINDOW_ROWS, of));
    expect(told(again)).toEqual([]);
    again.see(changes(WINDOW_ROWS, (n) => rowAt(n, { sts: '10' })));
    expect(told(again)).toEqual(['sts values']);
  });

  it('knows no values any more of a column that has become personal, or is gone', () => {
    const sentinel = knowing();
    const stored = sentinel.takeFresh().map(({ field, value }) => [field, value ?? ''] as const);
    expect(new Map(stored).get('s.orders\tc\tsts')).toContain('"90"');
    const { sts, ...others } = orders.columns;
    for (const columns of [{ ...others, sts: { ...sts!, sensitivity: 'personal' as const } }, others]) {
      const again = new Sentinel(new Map([[orders.name, { ...orders, columns }]]));
      again.reset(new Map(stored));
      const fresh = again.takeFresh();
      expect(fresh.map(({ hash, field }) => [hash, field])).toEqual([[FIGURES, 's.orders\tc\tsts']]);
      expect(fresh[0]?.value).toContain('"values":null');
    }
  });
});

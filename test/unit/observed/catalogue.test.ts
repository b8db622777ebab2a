/** What a database says of its types, as its connector sends them; and tables that hang together without a foreign key. */
import { describe, expect, it } from 'vitest';
import { type CatalogueTable, observedTables } from '../../../src/observed/catalogue.js';
import { referencesOf } from '../../../src/observed/references.js';
import { mysqlType } from '../../../src/observed/sql-types/mysql.js';
import { postgresType } from '../../../src/observed/sql-types/postgresql.js';
import { proposedFolder } from '../../../src/propose/folder.js';
import { proposalOf } from '../../../src/propose/proposal.js';
import { NINE_KEYS, NINE_TABLES, nineTables } from '../../support/sources/nine-tables.js';

describe('types of PostgreSQL', () => {
  it.each<[string, number, object | null]>([
    ['numeric', ((12 << 16) | 2) + 4, { kind: 'decimal', scale: 2 }],
    ['numeric', -1, { kind: 'decimal', scale: -1 }],
    ['timestamp', -1, { kind: 'timestamp', unit: 'micros', zone: 'UTC' }],
    ['timestamp', 3, { kind: 'timestamp', unit: 'millis', zone: 'UTC' }],
    ['time', 0, { kind: 'time', unit: 'millis' }],
    ['bit', 1, { kind: 'boolean' }],
    ['bit', 8, { kind: 'bits', length: 8 }],
    ['bpchar', 8, { kind: 'text', trim: true }],
    ['_int8', -1, { kind: 'array', element: { kind: 'bigint' }, nullable: true }],
    ['_money', -1, null],
    ['box', -1, null],
  ])('%s with %i', (name, modifier, type) => {
    expect(postgresType({ name, modifier, labels: null })).toEqual(type);
  });

  it('an enum has its labels', () => {
    expect(postgresType({ name: 'mood', modifier: -1, labels: ['sad', 'ok'] })).toEqual({
      kind: 'code',
      codes: { sad: 'sad', ok: 'ok' },
    });
  });
});

describe('types of MySQL and MariaDB', () => {
  const type = (whole: string, scale: number | null = null, precision: number | null = null) =>
    mysqlType({ name: /^\w+/.exec(whole)?.[0] ?? '', whole, scale, precision });

  it.each<[string, object | null]>([
    ['tinyint(1)', { kind: 'boolean' }],
    ['tinyint(4)', { kind: 'integer' }],
    ['bigint(20) unsigned', { kind: 'bigint', unsigned: true }],
    ["enum('a','it''s')", { kind: 'code', codes: { a: 'a', "it's": "it's" } }],
    ["set('a','b')", { kind: 'set', codes: { a: 'a', b: 'b' } }],
    ['bit(8)', { kind: 'bits', length: 8 }],
    ['timestamp', { kind: 'instant' }],
    ['vector(3)', null],
  ])('%s', (whole, expected) => {
    expect(type(whole)).toEqual(expected);
  });

  it('take scale and fraction from their columns', () => {
    expect(type('decimal(12,4)', 4)).toEqual({ kind: 'decimal', scale: 4 });
    expect(type('datetime(6)', null, 6)).toMatchObject({ unit: 'micros' });
    expect(type('datetime', null, 0)).toMatchObject({ unit: 'millis' });
  });
});

/** The catalogue that a database gives for these tables, out of their DDL. */
function catalogue(schema: string, more: (table: CatalogueTable) => CatalogueTable = (table) => table) {
  const ddl = nineTables(schema);
  return NINE_TABLES.map((table) => {
    const created = ddl.find((text) => text.startsWith(`CREATE TABLE ${schema}.${table} (`)) ?? '';
    const inserted = ddl.find((text) => text.startsWith(`INSERT INTO ${schema}.${table} `)) ?? '';
    const columns = created
      .slice(created.indexOf('(') + 1)
      .split(/, (?=[a-z]+_\w+ )/)
      .map((text) => {
        const [name = '', sqlType = ''] = text.split(' ');
        const [base = '', , scale] = sqlType.split(/[(,)]/);
        return {
          ...{ name, sqlType, isNullable: !text.includes('NOT NULL'), isGenerated: false, comment: null },
          type: mysqlType({ name: base, whole: sqlType, scale: Number(scale ?? 0), precision: 0 }),
        };
      });
    const rows = [...inserted.matchAll(/\(([^)]*)\)/g)].map(([, row]) =>
      (row ?? '').split(', ').map((value) => (value === 'NULL' ? null : value.replaceAll("'", ''))),
    );
    const one = {
      name: `${schema}.${table}`,
      key: NINE_KEYS[table],
      keyFrom: null,
      columns,
      rowsAbout: null,
      comment: null,
    };
    return { table: more(one), rows };
  });
}

describe('nine tables with keys of several columns', () => {
  const tables = observedTables(catalogue('tpcc'));
  const schema = { origin: 'test', tables, references: referencesOf(tables) };

  it('hang together by the names and values of their columns', () => {
    const found = schema.references.map(({ table, columns, to }) => `${table}(${columns.join()}) ${to}`);
    expect(found).toEqual(
      expect.arrayContaining([
        'tpcc.district(d_w_id) tpcc.warehouse',
        'tpcc.customer(c_w_id,c_d_id) tpcc.district',
        'tpcc.oorder(o_w_id,o_d_id,o_c_id) tpcc.customer',
        'tpcc.new_order(no_w_id,no_d_id,no_o_id) tpcc.oorder',
        'tpcc.order_line(ol_w_id,ol_d_id,ol_o_id) tpcc.oorder',
        'tpcc.history(h_c_w_id,h_c_d_id,h_c_id) tpcc.customer',
        'tpcc.stock(s_i_id) tpcc.item',
      ]),
    );
    expect(found).not.toContain('tpcc.order_line(ol_w_id,ol_d_id,ol_o_id) tpcc.new_order');
    expect(found).not.toContain('tpcc.oorder(o_w_id,o_d_id,o_id) tpcc.new_order');
  });

  it('are one aggregate around the order, and the table without key is left out with the reason', () => {
    const { aggregate, leftOut } = proposalOf(schema);
    expect(aggregate).toMatchObject({ name: 'oorder', root: { observed: { name: 'tpcc.oorder' } } });
    expect(
      aggregate?.members.map(({ table, cardinality, columns }) => [table.observed.name, cardinality, columns]),
    ).toEqual([
      ['tpcc.new_order', 'one', ['no_w_id', 'no_d_id', 'no_o_id']],
      ['tpcc.order_line', 'many', ['ol_w_id', 'ol_d_id', 'ol_o_id']],
    ]);
    expect(aggregate?.lookups.map(({ table }) => table.observed.name)).toContain('tpcc.customer');
    expect(leftOut.map(({ table, why }) => [table.name, why])).toEqual([
      ['tpcc.history', 'it has no primary key, so a change does not say which row it is of'],
    ]);
  });

  it('ask of the table without key what tells its rows apart', () => {
    const files = proposedFolder(proposalOf(schema), 'rules', {
      dragoman: '*',
      zod: '*',
      typescript: '*',
      vitest: '*',
    });
    const text = files.find(({ path }) => path === 'tables/history.ts')?.text ?? '';
    expect(text).toMatch(/GROUP BY 1, 2, 3\n?.*HAVING/);
    expect(text).toContain("//   key: ['h_c_id', 'h_c_d_id', 'h_c_w_id'],\n//   primaryKey: false,\n");
  });

  it('give a table whose key has them in another order the order of what it names', () => {
    const turned = observedTables(
      catalogue('tpcc', (table) =>
        table.name === 'tpcc.order_line' ? { ...table, key: ['ol_o_id', 'ol_d_id', 'ol_w_id', 'ol_number'] } : table,
      ),
    );
    const { tables: proposed } = proposalOf({ origin: 'test', tables: turned, references: referencesOf(turned) });
    expect(proposed.find(({ file }) => file === 'order-line')?.key).toEqual([
      'ol_w_id',
      'ol_d_id',
      'ol_o_id',
      'ol_number',
    ]);
  });

  it('hang together by the foreign keys of the database, where it has some', () => {
    const references = referencesOf(tables, [
      {
        name: 'line_order',
        table: 'tpcc.order_line',
        columns: ['ol_o_id', 'ol_d_id', 'ol_w_id'],
        to: 'tpcc.oorder',
        toColumns: ['o_id', 'o_d_id', 'o_w_id'],
      },
    ]);
    expect(references.filter(({ table }) => table === 'tpcc.order_line')).toEqual([
      {
        ...{ table: 'tpcc.order_line', to: 'tpcc.oorder', isDeclared: true, evidence: 'foreign key line_order' },
        columns: ['ol_w_id', 'ol_d_id', 'ol_o_id'],
      },
    ]);
  });

  it('thirty times over are 270 files in a moment', () => {
    const many = Array.from({ length: 30 }, (_, i) => catalogue(`s${i}`)).flat();
    const observed = observedTables(many);
    const began = performance.now();
    const proposal = proposalOf({ origin: 'test', tables: observed, references: referencesOf(observed) });
    const files = proposedFolder(proposal, 'rules', { dragoman: '*', zod: '*', typescript: '*', vitest: '*' });
    expect(new Set(files.map(({ path }) => path.toLowerCase())).size).toBe(files.length);
    expect(files.filter(({ path }) => path.startsWith('tables/'))).toHaveLength(270);
    expect(performance.now() - began).toBeLessThan(10_000);
  });
});

describe('names that no language takes', () => {
  const table = (name: string, columns: readonly string[]): CatalogueTable => ({
    ...{ name, keyFrom: null, rowsAbout: 0, comment: 'from */ the database\nwith lines' },
    key: [columns[0] ?? ''],
    columns: columns.map((column) => ({
      ...{ name: column, sqlType: 'int', isNullable: false, isGenerated: false, comment: null },
      type: { kind: 'integer' } as const,
    })),
  });

  it('become ones that it takes, each once', () => {
    const tables = observedTables(
      [
        table('a.class', ['Id', 'default']),
        table('b.CLASS', ['ID', "it's"]),
        table('a.Order', ['2nd', '__proto__']),
        table('a.order', ['größe', 'constructor']),
      ].map((one) => ({ table: one, rows: [] })),
    );
    const proposal = proposalOf({ origin: 'test', tables, references: [] });
    expect(proposal.tables.map(({ identifier, file }) => [identifier, file])).toEqual([
      ['order', 'order'],
      ['aClass', 'class'],
      ['aOrder', 'a-order'],
      ['bClass', 'b-class'],
    ]);
    const files = proposedFolder(proposal, 'rules', { dragoman: '*', zod: '*', typescript: '*', vitest: '*' });
    const first = files.find(({ path }) => path === 'tables/order.ts')?.text ?? '';
    expect(first).toContain("'2nd': legacy.integer(),");
    expect(first).toContain("// ['__proto__']: legacy.integer(),");
    expect(first).toContain('from * / the database with lines');
  });
});

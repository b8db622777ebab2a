/**
 * The nine tables of an order system in TPC-C's shape (its specification, revision 5.11, clause 1.3): keys of several columns in each, and
 * one table without any. ORDER is called oorder, because the word is reserved. As DDL for PostgreSQL and MariaDB, with some rows.
 */
const COLUMNS = {
  warehouse:
    'w_id int NOT NULL, w_name varchar(10), w_street_1 varchar(20), w_city varchar(20), w_tax decimal(4,4), w_ytd decimal(12,2)',
  district: 'd_w_id int NOT NULL, d_id int NOT NULL, d_name varchar(10), d_tax decimal(4,4), d_next_o_id int NOT NULL',
  customer:
    'c_w_id int NOT NULL, c_d_id int NOT NULL, c_id int NOT NULL, c_first varchar(16), c_last varchar(16), c_phone char(16), ' +
    'c_credit char(2), c_discount decimal(4,4), c_balance decimal(12,2), c_data varchar(500)',
  history:
    'h_c_id int NOT NULL, h_c_d_id int NOT NULL, h_c_w_id int NOT NULL, h_d_id int, h_w_id int, h_date timestamp, h_amount decimal(6,2), h_data varchar(24)',
  new_order: 'no_w_id int NOT NULL, no_d_id int NOT NULL, no_o_id int NOT NULL',
  oorder:
    'o_w_id int NOT NULL, o_d_id int NOT NULL, o_id int NOT NULL, o_c_id int NOT NULL, o_entry_d timestamp, o_carrier_id int, o_ol_cnt int NOT NULL, ' +
    'o_all_local int NOT NULL',
  order_line:
    'ol_w_id int NOT NULL, ol_d_id int NOT NULL, ol_o_id int NOT NULL, ol_number int NOT NULL, ol_i_id int NOT NULL, ol_supply_w_id int NOT NULL, ' +
    'ol_delivery_d timestamp NULL, ol_quantity int NOT NULL, ol_amount decimal(6,2) NOT NULL, ol_dist_info char(24) NOT NULL',
  item: 'i_id int NOT NULL, i_im_id int, i_name varchar(24), i_price decimal(5,2), i_data varchar(50)',
  stock:
    's_w_id int NOT NULL, s_i_id int NOT NULL, s_quantity int, s_dist_01 char(24), s_ytd decimal(8,0), s_data varchar(50)',
} as const;

export const NINE_TABLES = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];

/** Without foreign keys, as most installations have it. */
export const NINE_KEYS: Readonly<Record<keyof typeof COLUMNS, readonly string[]>> = {
  warehouse: ['w_id'],
  district: ['d_w_id', 'd_id'],
  customer: ['c_w_id', 'c_d_id', 'c_id'],
  history: [],
  new_order: ['no_w_id', 'no_d_id', 'no_o_id'],
  oorder: ['o_w_id', 'o_d_id', 'o_id'],
  order_line: ['ol_w_id', 'ol_d_id', 'ol_o_id', 'ol_number'],
  item: ['i_id'],
  stock: ['s_w_id', 's_i_id'],
};

const LINES = 3;

/** @param schema a schema, or a database of MariaDB; it is there already. */
export function nineTables(schema: string): string[] {
  const tables = NINE_TABLES.map((name) => {
    const key = NINE_KEYS[name].length === 0 ? '' : `, PRIMARY KEY (${NINE_KEYS[name].join(', ')})`;
    return `CREATE TABLE ${schema}.${name} (${COLUMNS[name]}${key})`;
  });
  const orders = [1, 2].flatMap((w) => [1, 2, 3].map((o) => ({ w, o })));
  const values = (rows: readonly (readonly (string | number | null)[])[]): string =>
    rows
      .map(
        (row) =>
          `(${row.map((value) => (typeof value === 'string' ? `'${value}'` : String(value ?? 'NULL'))).join(', ')})`,
      )
      .join(', ');
  const time = '2026-01-15 10:00:00';
  return [
    ...tables,
    `INSERT INTO ${schema}.warehouse VALUES ${values([1, 2].map((w) => [w, `W${w}`, 'Street', 'City', 0.1, 0]))}`,
    `INSERT INTO ${schema}.district VALUES ${values([1, 2].map((w) => [w, 1, `D${w}`, 0.1, 4]))}`,
    `INSERT INTO ${schema}.customer VALUES ${values(orders.map(({ w, o }) => [w, 1, o, 'First', 'Last', '0123456789012345', 'GC', 0.1, 10, 'x']))}`,
    `INSERT INTO ${schema}.history VALUES ${values(orders.map(({ w, o }) => [o, 1, w, 1, w, time, 10, 'x']))}`,
    `INSERT INTO ${schema}.item VALUES ${values([1, 2, 3].map((i) => [i, i, `Item ${i}`, 9.99, 'x']))}`,
    `INSERT INTO ${schema}.stock VALUES ${values([1, 2].flatMap((w) => [1, 2, 3].map((i) => [w, i, 10, 'x', 0, 'x'])))}`,
    `INSERT INTO ${schema}.oorder VALUES ${values(orders.map(({ w, o }) => [w, 1, o, o, time, o < 3 ? 5 : null, LINES, 1]))}`,
    `INSERT INTO ${schema}.new_order VALUES ${values([1, 2].map((w) => [w, 1, 3]))}`,
    `INSERT INTO ${schema}.order_line VALUES ${values(
      orders.flatMap(({ w, o }) => [1, 2, 3].map((n) => [w, 1, o, n, n, w, o < 3 ? time : null, 5, 9.99, 'x'])),
    )}`,
  ];
}

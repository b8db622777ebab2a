/**
 * Rows of MariaDB as a check of the source reads them: the last row of every order of a recording, put into a real server, comes to the values that
 * the decoder makes of the recording; keys in a collation of their own are walked whole and found again; another server that takes over is gone on with.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MariadbClient } from '../../legacy-db/mariadb/client.js';
import { openRows } from '../../src/adapters/databases/open.js';
import { openLasting } from '../../src/adapters/databases/rows/lasting.js';
import { CONNECTORS } from '../../src/decode/connectors/connectors.js';
import { Decoder } from '../../src/decode/decoder.js';
import type { ChangeEvent } from '../../src/domain/source/change-event.js';
import type { Row, TableDefinition } from '../../src/domain/tables/table.js';
import type { DatabaseRows } from '../../src/reconcile/source/ports.js';
import { planOf, rowsWith } from '../../src/reconcile/source/tables.js';
import { compileRuleSet } from '../../src/rules/compile.js';
import { aggregate, legacy, many, table } from '../../src/rules/index.js';
import type { Table } from '../../src/rules/tables/table.js';
import { projectDirectory } from '../stack/directories.js';
import { openStack, type Stack } from '../stack/stack.js';
import { readRecording, sourceRecord, truthPath } from '../support/recordings.js';
import { ORDERS } from '../support/values/recorded-columns.js';

let stack: Stack<'mariadb'>;
let client: MariadbClient;
let address: string;

beforeAll(async () => {
  stack = await openStack({ services: ['mariadb'], provider: 'native' });
  const { user, password, host, port } = stack.endpoints.mariadb;
  address = `mariadb://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}`;
  client = await MariadbClient.connect(address);
});

afterAll(async () => {
  await client.end();
  await stack.down();
});

const recorded = ORDERS.map(([name, key, columns]) =>
  table(`oms.${name}`, { key: [...key], columns: nullable(columns, key) }),
);

function nullable(columns: (typeof ORDERS)[number][2], key: readonly string[]) {
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [name, key.includes(name) ? column : column.nullable()]),
  );
}

/** Last row of each key, as the decoder has it. */
function decoded(): Map<string, Row> {
  const decoder = new Decoder({
    ...{ connector: CONNECTORS.mariadb, mode: 'exact', source: 'shop', topicPrefix: 'shop' },
    ...{ transactionTopic: 'shop.transaction', tables: recorded },
  });
  const rows = new Map<string, Row>();
  for (const record of readRecording('mariadb/01-lifecycle')) {
    if (record.value === null || record.topic === 'shop.transaction') continue;
    const change = decoder.decode(sourceRecord(record)) as ChangeEvent;
    if (!recorded.some(({ name }) => name === change.table)) continue;
    const place = `${change.table} ${change.key}`;
    if (change.op === 'd') rows.delete(place);
    else if (change.row !== null) rows.set(place, change.row);
  }
  return rows;
}

type TrueRow = Readonly<Record<string, string | null>>;

/** Last row of each key, as the binlog has it. */
function truth(name: string, key: readonly string[]): TrueRow[] {
  const rows = new Map<string, TrueRow>();
  for (const line of readFileSync(truthPath('mariadb/01-lifecycle'), 'utf8').split('\n').filter(Boolean)) {
    const { changes = [] } = JSON.parse(line) as {
      changes?: readonly { table: string; op: string; row?: TrueRow; before?: TrueRow; key?: TrueRow }[];
    };
    for (const { table: of, op, row, before, key: gone } of changes) {
      if (of !== name) continue;
      const idOf = (one: TrueRow | undefined): string => key.map((column) => one?.[column]).join();
      if (op === 'd') rows.delete(idOf(before ?? row ?? gone));
      else if (row !== undefined) {
        if (before !== undefined) rows.delete(idOf(before));
        rows.set(idOf(row), row);
      }
    }
  }
  return [...rows.values()];
}

const literal = (column: string, value: string | null | undefined): string => {
  if (value === null || value === undefined) return 'NULL';
  const text = column === 'notes' ? value.replaceAll('\\x0a', '\n') : value;
  return /^\d{10}\.\d{6}$/.test(text)
    ? `FROM_UNIXTIME(${text})`
    : `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
};

async function planned(tables: readonly Table<unknown>[], rows: DatabaseRows, schemas: Record<string, string> = {}) {
  const members = Object.fromEntries(
    tables.map((one, i) => [`t${i}`, many(one, (row) => (row as Record<string, string>)[one.key[0] ?? ''] ?? '')]),
  );
  const rules = compileRuleSet({ aggregates: [aggregate('order', members as never)], facts: [], publications: [] });
  const database = { name: 'shop', rows, schemas, tables: await rows.tables() };
  return planOf({ rules, databases: [database], isComplete: true, wanted: [] });
}

async function allRows(
  definition: TableDefinition,
  rows: DatabaseRows,
  plan: Awaited<ReturnType<typeof planned>>,
  size: number,
) {
  const [part] = plan.tables.get(definition.name)!.parts;
  const found = new Map<string, Row>();
  for (let after: readonly string[] | null = null; ;) {
    const some: Awaited<ReturnType<DatabaseRows['after']>> = await rows.after(part!.whole.asked, after, size);
    for (const { texts } of some) {
      const { key, row, refusal } = part!.whole.reader.read(texts);
      expect(refusal).toBeNull();
      found.set(key ?? '', row);
    }
    after = some.at(-1)?.place ?? null;
    if (some.length < size) return found;
  }
}

describe('rows of MariaDB', () => {
  it('have the values that the connector sent of them', async () => {
    await client.query(
      readFileSync(join(projectDirectory, 'legacy-db/mariadb/schema.sql'), 'utf8')
        .split('-- Any update')[0]!
        .replaceAll(/\boms\b/g, 'oms_there'),
    );
    await client.query("USE oms_there; SET foreign_key_checks = 0; SET time_zone = '+00:00'");
    for (const [name, key] of ORDERS)
      for (const row of truth(name, key)) {
        const entries = Object.entries(row);
        const values = entries.map(([column, value]) =>
          column === 'pay_typ' && value !== null
            ? `'${['AUTH', 'CAPT', 'RFND'][Number(value) - 1] ?? value}'`
            : literal(column, value),
        );
        await client.query(
          `INSERT INTO ${name} (${entries.map(([column]) => column).join()}) VALUES (${values.join()})`,
        );
      }
    const rows = await openRows(`${address}/oms_there`, null);
    const plan = await planned(recorded, rows, { oms: 'oms_there' });
    const expected = decoded();
    let compared = 0;
    for (const definition of recorded) {
      const all = await allRows(definition, rows, plan, 7);
      const wanted = [...expected].filter(([place]) => place.startsWith(`${definition.name} `));
      expect(all.size).toBe(wanted.length);
      for (const [place, row] of wanted)
        expect({ place, row: all.get(place.slice(definition.name.length + 1)) }).toEqual({ place, row });
      const { found, unasked } = await rowsWith(plan.tables.get(definition.name)!, [...all.keys(), 'none/1'], 'whole');
      expect([found.size, unasked.size]).toEqual([all.size, 0]);
      compared += all.size;
    }
    expect(compared).toBeGreaterThan(50);
    await rows.end();
  });

  it('whose keys are texts of a collation that takes letters for equal are walked whole, and found by what they are', async () => {
    const words = table('odd.word', {
      key: ['w', 'n'],
      columns: {
        w: legacy.text({ trim: true }),
        n: legacy.integer(),
        f: legacy.float(),
        b: legacy.bytes(),
        o: legacy.bits({ length: 5 }),
        t: legacy.boolean(),
      },
    });
    await client.query('CREATE DATABASE odd');
    await client.query(
      `CREATE TABLE odd.word (w varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci, n int, f float, b varbinary(8), o bit(5), t tinyint(1), PRIMARY KEY (w, n))`,
    );
    const keys = ['a', 'B', 'ä', 'Z', 'zz  ', 'ß', "O'Neil", 'ø', '100%', '/'];
    for (const [i, word] of keys.entries())
      await client.query(
        `INSERT INTO odd.word VALUES ('${word.replaceAll("'", "''")}', ${i}, 0.1, x'00ff', b'00101', ${i % 2})`,
      );
    const rows = await openRows(`${address}/odd`, null);
    const plan = await planned([words], rows);
    const all = await allRows(words, rows, plan, 3);
    expect([...all.values()].map(({ w }) => w).sort()).toEqual(keys.map((word) => word.trimEnd()).sort());
    expect([...all.values()][0]).toMatchObject({ f: 0.1, b: '00ff', o: '00101' });
    const { found } = await rowsWith(plan.tables.get('odd.word')!, [...all.keys(), 'A/0', 'none/1'], 'whole');
    expect([...found.keys()].sort()).toEqual([...all.keys()].sort()); // of A/0 the database has a/0, which is another key
    await rows.end();
  });

  it('say where their log is, and come again after the server took the connection away', async () => {
    const away: string[] = [];
    const rows = await openLasting({
      open: () => openRows(`${address}/odd`, null),
      onAway: ({ code }) => away.push(code),
    });
    expect(await rows.position()).toMatch(/^\d{10}:\d{20}$/);
    const [open] = await client.query(
      "SELECT id FROM information_schema.processlist WHERE id <> connection_id() AND user <> 'system user'",
    );
    for (const [id] of open?.rows ?? []) await client.query(`KILL ${id ?? ''}`).catch(() => undefined);
    expect(await rows.count('odd.word')).toBe(10);
    expect(away).toEqual(['DATABASE_UNREADABLE']);
    await rows.end();
    await expect(openRows(address.replace(/:\d+$/, ':1'), null)).rejects.toMatchObject({ code: 'DATABASE_UNREADABLE' });
  });
});

/**
 * Every column type against PostgreSQL's own text output: random and extreme rows go through the real connector, in snapshot and
 * stream, with two sets of settings, and every value must be the one that `::text` shows.
 */
import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { parse } from 'lossless-json';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { openRows } from '../../src/adapters/databases/open.js';
import { CONNECTORS } from '../../src/decode/connectors/connectors.js';
import { Decoder } from '../../src/decode/decoder.js';
import { sqlRowReader } from '../../src/decode/sql/rows.js';
import type { ChangeEvent } from '../../src/domain/source/change-event.js';
import type { Row, TableDefinition } from '../../src/domain/tables/table.js';
import type { AskedColumn, WalkedRow } from '../../src/reconcile/source/ports.js';
import { type Column, legacy, table } from '../../src/rules/index.js';
import { createConnector, deleteConnector, waitUntilRunning, withDatabase } from '../stack/connector.js';
import { APART, type Spec, SPECS } from '../support/values/every-column-type.js';
import { jsonForm, type TrueForm, trueValue } from '../support/values/true-values.js';

const endpoints = inject('stack');
const schema = `types_${randomUUID().slice(0, 8)}`;
const ROWS = 300;
/** Rows that the snapshot finds; the others are streamed. */
const BEFORE = 120;
const UPDATED = 40;

const SETTINGS = {
  plain: {
    'decimal.handling.mode': 'string',
    'value.converter.schemas.enable': 'false',
    'key.converter.schemas.enable': 'false',
  },
  other: {
    'decimal.handling.mode': 'precise',
    'time.precision.mode': 'nanoseconds',
    'binary.handling.mode': 'hex',
    'interval.handling.mode': 'string',
    'value.converter.schemas.enable': 'true',
    'key.converter.schemas.enable': 'true',
  },
} as const;
type Setting = keyof typeof SETTINGS;
const settings = Object.keys(SETTINGS) as Setting[];

const declaredOf = (spec: Spec, setting: Setting): Column<unknown> => (setting === 'other' && spec.other) || spec.plain;

const database = new pg.Client(endpoints.postgres);
const kafka = new Kafka({ brokers: [...endpoints.kafka.bootstrapServers], logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({ groupId: schema, readUncommitted: false });
const prefixOf = (setting: Setting): string => `${schema}_${setting}`;
const decoders = Object.fromEntries(settings.map((setting) => [prefixOf(setting), decoderOf(setting)]));
/** By topic prefix. */
const changes: Record<string, ChangeEvent[]> = Object.fromEntries(settings.map((setting) => [prefixOf(setting), []]));

beforeAll(async () => {
  await database.connect();
  await database.query("SET TimeZone = 'UTC'");
  await database.query(`CREATE SCHEMA ${schema}`);
  const columns = Object.entries(SPECS).map(([name, { type }]) => `"${name}" ${type}`);
  await database.query(`CREATE TABLE ${schema}.zoo (id int PRIMARY KEY, ${columns.join(', ')})`);
  const apart = Object.entries(APART).map(([name, [type]]) => `${name} ${type}`);
  await database.query(
    `CREATE TABLE ${schema}.apart (id int PRIMARY KEY, n int, ${apart.join(', ')}, prices numeric[])`,
  );
  for (const name of [...Object.keys(APART), 'prices']) {
    await database.query(`ALTER TABLE ${schema}.apart ALTER ${name} SET STORAGE EXTERNAL`);
  }
  const big = Object.values(APART).map(([, value]) => value);
  await database.query(`INSERT INTO ${schema}.apart VALUES (1, 1, ${big.join(', ')}, array_fill(1.5, array[2000]))`);
  await database.query('SELECT setseed(0.42)');
  await insertRandom(1, BEFORE);
  await insertExtremes();
  for (const setting of settings) await createConnector(endpoints.connect, prefixOf(setting), configOf(setting));
  for (const setting of settings) await waitUntilRunning(endpoints.connect, prefixOf(setting));
  await consume();
  await arrived('r', BEFORE);
  await insertRandom(BEFORE + 1, ROWS);
  await database.query(`UPDATE ${schema}.zoo SET "int" = 5 WHERE id <= ${UPDATED}`);
  await database.query(`UPDATE ${schema}.apart SET n = 2`);
  await arrived('u', UPDATED + 1);
});

afterAll(async () => {
  await consumer.disconnect();
  for (const setting of settings) {
    const name = prefixOf(setting);
    await deleteConnector(endpoints.connect, name, { postgres: endpoints.postgres, slot: name, publication: name });
  }
  await database.query(`DROP SCHEMA ${schema} CASCADE`);
  await database.end();
  const admin = kafka.admin();
  await admin.connect();
  await admin.deleteTopics({ topics: (await admin.listTopics()).filter((topic) => topic.startsWith(schema)) });
  await admin.deleteGroups([schema]);
  await admin.disconnect();
});

describe.each(settings)('through a connector with settings "%s"', (setting) => {
  it('every value of every type is what PostgreSQL shows', async () => {
    const rows = await truth();
    const last = new Map(changesOf(setting, 'zoo').map((change) => [change.key, change]));
    expect(last.size).toBe(rows.length);
    for (const [column, spec] of Object.entries(SPECS)) {
      const { type } = declaredOf(spec, setting).definition;
      const wrong = rows.flatMap((row) => {
        const value = last.get(String(row.id))?.row?.[column];
        const expected = trueValue(type, formOf(row[column] ?? null, type.kind));
        const shown = type.kind === 'json' ? jsonForm(value) : value;
        return JSON.stringify(shown) === JSON.stringify(expected) ? [] : [[row.id, row[column], shown]];
      });
      expect({ column, wrong }).toEqual({ column, wrong: [] });
    }
  });

  it('came in the snapshot, in the stream, and as updates, and nothing was refused', () => {
    const all = changesOf(setting, 'zoo');
    const count = (op: string): number => all.filter((change) => change.op === op).length;
    expect(count('r')).toBeGreaterThanOrEqual(BEFORE);
    expect([count('c') > 0, count('u')]).toEqual([true, UPDATED]);
    expect(all.filter(({ refusal }) => refusal !== null)).toEqual([]);
  });

  it('a query of each row comes to the same values', async () => {
    const { definition, rows } = await queried(setting);
    const last = new Map(changesOf(setting, 'zoo').map((change) => [change.key, change]));
    expect([...rows.keys()].sort()).toEqual([...last.keys()].sort());
    for (const column of Object.keys(SPECS)) {
      const wrong = [...rows].flatMap(([key, row]) => {
        const came = last.get(key)?.row?.[column];
        const values = { [key]: { query: row[column], connector: came } };
        return JSON.stringify(row[column]) === JSON.stringify(came) ? [] : [values];
      });
      expect({ column, kind: definition.columns[column]?.type.kind, wrong }).toMatchObject({ column, wrong: [] });
    }
  });

  it('values that an update did not touch are unknown, and a null that may mean that is refused', () => {
    const update = changesOf(setting, 'apart').find(({ op }) => op === 'u');
    expect(update?.row).toEqual({ id: 1, n: 2 });
    expect(update?.refusal?.text).toContain('prices is null in an update');
  });
});

const changesOf = (setting: Setting, name: string): ChangeEvent[] =>
  (changes[prefixOf(setting)] ?? []).filter((change) => change.table === `${schema}.${name}`);

/** `::text`, or JSON for what has parts. */
function formOf(shown: string | null, kind: string): TrueForm {
  const isJson = kind === 'array' || kind === 'json';
  if (shown === null || !isJson)
    return kind === 'boolean' && shown !== null ? shown === 'true' || shown === '1' : shown;
  return parse(shown, undefined, (digits) => digits) as TrueForm;
}

async function truth(): Promise<Record<string, string | null>[]> {
  const columns = Object.entries(SPECS).map(([name, spec]) => `(${spec.truth ?? `"${name}"`})::text AS "${name}"`);
  const { rows } = await database.query<Record<string, string | null>>(
    `SELECT id::text, ${columns.join(', ')} FROM ${schema}.zoo ORDER BY zoo.id`,
  );
  return rows;
}

const insertRandom = (from: number, to: number): Promise<unknown> =>
  database.query(
    `INSERT INTO ${schema}.zoo SELECT n, ${Object.values(SPECS)
      .map(({ random }) => random)
      .join(', ')} FROM generate_series(${from}, ${to}) n`,
  );

/** One row for each, the other columns null. */
async function insertExtremes(): Promise<void> {
  let id = 10_000;
  for (const [name, { extremes = [] }] of Object.entries(SPECS)) {
    for (const value of extremes) {
      await database.query(`INSERT INTO ${schema}.zoo (id, "${name}") VALUES (${id}, ${value})`);
      id += 1;
    }
  }
}

/** All rows, as a check of the source reads them. */
async function queried(setting: Setting): Promise<{ definition: TableDefinition; rows: ReadonlyMap<string, Row> }> {
  const definition = tablesOf(setting)[0] as TableDefinition;
  const rows = new Map<string, Row>();
  const { user, password, host, port, database: name } = endpoints.postgres;
  const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
  const opened = await openRows(`postgres://${login}@${host}:${port}/${name}`, null);
  try {
    const real = (await opened.tables()).find((each) => each.name === definition.name)!;
    const there = new Map(real.columns.map((column) => [column.name, column]));
    const reader = sqlRowReader(definition, there, definition.name);
    const asked = (column: string): AskedColumn => ({ ...there.get(column)!, type: definition.columns[column]!.type });
    const columns = reader.columns.map((column) => asked(column.name));
    const of = { name: definition.name, columns, key: real.key.map(asked) };
    for (let after: readonly string[] | null = null; ;) {
      const part: readonly WalkedRow[] = await opened.after(of, after, PAGE);
      for (const { texts } of part) {
        const { key, row, refusal } = reader.read(texts);
        expect(refusal).toBeNull();
        rows.set(key ?? '', row);
      }
      after = part.at(-1)?.place ?? null;
      if (part.length < PAGE) return { definition, rows };
    }
  } finally {
    await opened.end();
  }
}

/** Rows of one query. */
const PAGE = 100;

function tablesOf(setting: Setting): TableDefinition[] {
  const zoo = Object.entries(SPECS).map(([name, spec]) => [name, declaredOf(spec, setting).nullable()] as const);
  const apart = Object.entries(APART).map(
    ([name, [, , plain, other]]) => [name, setting === 'other' ? (other ?? plain) : plain] as const,
  );
  const prices = legacy.array(legacy.decimal({ scale: 1, wire: setting === 'other' ? 'bytes' : 'text' })).nullable();
  return [
    table(`${schema}.zoo`, { key: ['id'], columns: { id: legacy.integer(), ...Object.fromEntries(zoo) } }),
    table(`${schema}.apart`, {
      key: ['id'],
      columns: { id: legacy.integer(), n: legacy.integer(), ...Object.fromEntries(apart), prices },
    }),
  ];
}

function decoderOf(setting: Setting): Decoder {
  const tables = tablesOf(setting);
  const source = prefixOf(setting);
  const topics = { topicPrefix: source, transactionTopic: `${source}.transaction` };
  return new Decoder({ source, connector: CONNECTORS.postgresql, mode: 'exact', ...topics, tables });
}

function configOf(setting: Setting): Record<string, string> {
  const name = prefixOf(setting);
  return withDatabase(
    {
      'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
      'tasks.max': '1',
      'topic.prefix': name,
      'plugin.name': 'pgoutput',
      'slot.name': name,
      'publication.name': name,
      'publication.autocreate.mode': 'filtered',
      'table.include.list': `${schema}.zoo,${schema}.apart`,
      'provide.transaction.metadata': 'true',
      'topic.creation.default.partitions': '1',
      'topic.creation.default.replication.factor': '-1',
      'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
      'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
      ...SETTINGS[setting],
    },
    endpoints,
  );
}

async function consume(): Promise<void> {
  const topics = settings.flatMap((setting) =>
    ['zoo', 'apart'].map((name) => `${prefixOf(setting)}.${schema}.${name}`),
  );
  const admin = kafka.admin();
  await admin.connect();
  const all = async (): Promise<void> => expect(await admin.listTopics()).toEqual(expect.arrayContaining(topics));
  await vi.waitFor(all, { timeout: 60_000, interval: 100 });
  await admin.disconnect();
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await consumer.run({
    eachMessage: ({ topic, partition, message: { key, value, offset } }) => {
      const prefix = topic.split('.')[0] ?? '';
      const place = { topic, partition: `${topic}/${partition}`, offset: Number(offset), otherKey: null };
      const record = { ...place, key, value };
      changes[prefix]?.push(decoders[prefix]?.decode(record) as ChangeEvent);
      return Promise.resolve();
    },
  });
}

const arrived = (op: string, count: number): Promise<unknown> =>
  vi.waitFor(
    () => {
      for (const all of Object.values(changes)) {
        expect(all.filter((change) => change.op === op).length).toBeGreaterThanOrEqual(count);
      }
    },
    { timeout: 60_000, interval: 50 },
  );

/**
 * `dragoman init` against real databases and topics, and `dragoman record` of those topics: PostgreSQL with the legacy order system and with nine
 * tables that have keys of several columns, one of them none; the same nine on MariaDB. What is proposed passes check, with its tests.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createDatabase, installLegacyDb, withClient } from '../../legacy-db/database.js';
import { MariadbClient } from '../../legacy-db/mariadb/client.js';
import { openRecording } from '../../src/adapters/files/recording.js';
import { kafkaClient } from '../../src/adapters/kafka/client.js';
import { createTopics } from '../../src/adapters/kafka/ground/topics.js';
import { openStack, type Stack } from '../stack/stack.js';
import { run } from '../support/command.js';
import { checked, newFolder } from '../support/project/proposed.js';
import { readRecording } from '../support/recordings.js';
import { removeOwn, stackConfig } from '../support/servers/stack-config.js';
import { nineTables } from '../support/sources/nine-tables.js';

const servers = inject('stack');
const own = `init_${randomBytes(4).toString('hex')}`;
const { host, port, user, password } = servers.postgres;
const address = `postgres://${user}@${host}:${port}/${own}`;
const whole = address.replace('@', `:${encodeURIComponent(password)}@`);
const folder = newFolder();
const secret = { DRAGOMAN_DATABASE_PASSWORD: password };

const file = (path: string): string => readFileSync(join(folder, path), 'utf8');
const passes = async (rules: string, recording?: string): Promise<readonly string[]> => {
  const { findings, words } = await checked(join(folder, rules), recording === undefined ? {} : { recording });
  expect(findings.filter(({ kind }) => kind === 'finding')).toEqual([]);
  return words;
};

const ORDERS = Array.from({ length: 20 }, (_, i) => i + 1);
const values = (row: (order: number) => string): string => ORDERS.map((order) => `(${row(order)})`).join(', ');

beforeAll(async () => {
  await createDatabase(whole);
  await installLegacyDb({ url: whole });
  await withClient(whole, async (client) => {
    const hdr = values((o) => `${o}, '${o % 2 === 0 ? '10' : '30'}', 'WEB', 'DE', 'ACME', 'EUR', 10.50, 'N', 'Y'`);
    await client.query(
      `INSERT INTO oms.ord_hdr (ord_no, sts_cd, chnl_cd, mkt_cd, tnt_cd, curr_cd, tot_amt, fraud_flg, addr_ok_flg) VALUES ${hdr}`,
    );
    await client.query(`INSERT INTO oms.ord_line VALUES ${values((o) => `${o}, 1, 'SKU', 1, 10.5, 'Y', '10'`)}`);
    await client.query(
      `INSERT INTO oms.pay_txn (ord_no, pay_typ, amt, pay_sts) VALUES ${values((o) => `${o}, 'AUTH', 10.5, 'OK'`)}`,
    );
    await client.query(`CREATE SCHEMA tpcc; ${nineTables('tpcc').join(';\n')}`);
    await client.query(
      `CREATE TYPE oms.mood AS ENUM ('sad', 'ok'); CREATE DOMAIN oms.money2 AS numeric(10,2) NOT NULL;
       CREATE TABLE oms.odd (code text NOT NULL UNIQUE, mood oms.mood, price oms.money2, total numeric GENERATED ALWAYS AS (1) STORED, shape box,
         tags text[], "Odd Name" int); COMMENT ON COLUMN oms.odd.price IS 'what it cost'`,
    );
  });
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  const base = new URL(whole);
  base.pathname = '/postgres';
  await withClient(base.href, (client) => client.query(`DROP DATABASE ${own} WITH (FORCE)`));
});

describe('PostgreSQL', () => {
  it('with the legacy order system gives rules that pass check', async () => {
    const ran = await run(['init', join(folder, 'legacy'), '--database', address, '--schemas', 'oms'], secret);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.err).toContain('aggregate ord: oms.ord_hdr');
    expect(await passes('legacy')).toContain('tests: 1');
    const header = file('legacy/tables/ord-hdr.ts');
    expect(header).toMatch(/numeric\(12,2\); NOT NULL\.\n\s*tot_amt: legacy\.decimal\(\{ scale: 2 \}\)/);
    expect(header).toMatch(
      /2 values in 20 rows: 10 \(10\), 30 \(10\); NOT NULL\.\n(\s*\/\/.*\n)+\s*sts_cd: legacy\.code/,
    );
    expect(header).toMatch(/may be null, was not in 0 rows|null in 20 of 20 rows/);
    expect(file('legacy/tables/ord-line.ts')).toContain('foreign key ord_line_ord_no_fkey');
    expect(file('legacy/aggregates/ord.ts')).toMatch(
      /called like its key \(ord_no\); 20 of 20 values are there\.\n\s*payTxn: many/,
    );
    const odd = file('legacy/tables/odd.ts');
    expect(odd).toContain('its rows are known by the unique index odd_code_key');
    expect(odd).toContain("mood: legacy.code({ sad: 'sad', ok: 'ok' }).nullable(),");
    expect(odd).toMatch(/the database says: what it cost\.\n\s*price: legacy\.decimal\(\{ scale: 2 \}\),/);
    expect(odd).toMatch(/Left out: the database generates it.*\n(\s*\/\/.*\n)*\s*\/\/ total:/);
    expect(odd).toMatch(/Left out: the connector does not send box/);
  });

  it('with nine tables of composite keys, one without any, gives rules that pass check', async () => {
    const ran = await run(['init', join(folder, 'nine'), '--database', address, '--schemas', 'tpcc'], secret);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.err).toContain('aggregate oorder: tpcc.oorder, tpcc.new_order, tpcc.order_line');
    expect(ran.err).toContain('not declared: tpcc.history: it has no primary key');
    expect(await passes('nine')).toContain('tests: 1');
    expect(file('nine/aggregates/oorder.ts')).toContain(
      'orderLine: many(orderLine, (row) => [row.ol_w_id, row.ol_d_id, row.ol_o_id]),',
    );
    expect(file('nine/tables/customer.ts')).toMatch(
      /looks personal, by its name\.\n\s*c_phone: legacy\.text\(\{ trim: true \}\)\.nullable\(\)\.personal\(\)/,
    );
  });

  it('that does not let in says so without the password', async () => {
    const { code, err } = await run(
      ['init', join(folder, 'none'), '--database', address.replace(own, 'nowhere')],
      secret,
    );
    expect([code, err]).toEqual([
      5,
      expect.stringMatching(/DATABASE_UNREADABLE: The database at .*\/nowhere cannot be read: /),
    ]);
    const other = await run(
      ['init', join(folder, 'none'), '--database', address.replace(own, own), '--schemas', 'none'],
      secret,
    );
    expect([other.code, other.err]).toEqual([6, expect.stringMatching(/NOTHING_OBSERVED/)]);
    expect(err + other.err).not.toContain(`:${password}@`);
  });
});

describe('MariaDB', () => {
  let stack: Stack<'mariadb'>;
  beforeAll(async () => {
    stack = await openStack({ services: ['mariadb'], provider: 'native' });
  });
  afterAll(() => stack.down());

  it('with the same nine tables gives rules that pass check', async () => {
    const { mariadb } = stack.endpoints;
    const login = `${encodeURIComponent(mariadb.user)}:${encodeURIComponent(mariadb.password)}`;
    const client = await MariadbClient.connect(`mariadb://${login}@${mariadb.host}:${mariadb.port}`);
    await client.query(`CREATE DATABASE tpcc; ${nineTables('tpcc').join(';\n')}`);
    await client.query(
      `CREATE TABLE tpcc.odd (id bigint unsigned PRIMARY KEY, flag tinyint(1) NOT NULL, kind enum('a','b') NOT NULL, seen datetime(6) NOT NULL,
         twice int AS (2) VIRTUAL)`,
    );
    await client.end();
    const ran = await run(
      ['init', join(folder, 'mariadb'), '--database', `mariadb://${mariadb.user}@${mariadb.host}:${mariadb.port}/tpcc`],
      { DRAGOMAN_DATABASE_PASSWORD: mariadb.password },
    );
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.err).toContain('aggregate oorder: tpcc.oorder, tpcc.new_order, tpcc.order_line');
    expect(await passes('mariadb')).toContain('tests: 1');
    const odd = file('mariadb/tables/odd.ts');
    expect(odd).toContain('id: legacy.bigint({ unsigned: true }),');
    expect(odd).toContain("kind: legacy.code({ a: 'a', b: 'b' }),");
    expect(odd).toMatch(
      /May it hold 0000-00-00\?.*\n(\s*\/\/.*\n)*\s*seen: legacy\.timestamp\(\{ unit: 'micros', zone: 'UTC' \}\)/,
    );
    expect(odd).toMatch(/Left out: the database generates it.*\n(\s*\/\/.*\n)*\s*\/\/ twice:/);
  });
});

describe('topics', () => {
  const config = stackConfig(servers);
  const kafka = kafkaClient(config.kafka, () => undefined);
  const admin = kafka.admin();
  const prefix = own.replace('_', '-');
  const recorded = readRecording('postgres/01-lifecycle').map((record) => ({
    ...record,
    topic: record.topic.replace('legacy', prefix),
  }));
  const brokers = servers.kafka.bootstrapServers;

  beforeAll(async () => {
    await admin.connect();
    const partitions = new Map<string, number>();
    for (const { topic, partition } of recorded)
      partitions.set(topic, Math.max(partitions.get(topic) ?? 0, partition + 1));
    await createTopics(
      admin,
      [...partitions].map(([topic, numPartitions]) => ({ topic, numPartitions })),
    );
    const producer = kafka.producer();
    await producer.connect();
    for (const { topic, partition, key, value, headers, timestamp } of recorded)
      await producer.send({
        topic,
        messages: [{ partition, key, value, headers, timestamp: String(timestamp) }],
      });
    await producer.disconnect();
  });

  afterAll(async () => {
    await removeOwn(admin, prefix);
    await admin.disconnect();
  });

  it('give rules that pass check', async () => {
    const ran = await run(['init', join(folder, 'topics'), '--prefix', prefix, '--brokers', ...brokers]);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.err).toContain('6 topics of');
    expect(await passes('topics')).toContain('tests: 1');
  });

  it('are recorded as they are, and what is proposed from them takes the recording', async () => {
    const path = join(folder, 'all.ndjson.zst');
    const ran = await run(['record', path, '--prefix', prefix, '--brokers', ...brokers, '--redact', 'none', '--json']);
    expect(ran).toMatchObject({ code: 0 });
    expect(JSON.parse(ran.out.join(''))).toMatchObject({
      schema: 'dragoman.cli/record@1',
      records: recorded.length,
      redacted: {},
    });
    const { records } = await openRecording(path);
    const byPartition = (all: readonly { partition: string; key: string | null; value: string | null }[]) =>
      all
        .map(({ partition, key, value }) => ({ partition, key, value }))
        .sort((a, b) => (a.partition === b.partition ? 0 : a.partition < b.partition ? -1 : 1));
    const wanted = recorded.map(({ topic, partition, key, value }) => ({
      partition: `${topic}/${partition}`,
      key,
      value,
    }));
    expect(byPartition(records)).toEqual(byPartition(wanted));
    expect((await run(['record', path, '--prefix', prefix, '--brokers', ...brokers])).err).toContain('FILE_EXISTS');
  });

  it('are recorded without what is personal, by time, and by order', async () => {
    const rules = join(import.meta.dirname, '../../rules');
    const hidden = join(folder, 'hidden.ndjson.gz');
    await run(['record', hidden, '--prefix', prefix, '--brokers', ...brokers, '-r', rules]);
    expect((await openRecording(hidden)).redacted.get('oms.cust_addr')).toEqual(['street', 'zip', 'city']);

    const middle = recorded[300]!.timestamp;
    const late = join(folder, 'late.ndjson');
    await run(['record', late, '--prefix', prefix, '--brokers', ...brokers, '--since', new Date(middle).toISOString()]);
    const { records } = await openRecording(late);
    expect(records.length).toBeLessThan(recorded.length);
    expect(records.every(({ timestampMs }) => timestampMs >= middle)).toBe(true);

    const one = join(folder, 'one.ndjson');
    const ran = await run([
      'record',
      one,
      '--prefix',
      prefix,
      '--brokers',
      ...brokers,
      '-r',
      rules,
      '--aggregates',
      'order:900001',
    ]);
    expect(ran.err).toMatch(/one\.ndjson: \d+ records, \d+ left out/);
    expect((await openRecording(one)).only).toContain('order:900001');
  });

  it('that are not there are told of', async () => {
    const ran = await run(['record', join(folder, 'x.ndjson'), '--prefix', 'nobody', '--brokers', ...brokers]);
    expect([ran.code, ran.err]).toEqual([6, expect.stringContaining('TOPIC_MISSING: There is no topic of nobody')]);
  });
});

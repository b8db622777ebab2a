/**
 * The example's order service as its users would run it: a process with a PostgreSQL database of its own, and Debezium with the example's connector
 * over it. Requests by HTTP; Dragoman's part of the protocol is written by the test.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { createDatabase, withClient } from '../../legacy-db/database.js';
import { conformOf } from '../../src/cli/conform/conform.js';
import { headerOf, keyOf } from '../../src/consumer/read/record.js';
import type { PublishedContract } from '../../src/contracts/published.js';
import { compiledExample } from '../dragoman/example.js';
import { guard } from '../dragoman/guard.js';
import {
  type ConnectorConfig,
  createConnector,
  deleteConnector,
  waitUntilRunning,
  withDatabase,
} from '../stack/connector.js';
import { OwnService } from '../support/producer/service.js';
import { ownFields, PARTITIONS } from '../support/producer/topic.js';

const CONTRACTS = [
  'OrderAcceptedForFulfillment',
  'OrderReleasedToWarehouse',
  'OrderCancellationAccepted',
  'RefundInitiated',
];
const WAIT = { timeout: 60_000, interval: 100 };

const endpoints = inject('stack');
const { host, port, user, password } = endpoints.postgres;
const urlOf = (database: string): string =>
  `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
let own: OwnService;
let folder: string;
let contracts: PublishedContract[];
let entry: string;
let base: string;
let service: ChildProcess;

beforeAll(async () => {
  own = await OwnService.open();
  folder = await mkdtemp(join(tmpdir(), 'order-service-'));
  contracts = await Promise.all(CONTRACTS.map(exportedTo));
  entry = await compiledExample('order-service');
  await createDatabase(urlOf(own.name));
  base = `http://127.0.0.1:${await freePort()}`;
  service = await started();
  const given = JSON.parse(await readFile('docs/examples/order-service/connector.json', 'utf8')) as ConnectorConfig;
  const names = { 'topic.prefix': own.name, 'slot.name': own.name, 'publication.name': own.name };
  const creation = { 'topic.creation.default.replication.factor': '1', 'topic.creation.default.partitions': '1' };
  const { connect, postgres } = endpoints;
  const database = { connect, postgres: { ...postgres, database: own.name } };
  await createConnector(connect, own.name, withDatabase({ ...given, ...names, ...creation }, database));
  await waitUntilRunning(connect, own.name);
});

afterAll(async () => {
  await deleteConnector(endpoints.connect, own.name, {
    ...{ postgres: endpoints.postgres, slot: own.name, publication: own.name },
  });
  service.kill('SIGKILL');
  await own.close();
  await withClient(urlOf('postgres'), (client) => client.query(`DROP DATABASE IF EXISTS ${own.name} WITH (FORCE)`));
  await rm(folder, { recursive: true });
});

/** As an export has it, but for the topic. */
async function exportedTo(name: string): Promise<PublishedContract> {
  const text = await readFile(`rules/contracts/published/${name}.v1/contract.json`, 'utf8');
  const published = { ...(JSON.parse(text) as PublishedContract), topic: own.topic };
  await mkdir(join(folder, `${name}.v1`));
  await writeFile(join(folder, `${name}.v1`, 'contract.json'), JSON.stringify(published));
  return published;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = server.address() as { port: number };
      server.close(() => resolve(free));
    });
  });
}

async function started(): Promise<ChildProcess> {
  const env = {
    ...{ KAFKA_BROKERS: endpoints.kafka.bootstrapServers.join(','), DATABASE_URL: urlOf(own.name), CONTRACTS: folder },
    ...{ PORT: new URL(base).port, NAMESPACE: own.name, PIPELINE: 'orders' },
  };
  const child = spawn(process.execPath, [entry], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  child.once('exit', guard(child.pid ?? 0));
  await vi.waitFor(async () => expect((await fetch(`${base}/routes`)).status).toBe(200), WAIT);
  return child;
}

const post = async (path: string, body: object): Promise<number> =>
  (await fetch(`${base}${path}`, { method: 'POST', body: JSON.stringify(body) })).status;
const fieldsOf = (name: string): Record<string, unknown> => ownFields(contracts[CONTRACTS.indexOf(name)]!);
const order = (orderId: string): object => ({ ...fieldsOf('OrderAcceptedForFulfillment'), orderId, market: 'DE' });
const OF_ORDER = ['orderId', 'tenant', 'market', 'channel'];
const given = (name: string, more: object = {}): object => ({
  ...Object.fromEntries(Object.entries(fieldsOf(name)).filter(([field]) => !OF_ORDER.includes(field))),
  ...more,
});

const stages = async (): Promise<string[]> => {
  const standing = (await (await fetch(`${base}/routes`)).json()) as { routes: { stage: string }[] }[];
  return standing.flatMap(({ routes }) => routes.map(({ stage }) => stage));
};
const events = async (): Promise<string[]> =>
  (await own.read())
    .filter((record) => headerOf(record, 'ce_type') !== 'dragoman.ownership.v1')
    .map((record) => `${keyOf(record)} ${headerOf(record, 'ce_type')} ${Number(headerOf(record, 'ce_ordersequence'))}`);

it('takes over, publishes each request once however often it is sent and whatever is killed, and hands back', async () => {
  expect(await post('/orders', order('4711'))).toBe(409);
  for (const name of CONTRACTS) await own.move({ contract: `${name}.v1` });
  await vi.waitFor(async () => expect(await stages()).toEqual(CONTRACTS.map(() => 'service')), WAIT);

  expect(await post('/orders', order('4711'))).toBe(201);
  expect(await post('/orders', order('4711'))).toBe(200);
  expect(await post('/orders/4712/releases', given('OrderReleasedToWarehouse'))).toBe(404);
  expect(await post('/orders', { ...order('4713'), totalAmount: 'much' })).toBe(422);
  expect(await post('/orders/4711/releases', given('OrderReleasedToWarehouse', { releaseNumber: '1' }))).toBe(201);

  const ended = once(service, 'exit');
  service.kill('SIGKILL');
  await ended;
  service = await started();
  expect(await post('/orders/4711/releases', given('OrderReleasedToWarehouse', { releaseNumber: '1' }))).toBe(200);
  expect(await post('/orders/4711/releases', given('OrderReleasedToWarehouse', { releaseNumber: '2' }))).toBe(201);

  for (const name of CONTRACTS) await own.ask({ contract: `${name}.v1` });
  await vi.waitFor(async () => expect(await stages()).toEqual(CONTRACTS.map(() => 'legacy')), WAIT);
  expect(await post('/orders', order('4714'))).toBe(409);
  // What it began ends with it.
  expect(await post('/orders/4711/cancellations', given('OrderCancellationAccepted'))).toBe(201);
  expect(await post('/orders/4711/refunds', given('RefundInitiated'))).toBe(201);

  const published = [
    '4711 OrderAcceptedForFulfillment.v1 1',
    ...['4711 OrderReleasedToWarehouse.v1 1', '4711 OrderReleasedToWarehouse.v1 2'],
    ...['4711 OrderCancellationAccepted.v1 1', '4711 RefundInitiated.v1 1'],
  ];
  await vi.waitFor(async () => expect(await events()).toEqual(published), WAIT);
  const report = await conformOf(own.kafka, own.admin, own.topic, contracts);
  expect(report).toMatchObject({ findings: [], events: 5, handovers: 2 * CONTRACTS.length * PARTITIONS });
});

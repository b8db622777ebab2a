/** The stack itself: rows of a real PostgreSQL arrive in Kafka through Debezium, and go on to after a kill of the worker. */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { Kafka, logLevel, type Consumer, type EachMessagePayload } from 'kafkajs';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { createConnector, deleteConnector, waitUntilRunning, withDatabase } from '../stack/connector.js';
import { projectDirectory } from '../stack/directories.js';
import { attachStack, type Stack } from '../stack/stack.js';

const endpoints = inject('stack');
const name = `stack_${randomUUID().slice(0, 8)}`; // one name for schema, slot, publication, topic prefix and connector
const topic = `${name}.${name}.parcel`;

let stack: Stack;
let database: pg.Client;
let consumer: Consumer | undefined;
const arrived = new Map<number, () => void>();
const parcels: number[] = [];

beforeAll(async () => {
  const attached = await attachStack(inject('stackFile'));
  expect(attached).toBeDefined();
  stack = attached!;
  database = new pg.Client(endpoints.postgres);
  await database.connect();
  await database.query(`CREATE SCHEMA ${name}`);
  await database.query(`CREATE TABLE ${name}.parcel (parcel_no int PRIMARY KEY, label text)`);
  await createConnector(endpoints.connect, name, withDatabase(connectorConfig(), endpoints));
  await waitUntilRunning(endpoints.connect, name);
  consumer = await startConsumer();
});

afterAll(async () => {
  await consumer?.disconnect();
  await deleteConnector(endpoints.connect, name, { postgres: endpoints.postgres, slot: name, publication: name });
  await database.query(`DROP SCHEMA ${name} CASCADE`);
  await database.end();
  const admin = new Kafka({ brokers: [...endpoints.kafka.bootstrapServers], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.deleteTopics({ topics: (await admin.listTopics()).filter((other) => other.startsWith(`${name}.`)) });
  await admin.deleteGroups([name]);
  await admin.disconnect();
});

describe('the stack', () => {
  it('streams a row of PostgreSQL into Kafka', async () => {
    await insertAndAwait(2);
    expect(parcels).toContain(2);
  });

  it('goes on streaming after a kill -9 of the Connect worker', async () => {
    await stack.kill('connect');
    expect(await stack.isRunning('connect')).toBe(false);
    const arrival = awaitParcel(3);
    await insert(3);
    await stack.start('connect');
    await arrival;
    expect(parcels.filter((parcel) => parcel === 2)).toHaveLength(1);
  });

  it('keeps the data of Redis over a restart, and refuses to evict', async () => {
    const { Redis } = await import('ioredis');
    const redis = new Redis(endpoints.redis);
    redis.on('error', () => undefined); // it will lose its server, on purpose
    await redis.set(name, 'kept');
    await stack.restart('redis');
    expect(await redis.get(name)).toBe('kept');
    expect(await redis.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
    await redis.del(name);
    redis.disconnect();
  });

  it('dies with the process that opened it, even by kill -9', async () => {
    const owner = openInAnotherProcess(stack.provider);
    const [line] = (await once(owner.stdout.setEncoding('utf8'), 'data')) as [string];
    const { stateFile } = JSON.parse(line) as { stateFile: string };
    const other = await attachStack(stateFile);
    await other!.restart('redis'); // a part that somebody else started again ends too
    owner.kill('SIGKILL');
    await vi.waitFor(() => expect(existsSync(stateFile)).toBe(false), { timeout: 30_000, interval: 50 });
    await expect(other!.start('redis')).rejects.toThrow('STATE_UNREADABLE');
  });
});

function openInAnotherProcess(provider: string): ChildProcessByStdio<null, Readable, null> {
  const script = `
    const { openStack } = await import('./test/stack/stack.ts');
    const stack = await openStack({ provider: '${provider}', services: ['redis'] });
    console.log(JSON.stringify({ stateFile: stack.stateFile }));
    setInterval(() => undefined, 1000);`;
  const args = ['--import', 'tsx', '--input-type=module', '-e', script];
  return spawn(process.execPath, args, { cwd: projectDirectory, stdio: ['ignore', 'pipe', 'inherit'] });
}

function connectorConfig(): Record<string, string> {
  return {
    'connector.class': 'io.debezium.connector.postgresql.PostgresConnector',
    'tasks.max': '1',
    'exactly.once.support': 'required',
    'topic.prefix': name,
    'plugin.name': 'pgoutput',
    'slot.name': name,
    'publication.name': name,
    'publication.autocreate.mode': 'filtered',
    'table.include.list': `${name}.parcel`,
    'provide.transaction.metadata': 'true',
    'topic.creation.default.partitions': '1',
    'topic.creation.default.replication.factor': '-1',
  };
}

/** The first row is inserted before, so that the topic exists when the consumer looks for it. */
async function startConsumer(): Promise<Consumer> {
  const kafka = new Kafka({ brokers: [...endpoints.kafka.bootstrapServers], logLevel: logLevel.NOTHING });
  await insert(1);
  await topicExists(kafka);
  const reader = kafka.consumer({ groupId: name, readUncommitted: false });
  await reader.connect();
  await reader.subscribe({ topic, fromBeginning: true });
  const first = awaitParcel(1);
  await reader.run({ eachMessage: (record) => Promise.resolve(note(record)) });
  await first;
  return reader;
}

async function topicExists(kafka: Kafka): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  await vi.waitFor(async () => expect(await admin.listTopics()).toContain(topic), { timeout: 60_000, interval: 100 });
  await admin.disconnect();
}

function note({ message }: EachMessagePayload): void {
  const value = JSON.parse(message.value?.toString() ?? 'null') as { after: { parcel_no: number } };
  parcels.push(value.after.parcel_no);
  arrived.get(value.after.parcel_no)?.();
}

function awaitParcel(parcelNo: number): Promise<void> {
  return new Promise((resolve) => arrived.set(parcelNo, resolve));
}

function insert(parcelNo: number): Promise<unknown> {
  return database.query(`INSERT INTO ${name}.parcel VALUES ($1, 'fragile')`, [parcelNo]);
}

async function insertAndAwait(parcelNo: number): Promise<void> {
  const arrival = awaitParcel(parcelNo);
  await insert(parcelNo);
  await arrival;
}

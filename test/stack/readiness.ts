/** Waits until a service answers in its own protocol, not just until its port is open. */
import { connect as connectTcp } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { patiently } from './patience.js';
import type { Endpoints, PostgresEndpoint, RedisEndpoint, ServiceName } from './provider.js';
import { StackError } from './stack-error.js';

const probeTimeoutMs = 10_000;
const probeIntervalMs = 100;

export interface ReadinessOptions {
  readonly service: ServiceName;
  readonly endpoints: Partial<Endpoints>;
  readonly kafkaBrokers: number;
  /** It may be slow as long as its log goes on. */
  readonly quietMaxMs: number;
  /** False as soon as waiting is pointless, because the process has ended. */
  readonly alive: () => Promise<boolean>;
  readonly logTail: () => Promise<string>;
}

/** @throws StackError START_FAILED when the process ends, NOT_READY when it comes to nothing; both with its last words. */
export async function waitUntilReady(options: ReadinessOptions): Promise<void> {
  const { service, quietMaxMs, logTail } = options;
  let last = 'no answer';
  const holds = async (): Promise<boolean> => {
    try {
      await probe(options);
      return true;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
    if (await options.alive()) return false;
    throw new StackError('START_FAILED', `${service} ended while starting. Its last lines:\n${await logTail()}`);
  };
  if (await patiently({ holds, signs: logTail, quietMaxMs, pollMs: probeIntervalMs })) return;
  throw new StackError(
    'NOT_READY',
    `${service} does not answer (${last}), and its log stands still for ${quietMaxMs / 1000} s or has no end. Its last lines:\n${await logTail()}`,
  );
}

function probe({ service, endpoints, kafkaBrokers }: ReadinessOptions): Promise<void> {
  switch (service) {
    case 'postgres':
      return probePostgres(endpoints.postgres!);
    case 'redis':
      return probeRedis(endpoints.redis!);
    case 'redis-replica':
      return probeRedis(endpoints['redis-replica']!);
    case 'kafka':
      return probeKafka(endpoints.kafka!.bootstrapServers, kafkaBrokers);
    case 'mariadb':
      return probeMariadb(endpoints.mariadb!);
    case 'registry':
      return probeRegistry(endpoints.registry!.url);
    case 'connect':
      return probeConnect(endpoints.connect!.url);
  }
}

/** Asks the server's own database: ours is created when the server answers. */
async function probePostgres(endpoint: PostgresEndpoint): Promise<void> {
  const client = new pg.Client({ ...endpoint, database: 'postgres', connectionTimeoutMillis: probeTimeoutMs });
  client.on('error', () => undefined); // a server that goes away while we look is just not ready
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end();
  }
}

/** The server greets whoever connects, with its version. */
function probeMariadb({ host, port }: Endpoints['mariadb']): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port, timeout: probeTimeoutMs });
    socket.once('data', (bytes) => {
      socket.destroy();
      if (bytes.includes('MariaDB')) resolve();
      else reject(new StackError('NOT_READY', 'it does not greet as MariaDB does'));
    });
    socket.once('timeout', () => socket.destroy(new StackError('NOT_READY', 'no greeting')));
    socket.once('error', reject);
    socket.once('close', () => reject(new StackError('NOT_READY', 'closed without a greeting')));
  });
}

/** PING by hand: -LOADING while the append-only file is read is not ready yet. */
function probeRedis({ host, port }: RedisEndpoint): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port, timeout: probeTimeoutMs }, () => socket.write('PING\r\n'));
    socket.once('data', (bytes) => {
      socket.destroy();
      if (bytes.toString().startsWith('+PONG')) resolve();
      else reject(new StackError('NOT_READY', bytes.toString().trim()));
    });
    socket.once('timeout', () => socket.destroy(new StackError('NOT_READY', 'no answer to PING')));
    socket.once('error', reject);
    // Docker's proxy accepts for a server that does not listen yet, and closes at once; too late when it has answered.
    socket.once('close', () => reject(new StackError('NOT_READY', 'closed without an answer')));
  });
}

/** Every broker is registered, and the first one can lead: topics can be created. */
async function probeKafka(brokers: readonly string[], expected: number): Promise<void> {
  const kafka = new Kafka({
    clientId: 'stack-probe',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: probeTimeoutMs,
    requestTimeout: probeTimeoutMs,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    if (cluster.brokers.length < expected || cluster.controller === null) {
      throw new StackError('NOT_READY', `${cluster.brokers.length} of ${expected} brokers have registered`);
    }
  } finally {
    await admin.disconnect();
  }
}

async function probeRegistry(url: string): Promise<void> {
  const answer = await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(probeTimeoutMs) });
  if (!answer.ok) throw new StackError('NOT_READY', `GET /subjects answers ${answer.status}: ${await answer.text()}`);
}

async function probeConnect(url: string): Promise<void> {
  const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(probeTimeoutMs) });
  if (!answer.ok) throw new StackError('NOT_READY', `GET /health answers ${answer.status}: ${await answer.text()}`);
}

/** Connectors by Connect's REST interface: create, wait, delete. The configuration itself is the caller's. */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { patiently } from './patience.js';
import type { Endpoints, PostgresEndpoint } from './provider.js';
import { StackError } from './stack-error.js';

export type ConnectorConfig = Readonly<Record<string, string>>;
type ConnectEndpoint = Endpoints['connect'];

/** GET /connectors/NAME/status */
interface ConnectorStatus {
  readonly connector: { readonly state: string; readonly trace?: string };
  readonly tasks: readonly { readonly id: number; readonly state: string; readonly trace?: string }[];
}

const requestTimeoutMs = 90_000; // the worker's own for a request that it cannot answer
const pollIntervalMs = 100;
const rebalanceTimeoutMs = 60_000;

/** The configuration with this stack's PostgreSQL in it, seen from the worker; everything else stays as it is. */
export function withDatabase(
  config: ConnectorConfig,
  endpoints: Pick<Endpoints, 'connect' | 'postgres'>,
): ConnectorConfig {
  const { connect, postgres } = endpoints;
  return {
    ...config,
    'database.hostname': connect.postgres.host,
    'database.port': String(connect.postgres.port),
    'database.user': postgres.user,
    'database.password': postgres.password,
    'database.dbname': postgres.database,
  };
}

/**
 * Creates the connector or gives it a new configuration; the same call twice changes nothing.
 * @throws StackError CONNECTOR_REFUSED with Connect's own words, when the configuration is not valid.
 */
export async function createConnector(connect: ConnectEndpoint, name: string, config: ConnectorConfig): Promise<void> {
  if (config['topic.creation.default.replication.factor'] === undefined) {
    throw new StackError(
      'CONNECTOR_REFUSED',
      `connector ${name} could not create its topics: the stack's brokers create none by themselves. ` +
        'Set topic.creation.default.replication.factor and topic.creation.default.partitions in its configuration.',
    );
  }
  const answer = await request(connect, 'PUT', `/connectors/${encodeURIComponent(name)}/config`, config);
  if (answer.status === 200 || answer.status === 201) return;
  throw new StackError(
    'CONNECTOR_REFUSED',
    `Connect refuses connector ${name} (${answer.status}): ${await answer.text()}`,
  );
}

/**
 * Resolves when the connector and at least one task are RUNNING. RUNNING says nothing of the snapshot: wait for records.
 * @throws StackError CONNECTOR_FAILED with the trace when a task has failed, NOT_READY when the time is over.
 */
export async function waitUntilRunning(connect: ConnectEndpoint, name: string, quietMaxMs = 60_000): Promise<void> {
  let seen = 'unknown';
  const holds = async (): Promise<boolean> => {
    const status = await readStatus(connect, name);
    if (status !== undefined) {
      const parts = [status.connector, ...status.tasks];
      const failed = parts.find(({ state }) => state === 'FAILED');
      if (failed !== undefined) {
        throw new StackError('CONNECTOR_FAILED', `connector ${name} has failed:\n${failed.trace ?? '(no trace)'}`);
      }
      seen = parts.map(({ state }) => state).join(', ');
      return parts.length > 1 && parts.every(({ state }) => state === 'RUNNING');
    }
    return false;
  };
  if (await patiently({ holds, signs: () => seen, quietMaxMs, pollMs: pollIntervalMs })) return;
  throw new StackError(
    'NOT_READY',
    `connector ${name} does not run, and nothing changed for ${quietMaxMs / 1000} s (connector and tasks: ${seen})`,
  );
}

/**
 * Deletes the connector, its replication slot and, when named, its publication. What is already gone is no error. The
 * connector's offsets stay in the worker: a later connector of the same name and topic.prefix would go on from them, so
 * give every test its own names.
 */
export async function deleteConnector(
  connect: ConnectEndpoint,
  name: string,
  database?: { readonly postgres: PostgresEndpoint; readonly slot: string; readonly publication?: string },
): Promise<void> {
  const answer = await request(connect, 'DELETE', `/connectors/${encodeURIComponent(name)}`);
  if (answer.status !== 204 && answer.status !== 404) {
    throw new StackError(
      'CONNECTOR_REFUSED',
      `cannot delete connector ${name} (${answer.status}): ${await answer.text()}`,
    );
  }
  if (database !== undefined) await dropReplication(database);
}

/** What a deleted connector leaves behind in PostgreSQL: slot and, when named, publication. What is gone is no error. */
export async function dropReplication(database: {
  readonly postgres: PostgresEndpoint;
  readonly slot: string;
  readonly publication?: string;
}): Promise<void> {
  const client = new pg.Client({ ...database.postgres });
  await client.connect();
  try {
    await dropSlot(client, database.slot);
    if (database.publication !== undefined) {
      await client.query(`DROP PUBLICATION IF EXISTS ${pg.escapeIdentifier(database.publication)}`);
    }
  } finally {
    await client.end();
  }
}

/** The task lets go of the slot a moment after its connector is deleted. */
async function dropSlot(client: pg.Client, slot: string): Promise<void> {
  const deadline = Date.now() + rebalanceTimeoutMs;
  while (Date.now() < deadline) {
    const { rows } = await client.query<{ active: boolean }>(
      'SELECT active FROM pg_replication_slots WHERE slot_name = $1',
      [slot],
    );
    if (rows[0] === undefined) return;
    if (!rows[0].active) {
      await client.query('SELECT pg_drop_replication_slot($1)', [slot]);
      return;
    }
    await delay(pollIntervalMs);
  }
  throw new StackError(
    'SLOT_IN_USE',
    `replication slot ${slot} is still in use ${rebalanceTimeoutMs / 1000} s after its connector was deleted`,
  );
}

/** Undefined when the worker does not know the connector yet. */
async function readStatus(connect: ConnectEndpoint, name: string): Promise<ConnectorStatus | undefined> {
  const answer = await request(connect, 'GET', `/connectors/${encodeURIComponent(name)}/status`);
  return answer.status === 200 ? ((await answer.json()) as ConnectorStatus) : undefined;
}

/** 409 means that the worker is rebalancing, 500 "timed out" that it has not caught up with its own log: both pass. */
async function request(
  connect: ConnectEndpoint,
  method: string,
  path: string,
  body?: ConnectorConfig,
): Promise<Response> {
  const deadline = Date.now() + rebalanceTimeoutMs;
  for (;;) {
    const answer = await send(connect, method, path, body);
    const passing = answer.status === 409 || answer.status === 503 || (answer.status === 500 && method !== 'PUT');
    if (!passing || Date.now() > deadline) return answer;
    await answer.text();
    await delay(pollIntervalMs);
  }
}

async function send(connect: ConnectEndpoint, method: string, path: string, body?: ConnectorConfig): Promise<Response> {
  try {
    return await fetch(`${connect.url}${path}`, {
      method,
      signal: AbortSignal.timeout(requestTimeoutMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
  } catch (error) {
    throw new StackError('CONNECT_UNREACHABLE', `${method} ${connect.url}${path}: is the worker up?`, error);
  }
}

/**
 * One run of the legacy database through two connectors, one that writes JSON and one that writes Avro through a schema registry: so what comes of both can be
 * compared exactly. Nothing is written while the two take their snapshots, so both see the same.
 *
 * In:  a running stack and what is to happen. Out: two lists of records; those in Avro in base64, with the schemas that they name.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Registry } from '../../src/adapters/registry/registry.js';
import { RegistryHttp } from '../../src/adapters/registry/http.js';
import { isFramed, schemaIdIn } from '../../src/decode/registry/frame.js';
import type { RegisteredSchema } from '../../src/domain/registry/registered-schema.js';
import { createConnector, waitUntilRunning, withDatabase } from '../../test/stack/connector.js';
import type { Endpoints } from '../../test/stack/provider.js';
import { avroConverters } from '../avro-converters.js';
import { connectorConfig } from '../connector.js';
import { withClient } from '../database.js';
import { LegacyDbError } from '../errors.js';
import { consumeTopics, type RecordedLine } from './consume.js';

export interface PairOptions {
  readonly endpoints: Pick<Endpoints, 'postgres' | 'connect' | 'kafka' | 'registry'>;
  readonly url: string;
  /** What is there before the connectors are, and what they stream. */
  readonly before: () => Promise<unknown>;
  readonly streamed: () => Promise<unknown>;
  /** In the id of the last END; asked when all is written. */
  readonly last: () => Promise<string>;
}

export interface Pair {
  readonly json: readonly RecordedLine[];
  readonly avro: readonly RecordedLine[];
  /** By id. */
  readonly schemas: Readonly<Record<string, RegisteredSchema>>;
}

export const AVRO_PREFIX = 'avro';
const JSON_PREFIX = 'legacy';
const STREAMING_MAX_MS = 120_000;
const READ_MAX_MS = 400_000;
/** Rows of tables that came last are in topics that the reader has just heard of. */
const QUIET_MS = 8_000;

export async function recordPair({ endpoints, url, before, streamed, last }: PairOptions): Promise<Pair> {
  const { connect, kafka, registry } = endpoints;
  await before();
  const all = { 'table.include.list': String.raw`oms\..*` };
  const pair = [
    [JSON_PREFIX, all],
    [AVRO_PREFIX, { ...all, ...avroConverters(registry.native), 'decimal.handling.mode': 'precise' }],
  ] as const;
  for (const [prefix, properties] of pair) {
    const config = connectorConfig({ prefix, slot: `dragoman_${prefix}`, properties });
    await createConnector(connect, prefix, withDatabase(config, endpoints));
    await waitUntilRunning(connect, prefix);
  }
  await untilStreaming(url, pair.length);
  await streamed();
  const read = {
    brokers: kafka.bootstrapServers,
    until: `:${await last()}`,
    timeoutMs: READ_MAX_MS,
    quietMs: QUIET_MS,
  };
  const json = await consumeTopics({ ...read, prefix: JSON_PREFIX });
  const avro = await consumeTopics({ ...read, prefix: AVRO_PREFIX, encoding: 'base64' });
  return { json, avro, schemas: await schemasOf(avro, registry.url) };
}

/** A slot is in use once the snapshot is over. */
async function untilStreaming(url: string, slots: number): Promise<void> {
  const sql = `SELECT count(*)::int AS n FROM pg_replication_slots WHERE active AND slot_name LIKE 'dragoman\\_%' AND slot_name <> 'dragoman_audit'`;
  for (const deadlineMs = Date.now() + STREAMING_MAX_MS; Date.now() < deadlineMs; await delay(250)) {
    const { rows } = await withClient(url, (client) => client.query<{ n: number }>(sql));
    if (rows[0]?.n === slots) return;
  }
  throw new LegacyDbError('STACK_UNREADY', `not all of ${slots} connectors stream after ${STREAMING_MAX_MS / 1_000} s`);
}

async function schemasOf(lines: readonly RecordedLine[], url: string): Promise<Record<string, RegisteredSchema>> {
  const login = { username: null, password: null, token: null, caFile: null };
  const registry = new Registry(new RegistryHttp({ url, ...login, timeoutMs: 10_000 }));
  const schemas = new Map<number, RegisteredSchema>();
  try {
    for (const bytes of lines.flatMap(({ key, value }) => [key, value])) {
      const record = Buffer.from(bytes ?? '', 'base64');
      if (!isFramed(record)) continue; // no key, no value
      const id = schemaIdIn(record);
      schemas.set(id, schemas.get(id) ?? (await registry.schema(id)));
    }
    return Object.fromEntries(schemas);
  } finally {
    registry.close();
  }
}

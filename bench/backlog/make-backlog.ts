/**
 * Makes a backlog by the real chain: PostgreSQL with a workload's tables, the Debezium connector (which first takes a snapshot of what
 * is there, and then streams), the workload at full speed; then copies the topics into files.
 *
 * `provideBacklog` does so once for each size and each version of what goes into it; later runs find the folder.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectorConfig } from '../../legacy-db/connector.js';
import { withClient } from '../../legacy-db/database.js';
import { createConnector, waitUntilRunning, withDatabase } from '../../test/stack/connector.js';
import { openStack, type ProviderName } from '../../test/stack/stack.js';
import { BenchError } from '../bench-error.js';
import { stackVersions } from '../facts.js';
import {
  type Backlog,
  type BacklogManifest,
  EXPECTED_FILE,
  findBacklog,
  MANIFEST,
  transactionsOf,
  transactionTopic,
} from './backlog.js';
import { type Copied, copyTopics } from './copy-topics.js';
import { NaiveScan, type NaiveRow } from './naive-scan.js';
import type { Workload } from './workload.js';

export interface BacklogOptions {
  readonly workload: Workload;
  readonly provider: ProviderName | 'auto';
  /** `.cache/bench`. */
  readonly cache: string;
  readonly say: (line: string) => void;
}

const SOURCE = 'legacy';
const STREAMING_TIMEOUT_MS = 60_000;
/** The slowest chain seen made 3,000 rows per second. */
const ROWS_PER_MS_MIN = 1;

/** @throws BenchError BACKLOG_LATE, BACKLOG_INVALID; StackError, LegacyDbError */
export async function provideBacklog(options: BacklogOptions): Promise<Backlog> {
  const { workload } = options;
  const directory = join(options.cache, `${workload.name}-${await digest(workload)}`);
  const found = await findBacklog(directory);
  if (found !== undefined) return found;
  options.say(`making ${workload.name} by the real chain, once (PostgreSQL, Debezium, Kafka)`);
  const partial = `${directory}.${process.pid}.partial`;
  await mkdir(partial, { recursive: true });
  try {
    await writeFile(join(partial, MANIFEST), `${JSON.stringify(await make(options, partial), null, 2)}\n`);
    await rename(partial, directory).catch(() => undefined); // another run may have been first
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  const made = await findBacklog(directory);
  if (made === undefined)
    throw new BenchError('BACKLOG_INVALID', `${directory} is not complete; remove it and start again`);
  options.say(
    `backlog: ${made.rows} rows in ${made.transactions} transactions, ${Math.round(made.bytes / 1e6)} MB, ` +
      `made in ${made.madeInSeconds.toFixed(0)} s`,
  );
  return made;
}

async function make(options: BacklogOptions, directory: string): Promise<BacklogManifest> {
  const startedMs = Date.now();
  const copied = await runChain(options, directory);
  const events = await writeExpected(directory, copied, new NaiveScan(options.workload.facts));
  const madeInSeconds = (Date.now() - startedMs) / 1_000;
  return { source: SOURCE, ...copied, events, versions: await stackVersions(), madeInSeconds };
}

async function runChain({ workload, provider, say }: BacklogOptions, directory: string): Promise<Copied> {
  const stack = await openStack({ provider, services: ['postgres', 'kafka', 'connect'], progress: say });
  try {
    const { postgres, connect, kafka } = stack.endpoints;
    const { host, port, user, password, database } = postgres;
    const url = `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
    const snapshotRows = await workload.install(url);
    const properties = { 'table.include.list': workload.tables.join(',') };
    const connector = connectorConfig({ prefix: SOURCE, properties });
    await createConnector(connect, SOURCE, withDatabase(connector, stack.endpoints));
    await waitUntilRunning(connect, SOURCE);
    await untilStreaming(url, STREAMING_TIMEOUT_MS + snapshotRows / ROWS_PER_MS_MIN);
    const startedMs = Date.now();
    const { rows, transactions } = await workload.fill(url);
    say(
      `workload: ${rows} rows in ${transactions} transactions, ${Date.now() - startedMs} ms; before: ${snapshotRows}`,
    );
    return await copyTopics({
      brokers: kafka.bootstrapServers,
      source: SOURCE,
      directory,
      transactions,
      snapshotRows,
      rows: snapshotRows + rows,
      timeoutMs: 120_000 + (snapshotRows + rows) / ROWS_PER_MS_MIN,
      topicsMin: workload.tables.length + 1,
      say,
    });
  } finally {
    await stack.down();
  }
}

/** The connector's own slot is read by its task: everything committed from now on is streamed, not snapshot. */
async function untilStreaming(url: string, timeoutMs: number): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs;
  await withClient(url, async (client) => {
    for (;;) {
      const { rows } = await client.query('SELECT FROM pg_stat_replication WHERE state = $1', ['streaming']);
      if (rows.length > 0) return;
      if (Date.now() > deadlineMs) throw new BenchError('BACKLOG_LATE', 'the connector does not stream');
      await delay(100);
    }
  });
}

/** The naive count, over the files: what it reads is what every run is given. */
async function writeExpected(
  directory: string,
  { partitions }: Copied,
  scan: NaiveScan,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const file = createWriteStream(join(directory, EXPECTED_FILE));
  for (const records of transactionsOf(directory, partitions)) {
    const rows: NaiveRow[] = [];
    let id = '';
    for (const { partition, record } of records) {
      const value = JSON.parse(record.value?.toString() ?? 'null') as Envelope | null;
      if (partitions[partition]?.topic === transactionTopic(SOURCE)) id = value?.id ?? id;
      else if (value !== null) rows.push({ ...value, table: value.source.table });
    }
    if (id === '') {
      scan.snapshot(rows);
      continue;
    }
    for (const event of scan.next(id, rows)) {
      counts[event.type] = (counts[event.type] ?? 0) + 1;
      file.write(`${JSON.stringify(event)}\n`);
    }
  }
  await new Promise<void>((resolve) => file.end(resolve));
  return counts;
}

interface Envelope extends Omit<NaiveRow, 'table'> {
  readonly id?: string;
  readonly source: { readonly table: string };
}

async function digest({ madeOf }: Workload): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(await stackVersions()));
  for (const file of madeOf) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 12);
}

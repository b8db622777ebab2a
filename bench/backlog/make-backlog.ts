/**
 * Makes a backlog by the real chain: PostgreSQL with the legacy schema, the Debezium connector (which snapshots an empty
 * database and then streams), the workload's simple profile at full speed; then copies the topics into files.
 *
 * `provideBacklog` does so once for each size and each version of what goes into it; later runs find the folder.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connectorConfig } from '../../legacy-db/connector.js';
import { installLegacyDb, withClient } from '../../legacy-db/database.js';
import { GROUP_ORDERS } from '../../legacy-db/workload/simple-profile.js';
import { runWorkload, type WorkloadSummary } from '../../legacy-db/workload/run-workload.js';
import { createConnector, waitUntilRunning, withDatabase } from '../../test/stack/connector.js';
import { openStack, type ProviderName } from '../../test/stack/stack.js';
import { BenchError } from '../bench-error.js';
import { stackVersions } from '../facts.js';
import { bigTransaction } from './big-transaction.js';
import { type BacklogShape, groupRows, ORDINARY, shapeName } from './shape.js';
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
import { NaiveScan, type NaiveRow } from './naive-events.js';

export interface BacklogOptions {
  /** Without those of the big transaction. */
  readonly rows: number;
  readonly shape?: BacklogShape;
  readonly provider: ProviderName | 'auto';
  /** `.cache/bench`. */
  readonly cache: string;
  readonly say: (line: string) => void;
}

const SOURCE = 'legacy';
const TABLES = 6;
/** Numbers of orders: apart, however many there are. */
const [FIRST_ORDER, BIG_FIRST_ORDER, SECOND_HALF_FIRST_ORDER] = [1_000_001, 20_000_001, 40_000_001];
const STREAMING_TIMEOUT_MS = 60_000;
/** The slowest chain seen made 3,000 rows per second. */
const ROWS_PER_MS_MIN = 1;
const MADE_OF = ['schema.sql', 'connector.json', 'workload/simple.sql'];

/** @throws BenchError BACKLOG_LATE, BACKLOG_INVALID; StackError, LegacyDbError */
export async function provideBacklog(options: BacklogOptions): Promise<Backlog> {
  const { rows, shape = ORDINARY } = options;
  const directory = join(options.cache, `${shapeName(rows, shape)}-${await digest()}`);
  const found = await findBacklog(directory);
  if (found !== undefined) return found;
  options.say(`making ${shapeName(rows, shape)} by the real chain, once (PostgreSQL, Debezium, Kafka)`);
  const partial = `${directory}.${process.pid}.partial`;
  await mkdir(partial, { recursive: true });
  try {
    const startedMs = Date.now();
    const copied = await runChain(options, partial);
    const events = await writeExpected(partial, copied);
    const madeInSeconds = (Date.now() - startedMs) / 1_000;
    const manifest: BacklogManifest = {
      source: SOURCE,
      ...copied,
      events,
      versions: await stackVersions(),
      madeInSeconds,
    };
    await writeFile(join(partial, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
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

async function runChain(options: BacklogOptions, directory: string): Promise<Copied> {
  const { rows, shape = ORDINARY, provider, say } = options;
  const stack = await openStack({ provider, services: ['postgres', 'kafka', 'connect'], progress: say });
  try {
    const { postgres, connect, kafka } = stack.endpoints;
    const { host, port, user, password, database } = postgres;
    const url = `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${database}`;
    await installLegacyDb({ url });
    await createConnector(connect, SOURCE, withDatabase(connectorConfig({ prefix: SOURCE }), stack.endpoints));
    await waitUntilRunning(connect, SOURCE);
    await untilStreaming(url);
    const summary = await fill(url, rows, shape);
    say(`workload: ${summary.rows} rows in ${summary.committed} transactions, ${summary.elapsedMs} ms`);
    return await copyTopics({
      brokers: kafka.bootstrapServers,
      source: SOURCE,
      directory,
      transactions: summary.committed,
      rows: summary.rows,
      timeoutMs: 120_000 + summary.rows / ROWS_PER_MS_MIN,
      topicsMin: TABLES + 1,
      say,
    });
  } finally {
    await stack.down();
  }
}

type Filled = Pick<WorkloadSummary, 'rows' | 'committed' | 'elapsedMs'>;

/** The big transaction, if there is one, comes when half of the others are done. */
async function fill(url: string, rows: number, { lines, bigTransactionRows }: BacklogShape): Promise<Filled> {
  const small = (part: number, firstOrder: number): Promise<Filled> => {
    const orders = Math.ceil(part / groupRows(lines)) * GROUP_ORDERS;
    return runWorkload({ url, orders, profile: 'simple', lines, connections: 4, seed: 7, firstOrder });
  };
  if (bigTransactionRows === 0) return small(rows, FIRST_ORDER);
  const before = await small(rows / 2, FIRST_ORDER);
  const big = await withClient(url, (client) => bigTransaction(client, bigTransactionRows, BIG_FIRST_ORDER));
  const after = await small(rows / 2, SECOND_HALF_FIRST_ORDER);
  return {
    rows: before.rows + big + after.rows,
    committed: before.committed + 1 + after.committed,
    elapsedMs: before.elapsedMs + after.elapsedMs,
  };
}

/** The connector's own slot is read by its task: everything committed from now on is streamed, not snapshot. */
async function untilStreaming(url: string): Promise<void> {
  const deadlineMs = Date.now() + STREAMING_TIMEOUT_MS;
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
async function writeExpected(directory: string, { partitions }: Copied): Promise<Record<string, number>> {
  const scan = new NaiveScan();
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

async function digest(): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(await stackVersions()));
  for (const name of MADE_OF)
    hash.update(await readFile(fileURLToPath(new URL(`../../legacy-db/${name}`, import.meta.url))));
  return hash.digest('hex').slice(0, 12);
}

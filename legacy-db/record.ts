/**
 * `npm run record -- --out FILE --orders N`: makes a recording of the legacy database through the real connector.
 *
 * Starts a stack of its own (PostgreSQL, Kafka, Connect), lets orders live at a walking pace, starts the connector in
 * the middle of it, so that the first orders are snapshot rows, and writes
 *   FILE                     one line for each Kafka record {topic, partition, offset, timestamp, key, value, headers}
 *   FILE with .expected.ndjson  the events that must come of it, by the oracle.
 * Data come from the seed; times, positions and what overlaps are those of this run.
 */
import { Command } from 'commander';
import { readFile, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import pc from 'picocolors';
import { createConnector, waitUntilRunning, withDatabase } from '../test/stack/connector.js';
import type { PostgresEndpoint } from '../test/stack/provider.js';
import { openStack } from '../test/stack/stack.js';
import { connectorConfig } from './connector.js';
import { installLegacyDb, withClient } from './database.js';
import { LegacyDbError } from './errors.js';
import { expectedEvents } from './oracle/run-oracle.js';
import { consumeTopics, type RecordedLine } from './recording/consume.js';
import { recordPair } from './recording/pair.js';
import { mergePartitions } from './recording/merge.js';
import { runCli } from './run-cli.js';
import { runWorkload } from './workload/run-workload.js';

interface RecordFlags {
  out: string;
  orders: number;
  rate: number;
  connections: number;
  seed: number;
  snapshotAfter: number;
  avro?: boolean;
  before?: string;
  streamed?: string;
}

const PREFIX = 'legacy';
const READ_TIMEOUT_MS = 60_000;
const ORDERS_ALIVE = 6;

const program = new Command('record')
  .description('Records the legacy database through the real Debezium connector, for demo and tests.')
  .requiredOption('--out <file>', 'NDJSON file to write')
  .option('--orders <n>', 'how many orders', Number, 25)
  .option('--rate <rows>', 'row changes per second', Number, 14)
  .option('--connections <n>', 'concurrent connections', Number, 3)
  .option('--seed <n>', 'decides what happens to each order', Number, 28)
  .option('--snapshot-after <seconds>', 'the connector starts so long after the first order', Number, 4)
  .option('--avro', 'two connectors follow the same run: one in JSON (FILE), one in Avro (FILE with .avro.ndjson)')
  .option('--before <file>', 'with --avro: SQL that is run before the snapshot')
  .option('--streamed <file>', 'with --avro: SQL that is run once the connectors stream');

async function main(flags: RecordFlags): Promise<void> {
  if (flags.avro === true) return mainPair(flags);
  const stack = await openStack({ services: ['postgres', 'kafka', 'connect'], progress: say });
  try {
    const { postgres, connect, kafka } = stack.endpoints;
    const url = urlOf(postgres);
    await installLegacyDb({ url, audit: true });
    const life = runWorkload({ ...flags, url, firstOrder: 700_001, ordersAlive: ORDERS_ALIVE });
    await delay(flags.snapshotAfter * 1_000);
    await createConnector(connect, PREFIX, withDatabase(connectorConfig(), stack.endpoints));
    await waitUntilRunning(connect, PREFIX);
    say(`workload: ${JSON.stringify(await life)}`);
    const lines = await consumeTopics({
      brokers: kafka.bootstrapServers,
      prefix: PREFIX,
      until: `:${await lastCommit(url)}"`,
      timeoutMs: READ_TIMEOUT_MS,
    });
    const events = await expectedEvents(url, { sinceLsn: firstEnd(lines) - 1n });
    await writeFile(flags.out, ndjson(mergePartitions(lines, flags.seed)));
    await writeFile(flags.out.replace(/(\.ndjson)?$/, '.expected.ndjson'), ndjson(events));
    process.stdout.write(`${JSON.stringify({ records: lines.length, expectedEvents: events.length })}\n`);
  } finally {
    await stack.down();
  }
}

/** A part of the orders lives before the connectors are there, and what was alive then stays as it is. */
async function mainPair(flags: RecordFlags): Promise<void> {
  const stack = await openStack({
    services: ['postgres', 'kafka', 'connect', 'registry'],
    provider: 'native',
    progress: say,
  });
  try {
    const { endpoints } = stack;
    const url = urlOf(endpoints.postgres);
    await installLegacyDb({ url, audit: true });
    const live = (firstOrder: number, signal?: AbortSignal) =>
      runWorkload({ ...flags, url, firstOrder, ordersAlive: ORDERS_ALIVE, ...(signal && { signal }) });
    const sql = async (file: string | undefined): Promise<void> => {
      if (file !== undefined) await withClient(url, async (client) => client.query(await readFile(file, 'utf8')));
    };
    const { json, avro, schemas } = await recordPair({
      ...{ endpoints, url },
      before: async () => {
        await sql(flags.before);
        await live(600_001, AbortSignal.timeout(flags.snapshotAfter * 1_000)).catch(() => undefined);
      },
      streamed: async () => {
        await sql(flags.streamed);
        say(`workload: ${JSON.stringify(await live(700_001))}`);
      },
      last: () => lastCommit(url),
    });
    const head = { recording: 1, encoding: 'base64', schemas };
    await writeFile(flags.out, ndjson(mergePartitions(json, flags.seed)));
    const avroFile = flags.out.replace(/(\.ndjson)?$/, '.avro.ndjson');
    await writeFile(avroFile, ndjson([head, ...mergePartitions(avro, flags.seed)]));
    process.stdout.write(
      `${JSON.stringify({ records: json.length, avro: avro.length, schemas: Object.keys(schemas).length })}\n`,
    );
  } finally {
    await stack.down();
  }
}

const urlOf = ({ host, port, user, password, database }: PostgresEndpoint): string =>
  `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${database}`;

/** End of the last COMMIT that the audit knows: the id of the last END record ends with it. */
async function lastCommit(url: string): Promise<string> {
  return withClient(url, async (client) => {
    await client.query('SELECT audit.read_commits()');
    const { rows } = await client.query<{ lsn: string }>('SELECT max(end_lsn)::text AS lsn FROM audit.commit_log');
    return rows[0]?.lsn ?? '';
  });
}

/** Where streaming began: the number in the id of the first END record of the one-partition transaction topic. */
function firstEnd(lines: readonly RecordedLine[]): bigint {
  const ends = lines
    .filter((line) => line.topic === `${PREFIX}.transaction` && line.value !== null)
    .sort((a, b) => a.offset - b.offset)
    .map((line) => JSON.parse(line.value ?? '{}') as { status?: string; id?: string })
    .filter((boundary) => boundary.status === 'END');
  const id = ends[0]?.id;
  if (id === undefined) throw new LegacyDbError('RECORDING_INVALID', 'no END record: the connector streamed nothing');
  return BigInt(id.slice(id.indexOf(':') + 1));
}

function ndjson(lines: readonly unknown[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

function say(line: string): void {
  process.stderr.write(pc.dim(`record: ${line}\n`));
}

await runCli(program, () => main(program.opts<RecordFlags>()));

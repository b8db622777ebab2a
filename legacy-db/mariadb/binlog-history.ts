/**
 * The committed history of a MariaDB server from its own binlog, in commit order: the truth, independent of Debezium.
 *
 * In:  the server; `mariadb-binlog` on PATH. Out: transactions one by one. Cascades of InnoDB are not in the binlog, so they
 * are not in the history either: nobody who reads the log can know of them.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { LegacyDbError } from '../errors.js';
import { Oracle, type Expectation, type ExpectedEvent } from '../oracle/expected-events.js';
import type { Transaction } from '../oracle/history.js';
import { BinlogText, type Column, type Tables } from './binlog-text.js';
import { MariadbClient } from './client.js';

export const DATABASE = 'oms';

/** @param url `mariadb://user:password@host:port`. @throws LegacyDbError BINLOG_UNREADABLE */
export async function* binlogHistory(url: string): AsyncGenerator<Transaction> {
  const { tables, firstFile } = await askServer(url);
  const { hostname, port, username, password } = new URL(url);
  const place = [`--host=${hostname}`, `--port=${port}`, `--user=${decodeURIComponent(username)}`];
  const child = spawn(
    'mariadb-binlog',
    [
      ...['--no-defaults', '--read-from-remote-server', '--to-last-log', '--verbose', '--base64-output=decode-rows'],
      ...place,
      firstFile,
    ],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TZ: 'UTC', MYSQL_PWD: decodeURIComponent(password) },
    },
  );
  let errors = '';
  child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      errors += error.message;
      resolve(null);
    });
    child.once('close', resolve);
  });
  const text = new BinlogText(tables);
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const transaction = text.read(line);
      if (transaction !== undefined) yield transaction;
    }
  } finally {
    child.kill(); // when reading stops before the end
  }
  if ((await ended) !== 0) throw new LegacyDbError('BINLOG_UNREADABLE', `mariadb-binlog ${firstFile}: ${errors}`);
}

/** Transactions before `first` (numbers of GTIDs) are baseline. */
export async function mariadbExpectation(url: string, first: bigint): Promise<Expectation> {
  const oracle = new Oracle();
  const events: ExpectedEvent[] = [];
  for await (const transaction of binlogHistory(url)) {
    if ((transaction.commitEndLsn ?? 0n) < first) oracle.learn(transaction);
    else events.push(...oracle.next(transaction));
  }
  return { events, missed: oracle.missed, parked: oracle.parked };
}

async function askServer(url: string): Promise<{ tables: Tables; firstFile: string }> {
  const client = await MariadbClient.connect(url);
  try {
    const [logs, found] = await client.query(
      `SHOW BINARY LOGS; SELECT table_name, column_name, data_type FROM information_schema.columns
        WHERE table_schema = '${DATABASE}' ORDER BY table_name, ordinal_position`,
    );
    const columns = new Map<string, Column[]>();
    for (const [table, name, type] of found?.rows ?? []) {
      const known = columns.get(table ?? '') ?? [];
      columns.set(table ?? '', [...known, { name: name ?? '', isTimestamp: type === 'timestamp' }]);
    }
    return { tables: { database: DATABASE, columns }, firstFile: logs?.rows[0]?.[0] ?? '' };
  } finally {
    await client.end();
  }
}

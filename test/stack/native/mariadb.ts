/** A MariaDB server with its binlog. Like PostgreSQL it does not want to be root. */
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mariadbOptions, mariadbPassword, mariadbUser } from '../settings.js';
import { StackError } from '../stack-error.js';
import { unprivilegedUser } from './postgres.js';
import type { ProcessSpec } from './processes.js';
import { run } from './run.js';
import { pathOf } from './tools.js';

/** The binlog is in `mariadb/data/mbin.*` of the stack's folder. */
export async function prepareMariadb(directory: string, mariadbd: string, port: number): Promise<ProcessSpec> {
  const home = join(directory, 'mariadb');
  const data = join(home, 'data');
  const user = unprivilegedUser(['mysql', 'nobody']);
  await mkdir(data, { recursive: true, mode: 0o755 });
  const init = join(home, 'init.sql');
  await writeFile(init, initialSql);
  if (user !== undefined) for (const path of [home, data, init]) await chown(path, user.uid, user.gid);
  const installed = await run(
    await pathOf('mariadb-install-db'),
    ['--no-defaults', `--datadir=${data}`, '--skip-test-db', '--auth-root-authentication-method=normal'],
    { directory: home, environment: { HOME: home }, ...(user === undefined ? {} : { user }) },
  );
  if (installed.exitCode !== 0) {
    throw new StackError('START_FAILED', `mariadb-install-db in ${data} failed:\n${installed.output.trimEnd()}`);
  }
  const own = {
    datadir: data,
    port: String(port),
    'bind-address': '127.0.0.1',
    socket: join(home, 'server.sock'),
    'pid-file': join(home, 'server.pid'),
    'init-file': init,
  };
  return {
    command: mariadbd,
    args: [
      '--no-defaults',
      '--skip-name-resolve',
      ...Object.entries({ ...mariadbOptions, ...own }).map(([name, value]) => `--${name}=${value}`),
    ],
    directory: home,
    logFile: join(directory, 'mariadb.log'),
    environment: { HOME: home },
    ...(user === undefined ? {} : { user }),
  };
}

/** Run at every start, out of the binlog: it is no part of what the legacy system did. */
const initialSql = [
  'SET SESSION sql_log_bin = 0;',
  `CREATE USER IF NOT EXISTS '${mariadbUser}'@'%' IDENTIFIED BY '${mariadbPassword}';`,
  `GRANT ALL PRIVILEGES ON *.* TO '${mariadbUser}'@'%' WITH GRANT OPTION;`,
  '',
].join('\n');

/** A PostgreSQL server with logical decoding. It refuses to run as root, so root runs it as another user. */
import { execFileSync } from 'node:child_process';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import type { PostgresEndpoint, StackRequest } from '../provider.js';
import { parameterArguments, postgresParameters, postgresPassword, postgresUser } from '../settings.js';
import { StackError } from '../stack-error.js';
import type { ProcessSpec, UserId } from './processes.js';
import { run } from './run.js';

export async function preparePostgres(directory: string, postgres: string, port: number): Promise<ProcessSpec> {
  const home = join(directory, 'postgres');
  const user = unprivilegedUser(['postgres', 'nobody']);
  await mkdir(home, { mode: 0o700 });
  const passwordFile = join(home, 'password');
  await writeFile(passwordFile, postgresPassword, { mode: 0o600 });
  if (user !== undefined) {
    await chown(home, user.uid, user.gid);
    await chown(passwordFile, user.uid, user.gid);
  }
  const data = join(home, 'data');
  await initialize({ initdb: join(dirname(postgres), 'initdb'), home, data, passwordFile, user });
  const parameters = {
    ...postgresParameters,
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
  };
  return {
    command: postgres,
    args: ['-D', data, ...parameterArguments(parameters)],
    directory: home,
    logFile: join(directory, 'postgres.log'),
    environment: { HOME: home, LC_ALL: 'C.UTF-8' },
    ...(user === undefined ? {} : { user }),
  };
}

/** Call it when the server answers. */
export async function createDatabase(endpoint: PostgresEndpoint, request: StackRequest): Promise<void> {
  if (request.database === 'postgres') return;
  const client = new pg.Client({ ...endpoint, database: 'postgres' });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(request.database)}`);
  } finally {
    await client.end();
  }
}

interface InitdbPlan {
  readonly initdb: string;
  readonly home: string;
  readonly data: string;
  readonly passwordFile: string;
  readonly user: UserId | undefined;
}

async function initialize(plan: InitdbPlan): Promise<void> {
  const args = ['-D', plan.data, '-U', postgresUser, `--pwfile=${plan.passwordFile}`, '--auth=scram-sha-256'];
  const result = await run(
    plan.initdb,
    [...args, '--encoding=UTF8', '--locale=C.UTF-8', '--no-sync', '--no-instructions'],
    {
      directory: plan.home,
      environment: { HOME: plan.home, LC_ALL: 'C.UTF-8' },
      ...(plan.user === undefined ? {} : { user: plan.user }),
    },
  );
  if (result.exitCode === 0) return;
  throw new StackError('START_FAILED', `initdb in ${plan.data} failed:\n${result.output.trimEnd()}`);
}

/** The first of these users that there is; undefined when we are not root. */
export function unprivilegedUser(names: readonly string[]): UserId | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of names) {
    try {
      const id = (flag: string): number =>
        Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      continue; // no such user
    }
  }
  throw new StackError('TOOL_MISSING', `the server does not run as root, and there is no user ${names.join(' or ')}`);
}

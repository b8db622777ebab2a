/** `npm run stack -- up|down|status`: endpoints as one JSON object on stdout, words on stderr. */
import { parseArgs } from 'node:util';
import type { ServiceName, StackOptions, StackState } from './provider.js';
import { allServiceNames, serviceNames } from './provider.js';
import { upFile } from './directories.js';
import { withFileLock } from './native/file-lock.js';
import { openStack } from './stack.js';
import { StackError } from './stack-error.js';
import { findUpStack, forgetUpStack, rememberUpStack } from './up-state.js';

const exitCodes = { ok: 0, internal: 1, usage: 2, findings: 3, unreachable: 5, refused: 6 } as const;

const usage = `usage: npm run stack -- COMMAND [OPTION...]

  up       start PostgreSQL, Redis, Kafka and Kafka Connect with Debezium, and leave them running; when they already
           run, start what was killed
  down     end exactly what "up" started, and remove its data
  status   print the endpoints again; exit code 3 when something is not up

  --provider auto|docker|native   default auto: Docker when a daemon answers and has or gets the images
  --services a,b                  of postgres,redis,kafka,connect; native only: redis-replica,mariadb,registry; default the first four
  --brokers 1|3                   default 1
  --database NAME                 default legacydb

exit codes: 0 ok, 1 internal, 2 usage, 3 not everything is up, 5 something needed cannot be had, 6 refused
environment: DRAGOMAN_STACK_CACHE  folder of the downloaded jars, default .cache/stack`;

class UsageError extends Error {}

interface Arguments {
  readonly command: 'up' | 'down' | 'status';
  readonly options: StackOptions<ServiceName>;
}

function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      provider: { type: 'string', default: 'auto' },
      services: { type: 'string', default: serviceNames.join(',') },
      brokers: { type: 'string', default: '1' },
      database: { type: 'string', default: 'legacydb' },
    },
  });
  const [command, ...rest] = positionals;
  if (command === undefined || rest.length > 0) throw new UsageError('give one command');
  return {
    command: oneOf(command, ['up', 'down', 'status']),
    options: {
      provider: oneOf(values.provider, ['auto', 'docker', 'native']),
      services: values.services.split(',').map((name): ServiceName => oneOf(name, allServiceNames)),
      kafkaBrokers: oneOf(values.brokers, ['1', '3']) === '3' ? 3 : 1,
      database: values.database,
      detached: true,
      progress: say,
    },
  };
}

function oneOf<T extends string>(value: string, allowed: readonly T[]): T {
  const found = allowed.find((name) => name === value);
  if (found !== undefined) return found;
  throw new UsageError(`${value} is none of ${allowed.join(', ')}`);
}

/** Two calls at once: the second waits, and then finds the stack of the first. */
function up(options: StackOptions<ServiceName>): Promise<number> {
  return withFileLock(`${upFile}.lock`, () => upAlone(options));
}

async function upAlone(options: StackOptions<ServiceName>): Promise<number> {
  const running = await findUpStack();
  if (running !== undefined) {
    say('already up: starting what does not run');
    for (const service of running.state.services) await running.stack.start(service);
    printEndpoints(running.state);
    return exitCodes.ok;
  }
  const stack = await openStack(options);
  await rememberUpStack(stack);
  const state = (await findUpStack())?.state;
  if (state === undefined) throw new StackError('STATE_UNREADABLE', 'the stack is up but its state file is gone');
  printEndpoints(state);
  return exitCodes.ok;
}

async function down(): Promise<number> {
  const running = await findUpStack();
  if (running === undefined) say('nothing is up');
  await running?.stack.down();
  await forgetUpStack();
  process.stdout.write('{}\n');
  return exitCodes.ok;
}

async function status(): Promise<number> {
  const running = await findUpStack();
  if (running === undefined) {
    say('nothing is up; start it: npm run stack -- up');
    process.stdout.write('{}\n');
    return exitCodes.findings;
  }
  let complete = true;
  for (const service of running.state.services) {
    const alive = await running.stack.isRunning(service);
    complete &&= alive;
    say(`${service}: ${alive ? 'up' : 'down'}`);
  }
  printEndpoints(running.state);
  return complete ? exitCodes.ok : exitCodes.findings;
}

function printEndpoints(state: StackState): void {
  const logs = state.provider === 'native' ? { logs: state.directory } : {};
  process.stdout.write(`${JSON.stringify({ provider: state.provider, ...state.endpoints, ...logs })}\n`);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function exitCodeOf(error: unknown): number {
  if (!(error instanceof StackError)) return exitCodes.internal;
  switch (error.code) {
    case 'TOOL_MISSING':
    case 'JARS_UNAVAILABLE':
    case 'DOCKER_UNAVAILABLE':
    case 'START_FAILED':
    case 'NOT_READY':
    case 'CONNECT_UNREACHABLE':
      return exitCodes.unreachable;
    case 'MOUNT_REFUSED':
    case 'CONNECTOR_REFUSED':
    case 'SLOT_IN_USE':
      return exitCodes.refused;
    case 'TOOL_FAILED':
    case 'STOP_FAILED':
    case 'REPLICATION_FAILED':
    case 'UNKNOWN_PART':
    case 'STATE_UNREADABLE':
    case 'LOCK_TIMEOUT':
    case 'USAGE':
    case 'CONNECTOR_FAILED':
      return exitCodes.internal;
  }
}

async function main(args: readonly string[]): Promise<number> {
  if (args.some((arg) => arg === '--help' || arg === '-h')) {
    say(usage);
    return exitCodes.ok;
  }
  let parsed: Arguments;
  try {
    parsed = readArguments(args);
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return exitCodes.usage;
  }
  try {
    switch (parsed.command) {
      case 'up':
        return await up(parsed.options);
      case 'down':
        return await down();
      case 'status':
        return await status();
    }
  } catch (error) {
    say(error instanceof StackError ? error.message : String(error instanceof Error ? error.stack : error));
    return exitCodeOf(error);
  }
}

process.exitCode = await main(process.argv.slice(2));

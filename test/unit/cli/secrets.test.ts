/**
 * Secrets stay secret: a marked text in every secret key, and then everything that shows a configuration, complains about it, fails with
 * it, or crashes while holding it. (Logins at real servers: `test/integration/security-*.test.ts`.)
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeConfig } from '../../../src/config/describe.js';
import { createLogger } from '../../../src/server/logger.js';
import { DragomanError } from '../../../src/errors.js';
import { FROM_SOURCES } from '../../dragoman/command.js';
import { projectDirectory } from '../../stack/directories.js';
import { run as runProcess } from '../../stack/native/run.js';
import { run } from '../../support/command.js';

const CANARY = 'canary-5e1f';
const folder = mkdtempSync(join(tmpdir(), 'dragoman-secrets-'));
const secretKeys = describeConfig().filter(({ secret }) => secret !== null);
let files = 0;

/** Takes connections and ends them: whoever logs in fails. */
let closing: Server;
let port = 0;
beforeAll(async () => {
  closing = createServer((socket) => socket.on('error', () => undefined).end()).listen(0, '127.0.0.1');
  await once(closing, 'listening');
  port = (closing.address() as { port: number }).port;
});
afterAll(() => {
  closing.close();
  rmSync(folder, { recursive: true });
});

function configFile(text: string): string {
  const file = join(folder, `${(files += 1)}.yaml`);
  writeFileSync(file, text);
  return file;
}

const sound = (): string =>
  configFile(
    `rules: ${join(projectDirectory, 'rules')}\npipelines: { orders: { sources: [{ name: legacy }] } }\n` +
      `kafka: { brokers: ['127.0.0.1:${port}'], connectionTimeoutMs: 500, requestTimeoutMs: 1000, sasl: { mechanism: scram-sha-512, username: dragoman } }\n` +
      `redis: { commandTimeoutMs: 300 }\nhttp: { port: ${port} }\n`,
  );

type Place = 'address' | 'keys' | 'token';

/** The registry takes who asks from one place only. */
const OF_REGISTRY: Readonly<Record<Place, string>> = {
  address: 'registry.url',
  keys: 'registry.password',
  token: 'registry.token',
};

/** Every secret in the environment, but of the registry; Redis takes the password from one place only. */
function secretsIn(place: Place): Record<string, string> {
  const url = place === 'address' ? `redis://user:${CANARY}-url@127.0.0.1:${port}` : `redis://127.0.0.1:${port}`;
  const keys = secretKeys.filter(({ key, variable }) => {
    if (variable === null) return false;
    if (key.startsWith('registry.')) return key === OF_REGISTRY[place];
    return key !== 'redis.url' && (place !== 'address' || key !== 'redis.password');
  });
  const values = keys.map(({ key, variable, secret }) => {
    const text = `${CANARY}-${key}`;
    return [variable ?? '', secret === 'whole' ? text : `http://user:${text}@127.0.0.1:${port}`];
  });
  return {
    ...(Object.fromEntries(values) as Record<string, string>),
    ...(place === 'keys' ? { DRAGOMAN_REGISTRY_USERNAME: 'dragoman' } : {}),
    DRAGOMAN_REDIS_URL: url,
    DRAGOMAN_RECONCILE_DATABASES: `{legacy: {url: "postgres://user:${CANARY}-database@127.0.0.1:${port}/oms"}}`,
    DRAGOMAN_TOKEN: `${CANARY}-token`,
  };
}

describe('what the commands say', () => {
  it('knows of every secret', () => {
    expect(secretKeys.map(({ key }) => key)).toEqual(
      expect.arrayContaining([
        'kafka.sasl.password',
        'kafka.ssl.keyPassphrase',
        'redis.url',
        'redis.sentinel.password',
        ...Object.values(OF_REGISTRY),
      ]),
    );
    const inRecords = secretKeys.filter(({ variable }) => variable === null);
    expect(inRecords.map(({ key }) => key)).toEqual(['reconcile.databases.<database>.url']);
  });

  it.each([
    [['config', 'print'], 0],
    [['config', 'print', '--json'], 0],
    [['check', '--no-tests'], 0],
    [['parked', 'list'], 5],
    [['transactions', 'list'], 5],
    [['topics'], 5],
    [['reconcile', 'source'], 5],
  ])('%j, with secrets in addresses and keys', async (command, exitCode) => {
    for (const place of ['address', 'keys', 'token'] as const) {
      const { code, out, err } = await run([...command, '-c', sound()], secretsIn(place));
      expect(err + out.join('\n')).not.toContain(CANARY);
      expect(code, err).toBe(exitCode);
    }
  });

  it('run, with the log of the process', async () => {
    const command = [...FROM_SOURCES, 'run', '-c', sound()];
    const environment = { ...secretsIn('address'), DRAGOMAN_LOG_LEVEL: 'trace' };
    const { exitCode, output } = await runProcess(process.execPath, command, {
      directory: projectDirectory,
      environment,
    });
    expect(output).toMatch(/"component":"kafkajs"/);
    expect(output).not.toContain(CANARY);
    expect(exitCode).toBe(5);
  });

  it.each([
    ['a password that is a number, a list, a map', `kafka: { sasl: { password: { a: ${CANARY} } } }`],
    ['an address of another kind', `redis: { url: "http://user:${CANARY}@host" }`],
    ['an address with a path', `redis: { url: "redis://user:${CANARY}@host/a/b" }`],
    ['two passwords', `redis: { url: "redis://user:${CANARY}@host:1", password: ${CANARY} }`],
    ['a key that is written wrongly', `redis: { passwrod: ${CANARY} }`],
    ['broken YAML beside it', `redis: { password: ${CANARY}, [ }`],
    ['an alias that is not there', `redis: { password: *${CANARY}x }\nkafka: { sasl: { password: ${CANARY}`],
    ['a whole file that is a text', CANARY],
  ])('what is wrong with a config: %s', async (_, text) => {
    for (const command of [['check', '--no-tests'], ['config', 'print'], ['run']]) {
      const { code, out, err } = await run([...command, '-c', configFile(text)]);
      expect([2, 3]).toContain(code);
      expect((err + out.join('\n')).replaceAll(`*${CANARY}x`, '')).not.toContain(CANARY);
    }
  });

  it('what is wrong with a variable', async () => {
    const variables = {
      DRAGOMAN_REDIS_PASSWROD: CANARY,
      DRAGOMAN_REDIS_URL: CANARY,
      DRAGOMAN_PIPELINES: `{ ${CANARY}`,
    };
    const { code, err } = await run(['config', 'print'], variables);
    expect(code).toBe(2);
    expect(err).toContain('DRAGOMAN_REDIS_PASSWORD');
    expect(err).not.toContain(CANARY);
  });
});

describe('an error that holds a secret in a property', () => {
  const login = (): Error =>
    Object.assign(new Error('WRONGPASS invalid username-password pair'), {
      command: { name: 'auth', args: ['dragoman', CANARY] },
    });

  it('is logged with its words, and without it', () => {
    const lines: string[] = [];
    const logger = createLogger({ level: 'info', format: 'json' }, { write: (line) => void lines.push(line) });
    const cause = login();
    const error = new DragomanError('REDIS_UNAVAILABLE', 'Redis is away', { cause, details: { cause } });
    logger.fatal({ err: error }, 'task failed');
    logger.fatal({ err: cause }, 'task failed');
    expect(lines.join()).toMatch(/WRONGPASS/);
    expect(lines.join()).not.toContain(CANARY);
  });

  it.each([
    'throw error',
    'Promise.reject(error)',
    'throw Object.assign(new Error("outer", { cause: error }), { error })',
  ])('ends the process with its words, and without it: %s', async (how) => {
    const script = join(folder, 'crash.mts');
    writeFileSync(
      script,
      `import { endOnCrash } from '${projectDirectory}/src/cli/exit.ts';
endOnCrash();
const args = ['dragoman', process.env.SECRET];
const error = Object.assign(new Error('WRONGPASS invalid'), { command: { name: 'auth', args } });
setTimeout(() => { ${how}; });
setTimeout(() => undefined, 20_000);
`,
    );
    const environment = { SECRET: CANARY };
    const { exitCode, output } = await runProcess(process.execPath, ['--import', 'tsx', script], {
      directory: projectDirectory,
      environment,
    });
    expect(exitCode).toBe(1);
    expect(output).toMatch(/INTERNAL.*[^]*WRONGPASS/);
    expect(output).not.toContain(CANARY);
  });
});

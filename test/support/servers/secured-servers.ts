/** A real broker and real Redis servers with TLS, logins and ACLs, each on free ports of this machine. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { javaCommand, SHORT_LIVED } from '../../stack/native/java.js';
import { provideJars } from '../../stack/native/jars.js';
import { launchProcess, killProcess } from '../../stack/native/processes.js';
import { run } from '../../stack/native/run.js';
import { pathOf, provideTools } from '../../stack/native/tools.js';
import { freePorts } from '../../stack/ports.js';
import { openStack } from '../../stack/stack.js';
import { StackError } from '../../stack/stack-error.js';
import type { Authority, Certificate } from './certificates.js';

/** What a broker of several listeners has for each of them. */
export const LISTENERS = ['SECURE', 'MUTUAL', 'EXPIRED', 'ELSEWHERE'] as const;
export type ListenerName = (typeof LISTENERS)[number];

export interface SecuredKafka {
  /** Without TLS or login: its user may do everything. */
  readonly open: readonly string[];
  /** `localhost:port` of each listener: `SECURE` wants a login, `MUTUAL` a client certificate. */
  readonly brokers: Readonly<Record<ListenerName, string>>;
  down(): Promise<void>;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
const nameOf = (listener: ListenerName): string => `listener.name.${listener.toLowerCase()}`;

/** @param login known by SCRAM-SHA-512 and by PLAIN; it has no right until ACLs give it some. */
export async function openSecuredKafka(authority: Authority, login: Login): Promise<SecuredKafka> {
  const ports = await freePorts(LISTENERS.length);
  const addresses = LISTENERS.map((name, i) => ({ name, port: ports[i]! }));
  const here = { names: 'DNS:localhost' };
  const certificates: Record<ListenerName, Certificate> = {
    SECURE: authority.issue('broker', here),
    MUTUAL: authority.issue('mutual', here),
    EXPIRED: authority.issue('expired', { ...here, expired: true }),
    ELSEWHERE: authority.issue('elsewhere', { names: 'DNS:kafka.elsewhere.example' }),
  };
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${login.username}="${login.password}";`;
  const stack = await openStack({
    provider: 'native',
    services: ['kafka'],
    isShortLived: true,
    heapMb: { kafka: 320 },
    kafkaProperties: {
      listeners: addresses.map(({ name, port }) => `${name}://127.0.0.1:${port}`).join(','),
      'advertised.listeners': addresses.map(({ name, port }) => `${name}://localhost:${port}`).join(','),
      'listener.security.protocol.map': LISTENERS.map(
        (name) => `${name}:${name === 'SECURE' ? 'SASL_SSL' : 'SSL'}`,
      ).join(),
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
      ...Object.fromEntries(LISTENERS.flatMap((name) => tlsProperties(name, certificates[name], authority))),
      [`${nameOf('MUTUAL')}.ssl.client.auth`]: 'required',
      [`${nameOf('SECURE')}.sasl.enabled.mechanisms`]: 'SCRAM-SHA-512,PLAIN',
      [`${nameOf('SECURE')}.scram-sha-512.sasl.jaas.config`]: SCRAM,
      [`${nameOf('SECURE')}.plain.sasl.jaas.config`]: plain,
    },
  });
  const open = stack.endpoints.kafka.bootstrapServers;
  await addUser(open, login);
  const brokers = Object.fromEntries(addresses.map(({ name, port }) => [name, `localhost:${port}`]));
  return { open, brokers: brokers as Record<ListenerName, string>, down: () => stack.down() };
}

const tlsProperties = (name: ListenerName, { bundleFile }: Certificate, { caFile }: Authority): [string, string][] => [
  [`${nameOf(name)}.ssl.keystore.type`, 'PEM'],
  [`${nameOf(name)}.ssl.keystore.location`, bundleFile],
  [`${nameOf(name)}.ssl.truststore.type`, 'PEM'],
  [`${nameOf(name)}.ssl.truststore.location`, caFile],
];

async function addUser(brokers: readonly string[], { username, password }: Login): Promise<void> {
  const { classPath } = await provideJars(() => undefined);
  const credentials = ['--add-config', `SCRAM-SHA-512=[password=${password}]`];
  const wanted = ['--alter', ...credentials, '--entity-type', 'users', '--entity-name', username];
  const { command, args } = javaCommand(
    { java: await pathOf('java'), classPath },
    'kafka.admin.ConfigCommand',
    ['--bootstrap-server', brokers.join(','), ...wanted],
    { heapMb: 128, flags: SHORT_LIVED },
  );
  const { exitCode, output } = await run(command, args);
  if (exitCode !== 0) throw new StackError('START_FAILED', `the user cannot be made:\n${output}`);
}

export interface SecuredRedis {
  readonly port: number;
  /** As a user who may do everything. */
  readonly control: Redis;
  down(): Promise<void>;
}

/** @param acl one line of an ACL file; `<password>` in it becomes the digest of the login's. */
export async function openSecuredRedis(
  authority: Authority,
  certificate: Certificate,
  client: Certificate,
  { acl, login }: { readonly acl: string; readonly login: Login },
): Promise<SecuredRedis> {
  await provideTools(['redis'], () => undefined);
  const directory = mkdtempSync(join(tmpdir(), 'dragoman-redis-'));
  const [port] = (await freePorts(1)) as [number];
  const aclFile = join(directory, 'users.acl');
  const digest = createHash('sha256').update(login.password).digest('hex');
  writeFileSync(
    aclFile,
    `user default off\nuser control on nopass ~* &* +@all\n${acl.replace('<password>', digest)}\n`,
  );
  const tls = ['--tls-cert-file', certificate.certFile, '--tls-key-file', certificate.keyFile];
  const identity = await launchProcess({
    command: await pathOf('redis-server'),
    args: [
      ...['--port', '0', '--tls-port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', directory],
      ...[...tls, '--tls-ca-cert-file', authority.caFile, '--tls-auth-clients', 'yes', '--aclfile', aclFile],
    ],
    directory,
    logFile: join(directory, 'redis.log'),
  });
  const pem = { cert: readFileSync(client.certFile), key: readFileSync(client.keyFile) };
  const control = new Redis({
    port,
    host: '127.0.0.1',
    username: 'control',
    password: 'any',
    tls: { ...pem, rejectUnauthorized: false },
  });
  control.on('error', () => undefined); // until it listens
  await control.ping();
  return {
    port,
    control,
    down: async () => {
      control.disconnect();
      await killProcess(identity);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Watches that Redis under the name `main`, and asks for client certificates as it does. @returns its port. */
export async function openSentinel(
  authority: Authority,
  certificate: Certificate,
  redis: SecuredRedis,
): Promise<{ readonly port: number; down(): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'dragoman-sentinel-'));
  const [port] = (await freePorts(1)) as [number];
  const file = join(directory, 'sentinel.conf');
  const settings = [
    `port 0\ntls-port ${port}\nbind 127.0.0.1\ndir ${directory}`,
    `tls-cert-file ${certificate.certFile}\ntls-key-file ${certificate.keyFile}\ntls-ca-cert-file ${authority.caFile}`,
    'tls-auth-clients yes\ntls-replication yes\nsentinel resolve-hostnames yes\nsentinel announce-hostnames yes',
    `sentinel monitor main localhost ${redis.port} 1\nsentinel auth-user main control\nsentinel auth-pass main any`,
  ];
  writeFileSync(file, `${settings.join('\n')}\n`);
  const identity = await launchProcess({
    command: await pathOf('redis-server'),
    args: [file, '--sentinel'],
    directory,
    logFile: join(directory, 'sentinel.log'),
  });
  const down = async (): Promise<void> => {
    await killProcess(identity);
    rmSync(directory, { recursive: true, force: true });
  };
  return { port, down };
}

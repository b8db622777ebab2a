/**
 * Kafka with TLS, SASL and ACLs on a real broker with certificates of this run. The rights are those that `docs/security.md` lists: with
 * them, and those of Redis, Dragoman runs, and each one that is taken away is named.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs, { type AclEntry, type Admin } from 'kafkajs';
import { stringify } from 'yaml';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { kafkaClient } from '../../src/adapters/kafka/client.js';
import { asking } from '../../src/adapters/kafka/failure.js';
import { checkRights } from '../../src/adapters/kafka/ground/rights.js';
import { needsOf } from '../../src/cli/run/rights.js';
import { loadConfig } from '../../src/config/load.js';
import type { KafkaConfig } from '../../src/config/schema.js';
import { dragomanCommand } from '../dragoman/command.js';
import { DragomanProcess, type LogLine } from '../dragoman/process.js';
import { projectDirectory } from '../stack/directories.js';
import { type Authority, type Certificate, makeAuthority } from '../support/servers/certificates.js';
import { readRecording } from '../support/recordings.js';
import { retailerRules } from '../support/rig.js';
import { refusalOf } from '../support/refusal.js';
import { listedAcls, redisUserLine } from '../support/project/security-lists.js';
import {
  openSecuredKafka,
  openSecuredRedis,
  type SecuredKafka,
  type SecuredRedis,
} from '../support/servers/secured-servers.js';

const folder = mkdtempSync(join(tmpdir(), 'dragoman-security-'));
const CANARY = 'canary-7f3a';
const kafkaLogin = { username: 'dragoman', password: `${CANARY}-kafka` };
const redisLogin = { username: 'dragoman', password: `${CANARY}-redis` };
const PASSPHRASE = `${CANARY}-passphrase`;

let ours: Authority;
let theirs: Authority;
let client: Certificate;
let kafka: SecuredKafka;
let redis: SecuredRedis;
let control: Admin;
/** Everything that a run or an error said. */
let said = '';

beforeAll(async () => {
  [ours, theirs] = [makeAuthority(folder, 'ours'), makeAuthority(folder, 'theirs')];
  client = ours.issue('client', { names: 'DNS:dragoman', passphrase: PASSPHRASE });
  const open = ours.issue('control', { names: 'DNS:control' });
  kafka = await openSecuredKafka(ours, kafkaLogin);
  const user = { acl: redisUserLine(), login: redisLogin };
  redis = await openSecuredRedis(ours, ours.issue('redis', { names: 'DNS:localhost' }), open, user);
  control = kafkaClient({ ...defaults().kafka, brokers: kafka.open }, () => undefined).admin();
  await control.connect();
});

afterAll(async () => {
  await control.disconnect();
  await Promise.all([kafka.down(), redis.down()]);
  rmSync(folder, { recursive: true });
});

const defaults = () => loadConfig({ file: null, env: {}, readText: () => '', pipelinesRequired: false }).config;

/** What a config has to say to get in. */
const secured = () => ({
  kafka: {
    brokers: [kafka.brokers.SECURE],
    sessionTimeoutMs: 6_000,
    heartbeatIntervalMs: 1_000,
    ssl: { enabled: true, caFile: ours.caFile },
    sasl: { mechanism: 'scram-sha-512', ...kafkaLogin },
  },
  redis: {
    url: `rediss://localhost:${redis.port}`,
    ...redisLogin,
    tls: { caFile: ours.caFile, certFile: client.certFile, keyFile: client.keyFile, keyPassphrase: PASSPHRASE },
  },
});

function configFile(name: string, access: object): string {
  const file = join(folder, `${name}.yaml`);
  const rest = { pipelines: { orders: { sources: [{ name: 'legacy' }] } }, http: { port: 0 }, log: { level: 'debug' } };
  writeFileSync(file, stringify({ rules: join(projectDirectory, 'rules'), ...rest, ...access }));
  return file;
}

const loaded = (access: object, name = 'access') =>
  loadConfig({ file: configFile(name, access), env: {}, readText: (path) => readFileSync(path, 'utf8') }).config;

const refusal = async (attempt: () => Promise<unknown>): Promise<string> => {
  const text = await refusalOf(attempt);
  said += `${text}\n`;
  return text;
};

const connecting = (settings: KafkaConfig) => async (): Promise<void> => {
  const admin = kafkaClient(settings, (_, text, details) => (said += text + JSON.stringify(details))).admin();
  try {
    await asking('Kafka cannot be reached', () => admin.connect());
  } finally {
    await admin.disconnect();
  }
};

describe('Kafka over TLS', () => {
  const ssl = (changes: object): KafkaConfig['ssl'] => ({ ...loaded(secured()).kafka.ssl, ...changes });
  const at = (name: keyof SecuredKafka['brokers'], changes: object = {}): KafkaConfig => ({
    ...defaults().kafka,
    brokers: [kafka.brokers[name]],
    ssl: ssl(changes),
  });

  it('lets in by SCRAM-SHA-512, by PLAIN and by a client certificate', async () => {
    const settings = loaded(secured()).kafka;
    await connecting(settings)();
    await connecting({ ...settings, sasl: { ...settings.sasl, mechanism: 'plain' } })();
    const { certFile, keyFile } = client;
    await connecting(at('MUTUAL', { certFile, keyFile, keyPassphrase: PASSPHRASE }))();
  });

  it.each<[string, () => KafkaConfig, RegExp]>([
    [
      'the system authorities alone',
      () => at('MUTUAL', { caFile: null }),
      /CERTIFICATE_REFUSED.*no authority that we know/,
    ],
    [
      'another authority',
      () => at('MUTUAL', { caFile: theirs.caFile }),
      /CERTIFICATE_REFUSED.*no authority that we know/,
    ],
    ['a certificate that has expired', () => at('EXPIRED'), /CERTIFICATE_REFUSED.*has expired/],
    ['a certificate of another host', () => at('ELSEWHERE'), /CERTIFICATE_REFUSED.*for another host/],
    ['no certificate where one is wanted', () => at('MUTUAL'), /CERTIFICATE_REFUSED.*client certificate/],
    [
      'an address that the certificate does not name',
      () => ({ ...at('SECURE'), brokers: [kafka.brokers.SECURE.replace('localhost', '127.0.0.1')] }),
      /CERTIFICATE_REFUSED.*for another host/,
    ],
  ])('refuses %s', async (_, settings, text) => {
    expect(await refusal(connecting(settings()))).toMatch(text);
  });

  it.each(['scram-sha-512', 'plain'] as const)('refuses a wrong password by %s', async (mechanism) => {
    const settings = loaded(secured()).kafka;
    const sasl = { ...settings.sasl, mechanism, password: `${CANARY}-wrong` };
    expect(await refusal(connecting({ ...settings, sasl }))).toMatch(/ACCESS_DENIED.*authentication failed/i);
  });
});

describe('the rights in Kafka', () => {
  const acls = listedAcls(kafkaLogin.username);

  beforeAll(async () => {
    const open = configFile('open', { ...secured(), kafka: { brokers: [...kafka.open] } });
    await dragomanCommand(['topics', '--sources', '-c', open]);
    await control.createAcls({ acl: acls });
    await play();
  });

  it('are enough: Dragoman runs and publishes', async () => {
    const logFile = join(folder, 'dragoman.log');
    let url = '';
    const onLine = ({ http }: LogLine): void => void (url = http ?? url);
    const dragoman = new DragomanProcess({ configFile: configFile('secured', secured()), logFile, onLine });
    try {
      await dragoman.untilRunning();
      await expect.poll(published, { timeout: 60_000, interval: 500 }).toBeGreaterThan(0);
      for (const path of ['metrics', 'held', 'readyz']) said += await (await fetch(`${url}/${path}`)).text();
    } finally {
      await dragoman.stop();
      said += readFileSync(logFile, 'utf8');
    }
  });

  it.each(acls.map(named))('%s is needed, and named when it is missing', async (name, acl) => {
    await without(acl, async () => {
      const access = loaded(secured());
      const secure = kafkaClient(access.kafka, () => undefined);
      const rules = await retailerRules();
      const checking = () => refusal(() => checkRights(secure, needsOf(access, rules)));
      await vi.waitFor(async () => expect(await checking()).toContain('ACCESS_DENIED: Kafka does not allow'), WAIT);
      expect(await checking()).toMatch(new RegExp(name.replaceAll('.', '\\.')));
    });
  });

  it('end the program with what is missing, before it writes anything', async () => {
    const contract = acls.find(({ resourceName, operation }) => resourceName === 'orders.' && operation === WRITE)!;
    await without(contract, async () => {
      await vi.waitFor(async () => {
        const ending = refusal(() => dragomanCommand(['run', '-c', configFile('denied', secured())]));
        expect(await ending).toMatch(/ends with 6:[^]*ACCESS_DENIED.*Write on topic orders\.fulfillment/);
      }, WAIT);
    });
  });
});

describe('what was said meanwhile', () => {
  it('holds no password and no passphrase', () => {
    expect(said).toMatch(/authentication failed/i);
    expect(said).toMatch(/"msg":"started"/);
    expect(said).toMatch(/dragoman_events_published_total/);
    expect(said).not.toContain(CANARY);
  });
});

const WAIT = { timeout: 30_000, interval: 250 };
const WRITE = kafkajs.AclOperationTypes.WRITE;
const OPERATIONS = new Map<number, string>([
  [kafkajs.AclOperationTypes.READ, 'Read'],
  [WRITE, 'Write'],
  [kafkajs.AclOperationTypes.DESCRIBE_CONFIGS, 'DescribeConfigs'],
]);
const RESOURCES = new Map<number, string>([
  [kafkajs.AclResourceTypes.TOPIC, 'topic'],
  [kafkajs.AclResourceTypes.GROUP, 'group'],
  [kafkajs.AclResourceTypes.TRANSACTIONAL_ID, 'transactional id'],
]);

/** As errors name it: `Read on topic legacy.` */
function named(acl: AclEntry): [string, AclEntry] {
  const { operation, resourceType, resourceName } = acl;
  return [`${OPERATIONS.get(operation) ?? ''} on ${RESOURCES.get(resourceType) ?? ''} ${resourceName}`, acl];
}

async function without(acl: AclEntry, use: () => Promise<void>): Promise<void> {
  await control.deleteAcls({ filters: [acl] });
  try {
    await use();
  } finally {
    await control.createAcls({ acl: [acl] });
  }
}

/** Recorded rows, the boundaries last. */
async function play(): Promise<void> {
  const writer = kafkaClient({ ...defaults().kafka, brokers: kafka.open }, () => undefined);
  const producer = writer.producer({ idempotent: true, maxInFlightRequests: 1 }); // a snapshot told twice is none
  await producer.connect();
  const records = readRecording('postgres/01-lifecycle');
  const there = new Set(await control.listTopics());
  const topics = [...new Set(records.map(({ topic }) => topic))].filter((topic) => there.has(topic));
  topics.sort((a, b) => Number(a.endsWith('.transaction')) - Number(b.endsWith('.transaction')));
  for (const topic of topics) {
    const own = records.filter((record) => record.topic === topic);
    await producer.send({
      topic,
      messages: own.map(({ partition, key, value, headers }) => ({ partition, key, value, headers })),
    });
  }
  await producer.disconnect();
}

const published = async (): Promise<number> =>
  (await control.fetchTopicOffsets('orders.fulfillment')).reduce((sum, { high }) => sum + Number(high), 0);

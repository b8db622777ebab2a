/** The rows that describe the schema, redaction and effective values. */
import { describe, expect, it } from 'vitest';
import { CONFIG_VARIABLE } from '../../../src/config/environment.js';
import { describeConfig } from '../../../src/config/describe.js';
import { loadConfig } from '../../../src/config/load.js';
import { nearMiss } from '../../../src/config/near-miss.js';
import { effectiveRows, HIDDEN, originText, redact } from '../../../src/config/redact.js';

const rows = describeConfig();
const row = (key: string) => rows.find((candidate) => candidate.key === key);

describe('describeConfig', () => {
  it('gives every variable to one key only', () => {
    const names = rows
      .flatMap(({ variable, fileVariable }) => [variable, fileVariable])
      .filter((name) => name !== null);
    expect(new Set([...names, CONFIG_VARIABLE]).size).toBe(names.length + 1);
  });

  it('has a description for every key and a unit for every amount of time or bytes', () => {
    for (const { key, description, unit } of rows) {
      expect(description, key).toMatch(/\.$/);
      if (/(Ms|Bytes)/.test(key)) expect(unit, key).not.toBe('');
    }
  });

  it('describes type, limits, default, unit and variables', () => {
    expect(row('kafka.sessionTimeoutMs')).toMatchObject({
      variable: 'DRAGOMAN_KAFKA_SESSION_TIMEOUT_MS',
      type: 'whole number',
      limits: '6000 to 300000',
      default: '10000',
      unit: 'ms',
      secret: null,
    });
    expect(row('redis.password')).toMatchObject({ fileVariable: 'DRAGOMAN_REDIS_PASSWORD_FILE', secret: 'whole' });
    expect(row('pipelines.<pipeline>.sources[].transactionTopic')).toMatchObject({
      variable: null,
      default: '`<name>.transaction`',
    });
  });

  it('marks every password and passphrase as secret', () => {
    const passwords = rows.filter(({ key }) => /pass(word|phrase)(?!File$)/i.test(key));
    expect(passwords.length).toBeGreaterThanOrEqual(5);
    expect(passwords.every(({ secret }) => secret === 'whole')).toBe(true);
  });
});

describe('redact', () => {
  const loaded = loadConfig({
    file: 'd.yaml',
    env: { DRAGOMAN_REDIS_URL: 'redis://user:p@ss@host:6379', DRAGOMAN_KAFKA_SASL_MECHANISM: 'scram-sha-256' },
    readText: () => 'pipelines: {main: {sources: [{name: oms}]}}\nkafka: {sasl: {username: u, password: hunter2}}\n',
  });

  it('hides secrets and leaves the rest', () => {
    const shown = redact(loaded.config);
    expect(shown.kafka.sasl).toEqual({ mechanism: 'scram-sha-256', username: 'u', password: HIDDEN });
    expect(shown.redis.url).toBe(`redis://user:${HIDDEN}@host:6379`);
    expect(shown.redis.password).toBeNull();
    expect(JSON.stringify(shown)).not.toMatch(/hunter2|p@ss/);
    expect(loaded.config.kafka.sasl.password).toBe('hunter2');
  });

  it('hides passwords of addresses whose key has a name of its own', () => {
    const url = 'postgres://reader:hunter2@db:5432/oms';
    const { config } = loadConfig({
      ...{ file: 'd.yaml', env: {} },
      readText: () => `pipelines: {main: {sources: [{name: oms}]}}\nreconcile: {databases: {oms: {url: "${url}"}}}\n`,
    });
    expect(redact(config).reconcile.databases['oms']?.url).toBe(`postgres://reader:${HIDDEN}@db:5432/oms`);
    expect(config.reconcile.databases['oms']?.url).toBe(url);
  });

  it('lists every effective value with its origin', () => {
    const effective = new Map(
      effectiveRows(loaded).map(({ key, value, origin }) => [key, [value, originText(origin)]]),
    );
    expect(effective.get('kafka.sasl.password')).toEqual([HIDDEN, 'd.yaml:2']);
    expect(effective.get('kafka.sasl.mechanism')).toEqual(['scram-sha-256', 'DRAGOMAN_KAFKA_SASL_MECHANISM']);
    expect(effective.get('pipelines.main.sources[0].name')).toEqual(['oms', 'd.yaml:1']);
    expect(effective.get('pipelines.main.sources[0].topicPrefix')).toEqual(['oms', 'default']);
    expect(effective.get('log.level')).toEqual(['info', 'default']);
  });
});

describe('nearMiss', () => {
  it.each([
    ['brokrs', 'brokers'],
    ['session_timeout_ms', 'sessionTimeoutMs'],
    ['clinetId', 'clientId'],
    ['zebra', null],
  ])('suggests for %s: %s', (name, expected) => {
    expect(nearMiss(name, ['brokers', 'clientId', 'sessionTimeoutMs'])).toBe(expected);
  });
});

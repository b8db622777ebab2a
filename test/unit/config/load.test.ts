/** The loader: strength of origins, every problem at once with its place, near misses, secrets from files. */
import { describe, expect, it } from 'vitest';
import { loadConfig, problemsOf, type LoadedConfig } from '../../../src/config/load.js';
import { problemText, type ConfigProblem } from '../../../src/config/problem.js';
import type { Environment } from '../../../src/config/environment.js';
import { DragomanError } from '../../../src/errors.js';

const FILE = 'dragoman.yaml';
const PIPELINES = 'pipelines: {main: {sources: [{name: legacy}]}}\n';

interface Given {
  readonly yaml?: string;
  readonly env?: Environment;
  readonly files?: Readonly<Record<string, string>>;
  readonly pipelinesRequired?: boolean;
}

function load({ yaml = PIPELINES, env = {}, files = {}, pipelinesRequired = true }: Given): LoadedConfig {
  const all: Readonly<Record<string, string>> = { [FILE]: yaml, ...files };
  const readText = (path: string): string => {
    const text = all[path];
    if (text === undefined) throw new Error('no such file');
    return text;
  };
  return loadConfig({ file: FILE, env, readText, pipelinesRequired });
}

function problems(given: Given): readonly ConfigProblem[] {
  try {
    load(given);
  } catch (error) {
    expect(error).toBeInstanceOf(DragomanError);
    expect((error as DragomanError).code).toBe('CONFIG_INVALID');
    return problemsOf(error as DragomanError);
  }
  throw new Error('expected problems');
}

const texts = (given: Given): string[] => problems(given).map(problemText);

describe('loadConfig', () => {
  it.each([
    ['{prefix}_{schema}_{table}', 'legacy_transaction'],
    ['{prefix}--{table}', 'legacy--transaction'],
    ['orders.{table}', 'legacy.transaction'],
  ])('topics named %s have their boundaries in %s', (topics, transactionTopic) => {
    const text = `pipelines: { main: { sources: [{ name: legacy, topics: '${topics}' }] } }`;
    const { config } = loadConfig({ file: FILE, env: {}, readText: () => text, pipelinesRequired: true });
    expect(config.pipelines['main']?.sources[0]).toMatchObject({ topics, transactionTopic });
  });

  it('a qualifier is short, and fits in a key', () => {
    const of = (qualifier: string) =>
      load({ yaml: `pipelines: { main: { qualifier: ${qualifier}, sources: [{ name: legacy }] } }` }).config.pipelines[
        'main'
      ];
    expect(load({}).config.pipelines['main']?.qualifier).toBeNull();
    expect(of('de')?.qualifier).toBe('de');
    expect(of('a'.repeat(16))?.qualifier).toBe('a'.repeat(16));
    for (const wrong of ['a'.repeat(17), 'DE', 'de/fr', "''", '-de'])
      expect(() => of(wrong), wrong).toThrow(/pipelines\.main\.qualifier.*up to 16 lower-case letters/s);
  });

  it.each(['{prefix}.{schema}', '{prefix}.{tabel}', '{prefix} {table}', ''])(
    'refuses %j as a pattern of topics',
    (topics) => {
      const text = `pipelines: { main: { sources: [{ name: legacy, topics: '${topics}' }] } }`;
      expect(() => loadConfig({ file: FILE, env: {}, readText: () => text, pipelinesRequired: true })).toThrow(
        /expected a topic name with \{table\} in it/,
      );
    },
  );

  it.each(['constructor', 'toString', '__proto__'])('refuses %s as the name of a source', (name) => {
    const text = `pipelines: { main: { sources: [{ name: ${name} }] } }`;
    expect(() => loadConfig({ file: FILE, env: {}, readText: () => text, pipelinesRequired: true })).toThrow(
      /sources\[0\]\.name.*expected a name that no object of JavaScript has by itself/s,
    );
  });

  it('fills in every default', () => {
    const { config } = load({});
    expect(config.namespace).toBe('dragoman');
    expect(config.kafka.brokers).toEqual(['localhost:9092']);
    expect(config.http).toEqual({
      ...{ host: '127.0.0.1', port: 9464, tokensFile: null, metricsOpen: false },
      ...{ console: true, publicUrl: null, personalValues: false },
    });
    expect(config.pipelines['main']?.sources[0]).toEqual({
      name: 'legacy',
      connector: 'postgresql',
      mode: 'exact',
      transactionTopic: 'legacy.transaction',
      heartbeatTopic: '__debezium-heartbeat.legacy',
      topicPrefix: 'legacy',
      topics: null,
      gaps: 'refuse',
      unplaced: 'refuse',
      graceMs: 2_000,
      incomplete: 'hold',
      incompleteAfterMs: 600_000,
      beginning: 'snapshot',
      epoch: 0,
    });
  });

  it('lets a variable win over the file, and the file over the default', () => {
    const yaml = `${PIPELINES}kafka:\n  clientId: from-file\n  brokers: [a:1]\n`;
    const { config, originOf } = load({ yaml, env: { DRAGOMAN_KAFKA_BROKERS: 'b:2, c:3' } });
    expect(config.kafka.brokers).toEqual(['b:2', 'c:3']);
    expect(config.kafka.clientId).toBe('from-file');
    expect(originOf(['kafka', 'brokers'])).toEqual({ kind: 'env', variable: 'DRAGOMAN_KAFKA_BROKERS' });
    expect(originOf(['kafka', 'clientId'])).toEqual({ kind: 'file', file: FILE, line: 3 });
    expect(originOf(['kafka', 'requestTimeoutMs'])).toEqual({ kind: 'default' });
  });

  it('takes a key with nothing after it and an empty variable as not set', () => {
    const { config } = load({ yaml: `${PIPELINES}redis:\nlog:\n  level:\n`, env: { DRAGOMAN_LOG_FORMAT: '' } });
    expect(config.log).toEqual({ level: 'info', format: 'json' });
  });

  it('reads numbers, truths and pipelines from variables', () => {
    const { config } = load({
      yaml: '',
      env: {
        DRAGOMAN_HTTP_PORT: '0',
        DRAGOMAN_KAFKA_SSL_ENABLED: 'true',
        DRAGOMAN_PIPELINES: '{"orders": {"sources": [{"name": "oms", "epoch": 2}]}}',
      },
    });
    expect(config.http.port).toBe(0);
    expect(config.kafka.ssl.enabled).toBe(true);
    expect(config.pipelines['orders']?.sources[0]?.epoch).toBe(2);
  });

  it('reads a secret from the file that its variable names, without the last line break', () => {
    const { config } = load({ env: { DRAGOMAN_REDIS_PASSWORD_FILE: '/run/pw' }, files: { '/run/pw': 's3cret\n' } });
    expect(config.redis.password).toBe('s3cret');
  });

  it('reports everything that is wrong in one error, in the order of the file', () => {
    const yaml = [
      'namespace: Dragoman',
      'kafka:',
      '  brokrs: [a:1]',
      '  sessionTimeoutMs: 5000',
      '  requestTimeoutMs: 40000',
      'pipelines: {main: {sources: [{name: legacy, epock: 1}]}}',
      'reconcile: {databases: {legacy: {url: "postgres://db/x", pasword_file: x}}}',
      '',
    ].join('\n');
    const env = { DRAGOMAN_KAFKA_BROKRS: 'x', DRAGOMAN_HTTP_PORT: 'many' };
    expect(texts({ yaml, env })).toEqual([
      'dragoman.yaml:1: namespace: expected up to 40 lower-case letters, digits and hyphens (text; default dragoman)',
      'dragoman.yaml:3: kafka.brokrs: unknown key; did you mean brokers?',
      'dragoman.yaml:4: kafka.sessionTimeoutMs: too small: expected number to be >=6000 (whole number; 6000 to 300000 ms; default 10000)',
      'dragoman.yaml:5: kafka.transactionTimeoutMs: not longer than kafka.requestTimeoutMs: the broker would end a Kafka transaction whose commit is still under way',
      'dragoman.yaml:6: pipelines.main.sources[0].epock: unknown key; did you mean epoch?',
      'dragoman.yaml:7: reconcile.databases.legacy.pasword_file: unknown key; did you mean passwordFile?',
      'DRAGOMAN_KAFKA_BROKRS: unknown variable; did you mean DRAGOMAN_KAFKA_BROKERS?',
      'DRAGOMAN_HTTP_PORT: http.port: expected number, received string (whole number; 0 to 65535; default 9464)',
    ]);
  });

  it('names the section of a key that is required and missing', () => {
    expect(texts({ yaml: 'pipelines:\n  main:\n    sources:\n      - epoch: 1\n' })).toEqual([
      'dragoman.yaml:4: pipelines.main.sources[0].name: is required',
    ]);
  });

  it('reports broken YAML with its line and without an excerpt', () => {
    const [problem] = problems({ yaml: 'redis:\n  password: "s3cret\n' });
    expect(problem).toMatchObject({ code: 'yaml-invalid', file: FILE });
    expect(JSON.stringify(problems({ yaml: 'redis:\n  password: "s3cret\n' }))).not.toContain('s3cret');
  });

  it('refuses the same key twice and a list at the top', () => {
    expect(problems({ yaml: 'rules: a\nrules: b\n' })[0]).toMatchObject({ code: 'yaml-invalid', line: 2 });
    expect(problems({ yaml: '- a\n' })[0]).toMatchObject({ code: 'yaml-invalid', line: 1 });
  });

  it('never repeats the value of a secret', () => {
    const yaml = `${PIPELINES}redis:\n  password: 123456\n  url: http://user:hunter2@host\n`;
    expect(texts({ yaml }).join()).not.toMatch(/123456|hunter2/);
  });

  it('refuses a secret that is given twice and a secret file that cannot be read', () => {
    const env = { DRAGOMAN_REDIS_PASSWORD: 'a', DRAGOMAN_REDIS_PASSWORD_FILE: '/run/a' };
    expect(problems({ env })[0]).toMatchObject({ code: 'value-twice', path: 'redis.password' });
    const unreadable = problems({ env: { DRAGOMAN_KAFKA_SASL_PASSWORD_FILE: '/run/b' } });
    expect(unreadable[0]).toMatchObject({ code: 'file-unreadable', variable: 'DRAGOMAN_KAFKA_SASL_PASSWORD_FILE' });
  });

  it('reports a config file that cannot be read', () => {
    const readText = (): string => {
      throw new Error('no such file');
    };
    expect(() => loadConfig({ file: 'gone.yaml', env: {}, readText })).toThrow(/gone\.yaml: cannot read/);
  });

  it('passes over what Kubernetes says about a service of that name', () => {
    const env = {
      DRAGOMAN_SERVICE_HOST: '10.0.0.1',
      DRAGOMAN_SERVICE_PORT_HTTP: '9464',
      DRAGOMAN_PORT: 'tcp://10.0.0.1:9464',
      DRAGOMAN_PORT_9464_TCP_ADDR: '10.0.0.1',
      DRAGOMAN_CONFIG: '/etc/dragoman.yaml',
    };
    expect(load({ env }).config.namespace).toBe('dragoman');
    expect(problems({ env: { DRAGOMAN_HTPP_PORT: '1' } })[0]?.text).toContain('DRAGOMAN_HTTP_PORT');
  });

  it('asks for a pipeline only where one is needed', () => {
    expect(problems({ yaml: '' })[0]).toMatchObject({ code: 'pipelines-missing' });
    expect(load({ yaml: '', pipelinesRequired: false }).config.pipelines).toEqual({});
  });
});

/** Each unsafe pair is refused, and the closest safe pair is not. */
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../src/config/schema.js';
import { pathText } from '../../../src/config/path.js';
import { unsafePairs } from '../../../src/config/unsafe-pairs.js';

const shown = (input: unknown): string[] =>
  unsafePairs(configSchema.parse(input)).map(({ paths }) => pathText(paths[0] ?? []));

/** The database of a source, in a pipeline with this one. */
const asking = (database: string, url: string, source: object): unknown => ({
  pipelines: { a: { sources: [{ name: 'other' }, source].filter((each) => Object.keys(each).length > 0) } },
  reconcile: { databases: { [database]: { url } } },
});

const UNSAFE: readonly (readonly [string, unknown, unknown])[] = [
  ['audiences[0]', { audiences: ['dragoman.orders.state'] }, { audiences: ['dragomans'] }],
  ['audiences[1]', { audiences: ['a', 'a'] }, { audiences: ['a', 'b'] }],
  [
    'audiences[0]',
    { audiences: ['legacy.public.orders'], pipelines: { o: { sources: [{ name: 'legacy' }] } } },
    { audiences: ['legacy-orders'], pipelines: { o: { sources: [{ name: 'legacy' }] } } },
  ],
  [
    'kafka.heartbeatIntervalMs',
    { kafka: { sessionTimeoutMs: 9000, heartbeatIntervalMs: 3001 } },
    { kafka: { sessionTimeoutMs: 9000, heartbeatIntervalMs: 3000 } },
  ],
  ['kafka.rebalanceTimeoutMs', { kafka: { rebalanceTimeoutMs: 9999 } }, { kafka: { rebalanceTimeoutMs: 10_000 } }],
  [
    'kafka.transactionTimeoutMs',
    { kafka: { transactionTimeoutMs: 15_000 } },
    { kafka: { transactionTimeoutMs: 15_001 } },
  ],
  [
    'kafka.fetchMaxWaitMs',
    { kafka: { fetchMaxWaitMs: 1000, requestTimeoutMs: 1000 } },
    { kafka: { fetchMaxWaitMs: 999, requestTimeoutMs: 1000 } },
  ],
  [
    'kafka.fetchMaxBytesPerPartition',
    { kafka: { fetchMaxBytesPerPartition: 9_000_000 } },
    { kafka: { fetchMaxBytesPerPartition: 8_000_000 } },
  ],
  [
    'kafka.ssl.certFile',
    { kafka: { ssl: { enabled: true, certFile: 'c' } } },
    { kafka: { ssl: { enabled: true, certFile: 'c', keyFile: 'k' } } },
  ],
  ['kafka.ssl.enabled', { kafka: { ssl: { caFile: 'c' } } }, { kafka: { ssl: { enabled: true, caFile: 'c' } } }],
  [
    'kafka.sasl.mechanism',
    { kafka: { sasl: { mechanism: 'scram-sha-512', username: 'u' } } },
    { kafka: { sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' } } },
  ],
  ['kafka.sasl.mechanism', { kafka: { sasl: { password: 'p' } } }, {}],
  [
    'kafka.sasl.mechanism',
    { kafka: { sasl: { mechanism: 'plain', username: 'u', password: 'p' } } },
    { kafka: { ssl: { enabled: true }, sasl: { mechanism: 'plain', username: 'u', password: 'p' } } },
  ],
  [
    'kafka.sasl.mechanism',
    {
      kafka: {
        ssl: { enabled: true, rejectUnauthorized: false },
        sasl: { mechanism: 'plain', username: 'u', password: 'p' },
      },
    },
    {
      kafka: {
        ssl: { enabled: true, rejectUnauthorized: false },
        sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' },
      },
    },
  ],
  ['redis.tls.enabled', { redis: { tls: { caFile: 'c' } } }, { redis: { url: 'rediss://h:1', tls: { caFile: 'c' } } }],
  [
    'redis.sentinel.name',
    { redis: { sentinel: { name: 'm' } } },
    { redis: { sentinel: { name: 'm', nodes: ['h:1'] } } },
  ],
  ['redis.database', { redis: { url: 'redis://h:1/2', database: 3 } }, { redis: { url: 'redis://h:1/2' } }],
  ['http.host', { http: { host: '0.0.0.0' } }, { http: { host: '0.0.0.0', tokensFile: '/run/secrets/tokens' } }],
  ['http.host', { http: { host: 'dragoman.internal' } }, { http: { host: '::', metricsOpen: true } }],
  ['http.host', { http: { host: '127.example.com' } }, { http: { host: '127.0.0.2' } }],
  [
    'redis.password',
    { redis: { url: 'redis://u:p@h:1', password: 'q' } },
    { redis: { url: 'redis://h:1', password: 'q' } },
  ],
  [
    'registry.username',
    { registry: { url: 'https://r:1', username: 'u' } },
    { registry: { url: 'https://r:1', username: 'u', password: 'p' } },
  ],
  [
    'registry.token',
    { registry: { url: 'https://u:p@r:1', token: 't' } },
    { registry: { url: 'https://r:1', token: 't' } },
  ],
  [
    'registry.url',
    { registry: { url: 'http://r:1', token: 't' } },
    { registry: { url: 'http://127.0.0.1:1', token: 't' } },
  ],
  [
    'registry.caFile',
    { registry: { url: 'http://r:1', caFile: 'c' } },
    { registry: { url: 'https://r:1', caFile: 'c' } },
  ],
  [
    'contracts.Order.v1.registry',
    { contracts: { 'Order.v1': { registry: 'prefix' } } },
    { registry: { url: 'http://r:1' }, contracts: { 'Order.v1': { registry: 'prefix' } } },
  ],
  [
    'pipelines.a.shards',
    { pipelines: { a: { sources: [{ name: 'oms', mode: 'position' }], shards: 2 } } },
    { pipelines: { a: { sources: [{ name: 'oms' }], shards: 2 } } },
  ],
  ['reconcile.databases.oms', asking('oms', 'postgres://db/x', {}), asking('oms', 'postgres://db/x', { name: 'oms' })],
  [
    'reconcile.databases.oms.url',
    asking('oms', 'postgres://db/x', { name: 'oms', connector: 'mariadb' }),
    asking('oms', 'mysql://db/x', { name: 'oms', connector: 'mariadb' }),
  ],
  [
    'reconcile.databases.oms.url',
    asking('oms', 'postgres://db/x', { name: 'oms', connector: 'oracle' }),
    { pipelines: { a: { sources: [{ name: 'oms', connector: 'oracle' }] } } },
  ],
];

describe('unsafePairs', () => {
  it.each(UNSAFE)('refuses %s (%j) and accepts %j', (path, unsafe, safe) => {
    expect(shown(unsafe)).toEqual([path]);
    expect(shown(safe)).toEqual([]);
  });

  it('refuses one source in two pipelines', () => {
    const pipelines = { a: { sources: [{ name: 'oms' }] }, b: { sources: [{ name: 'oms' }] } };
    expect(shown({ pipelines })).toEqual([
      'pipelines.b.sources[0].name',
      'pipelines.b.sources[0].topicPrefix',
      'pipelines.b.sources[0].transactionTopic',
    ]);
  });
});

/** Values that are legal alone and unsafe together; start-up is refused, because each pair would break a guarantee or mislead. */
import { delimiterOf } from '../domain/source/topic-pattern.js';
import { isLoopback } from './keys/http.js';
import type { Path } from './path.js';
import type { Config } from './schema.js';

export interface UnsafePair {
  /** The keys concerned; the first is where the problem is shown. */
  readonly paths: readonly Path[];
  readonly text: string;
}

/** All unsafe pairs of a configuration. */
export const unsafePairs = (config: Config): readonly UnsafePair[] => [
  ...timeouts(config.kafka),
  ...kafkaSecurity(config.kafka),
  ...redisAccess(config.redis),
  ...httpAccess(config.http),
  ...registryAccess(config),
  ...sources(config.pipelines),
  ...shards(config.pipelines),
  ...databases(config),
  ...audiences(config),
];

const kafkaPath = (...names: string[]): Path => ['kafka', ...names];
const redisPath = (...names: string[]): Path => ['redis', ...names];

function timeouts(kafka: Config['kafka']): UnsafePair[] {
  const pair = (left: string, right: string, text: string) => ({ paths: [kafkaPath(left), kafkaPath(right)], text });
  return when([
    [
      kafka.heartbeatIntervalMs * 3 > kafka.sessionTimeoutMs,
      pair(
        'heartbeatIntervalMs',
        'sessionTimeoutMs',
        'more than a third of kafka.sessionTimeoutMs: two lost heartbeats would move every pipeline',
      ),
    ],
    [
      kafka.rebalanceTimeoutMs < kafka.sessionTimeoutMs,
      pair(
        'rebalanceTimeoutMs',
        'sessionTimeoutMs',
        'shorter than kafka.sessionTimeoutMs: members would be thrown out of each rebalance',
      ),
    ],
    [
      kafka.transactionTimeoutMs <= kafka.requestTimeoutMs,
      pair(
        'transactionTimeoutMs',
        'requestTimeoutMs',
        'not longer than kafka.requestTimeoutMs: the broker would end a Kafka transaction whose commit is still under way',
      ),
    ],
    [
      kafka.fetchMaxWaitMs >= kafka.requestTimeoutMs,
      pair(
        'fetchMaxWaitMs',
        'requestTimeoutMs',
        'not shorter than kafka.requestTimeoutMs: idle fetches would count as failures',
      ),
    ],
    [
      kafka.fetchMaxBytesPerPartition > kafka.fetchMaxBytes,
      pair('fetchMaxBytesPerPartition', 'fetchMaxBytes', 'more than kafka.fetchMaxBytes, which it is a part of'),
    ],
  ]);
}

function kafkaSecurity({ ssl, sasl }: Config['kafka']): UnsafePair[] {
  const login = sasl.mechanism !== 'none';
  const complete = sasl.username !== null && sasl.password !== null;
  return [
    ...certificates(kafkaPath('ssl'), ssl),
    ...when([
      [
        login && !complete,
        { paths: [kafkaPath('sasl', 'mechanism')], text: 'needs kafka.sasl.username and kafka.sasl.password' },
      ],
      [
        !login && (sasl.username !== null || sasl.password !== null),
        { paths: [kafkaPath('sasl', 'mechanism')], text: 'is none, so user name and password would not be used' },
      ],
      [
        sasl.mechanism === 'plain' && !ssl.enabled,
        {
          paths: [kafkaPath('sasl', 'mechanism'), kafkaPath('ssl', 'enabled')],
          text: 'plain without kafka.ssl.enabled would send the password in the clear; use TLS or scram-sha-512',
        },
      ],
      [
        sasl.mechanism === 'plain' && ssl.enabled && !ssl.rejectUnauthorized,
        {
          paths: [kafkaPath('sasl', 'mechanism'), kafkaPath('ssl', 'rejectUnauthorized')],
          text: 'plain without kafka.ssl.rejectUnauthorized would give the password to whoever answers',
        },
      ],
    ]),
  ];
}

function redisAccess({ url, password, database, tls, sentinel }: Config['redis']): UnsafePair[] {
  const secure = { ...tls, enabled: tls.enabled || url.startsWith('rediss:') };
  return [
    ...certificates(redisPath('tls'), secure),
    ...when([
      [
        (sentinel.name === null) !== (sentinel.nodes.length === 0),
        {
          paths: [redisPath('sentinel', 'name'), redisPath('sentinel', 'nodes')],
          text: 'redis.sentinel.name and redis.sentinel.nodes belong together',
        },
      ],
      [
        database !== 0 && /\d\/\d+$/.test(url),
        {
          paths: [redisPath('database'), redisPath('url')],
          text: 'redis.url names a database too; keep one of them',
        },
      ],
      [
        password !== null && url.includes('@'),
        {
          paths: [redisPath('password'), redisPath('url')],
          text: 'redis.url names a user or password too; keep one of them',
        },
      ],
    ]),
  ];
}

function httpAccess({ host, tokensFile, metricsOpen }: Config['http']): UnsafePair[] {
  const text =
    'is not the loopback, so others may reach it: name http.tokensFile (`dragoman token` makes tokens), or set ' +
    'http.metricsOpen if whoever reaches the port may read the metrics';
  const paths = [
    ['http', 'host'],
    ['http', 'tokensFile'],
    ['http', 'metricsOpen'],
  ];
  return when([[!isLoopback(host) && tokensFile === null && !metricsOpen, { paths, text }]]);
}

function registryAccess({ registry, contracts }: Config): UnsafePair[] {
  const { url, username, password, token, caFile } = registry;
  const at = (...names: string[]): Path[] => names.map((name) => ['registry', name]);
  const isSecret = username !== null || token !== null || (url?.includes('@') ?? false);
  const isOpen = url !== null && url.startsWith('http:') && !isLoopback(new URL(url).hostname);
  const registered = Object.entries(contracts).filter(([, { registry: how }]) => how !== 'none');
  return [
    ...when([
      [
        (username === null) !== (password === null),
        { paths: at('username', 'password'), text: 'registry.username and registry.password belong together' },
      ],
      [
        token !== null && (username !== null || url?.includes('@') === true),
        { paths: at('token', 'username'), text: 'registry names a user too; keep one of them' },
      ],
      [
        isSecret && isOpen,
        {
          paths: at('url'),
          text: 'is not https, so the login would be sent in the clear; the loopback alone may be asked so',
        },
      ],
      [
        caFile !== null && url?.startsWith('https:') !== true,
        { paths: at('caFile', 'url'), text: 'registry.url is not https, so the certificate file would not be used' },
      ],
    ]),
    ...(url !== null
      ? []
      : registered.map(([name, { registry: how }]) => ({
          paths: [['contracts', name, 'registry'], ...at('url')],
          text: `${how} needs registry.url: the registered schema is what it names`,
        }))),
  ];
}

interface Certificates {
  readonly enabled: boolean;
  readonly caFile: string | null;
  readonly certFile: string | null;
  readonly keyFile: string | null;
}

function certificates(section: Path, { enabled, caFile, certFile, keyFile }: Certificates): UnsafePair[] {
  const given = caFile !== null || certFile !== null || keyFile !== null;
  return when([
    [
      (certFile === null) !== (keyFile === null),
      {
        paths: [
          [...section, 'certFile'],
          [...section, 'keyFile'],
        ],
        text: 'certFile and keyFile belong together',
      },
    ],
    [
      given && !enabled,
      { paths: [[...section, 'enabled']], text: 'is false, so the certificate files would not be used' },
    ],
  ]);
}

/** One source feeds one pipeline: two tasks reading it would publish every event twice. */
function sources(pipelines: Config['pipelines']): UnsafePair[] {
  const seen = new Map<string, string>();
  const pairs: UnsafePair[] = [];
  for (const [pipeline, { sources: list }] of Object.entries(pipelines)) {
    list.forEach((source, i) => {
      const path: Path = ['pipelines', pipeline, 'sources', i];
      for (const [name, value] of [
        ['name', source.name],
        ['topicPrefix', source.topicPrefix],
        ['transactionTopic', source.transactionTopic],
      ] as const) {
        const place = seen.get(`${name} ${value}`);
        if (place !== undefined) pairs.push({ paths: [[...path, name]], text: `${value} is used by ${place} already` });
        seen.set(`${name} ${value}`, `pipelines.${pipeline}.sources[${i}]`);
      }
    });
  }
  return pairs;
}

/** Of those whose databases can be asked, and that there are. */
function databases({ pipelines, reconcile }: Config): UnsafePair[] {
  const sources = new Map(
    Object.values(pipelines).flatMap((pipeline) => pipeline.sources.map(({ name, connector }) => [name, connector])),
  );
  return Object.entries(reconcile.databases).flatMap(([name, { url }]) => {
    const connector = sources.get(name);
    const path = ['reconcile', 'databases', name];
    if (connector === undefined) return [{ paths: [path], text: `no pipeline has a source ${name}` }];
    const isItsOwn = connector === 'postgresql' ? /^postgres/.test(url) : /^(mariadb|mysql):/.test(url);
    const isRead = ['postgresql', 'mariadb', 'mysql'].includes(connector);
    if (isRead && isItsOwn) return [];
    const text = isRead
      ? `is no address of ${connector}`
      : `databases of ${connector} cannot be compared: PostgreSQL, MariaDB and MySQL can`;
    return [{ paths: [[...path, 'url']], text }];
  });
}

/** What others read as the truth is written by nobody but its owner. */
function audiences({ audiences: all, namespace, pipelines }: Config): UnsafePair[] {
  const prefixes = Object.values(pipelines).flatMap(({ sources: list }) =>
    list.map(({ topicPrefix, topics }) => `${topicPrefix}${delimiterOf(topics)}`),
  );
  const others = Object.values(pipelines).flatMap(({ sources: list }) =>
    list.flatMap(({ transactionTopic, heartbeatTopic }) => [transactionTopic, heartbeatTopic]),
  );
  return all.flatMap((topic, i) => {
    const pair = (text: string): UnsafePair => ({ paths: [['audiences', i]], text: `${topic} ${text}` });
    if (topic.startsWith(`${namespace}.`)) return [pair('has a name that topics of the namespace have')];
    if (others.includes(topic) || prefixes.some((prefix) => topic.startsWith(prefix)))
      return [pair('has a name that topics of a source have')];
    return all.indexOf(topic) < i ? [pair('is there twice')] : [];
  });
}

/** Without boundaries the order of transactions is each reader's own. */
const shards = (pipelines: Config['pipelines']): UnsafePair[] =>
  Object.entries(pipelines).flatMap(([pipeline, { shards: count, sources: list }]) =>
    list.flatMap(({ mode }, i) =>
      count === 1 || mode === 'exact'
        ? []
        : [
            {
              paths: [
                ['pipelines', pipeline, 'shards'],
                ['pipelines', pipeline, 'sources', i, 'mode'],
              ],
              text: `more than one shard needs mode exact, and this source has ${mode}: shards would not see its transactions in one order`,
            },
          ],
    ),
  );

const when = (checks: readonly (readonly [boolean, UnsafePair])[]): UnsafePair[] =>
  checks.filter(([unsafe]) => unsafe).map(([, pair]) => pair);

/** What a deployment stands on: settings that would break a guarantee are refused at start, every reason at once. */
import type { Admin } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { brokerProblems } from '../../../../../src/adapters/kafka/ground/suitability.js';
import {
  createMissing,
  findings,
  notices,
  journalSettings,
  PROGRESS_SETTINGS,
  refuseOn,
  STATE_SETTINGS,
  type TopicFacts,
  type TopicPlan,
} from '../../../../../src/adapters/kafka/ground/topics.js';
import { redisProblems, type RedisFacts } from '../../../../../src/adapters/redis/suitability.js';

describe('Redis', () => {
  const sound: RedisFacts = {
    version: '7.2.4',
    role: 'master',
    mode: 'standalone',
    evictionPolicy: 'noeviction',
    evictedKeys: 0,
    persistent: true,
  };

  it.each<[string, Partial<RedisFacts>, RegExp | null]>([
    ['that is as it should be', {}, null],
    ['of the oldest version that does', { version: '6.2.0' }, null],
    ['without persistence, because the journal rebuilds it', { persistent: false }, null],
    ['that evicts', { evictionPolicy: 'allkeys-lru' }, /maxmemory-policy is allkeys-lru.*set it to noeviction/],
    ['that evicts what expires', { evictionPolicy: 'volatile-ttl' }, /maxmemory-policy is volatile-ttl/],
    ['that has evicted before', { evictedKeys: 3 }, /has evicted 3 keys.*flush it/],
    ['that is a replica', { role: 'slave' }, /it is a replica.*point redis\.url to the primary/],
    [
      'that is a node of a cluster',
      { mode: 'cluster' },
      /it is a node of a Redis Cluster.*not supported.*redis\.sentinel/,
    ],
    ['that is a sentinel', { mode: 'sentinel', role: '' }, /it is a sentinel.*name it in redis\.sentinel/],
    ['that is too old', { version: '6.0.16' }, /version 6\.0\.16 is older than 6\.2/],
  ])('%s', (_, facts, problem) => {
    const problems = redisProblems({ ...sound, ...facts });
    if (problem === null) expect(problems).toEqual([]);
    else expect(problems).toEqual([expect.stringMatching(problem)]);
  });

  it('says everything at once', () => {
    expect(redisProblems({ ...sound, version: '5.0.0', role: 'slave', evictionPolicy: 'allkeys-lfu' })).toHaveLength(3);
  });
});

describe('Kafka', () => {
  const sound: Readonly<Record<string, string>> = {
    'transaction.max.timeout.ms': '900000',
    'unclean.leader.election.enable': 'false',
    'group.coordinator.rebalance.protocols': 'classic,consumer',
    'transaction.state.log.replication.factor': '3',
    'transaction.state.log.min.isr': '2',
  };
  const problemsOf = (settings: Readonly<Record<string, string>>): string[] =>
    brokerProblems(new Map(Object.entries(settings)), { transactionTimeoutMs: 60_000 });

  it.each<[string, Readonly<Record<string, string>>, RegExp | null]>([
    ['as it should be', {}, null],
    ['of one broker', { 'transaction.state.log.replication.factor': '1', 'transaction.state.log.min.isr': '1' }, null],
    [
      'that ends transactions too early',
      { 'transaction.max.timeout.ms': '30000' },
      /transaction\.max\.timeout\.ms is 30000, below kafka\.transactionTimeoutMs \(60000\)/,
    ],
    [
      'whose leaders may lose records',
      { 'unclean.leader.election.enable': 'true' },
      /unclean\.leader\.election\.enable is true/,
    ],
    [
      'that may lose the outcome of a transaction',
      { 'transaction.state.log.min.isr': '1' },
      /transaction\.state\.log\.min\.isr is 1 with three replicas/,
    ],
  ])('%s', (_, settings, problem) => {
    const problems = problemsOf({ ...sound, ...settings });
    if (problem === null) expect(problems).toEqual([]);
    else expect(problems).toEqual([expect.stringMatching(problem)]);
  });

  it('of an old version', () => {
    const old = Object.fromEntries(Object.entries(sound).filter(([name]) => !name.startsWith('group.coordinator')));
    expect(problemsOf(old)).toEqual([expect.stringContaining('older than Kafka 3.8')]);
  });

  it('that may not be asked is not refused for that', () => {
    expect(problemsOf({})).toEqual([]);
  });
});

describe('a topic', () => {
  const plan = (kind: TopicPlan['kind'], partitions = 1): TopicPlan => ({
    topic: 't',
    kind,
    partitions,
    replicationFactor: 1,
    settings: {},
  });
  const shared = (shards: number): TopicPlan => ({
    ...plan('contract', 6),
    shards: new Map([
      ['returns', 1],
      ['orders', shards],
    ]),
  });
  const facts = (partitions: number, policy: string): TopicFacts => ({
    partitions,
    settings: new Map([['cleanup.policy', policy]]),
  });
  const created = { state: STATE_SETTINGS, journal: journalSettings(1_000), progress: PROGRESS_SETTINGS } as const;
  const like = (kind: keyof typeof created, partitions: number, change: Record<string, string> = {}): TopicFacts => ({
    partitions,
    settings: new Map(Object.entries({ ...created[kind], ...change })),
  });

  it.each<[TopicPlan, TopicFacts | undefined, string | null, RegExp | null]>([
    [
      plan('transactions'),
      undefined,
      'TRANSACTION_TOPIC_MISSING',
      /provide\.transaction\.metadata=true.*topics --sources/,
    ],
    [plan('table'), undefined, 'TOPIC_MISSING', /does not capture the table, or it has had no row yet/],
    [plan('journal'), undefined, 'TOPIC_MISSING', /`dragoman topics` creates it/],
    [plan('contract'), undefined, 'TOPIC_MISSING', /`dragoman topics` creates it/],
    [plan('internal'), undefined, 'TOPIC_MISSING', /`dragoman topics` creates it/],
    [plan('transactions'), facts(3, 'delete'), 'TOPIC_MISCONFIGURED', /only with one is it in commit order/],
    [plan('transactions'), facts(1, 'compact'), 'TOPIC_MISCONFIGURED', /compaction removes rows/],
    [plan('table'), facts(3, 'compact,delete'), 'TOPIC_MISCONFIGURED', /compaction removes rows/],
    [plan('state'), undefined, 'TOPIC_MISSING', /`dragoman topics` creates it/],
    [plan('progress'), undefined, 'TOPIC_MISSING', /`dragoman topics` creates it/],
    [
      plan('state', 6),
      like('state', 6, { 'cleanup.policy': 'delete' }),
      'TOPIC_MISCONFIGURED',
      /cleanup\.policy=delete: states would expire.*Set it to compact/,
    ],
    [
      plan('state', 6),
      like('state', 6, { 'cleanup.policy': 'compact,delete' }),
      'TOPIC_MISCONFIGURED',
      /states would expire/,
    ],
    [
      plan('state', 6),
      like('state', 6, { 'delete.retention.ms': '2591999999' }),
      'TOPIC_MISCONFIGURED',
      /delete\.retention\.ms=2591999999.*would not be told what is gone. Set it to 2592000000 or more/,
    ],
    [plan('state', 6), like('state', 3), 'TOPIC_MISCONFIGURED', /set journal\.partitions to what is there/],
    [
      plan('state', 6),
      like('state', 6, { 'message.timestamp.type': 'CreateTime' }),
      'TOPIC_MISCONFIGURED',
      /message\.timestamp\.type=CreateTime.*Set it to LogAppendTime/,
    ],
    [
      plan('journal', 6),
      like('journal', 6, { 'cleanup.policy': 'compact,delete' }),
      'TOPIC_MISCONFIGURED',
      /only the last decision would stay. Set it to delete/,
    ],
    [plan('journal', 6), like('journal', 3), 'TOPIC_MISCONFIGURED', /set journal\.partitions to what is there/],
    [plan('journal', 6), facts(6, 'compact'), null, null],
    [plan('journal', 6), facts(3, 'compact'), 'TOPIC_MISCONFIGURED', /set journal\.partitions to what is there/],
    [
      plan('journal', 6),
      like('journal', 6, { 'message.timestamp.type': 'CreateTime' }),
      'TOPIC_MISCONFIGURED',
      /Set it to LogAppendTime/,
    ],
    [
      plan('progress'),
      like('progress', 1, { 'cleanup.policy': 'delete' }),
      'TOPIC_MISCONFIGURED',
      /nobody would know how far everything was done. Set it to compact/,
    ],
    [
      plan('progress'),
      like('progress', 2),
      'SHARDS_CHANGED',
      /has 2 partitions, one for each shard .* the config says shards: 1/,
    ],
    [
      plan('progress', 3),
      like('progress', 1),
      'SHARDS_CHANGED',
      /has 1 partitions, one for each shard .* the config says shards: 3/,
    ],
    [plan('progress', 3), like('progress', 3), null, null],
    [shared(2), facts(6, 'delete'), null, null],
    [
      shared(4),
      facts(6, 'delete'),
      'SHARDS_DO_NOT_DIVIDE',
      /t has 6 partitions.*pipeline orders has 4 shards, which do not divide/,
    ],
    [
      plan('progress'),
      like('progress', 1, { 'message.timestamp.type': 'CreateTime' }),
      'TOPIC_MISCONFIGURED',
      /Set it to LogAppendTime/,
    ],
    [plan('state', 6), like('state', 6), null, null],
    [plan('state', 6), like('state', 6, { 'delete.retention.ms': '2592000001' }), null, null],
    [plan('journal', 6), like('journal', 6), null, null],
    [plan('progress'), like('progress', 1), null, null],
    [plan('contract'), facts(6, 'compact'), 'TOPIC_MISCONFIGURED', /would overwrite each other/],
    [plan('transactions'), facts(1, 'delete'), null, null],
    [plan('table'), facts(12, 'delete'), null, null],
    [plan('contract'), facts(12, 'delete'), null, null],
  ])('%o, found as %o: %s', (wanted, found, code, text) => {
    const problems = findings(wanted, found);
    if (code === null || text === null) expect(problems).toEqual([]);
    else expect(problems).toEqual([{ topic: 't', code, text: expect.stringMatching(text) as unknown }]);
  });

  it('that the version before made is told of, and refuses nothing', () => {
    expect(notices(plan('journal', 6), facts(6, 'compact'))).toEqual([
      expect.stringMatching(/as the version before made it.*`dragoman state convert --drop-old`/),
    ]);
    expect(notices(plan('journal', 6), like('journal', 6))).toEqual([]);
    expect(notices(plan('state', 6), like('state', 6))).toEqual([]);
    expect(notices(plan('journal', 6), undefined)).toEqual([]);
  });

  it('that is wrong refuses the start with the texts of all', () => {
    const found = [...findings(plan('transactions'), undefined), ...findings(plan('contract'), undefined)];
    expect(() => refuseOn(found)).toThrow(
      expect.objectContaining({
        code: 'TRANSACTION_TOPIC_MISSING',
        disposition: 'refuse',
        message: found.map(({ text }) => text).join('\n'),
      }),
    );
    expect(() => refuseOn([])).not.toThrow();
  });

  it('of the journal keeps every decision for as long as the config says, however many there are', () => {
    expect(journalSettings(1_000)).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': '1000',
      'retention.bytes': '-1',
    });
  });
});

it('is not created where shards do not divide its partitions', async () => {
  const created: unknown[] = [];
  const admin = { listTopics: () => Promise.resolve([]), createTopics: (asked: unknown) => void created.push(asked) };
  const journal: TopicPlan = {
    ...{ topic: 'j', kind: 'journal', partitions: 6, replicationFactor: 1, settings: {} },
    shards: new Map([['orders', 4]]),
  };
  await expect(createMissing(admin as unknown as Admin, [journal])).rejects.toMatchObject({
    code: 'SHARDS_DO_NOT_DIVIDE',
  });
  expect(created).toEqual([]);
});

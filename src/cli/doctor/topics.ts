/** Judges topics: what is there against what a deployment needs. Pure. */
import type { DescribedTopic, Operation } from '../../adapters/kafka/ground/described-topics.js';
import { findings, notices, RECORD_BYTES, type TopicPlan } from '../../adapters/kafka/ground/topics.js';
import { RECORD_BYTES_MAX } from '../../domain/record-size.js';
import { bad, type Line, ok, unknown } from './line.js';

export interface TopicFacts {
  readonly described: DescribedTopic;
  /** Null: they may not be asked. */
  readonly settings: ReadonlyMap<string, string> | null;
}

const DAY_MS = 24 * 3_600_000;
/** A long weekend. */
const RETENTION_MIN_MS = 3 * DAY_MS;

/** @param brokers how many there are. */
export function judgeTopic(plan: TopicPlan, facts: TopicFacts | undefined, brokers: number): Line[] {
  const { topic, kind } = plan;
  if (facts === undefined) {
    const [finding] = findings(plan, undefined);
    return [bad('fail', 'TOPIC_SETTINGS', topic, 'it does not exist', finding?.text ?? 'create it')];
  }
  const { described, settings } = facts;
  const lines = [leaders(topic, described), replication(topic, described, brokers), access(plan, described)];
  if (settings === null) return [...lines, unknown('TOPIC_SETTINGS', topic, 'DescribeConfigs is not allowed')];
  const now = { partitions: described.partitions.length, settings };
  const [wrong, known] = [findings(plan, now), notices(plan, now)];
  return [
    ...lines,
    ...(wrong.length === 0 && known.length === 0 ? [ok('TOPIC_SETTINGS', topic, 'fit')] : []),
    ...wrong.map(({ text }) => bad('fail', 'TOPIC_SETTINGS', topic, text, 'change it, as said')),
    ...known.map((text) => bad('warn', 'TOPIC_SETTINGS', topic, text, 'nothing at once: it breaks no guarantee')),
    ...unclean(topic, settings),
    minInSync(topic, described, settings),
    ...(kind === 'table' || kind === 'transactions' ? retention(topic, settings) : []),
    ...(kind === 'journal' && known.length === 0 ? [journalRetention(plan, settings)] : []),
    ...recordSize(plan, settings),
  ];
}

function leaders(topic: string, { partitions }: DescribedTopic): Line {
  const leaderless = partitions.filter(({ leader }) => leader < 0).map(({ partition }) => partition);
  if (leaderless.length > 0)
    return bad(
      'fail',
      'TOPIC_LEADERS',
      topic,
      `partitions ${leaderless.join(', ')} have no leader`,
      'start the brokers that have their replicas',
    );
  const behind = partitions.filter(({ replicas, inSync }) => inSync < replicas).length;
  if (behind === 0) return ok('TOPIC_LEADERS', topic, 'all replicas follow');
  return bad(
    'warn',
    'TOPIC_LEADERS',
    topic,
    `${behind} partitions lack replicas`,
    'see which broker is away or behind',
  );
}

function replication(topic: string, { partitions }: DescribedTopic, brokers: number): Line {
  const least = Math.min(...partitions.map(({ replicas }) => replicas));
  if (least >= 3) return ok('TOPIC_REPLICATION', topic, `${least} replicas`);
  const todo = brokers >= 3 ? 'reassign its partitions to three brokers' : 'with three brokers, give it three replicas';
  return bad('warn', 'TOPIC_REPLICATION', topic, `${least} replicas: losing a broker loses or stops it`, todo);
}

function minInSync(topic: string, { partitions }: DescribedTopic, settings: ReadonlyMap<string, string>): Line {
  const least = Number(settings.get('min.insync.replicas') ?? 1);
  const replicas = Math.min(...partitions.map((partition) => partition.replicas));
  const seen = `min.insync.replicas=${least} of ${replicas}`;
  if (least > replicas || (least === replicas && replicas > 1))
    return bad(
      'warn',
      'TOPIC_MIN_IN_SYNC',
      topic,
      seen,
      'one broker that is away stops every write: set it below the replicas',
    );
  if (least >= 2) return ok('TOPIC_MIN_IN_SYNC', topic, seen);
  const todo = replicas >= 3 ? 'set it to 2' : 'with three replicas, set it to 2';
  return bad('warn', 'TOPIC_MIN_IN_SYNC', topic, `${seen}: one broker alone confirms`, todo);
}

const unclean = (topic: string, settings: ReadonlyMap<string, string>): Line[] =>
  settings.get('unclean.leader.election.enable') === 'true'
    ? [
        bad(
          'fail',
          'TOPIC_SETTINGS',
          topic,
          'unclean.leader.election.enable=true',
          'set it to false: committed records would be lost',
        ),
      ]
    : [];

function retention(topic: string, settings: ReadonlyMap<string, string>): Line[] {
  const ms = Number(settings.get('retention.ms') ?? -1);
  const bytes = Number(settings.get('retention.bytes') ?? -1);
  const lines: Line[] = [];
  if (ms >= 0 && ms < RETENTION_MIN_MS) {
    const seen = `retention.ms=${ms} (${(ms / 3_600_000).toFixed(1)} h)`;
    const todo = 'set it to at least 7 days: an outage that is longer loses orders';
    lines.push(bad('warn', 'TOPIC_RETENTION', topic, seen, todo));
  }
  if (bytes >= 0) {
    const todo = 'set it to -1: a busy hour during an outage would delete rows that were not read';
    lines.push(bad('warn', 'TOPIC_RETENTION', topic, `retention.bytes=${bytes}`, todo));
  }
  return lines.length > 0
    ? lines
    : [ok('TOPIC_RETENTION', topic, ms < 0 ? 'for ever' : `${Math.round(ms / DAY_MS)} days`)];
}

function journalRetention({ topic, settings: wanted }: TopicPlan, settings: ReadonlyMap<string, string>): Line {
  const least = Number(wanted['retention.ms'] ?? 0);
  const ms = Number(settings.get('retention.ms') ?? -1);
  const bytes = Number(settings.get('retention.bytes') ?? -1);
  const seen = `retention.ms=${ms}, retention.bytes=${bytes}`;
  if ((ms < 0 || ms >= least) && bytes < 0) return ok('JOURNAL_RETENTION', topic, seen);
  const todo = `set retention.ms to ${least}, as the config says, and retention.bytes to -1: decisions are forgotten sooner`;
  return bad('warn', 'JOURNAL_RETENTION', topic, seen, todo);
}

/** Of topics that Dragoman writes. */
function recordSize({ topic, settings: wanted }: TopicPlan, settings: ReadonlyMap<string, string>): Line[] {
  const least = wanted[RECORD_BYTES];
  if (least === undefined) return [];
  const bytes = Number(settings.get(RECORD_BYTES) ?? RECORD_BYTES_MAX);
  const seen = `${RECORD_BYTES}=${bytes}`;
  if (bytes >= Number(least)) return [ok('TOPIC_RECORD_SIZE', topic, seen)];
  const todo = `set it to ${least}: an order whose record is larger is parked`;
  return [bad('warn', 'TOPIC_RECORD_SIZE', topic, seen, todo)];
}

const NEEDED: Readonly<Record<TopicPlan['kind'], readonly Operation[]>> = {
  table: ['Describe', 'Read'],
  transactions: ['Describe', 'Read'],
  state: ['Describe', 'Read', 'Write'],
  journal: ['Describe', 'Read', 'Write'],
  progress: ['Describe', 'Read', 'Write'],
  internal: ['Describe', 'Read', 'Write'],
  contract: ['Describe', 'Write'],
  trial: ['Describe', 'Read'],
  ownership: ['Describe', 'Write'],
};

function access({ topic, kind }: TopicPlan, { allowed }: DescribedTopic): Line {
  if (allowed === null) return unknown('ACCESS_TOPICS', topic, 'the brokers do not say what is allowed');
  const missing = NEEDED[kind].filter((operation) => !allowed.has(operation));
  return missing.length === 0
    ? ok('ACCESS_TOPICS', topic, NEEDED[kind].join(', '))
    : bad('fail', 'ACCESS_TOPICS', topic, `not allowed: ${missing.join(', ')}`, `add an ACL for ${missing.join(', ')}`);
}

/** Judges brokers, Redis and clocks. Pure. */
import { type BrokerSettings, brokerProblems } from '../../adapters/kafka/ground/suitability.js';
import { type RedisFacts, redisProblems } from '../../adapters/redis/suitability.js';
import { bad, type Line, ok, unknown } from './line.js';

const OFFSETS_RETENTION_MIN_MINUTES = 7 * 24 * 60;

/** @param settings null: they may not be asked. */
export function judgeBrokers(
  settings: BrokerSettings | null,
  brokers: number,
  needs: { readonly transactionTimeoutMs: number },
): Line[] {
  const count =
    brokers >= 3
      ? ok('BROKER_COUNT', 'cluster', `${brokers} brokers`)
      : bad(
          'warn',
          'BROKER_COUNT',
          'cluster',
          `${brokers} brokers`,
          'run three: with fewer, one that is away stops or loses all',
        );
  if (settings === null) {
    const todo =
      'allow DescribeConfigs on the cluster, or ask its operators: transaction limits, unclean elections, version';
    return [count, unknown('BROKER_SETTINGS', 'cluster', 'DescribeConfigs is not allowed', todo)];
  }
  const problems = brokerProblems(settings, needs);
  return [
    count,
    ...(problems.length === 0 ? [ok('BROKER_SETTINGS', 'cluster', 'version and transaction limits are fit')] : []),
    ...problems.map((problem) =>
      bad('fail', 'BROKER_SETTINGS', 'cluster', problem, 'change it; `run` refuses to start'),
    ),
    offsetsRetention(settings),
  ];
}

function offsetsRetention(settings: BrokerSettings): Line {
  const minutes = Number(settings.get('offsets.retention.minutes') ?? NaN);
  const seen = `offsets.retention.minutes=${minutes}`;
  if (Number.isNaN(minutes)) return unknown('OFFSETS_RETENTION', 'cluster', 'the brokers do not say');
  if (minutes >= OFFSETS_RETENTION_MIN_MINUTES) return ok('OFFSETS_RETENTION', 'cluster', seen);
  const todo = 'set it to 10080 or more: after an outage that is longer the offsets are gone, and the start is refused';
  return bad('warn', 'OFFSETS_RETENTION', 'cluster', seen, todo);
}

export interface RedisLook extends RedisFacts {
  readonly usedBytes: number;
  /** 0: no limit. */
  readonly maxBytes: number;
  readonly replicas: number;
  readonly pingMs: number;
  /** Its clock minus ours. */
  readonly aheadMs: number;
}

const PING_MAX_MS = 20;
const AHEAD_MAX_MS = 5_000;

/** What `run` would refuse to start with. */
export function judgeFitness(about: string, facts: RedisFacts): Line[] {
  const problems = redisProblems(facts);
  if (problems.length === 0)
    return [ok('REDIS_FIT', about, `version ${facts.version}, ${facts.role}, ${facts.evictionPolicy}`)];
  return problems.map((problem) => bad('fail', 'REDIS_FIT', about, problem, 'change it; `run` refuses to start'));
}

export function judgeRedis(about: string, look: RedisLook): Line[] {
  return [
    ...judgeFitness(about, look),
    look.persistent
      ? ok('REDIS_PERSISTENCE', about, 'it keeps its keys over a restart')
      : bad(
          'warn',
          'REDIS_PERSISTENCE',
          about,
          'neither appendonly nor save',
          'set appendonly yes: each restart restores all from the journal',
        ),
    memory(about, look),
    look.replicas > 0
      ? ok('REDIS_REPLICAS', about, `${look.replicas} replicas`)
      : bad('warn', 'REDIS_REPLICAS', about, 'no replica', 'have one: without, an outage of Redis stops the pipeline'),
    look.pingMs <= PING_MAX_MS
      ? ok('REDIS_LATENCY', about, `${look.pingMs.toFixed(1)} ms`)
      : bad(
          'warn',
          'REDIS_LATENCY',
          about,
          `${look.pingMs.toFixed(1)} ms for a PING`,
          'bring it near: each commit waits for it',
        ),
    clock('CLOCK_REDIS', about, look.aheadMs),
  ];
}

function memory(about: string, { usedBytes, maxBytes }: RedisLook): Line {
  const used = `${Math.round(usedBytes / 1024 / 1024)} MiB used`;
  if (maxBytes === 0) return ok('REDIS_MEMORY', about, `${used}, no maxmemory`);
  const share = usedBytes / maxBytes;
  const seen = `${used} of ${Math.round(maxBytes / 1024 / 1024)} (${Math.round(share * 100)} %)`;
  if (share < 0.8) return ok('REDIS_MEMORY', about, seen);
  const todo = 'raise maxmemory: when it is full nothing is stored, and the pipeline stops';
  return bad(share < 0.95 ? 'warn' : 'fail', 'REDIS_MEMORY', about, seen, todo);
}

export function clock(check: 'CLOCK_REDIS' | 'CLOCK_KAFKA', about: string, aheadMs: number): Line {
  const seen = `${Math.round(aheadMs)} ms ahead of this machine`;
  if (Math.abs(aheadMs) <= AHEAD_MAX_MS) return ok(check, about, seen);
  return bad('warn', check, about, seen, 'synchronize the clocks (NTP): ages, latency and retention are told wrongly');
}

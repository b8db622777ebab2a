/** The deployment under fire, up to the moment at which the connector streams and the first event has come. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../legacy-db/workload/random.js';
import { Arrivals } from '../e2e/arrivals.js';
import { Boundaries } from '../e2e/boundaries.js';
import { E2eError } from '../e2e/e2e-error.js';
import { PostgresSource } from '../e2e/postgres-source.js';
import { Scene } from '../e2e/scene.js';
import type { RunTools } from '../e2e/tools.js';
import { kafkaProxy, redisProxy } from '../proxy/fault-proxy.js';
import { RedisPair } from '../stack/redis-pair.js';
import { Members } from './members.js';
import type { Arena, FaultStack } from './nemesis.js';
import { NOTES } from './notes.js';
import { Pulse } from './pulse.js';
import { RuleSets } from './rule-sets.js';

const MEMBERS = 2;
const BASELINE_MS = 3_000;
const FIRST_MAX_MS = 180_000;

/** @param live makes orders live in this database, from now on. */
export async function openArena(
  random: Random,
  { stack, directory, cleanup, say, stackGoesToo }: RunTools<FaultStack>,
  live: (url: string) => void,
): Promise<Arena> {
  const { kafka, redis } = await startProxies(stack);
  cleanup.add(() => Promise.all([kafka.proxy.stop(), redis.proxy.stop()]));
  const scene = await Scene.open({
    endpoints: stack.endpoints,
    directory,
    legacy: (endpoints, database) => new PostgresSource(endpoints, database),
    dragoman: { kafka: kafka.endpoint, redis: redis.endpoint },
  });
  if (!stackGoesToo) cleanup.add(() => scene.remove());
  await scene.legacy.run(NOTES.sql);
  const ruleSets = await RuleSets.write(scene, directory);
  const members = new Members({ count: MEMBERS, directory, configFile: scene.configFile });
  cleanup.add(() => members.abandon());
  const [boundaries, pulse, written] = await Promise.all([
    Boundaries.follow(scene),
    Pulse.watch(scene),
    Arrivals.watch({
      kafka: scene.kafka(),
      topic: scene.journalTopic,
      groupId: `${scene.namespace}-written`,
      isolation: 'read_uncommitted',
    }),
  ]);
  cleanup.add(() => Promise.all([boundaries.close(), pulse.close(), written.close()]));
  await members.untilOwned(FIRST_MAX_MS);
  say('Dragoman runs; the first orders come');
  live(scene.legacy.url);
  await delay(BASELINE_MS);
  await scene.startConnector(NOTES.connector);
  await boundaries.until('the first END', () => boundaries.ends > 0, FIRST_MAX_MS);
  if ((await pulse.firstSince(0, FIRST_MAX_MS)) === undefined) {
    throw new E2eError('STREAM_SILENT', `no event came within ${FIRST_MAX_MS / 1000} s:\n${members.lastWords}`);
  }
  say('events come');
  return {
    ...{ stack, scene, members, boundaries, written, pulse, random, say },
    ...{ kafkaProxy: kafka.proxy, redis, directory, ruleSets },
  };
}

/** Between Dragoman and its servers. @throws E2eError USAGE when the stack has no listeners for them. */
async function startProxies({ endpoints }: FaultStack) {
  const { kafka, redis } = endpoints;
  if (kafka.proxied === undefined || redis.proxied === undefined) {
    throw new E2eError('USAGE', 'the stack was opened without faultProxy');
  }
  const kafkaSide = { proxy: kafkaProxy(kafka.proxied.routes), endpoint: kafka.proxied };
  const pair = new RedisPair(redis, endpoints['redis-replica']);
  const redisSide = {
    pair,
    proxy: redisProxy(redis.proxied.routes),
    endpoint: redis.proxied,
    get part() {
      return pair.primary.port === redis.port ? ('redis' as const) : ('redis-replica' as const);
    },
  };
  await Promise.all([kafkaSide.proxy.start(), redisSide.proxy.start()]);
  return { kafka: kafkaSide, redis: redisSide };
}

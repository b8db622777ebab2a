/** Asks Redis about itself, and what it holds of each pipeline. Nothing is changed there. */
import type { Redis } from 'ioredis';
import { redisClient } from '../../adapters/redis/client.js';
import { redisFacts } from '../../adapters/redis/suitability.js';
import type { RedisStore } from '../../adapters/redis/store.js';
import type { Config } from '../../config/schema.js';
import { DragomanError } from '../../errors.js';
import { atStates, storesOf } from '../operator/reading/stored-states.js';
import { decodeMarker, type MarkerContent } from '../../pipeline/state/marker.js';
import type { Marker } from '../../pipeline/ports.js';
import { bad, type Line, ok, unknown } from './line.js';
import { judgeFitness, judgeRedis, type RedisLook } from './servers.js';

const PINGS = 5;

/** @param stateEnds next offsets of the state topic by pipeline; without those that are not known. */
export async function redisLines(
  config: Config,
  cluster: string | null,
  stateEnds: ReadonlyMap<string, readonly number[]>,
): Promise<Line[]> {
  const redis = redisClient(config.redis);
  const about = config.redis.sentinel.name ?? new URL(config.redis.url).host;
  try {
    const reached = ok('REDIS_REACHED', about, 'it answers');
    const facts = await redisFacts(redis);
    // Of a cluster or a sentinel there is nothing more to be seen.
    if (facts.mode !== 'standalone') return [reached, ...judgeFitness(about, facts)];
    const lines = [reached, ...judgeRedis(about, await lookAt(redis))];
    for (const pipeline of Object.keys(config.pipelines)) {
      for (const { task, store } of storesOf(redis, config, pipeline)) {
        const marker = await store.marker();
        lines.push(judgeMarker(task, marker, cluster, stateEnds.get(pipeline)), await parkedLine(task, store, marker));
      }
    }
    return lines;
  } catch (error) {
    if (!(error instanceof DragomanError)) throw error;
    return [
      bad(
        'fail',
        'REDIS_REACHED',
        about,
        error.message,
        'see that it runs, and that address, user and password are right',
      ),
    ];
  } finally {
    redis.disconnect();
  }
}

/** Nothing is said of a store that is not whole. */
async function parkedLine(pipeline: string, store: RedisStore, marker: Marker | null): Promise<Line> {
  const noneIsThere = unknown(
    'PARKED',
    pipeline,
    'Redis does not hold all of it now',
    'ask again when the pipeline runs',
  );
  if (marker === null || decodeMarker(marker).restoring === true) return noneIsThere;
  try {
    const { size } = await atStates(store, (states, at) => states.parked(at));
    if (size === 0) return ok('PARKED', pipeline, 'nothing is parked');
    return bad('warn', 'PARKED', pipeline, `${size} aggregates are parked`, 'see `dragoman parked list`');
  } catch (error) {
    const isMoving = error instanceof DragomanError && ['MARKER_MOVED', 'COMMAND_REFUSED'].includes(error.code);
    if (!isMoving) throw error;
    return noneIsThere;
  }
}

async function lookAt(redis: Redis): Promise<RedisLook> {
  const facts = await redisFacts(redis);
  const told = new Map((await redis.info()).split('\r\n').map((line) => line.split(':', 2) as [string, string]));
  const numberOf = (name: string): number => Number(told.get(name) ?? 0);
  const pings: number[] = [];
  for (let i = 0; i < PINGS; i += 1) {
    const started = performance.now();
    await redis.ping();
    pings.push(performance.now() - started);
  }
  const askedMs = Date.now();
  const [seconds, micros] = await redis.time();
  const aheadMs = Number(seconds) * 1_000 + Number(micros) / 1_000 - (askedMs + Date.now()) / 2;
  return {
    ...facts,
    usedBytes: numberOf('used_memory'),
    maxBytes: numberOf('maxmemory'),
    replicas: numberOf('connected_slaves'),
    pingMs: pings.sort((a, b) => a - b)[Math.floor(PINGS / 2)] ?? 0,
    aheadMs,
  };
}

/** Pure. */
export function judgeMarker(
  pipeline: string,
  marker: Marker | null,
  cluster: string | null,
  end: readonly number[] | undefined,
): Line {
  if (marker === null) {
    const todo = 'nothing, if it never ran; else the next start restores it from the state topic';
    return bad('warn', 'STORE_FOLLOWS', pipeline, 'Redis holds nothing of it', todo);
  }
  const content = decodeMarker(marker);
  const isOther = cluster !== null && content.cluster !== cluster;
  const isAhead = end !== undefined && content.state.some((offset, partition) => offset > (end[partition] ?? 0));
  if (!isOther && !isAhead) return judgePlace(pipeline, content);
  const seen = isOther
    ? `Redis follows cluster ${content.cluster}`
    : `Redis is ahead of the state topic (${content.state.join(',')})`;
  const todo = 'point redis.url to the right instance, or delete the keys of this pipeline';
  return bad('fail', 'STORE_FOLLOWS', pipeline, seen, todo);
}

function judgePlace(pipeline: string, { commit, state, restoring }: MarkerContent): Line {
  if (restoring === true)
    return bad(
      'warn',
      'STORE_FOLLOWS',
      pipeline,
      'Redis is being restored, or was when its member ended',
      'nothing: it goes on as soon as a member runs the pipeline; its log says how far it is',
    );
  return ok(
    'STORE_FOLLOWS',
    pipeline,
    `Redis follows the state topic at ${state.join(',')} (Kafka transaction ${commit})`,
  );
}

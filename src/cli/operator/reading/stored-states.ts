/** States as Redis has them, for commands that look or wait. Read only; the pipeline that writes them is not disturbed. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { redisClient } from '../../../adapters/redis/client.js';
import { RedisStore } from '../../../adapters/redis/store.js';
import type { Config } from '../../../config/schema.js';
import { PART_LIMITS } from '../../../domain/state/queue.js';
import { DragomanError } from '../../../errors.js';
import type { Fields, Marker, StateStore } from '../../../pipeline/ports.js';
import { decodeMarker, type MarkerContent } from '../../../pipeline/state/marker.js';
import { StoredStates } from '../../../pipeline/state/stored-states.js';
import { type OfShard, shardsIn } from '../shards.js';

/** What a shard keeps in Redis. */
export interface ShardStore extends OfShard {
  readonly store: RedisStore;
}

export const storesOf = (redis: Redis, config: Config, pipeline: string): ShardStore[] =>
  shardsIn(config, pipeline).map((one) => {
    return { ...one, store: new RedisStore(redis, { namespace: config.namespace, pipeline, shard: one.shard }) };
  });

/** Of all shards of a pipeline, over one connection. */
export async function withStores<T>(
  config: Config,
  pipeline: string,
  use: (stores: readonly ShardStore[]) => Promise<T>,
): Promise<T> {
  const redis = redisClient(config.redis);
  const stores = storesOf(redis, config, pipeline);
  const { length: count } = stores;
  const beyond = { index: count, count: count + 1 };
  try {
    await checkNoMore(new RedisStore(redis, { namespace: config.namespace, pipeline, shard: beyond }), count); // connects
    return await use(stores);
  } finally {
    redis.disconnect();
  }
}

/**
 * A part of a pipeline is never shown as the whole.
 * @param beyond of the shard behind those that the config says.
 * @throws DragomanError SHARDS_CHANGED
 */
export async function checkNoMore(beyond: Pick<StateStore, 'marker'>, count: number): Promise<void> {
  if ((await beyond.marker()) === null) return;
  throw new DragomanError(
    'SHARDS_CHANGED',
    `Redis holds states of more shards of this pipeline than the config says (shards: ${count}): what is looked at would be a part of it. Nothing was ` +
      'changed. Use the config that its members run with; or, if the pipeline was set up anew with fewer, delete the keys of those that are left over.',
    { details: { shards: count } },
  );
}

/** The pipeline moves its marker all the time; a read that meets this is repeated. */
const ATTEMPTS_MAX = 20;
/** The first one; each is as much longer. */
const PAUSE_MS = 5;

/**
 * @throws DragomanError COMMAND_REFUSED when Redis holds nothing of the pipeline, or not all yet; MARKER_MOVED when it moves faster than
 * it can be read.
 */
export async function atMarker<T>(
  store: Pick<StateStore, 'marker'>,
  read: (marker: Marker, content: MarkerContent) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const marker = await store.marker();
    if (marker === null) {
      throw new DragomanError(
        'COMMAND_REFUSED',
        'Redis holds nothing of this pipeline: it never ran, or its states are restored when it runs next. Start it first.',
      );
    }
    const content = decodeMarker(marker);
    if (content.restoring === true) {
      throw new DragomanError(
        'COMMAND_REFUSED',
        'The states of this pipeline are being restored into Redis, or were when its member ended. Repeat this when it runs.',
      );
    }
    try {
      return await read(marker, content);
    } catch (error) {
      const isMoved = error instanceof DragomanError && error.code === 'MARKER_MOVED';
      if (!isMoved || attempt >= ATTEMPTS_MAX) throw error;
      await delay(attempt * PAUSE_MS);
    }
  }
}

/** The same, of states put together from their cells. */
export const atStates = <T>(
  store: StateStore,
  read: (states: StoredStates, marker: Marker) => Promise<T>,
  parts = PART_LIMITS,
): Promise<T> =>
  atMarker(store, async (marker) => {
    const states = new StoredStates(store, parts);
    await states.open(marker);
    return read(states, marker);
  });

/**
 * All fields of one hash, in parts, each at the marker of its moment: what changes meanwhile is there or not, or twice.
 * @throws DragomanError as `atMarker`
 */
export async function* fieldsNow(store: StateStore, hash: string): AsyncGenerator<Fields> {
  let next: string | null = null;
  do {
    const from: string | null = next;
    const part: Awaited<ReturnType<StateStore['scanFields']>> = await atMarker(store, (marker) =>
      store.scanFields(marker, hash, from),
    );
    yield part.fields;
    next = part.next;
  } while (next !== null);
}

/** The same, together: one that is met twice counts once. */
export async function allFieldsNow(store: StateStore, hash: string): Promise<Fields> {
  const all = new Map<string, string>();
  for await (const fields of fieldsNow(store, hash)) for (const [field, text] of fields) all.set(field, text);
  return all;
}

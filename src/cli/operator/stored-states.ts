/** States as Redis has them, for commands that look or wait. Read only; the pipeline that writes them is not disturbed. */
import { redisClient } from '../../adapters/redis/client.js';
import { RedisStore } from '../../adapters/redis/store.js';
import type { Config } from '../../config/schema.js';
import { DragomanError } from '../../errors.js';
import type { StateStore } from '../../pipeline/ports.js';

export async function withStore<T>(
  config: Config,
  pipeline: string,
  use: (store: StateStore) => Promise<T>,
): Promise<T> {
  const store = new RedisStore(redisClient(config.redis), { namespace: config.namespace, pipeline });
  try {
    await store.marker();
    return await use(store);
  } finally {
    await store.close();
  }
}

/** The pipeline moves its marker all the time; a read that meets this is repeated. */
const ATTEMPTS_MAX = 20;

/** @throws DragomanError COMMAND_REFUSED when Redis holds nothing of the pipeline. */
export async function atMarker<T>(store: Pick<StateStore, 'marker'>, read: (marker: string) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const marker = await store.marker();
    if (marker === null) {
      throw new DragomanError(
        'COMMAND_REFUSED',
        'Redis holds nothing of this pipeline: it never ran, or its states are restored when it runs next. Start it first.',
      );
    }
    try {
      return await read(marker);
    } catch (error) {
      const isMoved = error instanceof DragomanError && error.code === 'MARKER_MOVED';
      if (!isMoved || attempt >= ATTEMPTS_MAX) throw error;
    }
  }
}

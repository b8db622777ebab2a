/**
 * The whole of what Redis holds of a pipeline, one part after the other, whether or not the pipeline runs: each part is read under one
 * marker, and read again when the marker moved meanwhile.
 */
import type { RedisStore } from '../../adapters/redis/store.js';
import { DragomanError } from '../../errors.js';
import { atMarker } from '../operator/stored-states.js';

/** What is asked of Redis to read all of it. */
export type ScannedStore = Pick<RedisStore, 'marker' | 'scan' | 'scanOwners' | 'loadStates'>;

/** What is there from the first part to the last is among them; some perhaps twice. */
export async function* allStates(store: ScannedStore): AsyncIterable<readonly (readonly [string, string])[]> {
  for (let from: string | null = null; ;) {
    const part: Awaited<ReturnType<ScannedStore['scan']>> = await steady(store, (marker) => store.scan(marker, from));
    yield part.states;
    if (part.next === null) return;
    from = part.next;
  }
}

export async function* allOwners(store: ScannedStore): AsyncIterable<readonly (readonly [string, string])[]> {
  for (let from: string | null = null; ;) {
    const part: Awaited<ReturnType<ScannedStore['scanOwners']>> = await steady(store, (marker) =>
      store.scanOwners(marker, from),
    );
    yield part.owners;
    if (part.next === null) return;
    from = part.next;
  }
}

async function steady<T>(store: ScannedStore, read: (marker: string) => Promise<T>): Promise<T> {
  try {
    return await atMarker(store, read);
  } catch (error) {
    if (!(error instanceof DragomanError) || error.code !== 'MARKER_MOVED') throw error;
    throw new DragomanError(
      'COMMAND_REFUSED',
      'Redis was taken over by another server, or moves faster than it can be read. Repeat this when it is calmer.',
      { cause: error },
    );
  }
}

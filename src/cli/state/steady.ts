/**
 * The whole of what Redis holds of a pipeline, one part after the other, whether or not the pipeline runs: each part is read under one
 * marker, and read again when the marker moved meanwhile.
 */
import type { RedisStore } from '../../adapters/redis/store.js';
import { DragomanError } from '../../errors.js';
import type { Cell, Fields, Marker, StateStore } from '../../pipeline/ports.js';
import type { MarkerContent } from '../../pipeline/state/marker.js';
import { atMarker } from '../operator/reading/stored-states.js';

/** What is asked of Redis to read all of it. */
export type ScannedStore = Pick<StateStore, 'marker' | 'scan' | 'scanFields' | 'loadFields'> &
  Pick<RedisStore, 'scanOthers'>;

/** Fields of one hash, all or some of them. */
export interface HashPart {
  readonly hash: string;
  readonly fields: Fields;
}

interface Part<T> {
  readonly found: T;
  readonly next: string | null;
}

/**
 * Every hash: those of aggregates whole, others in parts. What is there from the first part to the last is among them; some
 * perhaps twice.
 * @param since number of the Kafka transaction that Redis has for sure.
 * @throws DragomanError COMMAND_REFUSED
 */
export async function* allHashes(store: ScannedStore, since: number): AsyncIterable<readonly HashPart[]> {
  const steadily = <T>(read: (marker: Marker, from: string | null) => Promise<Part<T>>): AsyncIterable<T> =>
    parts(store, since, read);
  yield* steadily(async (marker, from) => {
    const { hashes, next } = await store.scan(marker, from);
    return { found: hashes.map(([hash, fields]) => ({ hash, fields })), next };
  });
  const others = steadily(async (marker, from) => {
    const { hashes, next } = await store.scanOthers(marker, from);
    return { found: hashes, next };
  });
  for await (const hashes of others)
    for (const hash of hashes)
      yield* steadily(async (marker, from) => {
        const { fields, next } = await store.scanFields(marker, hash, from);
        return { found: [{ hash, fields }], next };
      });
}

export const cellsIn = (hashes: readonly HashPart[]): Cell[] =>
  hashes.flatMap(({ hash, fields }) => [...fields].map(([field, value]) => ({ hash, field, value })));

async function* parts<T>(
  store: ScannedStore,
  since: number,
  read: (marker: Marker, from: string | null) => Promise<Part<T>>,
): AsyncIterable<T> {
  for (let from: string | null = null; ;) {
    const at: string | null = from;
    const part: Part<T> = await steady(store, since, (marker) => read(marker, at));
    yield part.found;
    if (part.next === null) return;
    from = part.next;
  }
}

/** @throws DragomanError COMMAND_REFUSED */
export async function steady<T>(
  store: Pick<StateStore, 'marker'>,
  since: number,
  read: (marker: Marker, content: MarkerContent) => Promise<T>,
): Promise<T> {
  try {
    return await atMarker(store, (marker, content) => {
      // Another server took over that has less.
      if (content.commit < since) throw moved();
      return read(marker, content);
    });
  } catch (error) {
    if (!(error instanceof DragomanError) || error.code !== 'MARKER_MOVED') throw error;
    throw new DragomanError(
      'COMMAND_REFUSED',
      'Redis was taken over by another server, or moves faster than it can be read. Repeat this when it is calmer.',
      { cause: error },
    );
  }
}

/** At a marker whose Kafka transaction is there as a whole. @throws DragomanError COMMAND_REFUSED */
export const whole = <T>(
  store: Pick<StateStore, 'marker'>,
  since: number,
  read: (marker: Marker, content: MarkerContent) => Promise<T>,
): Promise<T> =>
  steady(store, since, (marker, content) => {
    if (content.part !== undefined) throw moved();
    return read(marker, content);
  });

const moved = (): DragomanError => new DragomanError('MARKER_MOVED', 'It is not there yet.');

/**
 * How far the store follows the state topic. Compared as text, so two writers that may write different things must not share one; read only
 * during recovery, and by commands.
 */
import { z } from 'zod';
import { DragomanError } from '../../errors.js';
import { without } from '../../translate/own.js';
import type { Marker } from '../ports.js';

const LAYOUT = 2;

const count = z.int().min(0);
const schema = z.strictObject({
  v: z.literal(LAYOUT),
  cluster: z.string(),
  commit: count,
  timeMs: count,
  state: z.array(count),
  part: count.exactOptional(),
  restoring: z.literal(true).exactOptional(),
});

export interface MarkerContent {
  readonly cluster: string;
  /** Number of the last Kafka transaction whose cells are all there; 0: nothing was ever committed. */
  readonly commit: number;
  /** Broker time of that Kafka transaction, ms since 1970. */
  readonly timeMs: number;
  /** Next offset of each partition of the state topic after it. */
  readonly state: readonly number[];
  /** Part of a write in several parts that is done; the rest is then as it was before that write. */
  readonly part?: number;
  /** Cells are being copied on top, and are not to be read. */
  readonly restoring?: true;
}

/** The same content is always the same text. */
export const encodeMarker = ({ cluster, commit, timeMs, state, part, restoring }: MarkerContent): Marker =>
  JSON.stringify({ v: LAYOUT, cluster, commit, timeMs, state, part, restoring });

/** @throws DragomanError REDIS_UNSUITABLE when it is none of this version. */
export function decodeMarker(marker: Marker): MarkerContent {
  try {
    return without(schema.parse(JSON.parse(marker)), 'v');
  } catch (cause) {
    throw new DragomanError('REDIS_UNSUITABLE', 'The marker in Redis was not written by this version of Dragoman.', {
      cause,
    });
  }
}

/** How far the store follows the journal. Compared as text; read only during recovery. */
import { z } from 'zod';
import { DragomanError } from '../../errors.js';
import type { JournalOffsets, Marker } from '../ports.js';

const schema = z.object({
  v: z.literal(1),
  cluster: z.string(),
  journal: z.array(z.number()),
  /** Part of a big write that is done; the journal offsets are then those before the write. */
  part: z.number().optional(),
});

export interface MarkerContent {
  readonly cluster: string;
  readonly journal: JournalOffsets;
  readonly part?: number;
}

export const encodeMarker = ({ cluster, journal, part }: MarkerContent): Marker =>
  JSON.stringify({ v: 1, cluster, journal, ...(part === undefined ? {} : { part }) });

export function decodeMarker(marker: Marker): MarkerContent {
  try {
    const { cluster, journal, part } = schema.parse(JSON.parse(marker));
    return { cluster, journal, ...(part === undefined ? {} : { part }) };
  } catch (cause) {
    throw new DragomanError('REDIS_UNSUITABLE', 'The marker in Redis was not written by this version of Dragoman.', {
      cause,
    });
  }
}

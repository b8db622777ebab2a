/**
 * What travels in the metadata of committed offsets: how far each source was handed on, where the journal stood, and which
 * rule set decided. Small: Kafka allows 4,096 bytes by default.
 */
import { z } from 'zod';
import type { Position } from '../../domain/source/position.js';
import { DragomanError } from '../../errors.js';
import type { Resolution } from '../../sequence/commit-order.js';
import type { Frontier } from '../../sequence/frontier/frontier.js';
import type { Mode } from '../../domain/source/mode.js';
import type { Footprint } from './footprint.js';
import { knownSchema, type KnownProgress } from './known-tables.js';
import type { JournalOffsets } from '../ports.js';

export interface Progress {
  /** By source. */
  readonly frontiers: Readonly<Record<string, SourceProgress>>;
  readonly commands: CommandProgress;
  /** Journal offsets before this commit. */
  readonly journal: JournalOffsets;
  /** Absent in progress that was committed before footprints were kept. */
  readonly footprint?: Footprint;
  /** See `names.ts`; absent in progress that was committed before names were kept. */
  readonly names?: string;
  /** Of the pipeline's aggregates (decision 0021); absent: they have none. */
  readonly qualifier?: string;
  readonly digest: string;
}

export interface CommandProgress {
  /** Next command to read; null: from the beginning. */
  readonly next: number | null;
  /** Decisions over held transactions that may not be handed on yet (`commands/held-decisions.ts`). */
  readonly resolved: readonly Resolved[];
}

export interface Resolved {
  readonly source: string;
  readonly transaction: string;
  readonly how: Resolution;
  /** For what it was held: a decision over one thing is none over another. Absent in progress of before that was kept. */
  readonly code?: string;
}

export const NO_COMMANDS: CommandProgress = { next: null, resolved: [] };

export interface SourceProgress extends Frontier {
  readonly epoch: number;
  readonly mode: Mode;
  readonly known?: KnownProgress;
}

const position = z.string().transform((text) => text as Position);
const schema = z.object({
  v: z.literal(1),
  frontiers: z.record(
    z.string(),
    z.object({
      epoch: z.number(),
      position: position.nullable(),
      mode: z.enum(['exact', 'position', 'arrival']).default('exact'),
      first: z.object({ id: z.string(), end: position }).nullable(),
      serials: z.record(z.string(), z.string()).default({}),
      recent: z.array(z.string()).default([]),
      left: z.array(z.object({ partition: z.string(), offset: z.number(), begunBefore: z.number() })).exactOptional(),
      snapshot: z
        .object({
          generation: position,
          timeMs: z.number(),
          tables: z.array(z.string()),
          replaces: z.boolean(),
          isLastSeen: z.boolean(),
          isOver: z.boolean(),
          isFollowed: z.boolean().default(false),
        })
        .nullable()
        .default(null),
      known: knownSchema.exactOptional(),
    }),
  ),
  commands: z
    .object({
      next: z.number().nullable(),
      resolved: z.array(
        z.object({
          source: z.string(),
          transaction: z.string(),
          how: z.enum(['release', 'quarantine']),
          code: z.string().exactOptional(),
        }),
      ),
    })
    .default({ next: null, resolved: [] }),
  journal: z.array(z.number()),
  footprint: z.object({ cluster: z.string(), topics: z.string() }).exactOptional(),
  names: z.string().exactOptional(),
  qualifier: z.string().exactOptional(),
  digest: z.string(),
});

const METADATA_CHARS_MAX = 4_000;

export function encodeProgress(progress: Progress): string {
  const text = JSON.stringify({ v: 1, ...progress });
  if (text.length > METADATA_CHARS_MAX) {
    throw new DragomanError(
      'CONFIG_INVALID',
      'A pipeline has too many sources or topics for the offset metadata; use more pipelines.',
    );
  }
  return text;
}

/** @throws DragomanError OFFSETS_LOST when the metadata is not ours: somebody else committed offsets of this group. */
export function decodeProgress(text: string): Progress {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new DragomanError(
      'OFFSETS_LOST',
      'The committed offsets carry no progress of Dragoman: another program committed offsets of this consumer group (or a tool ' +
        'reset them). Going on would repeat or skip orders. Use a new namespace, or restore the offsets.',
      { cause },
    );
  }
}

/**
 * How far the version before was: in the metadata of its committed offsets. Names of tables are hashes there, because metadata holds 4,096
 * bytes. This form is read here and nowhere else.
 */
import { z } from 'zod';
import type { Position } from '../../domain/source/position.js';
import { DragomanError } from '../../errors.js';
import type { Known } from '../../sequence/snapshots/knowledge.js';
import type { Offsets } from '../ports.js';
import type { CommandProgress, SourceProgress } from '../progress/progress.js';

/** What the group has of a pipeline. */
export interface FormerOffsets {
  readonly offsets: Offsets;
  /** Null: no partition has any. */
  readonly metadata: string | null;
}

export interface FormerProgress {
  readonly frontiers: Readonly<Record<string, SourceProgress>>;
  readonly commands: CommandProgress;
  /** Next offset of each partition of the journal before that commit. */
  readonly journal: readonly number[];
  readonly footprint: { readonly cluster: string; readonly topics: string };
  readonly names: string;
  readonly digest: string;
}

const position = z.string().transform((text) => text as Position);
const count = z.int().min(0);
const snapshot = z.object({
  generation: position,
  timeMs: z.number(),
  tables: z.array(z.string()),
  replaces: z.boolean(),
  isLastSeen: z.boolean(),
  isOver: z.boolean(),
  isFollowed: z.boolean(),
});
const known = z.object({
  tables: z.string(),
  begun: z.object({ position: position.nullable(), timeMs: z.number().nullable() }).nullable(),
  sinceMs: z.number(),
  learntMs: z.number().nullable(),
});
const resolved = z.object({
  source: z.string(),
  transaction: z.string(),
  how: z.enum(['release', 'quarantine']),
  code: z.string().exactOptional(),
});
const schema = z.object({
  v: z.literal(1),
  frontiers: z.record(
    z.string(),
    z.object({
      epoch: z.number(),
      position: position.nullable(),
      mode: z.enum(['exact', 'position', 'arrival']),
      first: z.object({ id: z.string(), end: position }).nullable(),
      serials: z.record(z.string(), z.string()),
      recent: z.array(z.string()),
      left: z.array(z.object({ partition: z.string(), offset: z.number(), begunBefore: z.number() })).exactOptional(),
      snapshot: snapshot.nullable(),
      known,
    }),
  ),
  commands: z.object({ next: z.number().nullable(), resolved: z.array(resolved) }),
  journal: z.array(count),
  footprint: z.object({ cluster: z.string(), topics: z.string() }),
  names: z.string(),
  digest: z.string(),
});

/**
 * @param declared tables of the rules: those that are not declared any more are forgotten, as at any start.
 * @throws DragomanError OFFSETS_LOST when it is not what the version before committed last; PROGRESS_LOST when this one did.
 */
export function decodeFormerProgress(text: string | null, declared: readonly string[]): FormerProgress {
  if (text !== null && COMMITTED_NOW.test(text))
    throw new DragomanError(
      'PROGRESS_LOST',
      `The committed offsets say "${text}": this pipeline was converted already, and its progress topic has lost what it held. Nothing was ` +
        'written. Restore the progress topic, or start a new namespace after a new snapshot.',
    );
  try {
    const { frontiers, ...progress } = schema.parse(JSON.parse(text ?? ''));
    const all = Object.entries(frontiers).map(([source, { known: hashed, ...frontier }]) => [
      source,
      { ...frontier, known: knownOf(hashed, declared), timeMs: null },
    ]);
    return { ...progress, frontiers: Object.fromEntries(all) as FormerProgress['frontiers'] };
  } catch (cause) {
    throw new DragomanError(
      'OFFSETS_LOST',
      `The committed offsets carry ${text === null ? 'no text' : `the text ${JSON.stringify(text.slice(0, TEXT_CHARS_MAX))}`}, and not the ` +
        'progress that the version before commits: a tool moved or reset them, another program committed offsets of this group, or an ' +
        'older version did. From where to go on is not known, so nothing was written. Set them back, or run the version before once more, ' +
        'which says what is wrong; then convert.',
      { cause },
    );
  }
}

const TEXT_CHARS_MAX = 60;
/** What this version sends along. */
const COMMITTED_NOW = /^commit \d+$/;

function knownOf({ tables, ...rest }: z.output<typeof known>, declared: readonly string[]): Known {
  const hashes = new Set(tables.match(/.{5}/g));
  return { ...rest, tables: declared.filter((table) => hashes.has(tableHash(table))) };
}

/** FNV-1a, 25 bits in base 32. */
function tableHash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value >>> 7).toString(32).padStart(5, '0');
}

/**
 * How far a pipeline is: written to its progress topic with each Kafka transaction, and the truth about it. Where each source was handed
 * on, what is read next, where state and journal end, which rule set decided.
 */
import { z } from 'zod';
import type { Mode } from '../../domain/source/mode.js';
import type { Position } from '../../domain/source/position.js';
import { DragomanError } from '../../errors.js';
import type { Resolution } from '../../sequence/commit-order.js';
import type { Frontier } from '../../sequence/frontier/frontier.js';
import type { Known } from '../../sequence/snapshots/knowledge.js';
import { knownSchema } from './known-tables.js';
import type { Ends, Offsets } from '../ports.js';
import { type Ownership, ownershipSchema } from './ownership.js';
import { type Accepted, acceptedSchema } from '../parity/accepted.js';
import { type Marks, marksOf, marksSchema, marksText, NO_MARKS } from '../told/marks.js';
import { topicName } from '../topic-name.js';

export interface Progress {
  /** Number of the Kafka transaction that wrote it: 1, 2, 3, ... */
  readonly commit: number;
  /** Next offset by input partition, of sources that are not read any more too: they may come back. */
  readonly offsets: Offsets;
  /** By source, likewise. */
  readonly frontiers: Readonly<Record<string, SourceProgress>>;
  readonly commands: CommandProgress;
  /** By which timers are due, ms since 1970 (`timers/source-time.ts`); null: there is none yet. */
  readonly clock: number | null;
  /** Of state and journal, after this Kafka transaction. */
  readonly ends: Ends;
  readonly digest: string;
  /** How routes stand. Absent: none was ever moved. */
  readonly ownership?: Ownership;
  /** Where handover records were read. Absent: none ever was. */
  readonly marks?: Marks;
  /** Findings of parity that do not count for a while. Absent: there are none. */
  readonly parity?: { readonly accepted: readonly Accepted[] };
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
  /** For what it was held: a decision over one thing is none over another. */
  readonly code?: string;
}

export const NO_COMMANDS: CommandProgress = { next: null, resolved: [] };

export interface SourceProgress extends Frontier {
  readonly epoch: number;
  readonly mode: Mode;
  readonly known: Known;
  /** How far its time has come; null: no transaction was passed. */
  readonly timeMs: number | null;
  /** Commit times are not believed since this one (`timers/source-time.ts`). */
  readonly aheadMs?: number;
  /** Annotations are read (`domain/source/annotation.ts`): offsets of their partitions are those that open transactions need. Absent: they are not. */
  readonly isAnnotated?: true;
}

const position = z.string().transform((text) => text as Position);
const ends = z.array(z.int().min(0));
const schema = z.object({
  v: z.literal(2),
  commit: z.int().min(1),
  /** By topic, in the order of its partitions; null: nothing is known of it. */
  offsets: z.record(z.string(), z.array(z.int().min(0).nullable())),
  frontiers: z.record(
    z.string(),
    z.object({
      epoch: z.number(),
      position: position.nullable(),
      mode: z.enum(['exact', 'position', 'arrival']),
      first: z.object({ id: z.string(), end: position }).nullable(),
      serials: z.record(z.string(), z.string()),
      recent: z.array(z.string()),
      unended: position.exactOptional(),
      left: z.array(z.object({ partition: z.string(), offset: z.number(), begunBefore: z.number() })).exactOptional(),
      snapshot: z
        .object({
          generation: position,
          timeMs: z.number(),
          tables: z.array(z.string()),
          replaces: z.boolean(),
          isLastSeen: z.boolean(),
          isOver: z.boolean(),
          isFollowed: z.boolean(),
        })
        .nullable(),
      known: knownSchema,
      timeMs: z.number().nullable(),
      aheadMs: z.number().exactOptional(),
      isAnnotated: z.literal(true).exactOptional(),
    }),
  ),
  commands: z.object({
    next: z.number().nullable(),
    resolved: z.array(
      z.object({
        source: z.string(),
        transaction: z.string(),
        how: z.enum(['release', 'quarantine']),
        code: z.string().exactOptional(),
      }),
    ),
  }),
  clock: z.number().nullable(),
  ends: z.object({ state: ends, journal: ends }),
  digest: z.string(),
  ownership: ownershipSchema.exactOptional(),
  marks: marksSchema.exactOptional(),
  parity: z.object({ accepted: acceptedSchema }).exactOptional(),
});

export const encodeProgress = ({ offsets, marks = NO_MARKS, ...progress }: Progress): string =>
  JSON.stringify({
    ...{ v: 2, ...progress, offsets: byTopic(offsets) },
    ...(marks.size === 0 ? {} : { marks: marksText(marks) }),
  });

function byTopic(offsets: Offsets): Record<string, (number | null)[]> {
  const topics = new Map<string, (number | null)[]>();
  for (const [name, offset] of offsets) {
    const topic = topicName(name);
    let known = topics.get(topic);
    if (known === undefined) topics.set(topic, (known = []));
    const partition = Number(name.slice(topic.length + 1));
    while (known.length <= partition) known.push(null);
    known[partition] = offset;
  }
  return Object.fromEntries(topics);
}

/** @throws DragomanError PROGRESS_LOST when it is not ours, or of an unknown version. */
export function decodeProgress(text: string): Progress {
  try {
    const { offsets, marks, ...progress } = schema.parse(JSON.parse(text));
    const all = Object.entries(offsets).flatMap(([topic, known]) =>
      known.flatMap((offset, partition): [string, number][] =>
        offset === null ? [] : [[`${topic}/${partition}`, offset]],
      ),
    );
    return { ...progress, offsets: new Map(all), ...(marks === undefined ? {} : { marks: marksOf(marks) }) };
  } catch (cause) {
    throw new DragomanError(
      'PROGRESS_LOST',
      'The newest record of the progress topic was not written by this version of Dragoman, or is damaged. Nothing is published: from ' +
        'where to go on is not known. Run the version that wrote it, or restore the topic.',
      { cause },
    );
  }
}

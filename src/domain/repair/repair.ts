/**
 * Repairs: what was published once is published once more (*a repeat*), or corrected by an event that names it. A repair is one act of an operator,
 * carried out by as many commands as it needs; its id is on all that it writes. See docs/repairing.md.
 */
import { z } from 'zod';

/** Of one command. */
export const REPAIR_TARGETS_MAX = 50;
export const REPAIR_EVENTS_MAX = 100;
/** Bytes of all records that one command writes, and with them what a Kafka transaction is longer by. */
export const REPAIR_BYTES_MAX = 16 * 1024 * 1024;
const ENTRIES_MAX = 16;
const TOPIC_CHARS_MAX = 249;

/** What is repaired of one aggregate. */
const repairTarget = z.strictObject({
  aggregate: z.string().trim().min(1).max(200),
  /** As it is: keys may have blanks at their ends. */
  id: z.string().max(500),
  /** Offsets of the entries of its journal that published these events. */
  entries: z.array(z.int().min(0)).min(1).max(ENTRIES_MAX),
  events: z.array(z.uuid()).min(1).max(REPAIR_EVENTS_MAX),
  /** Ids of discrepancies that are repaired by it. Absent: none is. */
  discrepancies: z.array(z.uuid()).min(1).max(REPAIR_EVENTS_MAX).optional(),
});

const targets = z
  .array(repairTarget)
  .min(1)
  .max(REPAIR_TARGETS_MAX)
  .refine((all) => new Set(all.map(nameOf)).size === all.length, 'an aggregate stands there twice')
  .refine((all) => countOf(all) <= REPAIR_EVENTS_MAX, `more than ${REPAIR_EVENTS_MAX} events`);

export const republishArguments = z.strictObject({
  repair: z.uuid(),
  targets,
  /** An audience topic; null: the topics in which they were published. */
  to: z.string().min(1).max(TOPIC_CHARS_MAX).nullable(),
  /** Why it is done although a service speaks for some of them. */
  override: z.string().trim().min(1).max(1_000).optional(),
});

export const correctArguments = z.strictObject({ repair: z.uuid(), targets });

export type RepairTarget = z.output<typeof repairTarget>;

const nameOf = ({ aggregate, id }: Pick<RepairTarget, 'aggregate' | 'id'>): string => `${aggregate}:${id}`;

const countOf = (all: readonly Pick<RepairTarget, 'events'>[]): number =>
  all.reduce((sum, { events }) => sum + events.length, 0);

/** `3 events of 2 aggregates`. */
export function repairWords(all: readonly Pick<RepairTarget, 'events'>[]): string {
  const events = countOf(all);
  return `${counted(events, 'event')} of ${counted(all.length, 'aggregate')}`;
}

export const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

/** What the rules expect within a time and has not happened: of which aggregates, since when, until when, and what they wait for. */
import { z } from 'zod';
import { IMPORTANCES } from '../../rules/fact.js';
import { PAGE_SIZE } from './parked.js';

/** Timers that are read of a task: so many that are over, and so many to come, those that are due first. */
export const TIMERS_MAX = 20_000;
/** Of the hours to come that have any, so many are looked into. */
export const HOURS_MAX = 1_000;
/** Aggregates whose conditions are asked to tell what holds things up: of one fact, and in all. */
export const SAMPLE_OF_FACT_MAX = 100;
export const SAMPLE_MAX = 500;

/**
 * `overdue`: it was due, and has not happened. `behind`: wall time has passed its instant, and the time of the source has not, as far as it was read: nobody
 * knows yet. `awaited`: it is due later.
 */
export const WAITING_STATES = ['overdue', 'behind', 'awaited'] as const;
export const WAITING_ORDERS = ['due', 'last due', 'fact', 'key'] as const;

const pipeline = z.string().optional().describe('Default: the only one');

export const waitingQuery = z.strictObject({
  pipeline,
  aggregate: z.string().max(200).optional().describe('Of this type in the rules'),
  fact: z.string().max(200).optional().describe('Waiting for this fact'),
  state: z.enum(WAITING_STATES).optional(),
  condition: z
    .string()
    .max(500)
    .optional()
    .describe('Held up by this condition, as far as it was asked: see `lookedAt`'),
  order: z.enum(WAITING_ORDERS).default('due').describe('What stands first: what is due first, or last; by names'),
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
});

const state = z
  .enum(WAITING_STATES)
  .describe(
    '`overdue`: it was due and has not happened; `behind`: wall time has passed its instant and the source’s time has not, so nobody knows yet; `awaited`: it is due later',
  );

const condition = z.object({
  name: z.string(),
  holds: z.union([z.boolean(), z.enum(['unknown', 'failed'])]).describe('False; or not known, or its rule failed'),
});

const head = {
  pipeline: z.string(),
  asOf: z.iso.datetime().describe('When this was read; it may be some seconds old'),
  isAll: z
    .boolean()
    .describe(
      `False: more is expected than is read: ${TIMERS_MAX} that are over, ${TIMERS_MAX} to come, of each shard`,
    ),
};
const about = { aggregate: z.string(), fact: z.string() };

export const waitingSchema = z.object({
  schema: z.literal('dragoman.http/waiting@1'),
  ...head,
  clock: z.iso
    .datetime()
    .nullable()
    .describe(
      'So far the source’s time is decided, of several shards the one that is furthest behind; null: not known',
    ),
  facts: z
    .array(
      z.object({
        ...about,
        importance: z.enum(IMPORTANCES),
        withinSeconds: z.int(),
        ...{ overdue: z.int(), behind: z.int(), awaited: z.int() },
      }),
    )
    .describe('All that the rules expect, whatever was asked for'),
  lookedAt: z
    .int()
    .nullable()
    .describe('With `condition`: of so many its conditions were asked, those that are due first; else null'),
  total: z.int().describe('That match'),
  page: z.int(),
  pages: z.int(),
  waiting: z
    .array(
      z.object({
        ...{ aggregate: z.string(), id: z.string(), fact: z.string(), state },
        since: z.iso.datetime().describe('When its time began, as long before as the rules say now'),
        due: z.iso.datetime(),
        overdueSeconds: z.int().nullable().describe('Null: it is not overdue'),
        isParked: z.boolean().describe('Changes of it wait: it may have happened in time among them'),
        conditions: z
          .array(condition)
          .describe('Of the fact, those that do not hold; none: the next transaction decides'),
      }),
    )
    .describe(`At most ${PAGE_SIZE}`),
});

export const heldUpQuery = z.strictObject({ pipeline });

export const heldUpSchema = z.object({
  schema: z.literal('dragoman.http/held-up@1'),
  ...head,
  facts: z.array(
    z.object({
      ...about,
      waiting: z.int().describe('Aggregates, whether it is overdue or not'),
      lookedAt: z
        .int()
        .describe(
          `Of so many the conditions were asked, those that are due first: at most ${SAMPLE_OF_FACT_MAX} of a fact, ${SAMPLE_MAX} in all`,
        ),
      conditions: z
        .array(z.object({ name: z.string(), unmet: z.int(), unknown: z.int(), failed: z.int() }))
        .describe('Those that hold any of these up, the most first'),
    }),
  ),
});

export type WaitingQuery = z.output<typeof waitingQuery>;
export type WaitingPage = z.output<typeof waitingSchema>;
export type WaitingState = (typeof WAITING_STATES)[number];
export type HeldUpQuery = z.output<typeof heldUpQuery>;
export type HeldUp = z.output<typeof heldUpSchema>;

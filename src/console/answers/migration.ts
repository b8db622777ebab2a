/** Who speaks for what: contracts by what they may be moved by, moves that were made and are on their way, and what a move would come to. */
import { z } from 'zod';
import { STAGES } from '../../domain/ownership/route.js';

/** Dead letters that are looked at for what was found in contract topics, from their end. */
export const LETTERS_MAX = 500;

const pipeline = z.string().optional().describe('Default: the only one');
const stage = z.enum(STAGES);
const selector = z.string().describe('`market=DE share=0-25`; empty: all');

export const migrationQuery = z.strictObject({ pipeline });

const nextSchema = z
  .object({
    to: stage,
    at: z.iso.datetime(),
    by: z.string(),
    waits: z
      .enum(['clock', 'service'])
      .describe('`clock`: until the time of the source comes to `at`; `service`: it is asked to hand the route over'),
    isOverdue: z.boolean().describe('Its service does not answer for longer than `limits.handoverWaitMs`'),
  })
  .nullable()
  .describe('Where it is on its way to; null: nowhere');

const routeSchema = z.object({
  route: z.string().describe('`OrderReady.v1 market=DE`'),
  contract: z.string(),
  selector,
  stage,
  epoch: z.int().describe('How often it was moved'),
  at: z.iso.datetime().nullable().describe('Since when, by the last move; null: it was not moved'),
  by: z.string().nullable(),
  reason: z.string().nullable(),
  next: nextSchema,
  apart: z.array(z.string()).describe('Tasks in which it stands otherwise so far'),
});

const partSchema = z.object({
  selector,
  stage,
  epoch: z
    .int()
    .nullable()
    .describe('Null: it has no route of its own; `stage` is that of the route which has all of it'),
  but: z.array(selector).describe('More specific routes that have some of it, and are in another stage'),
  next: nextSchema,
});

const ownedSchema = z
  .object({
    service: z.int().describe('Aggregates that are the service’s'),
    legacy: z
      .int()
      .describe('That were first seen while some route of the contract was the service’s, and are legacy’s'),
    open: z.int().describe('That are not settled yet'),
    owed: z.int().describe('Facts that happened and the service has not told'),
  })
  .describe('Of aggregates, where it is settled whose they are (`sticky`)');

export const migrationSchema = z.object({
  schema: z.literal('dragoman.http/migration@1'),
  pipeline: z.string(),
  asOf: z.iso.datetime(),
  clock: z.iso
    .datetime()
    .nullable()
    .describe('So far the source’s time is decided, of several shards the one furthest behind; null: not known'),
  capabilities: z.array(
    z.object({
      capability: z.string(),
      owner: z.enum(['sticky', 'immediate']),
      selectors: z.array(selector),
      leftOut: z.int().describe('Values without a route of their own that are not shown'),
      contracts: z.array(
        z.object({
          contract: z.string(),
          parts: z.array(partSchema).describe('By `selectors`'),
          owned: ownedSchema.nullable().describe('Null: not known'),
        }),
      ),
      routes: z.array(routeSchema),
    }),
  ),
});

export const findingsSchema = z.object({
  schema: z.literal('dragoman.http/findings@1'),
  asOf: z.iso.datetime(),
  lookedAt: z.int().describe('Dead letters, from their end'),
  isAll: z.boolean().describe('There are no earlier ones'),
  findings: z
    .array(
      z.object({
        code: z.string().describe('Of docs/errors.md, findings in contract topics'),
        text: z.string(),
        producer: z.string().nullable().describe('As the record says; null: it does not'),
        key: z.string().describe('Of the record'),
        at: z.iso.datetime().describe('Time of the record'),
        topic: z.string(),
        partition: z.int(),
        offset: z.string(),
      }),
    )
    .describe('Of the namespace, the newest first'),
});

export const planQuery = z.strictObject({
  pipeline,
  capability: z.string().min(1).max(200),
  selector: z.string().max(2_000).default('').describe('`market=DE share=0-25`; empty: all'),
  contract: z.string().max(200).optional().describe('Only this one; default: all of the capability'),
  to: stage.describe('A route that its service has is asked of it first'),
  at: z.iso.datetime().optional().describe('From when on, by the commit times of the source; default: in two seconds'),
  take: z
    .enum(['owed', 'rest'])
    .optional()
    .describe('Without its service, which was asked in vain: with what it never told (`owed`), or without'),
});

const moveSchema = z.object({
  route: z.string(),
  contract: z.string(),
  from: stage,
  to: stage,
  epoch: z.int(),
  at: z.iso.datetime(),
  text: z.string().describe('As `dragoman routes plan` says it'),
});

export const planSchema = z.object({
  schema: z.literal('dragoman.http/migration-plan@1'),
  ...{ pipeline: z.string(), capability: z.string(), selector },
  refused: z.string().nullable().describe('Why the pipeline would refuse it, as it stands now'),
  commands: z
    .array(
      z.object({
        kind: z.enum(['route.move', 'route.take-over']),
        contracts: z.array(z.string()),
        epoch: z.int().describe('Of the routes as they stand: it is refused when they were moved meanwhile'),
        moves: z.array(moveSchema),
      }),
    )
    .describe('Which would carry it out, one by one: contracts that were moved one by one have epochs of their own'),
  gate: z
    .array(z.object({ route: z.string(), reasons: z.array(z.string()).describe('None: nothing speaks against it') }))
    .describe(
      'What speaks against moves to a service, of capabilities that say what parity is; `override` moves all the same',
    ),
});

export type Migration = z.output<typeof migrationSchema>;
export type MigrationQuery = z.output<typeof migrationQuery>;
export type CapabilityMigration = Migration['capabilities'][number];
export type Owned = z.output<typeof ownedSchema>;
export type RouteNow = CapabilityMigration['routes'][number];
export type Findings = z.output<typeof findingsSchema>;
export type PlanQuery = z.output<typeof planQuery>;
export type Plan = z.output<typeof planSchema>;

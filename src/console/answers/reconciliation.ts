/** What checks found, and how their runs came out. */
import { z } from 'zod';
import { RUN_ENDS } from '../../domain/reconciliation/check-run.js';
import { DISCREPANCY_CLASSES, SEVERITIES, STANDINGS } from '../../domain/reconciliation/discrepancy.js';

/** On one page. */
export const PAGE_SIZE = 50;

const pipeline = z.string().optional().describe('Default: the only one');
const check = z.string().max(200).describe('`source`, `published` or `projection:<consumer>`');
const className = z.enum(DISCREPANCY_CLASSES);
const contract = z.string().max(200).describe('`OrderReady.v1`');
const standing = z.enum(STANDINGS);

export const reconciliationQuery = z.strictObject({
  pipeline,
  check: check.optional(),
  class: className.optional(),
  contract: contract.optional(),
  state: standing.default('open').describe('What was accepted until an instant that is over is open'),
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
});

const discrepancy = {
  id: z.string(),
  check,
  class: className,
  state: standing,
  severity: z.enum(SEVERITIES),
  aggregate: z.string().describe('Empty: of none that is known'),
  businessKey: z.string(),
  contract: contract.nullable(),
  firstSeen: z.string(),
  lastSeen: z.string(),
};

const runSchema = z.object({
  ...{ check, run: z.string(), by: z.string(), startedAt: z.string() },
  at: z.string().describe('Of its last report'),
  state: z
    .enum([...RUN_ENDS, 'running', 'dead'])
    .describe('`dead`: it was broken off, and is gone on with by the next run'),
  text: z.string().nullable().describe('Why it failed or was stopped, and what it could not look at'),
  done: z.int().describe('Rows, events or keys looked at'),
  of: z.int().nullable().describe('About how many there are'),
  secondsLeft: z.number().nullable().describe('Null: not known, or it does not run'),
  counts: z.record(z.string(), z.int()).describe('Counted, and not compared'),
  ...{ found: z.int(), settled: z.int() },
  beyond: z.int().describe('Found, and more than are kept'),
  lastDoneAt: z.string().nullable(),
});

export const reconciliationSchema = z.object({
  schema: z.literal('dragoman.http/reconciliation@1'),
  pipeline: z.string(),
  asOf: z.iso.datetime(),
  checks: z.array(z.string()).describe('That can be run by this member, as far as config and rules declare them'),
  runs: z.array(runSchema).describe('The last one of each check'),
  figures: z
    .array(
      z.object({
        ...{ check, class: className, open: z.int(), accepted: z.int() },
        oldest: z.string().nullable().describe('When the oldest open one was seen first'),
      }),
    )
    .describe('By check and class'),
  total: z.int().describe('That match'),
  page: z.int(),
  pages: z.int(),
  discrepancies: z
    .array(z.object(discrepancy))
    .describe(`The most important first, then the oldest; at most ${PAGE_SIZE}`),
});

export const discrepancyQuery = z.strictObject({ pipeline, id: z.uuid() });

export const discrepancyOneSchema = z.object({
  schema: z.literal('dragoman.http/discrepancy@1'),
  pipeline: z.string(),
  ...discrepancy,
  subject: z.record(z.string(), z.string()).describe('What it is about'),
  owner: z.string(),
  until: z.string().nullable().describe('Of one that is accepted'),
  by: z.string().nullable().describe('Who accepted or repaired it'),
  at: z.string().nullable().describe('When it was accepted, repaired or closed'),
  reason: z.string().nullable(),
  ours: z
    .string()
    .nullable()
    .describe('JSON, cut where it is long, without values of a class; null: this side has nothing'),
  theirs: z.string().nullable(),
  fields: z.array(z.string()).describe('Paths that differ'),
});

export type ReconciliationQuery = z.output<typeof reconciliationQuery>;
export type Reconciliation = z.output<typeof reconciliationSchema>;
export type RunShown = Reconciliation['runs'][number];
export type DiscrepancyQuery = z.output<typeof discrepancyQuery>;
export type DiscrepancyOne = z.output<typeof discrepancyOneSchema>;

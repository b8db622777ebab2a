/** What is parked, a page at a time, and one of it with what waits, what a retry would do now, and what to do. */
import { z } from 'zod';
import { REFUSAL_CODES } from '../../domain/refusal.js';
import { IMPORTANCES } from '../../rules/fact.js';

/** On one page. */
export const PAGE_SIZE = 50;
/** Of change sets that wait, with their rows. */
export const WAITING_MAX = 20;
/** Rows of them together; an aggregate may have as many as its transactions wrote. */
export const ROWS_MAX = 200;

export const SEVERITIES = [...IMPORTANCES, 'none'] as const;
const counts = z.record(z.string(), z.int());

export const parkedQuery = z.strictObject({
  pipeline: z.string().optional().describe('Default: the only one'),
  code: z.enum(REFUSAL_CODES).optional().describe('Parked for this reason'),
  aggregate: z.string().max(200).optional().describe('Of this type in the rules'),
  severity: z.enum(SEVERITIES).optional().describe('With this at stake'),
  page: z.coerce.number().int().min(1).max(1_000_000).default(1),
});

export const parkedSchema = z.object({
  schema: z.literal('dragoman.http/parked@1'),
  pipeline: z.string(),
  asOf: z.iso.datetime().describe('When this was read; it may be some seconds old'),
  total: z.int().describe('That match'),
  byCode: counts,
  bySeverity: counts,
  page: z.int(),
  pages: z.int(),
  parked: z
    .array(
      z.object({
        aggregate: z.string(),
        id: z.string(),
        code: z.string(),
        severity: z.enum(SEVERITIES),
        since: z.iso.datetime().describe('Commit time of the change set that parked it'),
        waiting: z.int().describe('Change sets that wait'),
      }),
    )
    .describe(`The most important first, then the oldest; at most ${PAGE_SIZE}`),
});

export const oneQuery = z.strictObject({
  pipeline: z.string().optional().describe('Default: the only one'),
  aggregate: z.string().min(1).max(200).describe('Its type in the rules'),
  id: z.string().max(500).describe('Its business key'),
  values: z
    .enum(['yes'])
    .optional()
    .describe('`yes`: with values of personal columns; operators only, and only with `http.personalValues`'),
});

const refusal = z.object({ code: z.string(), text: z.string() });

export const parkedOneSchema = z.object({
  schema: z.literal('dragoman.http/parked-one@1'),
  pipeline: z.string(),
  aggregate: z.string(),
  id: z.string(),
  code: z.string(),
  text: z.string(),
  severity: z.enum(SEVERITIES),
  since: z.iso.datetime(),
  waiting: z.array(
    z.object({
      changeSet: z.string().describe('Where it comes from; `first` of a discard'),
      kind: z.string(),
      committed: z.iso.datetime(),
      refusal: refusal.nullable(),
      changes: z.array(
        z.object({
          table: z.string(),
          key: z.string(),
          op: z.string(),
          row: z
            .record(z.string(), z.unknown())
            .nullable()
            .describe('Declared columns; personal and secret ones without their values'),
          refusal: refusal.nullable(),
        }),
      ),
      changesLeftOut: z.int(),
    }),
  ),
  more: z.int().describe('Change sets that wait behind these'),
  now: z
    .object({
      events: z.array(z.object({ topic: z.string(), type: z.string(), sequence: z.int(), id: z.string() })),
      parked: refusal.nullable(),
      refused: z.string().nullable(),
    })
    .describe('What a retry would do by the rules that this member runs'),
  advice: z.object({ retry: z.string(), discard: z.string() }),
  isPersonalShown: z.boolean(),
});

export type ParkedQuery = z.output<typeof parkedQuery>;
export type ParkedPage = z.output<typeof parkedSchema>;
export type OneQuery = z.output<typeof oneQuery>;
export type ParkedOne = z.output<typeof parkedOneSchema>;

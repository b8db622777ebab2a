/** How things flow: what each pipeline does, how far it is behind, what is held and parked, and what was published in the last hour. */
import { z } from 'zod';
import { heldSchema } from '../../server/held.js';

const taskSchema = z.object({
  task: z.string().describe('`orders`, or `orders.2` of several shards'),
  state: z.string().nullable().describe('Null: another member runs it, or none'),
  reason: z.string().nullable(),
  failure: z
    .object({ code: z.string(), text: z.string() })
    .nullable()
    .describe('The last one, until something is committed'),
});

const sourceSchema = z.object({
  source: z.string(),
  lagRecords: z
    .int()
    .nullable()
    .describe('Offsets that are not committed yet, of the shard that is furthest behind; null: not known'),
  lagSeconds: z
    .number()
    .nullable()
    .describe('Age of the last transaction that was committed, while there is more to read; null: not known'),
  openTransactions: z.int().nullable().describe('Null: another member knows'),
  heldRows: z.int().nullable(),
  held: z.array(heldSchema).describe('Transactions that wait for an operator, as far as this member runs their tasks'),
});

const pipelineSchema = z.object({
  pipeline: z.string(),
  tasks: z.array(taskSchema),
  sources: z.array(sourceSchema),
  parked: z
    .object({ total: z.int(), byCode: z.record(z.string(), z.int()) })
    .nullable()
    .describe('Null: not known'),
  problem: z.string().nullable().describe('Why something is not known'),
});

const seriesSchema = z.object({
  event: z.string(),
  version: z.int(),
  name: z.string().describe('Name of the context by which events are told apart; empty: all events of the type'),
  value: z.string(),
  counts: z.array(z.int()).describe('By minute, the oldest first; the last one is under way'),
});

const publishedSchema = z.object({
  since: z.iso.datetime().describe('From then on this process has counted'),
  minutesFrom: z.iso.datetime().describe('Where the first minute begins'),
  series: z.array(seriesSchema),
  uncounted: z.int().describe('Events in the last hour of further values, beyond the limit of series'),
});

export const flowSchema = z.object({
  schema: z.literal('dragoman.http/flow@1'),
  asOf: z.iso.datetime(),
  pipelines: z.array(pipelineSchema),
  published: publishedSchema,
});

export type Flow = z.output<typeof flowSchema>;
export type PipelineFlow = Flow['pipelines'][number];
export type TaskFlow = PipelineFlow['tasks'][number];
export type SourceFlow = PipelineFlow['sources'][number];
export type Published = Flow['published'];
export type PublishedSeries = Published['series'][number];

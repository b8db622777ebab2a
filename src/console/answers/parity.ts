/** What a service publishes on trial against what Dragoman publishes: how often both say the same, and where they do not. */
import { z } from 'zod';
import { BAD_CLASSES } from '../../domain/state/pairs.js';
import { FIGURE_CLASSES } from '../../pipeline/parity/figures.js';

/** Hours of the trend. */
export const TREND_HOURS = 48;
/** Kinds of findings of one capability, the most frequent first. */
export const FINDINGS_MAX = 50;

const pipeline = z.string().optional().describe('Default: the only one');
const contract = z.string().min(1).max(200).describe('`OrderReady.v1`');
const className = z.enum(BAD_CLASSES);
const signature = z.string().describe('At which fields, of what is `different`: `lines[].quantity,totalAmount`');

export const parityQuery = z.strictObject({ pipeline });

const counts = z
  .object(Object.fromEntries(FIGURE_CLASSES.map((each) => [each, z.int()])) as Record<FigureName, z.ZodInt>)
  .describe('Each pair in one class; `accepted`: what an operator has accepted, and is in no other then');
type FigureName = (typeof FIGURE_CLASSES)[number];

const figures = {
  pairs: z.int(),
  percent: z.number().nullable().describe('Equal or accepted, rounded down to hundredths; null: nothing was compared'),
  counts,
};

const acceptedSchema = z
  .object({
    until: z.iso.datetime().describe('From then on it counts again'),
    by: z.string(),
    reason: z.string(),
    signature: signature.nullable().describe('Null: whatever the fields are'),
  })
  .nullable()
  .describe('It does not count now; null: it does');

export const paritySchema = z.object({
  schema: z.literal('dragoman.http/parity@1'),
  pipeline: z.string(),
  asOf: z.iso.datetime(),
  capabilities: z
    .array(
      z.object({
        capability: z.string(),
        gate: z.object({
          equal: z.number().describe('Percent of the pairs that have to be equal or accepted'),
          overHours: z.number().describe('Over so long, by the time of the source'),
          pairs: z.int().describe('So many at least'),
        }),
        parts: z
          .array(z.object({ contract: z.string(), selector: z.string(), ...figures }))
          .describe('Over the hours of the gate, of each part that `migration` shows; of a share, those of all'),
        trend: z.object({
          from: z.iso.datetime().describe('Begin of the first hour'),
          contracts: z.array(
            z.object({
              contract: z.string(),
              pairs: z.array(z.int()).describe('By hour'),
              wrong: z.array(z.int()).describe('Neither equal nor accepted, by hour'),
            }),
          ),
        }),
        findings: z
          .array(
            z.object({
              contract: z.string(),
              class: className,
              signature: signature.nullable(),
              count: z.int().describe('Over the hours of the gate'),
              accepted: acceptedSchema,
            }),
          )
          .describe('Those that count first, then the most frequent'),
        findingsLeftOut: z.int(),
      }),
    )
    .describe('Those that say what parity is'),
});

export const findingQuery = z.strictObject({
  pipeline,
  contract,
  class: className,
  signature: signature.max(500).optional(),
});

export const findingSchema = z.object({
  schema: z.literal('dragoman.http/parity-finding@1'),
  ...{ pipeline: z.string(), capability: z.string(), contract: z.string(), class: className },
  signature: signature.nullable(),
  overHours: z.number(),
  count: z.int(),
  routes: z.array(z.object({ route: z.string(), count: z.int() })),
  accepted: acceptedSchema,
  examples: z
    .array(
      z.object({
        ...{ route: z.string(), aggregate: z.string(), id: z.string(), occurrence: z.string(), eventId: z.string() },
        at: z.iso.datetime().describe('When it was judged, by the time of the source'),
        isSealed: z.boolean().describe('Its values are sealed in the journal, and not shown here'),
        differences: z.array(
          z.object({
            path: z.string().describe('Empty: too large to be compared'),
            legacy: z.string().nullable().describe('As JSON; null: it does not have the field'),
            service: z.string().nullable(),
          }),
        ),
      }),
    )
    .describe('The newest first, among the newest 20 of each class and route'),
});

export type Parity = z.output<typeof paritySchema>;
export type ParityQuery = z.output<typeof parityQuery>;
export type CapabilityParity = Parity['capabilities'][number];
export type FindingQuery = z.output<typeof findingQuery>;
export type Finding = z.output<typeof findingSchema>;

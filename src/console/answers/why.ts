/** What is asked about one aggregate (`dragoman why`), and about one event (`dragoman events show`). The answers are theirs. */
import { z } from 'zod';
import { SEEN_MAX } from '../../why/question.js';

/** Transactions of one answer. */
export const TRANSACTIONS_MAX = 100;

const pipeline = z.string().optional().describe('Default: the only one');

export const whyQuery = z.strictObject({
  pipeline,
  aggregate: z.string().min(1).max(200).describe('Its type in the rules'),
  id: z.string().max(500).describe('Its business key'),
  event: z.string().min(1).max(200).optional().describe('Only about this event type, or this fact'),
  group: z.string().min(1).max(250).optional().describe('Also whether this consumer group has read its events'),
  max: z.coerce
    .number()
    .int()
    .min(1)
    .max(TRANSACTIONS_MAX)
    .default(SEEN_MAX)
    .describe('So many transactions are shown, the newest'),
});

export const eventQuery = z.strictObject({
  pipeline,
  id: z.string().max(200).describe('As in `ce_id` and `eventId`'),
  key: z
    .string()
    .min(1)
    .max(500)
    .optional()
    .describe('Of its record: then it is found at once. Without, it is looked for in the contract topics'),
  until: z.iso.datetime().optional().describe('Look among what was published before'),
});

export type WhyQuery = z.output<typeof whyQuery>;
export type EventQuery = z.output<typeof eventQuery>;

/** What is asked about one aggregate: why things happened to it, and why others did not. The answer is that of `dragoman why`. */
import { z } from 'zod';
import type { Answer } from '../../why/answer.js';

export const whyQuery = z.strictObject({
  pipeline: z.string().optional().describe('Default: the only one'),
  aggregate: z.string().min(1).max(200).describe('Its type in the rules'),
  id: z.string().max(500).describe('Its business key'),
  event: z.string().min(1).max(200).optional().describe('Only about this event type, or this fact'),
  group: z.string().min(1).max(250).optional().describe('Also whether this consumer group has read its events'),
});

export type WhyQuery = z.output<typeof whyQuery>;

export interface Why {
  readonly answer: Answer;
  /** The same for people, line by line. */
  readonly words: readonly string[];
}

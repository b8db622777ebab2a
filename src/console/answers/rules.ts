/** What the rules are made of, as this member runs them. */
import { z } from 'zod';

/** One fact, with its conditions in the words of their author. */
export const factSchema = z.object({
  fact: z.string(),
  aggregate: z.string(),
  kind: z.string(),
  importance: z.string(),
  conditions: z.array(z.string()),
});

export const rulesSchema = z.object({
  schema: z.literal('dragoman.http/rules@1'),
  digest: z.string(),
  facts: z.array(
    factSchema.extend({
      contracts: z.array(z.string()).describe('Under which it is published; empty: internal'),
    }),
  ),
  tables: z.array(z.object({ table: z.string(), key: z.array(z.string()), columns: z.int() })),
});

export type Rules = z.output<typeof rulesSchema>;

/** What the rules are made of, as this member runs them. */
import { z } from 'zod';

export const rulesSchema = z.object({
  schema: z.literal('dragoman.http/rules@1'),
  digest: z.string(),
  facts: z.array(
    z.object({
      fact: z.string(),
      aggregate: z.string(),
      kind: z.string(),
      importance: z.string(),
      conditions: z.array(z.string()),
      contracts: z.array(z.string()).describe('Under which it is published; empty: internal'),
    }),
  ),
  tables: z.array(z.object({ table: z.string(), key: z.array(z.string()), columns: z.int() })),
});

export type Rules = z.output<typeof rulesSchema>;

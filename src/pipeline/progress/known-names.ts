/** Names of the rules as the progress remembers them, each with what it means besides its name. See decision 0010. */
import { z } from 'zod';

export const KINDS = ['aggregate', 'fact', 'contract', 'table'] as const;
export type Kind = (typeof KINDS)[number];

export interface RuleName {
  readonly kind: Kind;
  /** What is known: `order`, `OrderReady`, `OrderReady.v1`, `order/public.ord_hdr`, `lookup/public.country`; by first names. */
  readonly name: string;
  /** As people read and write it now. */
  readonly called: string;
  /** What it means besides its name. */
  readonly form: string;
}

const forms = z.record(z.string(), z.string());

export const knownNames = z.object({
  ...{ aggregate: forms, fact: forms, contract: forms, table: forms },
  /** Aggregates and facts that are gone for good, as a person said. */
  gone: z.array(z.string()),
});

/** Forms by kind and name. */
export type KnownNames = z.infer<typeof knownNames>;

export const NO_NAMES: KnownNames = { aggregate: {}, fact: {}, contract: {}, table: {}, gone: [] };

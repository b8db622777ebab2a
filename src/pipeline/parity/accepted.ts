/**
 * Findings of parity that an operator has accepted for a while. They stand in the progress and change nothing that is decided or counted: whoever sums
 * figures asks for them. Pure.
 */
import { z } from 'zod';
import { BAD_CLASSES } from '../../domain/state/pairs.js';

/** Of one pipeline at a time: each commit writes them. */
export const ACCEPTED_MAX = 200;

export const acceptedSchema = z.array(
  z.object({
    capability: z.string(),
    /** `OrderReady.v1`. */
    contract: z.string(),
    class: z.enum(BAD_CLASSES),
    /** Absent: any. */
    signature: z.string().exactOptional(),
    /** ISO-8601, UTC: they count again from then on. */
    until: z.string(),
    by: z.string(),
    /** Its beginning. */
    reason: z.string(),
    /** Id of the command. */
    command: z.string(),
  }),
);

export type Accepted = z.output<typeof acceptedSchema>[number];

export type Finding = Pick<Accepted, 'contract' | 'class' | 'signature'>;

export const isSameFinding = (a: Finding, b: Finding): boolean =>
  a.contract === b.contract && a.class === b.class && a.signature === b.signature;

/** The one by which such findings do not count now; undefined: they do. */
export const acceptedBy = (all: readonly Accepted[], finding: Finding, nowMs: number): Accepted | undefined =>
  all.find(
    (each) =>
      each.contract === finding.contract &&
      each.class === finding.class &&
      (each.signature === undefined || each.signature === finding.signature) &&
      isStanding(each, nowMs),
  );

export const isStanding = ({ until }: Pick<Accepted, 'until'>, nowMs: number): boolean => Date.parse(until) > nowMs;

/**
 * A discrepancy: what a check found to be otherwise on one side than on the other (docs/reconciliation.md). Checks read and find; commands report what
 * they found, and change nothing else. Everything in it is bounded. Pure.
 */
import { z } from 'zod';
import { uuidOfName } from '../event-id.js';

/**
 * - `source`: the legacy database (theirs) against the states (ours). `missing`: a row of the database is not in the state. `extra`: the reverse.
 * - `published`: contract topics (theirs) against the journal (ours). `foreign`: nothing of ours has such an id. `outOfOrder`: before one that precedes it.
 * - `projection:<consumer>`: the consumer's view (theirs) against what was published (ours).
 */
export const CHECK_KINDS = ['source', 'published', 'projection'] as const;
export type CheckKind = (typeof CHECK_KINDS)[number];

const CLASSES_OF = {
  source: ['missing', 'extra', 'different'],
  published: ['missing', 'twice', 'foreign', 'outOfOrder', 'different'],
  projection: ['missing', 'extra', 'different', 'twice', 'late'],
} as const satisfies Readonly<Record<CheckKind, readonly string[]>>;

export const DISCREPANCY_CLASSES = ['missing', 'extra', 'different', 'twice', 'foreign', 'outOfOrder', 'late'] as const;
export type DiscrepancyClass = (typeof DISCREPANCY_CLASSES)[number];

/** Importance of the facts that it concerns; `none`: of no facts. */
export const SEVERITIES = ['critical', 'high', 'normal', 'low', 'none'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const NAME_CHARS_MAX = 200;
/** Of keys of aggregates and rows. */
const KEY_CHARS_MAX = 2_000;
const name = z.string().min(1).max(NAME_CHARS_MAX);
const key = z.string().max(KEY_CHARS_MAX);

/** Text of one side of an evidence. */
export const SIDE_CHARS_MAX = 2_000;
export const EVIDENCE_FIELDS_MAX = 50;
const SUBJECT_NAMES_MAX = 5;

/** `source`, `published` or `projection:<consumer>`. */
export const checkNameSchema = z
  .string()
  .max(NAME_CHARS_MAX)
  .regex(/^(source|published|projection:.+)$/, 'expected source, published or projection:<consumer>');

export const checkKindOf = (check: string): CheckKind => {
  const [kind] = check.split(':');
  return CHECK_KINDS.find((each) => each === kind) ?? 'projection';
};

export const projectionCheck = (consumer: string): string => `projection:${consumer}`;

export const isClassOf = (check: string, is: DiscrepancyClass): boolean =>
  (CLASSES_OF[checkKindOf(check)] as readonly string[]).includes(is);

/** What a discrepancy is about, whatever is wrong with it: by these values a second run, and a second look, find the same. */
export const subjectSchema = z
  .record(z.string().min(1).max(NAME_CHARS_MAX), key)
  .refine((subject) => Object.keys(subject).length <= SUBJECT_NAMES_MAX, `more than ${SUBJECT_NAMES_MAX} values`);
export type Subject = Readonly<Record<string, string>>;

/** A row. @param row its key as the state has it (`keyText`). */
export const rowSubject = (source: string, table: string, row: string): Subject => ({ source, table, row });
/** An event of ours. */
export const occurrenceSubject = (contract: string, aggregateId: string, occurrence: string): Subject => ({
  ...{ contract, aggregateId, occurrence },
});
/** A record of a contract topic that is none of ours. */
export const eventSubject = (contract: string, eventId: string): Subject => ({ contract, eventId });
/** What a consumer has of a business key. */
export const keySubject = (businessKey: string): Subject => ({ businessKey });

/** UUIDv5: the same for the same subject, whatever its class is by now. */
export const discrepancyId = (check: string, subject: Subject): string =>
  uuidOfName(
    JSON.stringify(['discrepancy', check, ...Object.entries(subject).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))]),
  );

export const evidenceSchema = z.strictObject({
  /** JSON, cut where it is long; values of classed columns and fields as `[personal]`. Absent: this side has nothing. */
  ours: z.string().max(SIDE_CHARS_MAX).exactOptional(),
  theirs: z.string().max(SIDE_CHARS_MAX).exactOptional(),
  /** Paths that differ. */
  fields: z.array(name).max(EVIDENCE_FIELDS_MAX),
});
export type Evidence = z.output<typeof evidenceSchema>;

/** Of what is found; the head is what lists show, and what stays in memory. */
const foundHead = {
  id: z.uuid(),
  class: z.enum(DISCREPANCY_CLASSES),
  /** Its type in the rules; '' where none is known. */
  aggregate: z.string().max(NAME_CHARS_MAX),
  /** Id of the aggregate, plain; '' where none is known: it is the first shard's then. */
  businessKey: key,
  subject: subjectSchema,
  /** `OrderReady.v1`; null: of none. */
  contract: name.nullable(),
  severity: z.enum(SEVERITIES),
  /** Owner of the contract, or contact of the consumer; '' where none is known. */
  owner: z.string().max(NAME_CHARS_MAX),
};

/** What a run found. */
export const foundSchema = z.strictObject({ ...foundHead, evidence: evidenceSchema });
export type Found = z.output<typeof foundSchema>;

/** By what it is found again. */
export type DiscrepancyRef = Pick<Found, 'id' | 'class' | 'aggregate' | 'businessKey' | 'subject' | 'contract'>;

/**
 *   open      -> accepted (an operator), repaired (a repair), closed (a run finds it settled)
 *   accepted  -> open (revoked, or its time is over), repaired, closed
 *   repaired  -> open (a run that looked after the repair finds it again)
 *   closed    -> open (found again)
 */
export const standingSchema = z.discriminatedUnion('is', [
  z.strictObject({ is: z.literal('open') }),
  z.strictObject({
    is: z.literal('accepted'),
    at: z.string(),
    by: z.string(),
    /** Its beginning. */
    reason: z.string(),
    until: z.string(),
    command: z.string(),
  }),
  z.strictObject({ is: z.literal('repaired'), at: z.string(), by: z.string(), command: z.string() }),
  z.strictObject({ is: z.literal('closed'), at: z.string() }),
]);
export type Standing = z.output<typeof standingSchema>;
export const STANDINGS = ['open', 'accepted', 'repaired', 'closed'] as const;
export type StandingKind = (typeof STANDINGS)[number];

/** Instants are ISO-8601, UTC, by the clock of whoever ran the check. */
export const discrepancySchema = z.strictObject({
  ...foundHead,
  check: checkNameSchema,
  /** When it was found first, or first again after it was closed or repaired. */
  firstSeen: z.string(),
  lastSeen: z.string(),
  state: standingSchema,
});
/** Without its evidence. */
export type Discrepancy = z.output<typeof discrepancySchema>;

/** How it stands now: what was accepted until an instant that is over is open. */
export const standsAt = ({ state }: Pick<Discrepancy, 'state'>, nowMs: number): StandingKind =>
  state.is === 'accepted' && Date.parse(state.until) <= nowMs ? 'open' : state.is;

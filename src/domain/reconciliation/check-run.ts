/**
 * A run of a check, as its reports tell it: how far it is, from where another process can go on with it, how it ended. One check has one run at a
 * time; who reports while another one lives is refused. Pure.
 */
import { z } from 'zod';
import { checkNameSchema, DISCREPANCY_CLASSES, discrepancyId, foundSchema, isClassOf } from './discrepancy.js';

/** A run that has not reported for so long is dead: another one may begin. */
export const RUN_ALIVE_MS = 60_000;
/** Of one report; a run sends as many as it takes. */
export const FOUND_MAX = 100;
export const GONE_MAX = 500;
export const POSITION_CHARS_MAX = 2_000;
const TEXT_CHARS_MAX = 500;
const COUNTS_MAX = 20;

const instant = z.iso.datetime();
const count = z.int().min(0);

export const RUN_ENDS = ['done', 'stopped', 'failed'] as const;
export type RunEnd = (typeof RUN_ENDS)[number];

export const progressSchema = z.strictObject({
  /** When the run began; one that goes on where another was broken off has that one's. */
  startedAt: instant,
  /** Where a later run goes on: text of the check's own; '' is the begin. */
  position: z.string().max(POSITION_CHARS_MAX),
  /** Rows, events or keys that were looked at. */
  done: count,
  /** About how many there are; null: not known. */
  of: count.nullable(),
  /** What was counted and not compared, by a word: `parked`, `inFlight`, `expired`, `retired`. Of the whole run. */
  counts: z
    .record(z.string().min(1).max(50), count)
    .refine((counts) => Object.keys(counts).length <= COUNTS_MAX, `more than ${COUNTS_MAX} counts`),
  ended: z.enum(RUN_ENDS).exactOptional(),
  /** For people: why it was stopped or failed, what it could not do. */
  text: z.string().max(TEXT_CHARS_MAX).exactOptional(),
});
export type CheckProgress = z.output<typeof progressSchema>;

export const reportSchema = z
  .strictObject({
    check: checkNameSchema,
    run: z.uuid(),
    /** Number of the report in its run; 0 begins it. */
    n: count,
    /** Before what is found here was looked at the last time: what was repaired after that is not open again by it. */
    lookedAt: instant,
    found: z.array(foundSchema).max(FOUND_MAX),
    /** Ids of what is settled by itself. */
    gone: z.array(z.uuid()).max(GONE_MAX),
    progress: progressSchema,
  })
  .superRefine(({ check, found }, context) => {
    for (const [i, { id, class: is, subject }] of found.entries()) {
      if (!isClassOf(check, is))
        context.addIssue({
          code: 'custom',
          path: ['found', i, 'class'],
          message: `${check} finds nothing that is ${is}`,
        });
      if (id !== discrepancyId(check, subject))
        context.addIssue({ code: 'custom', path: ['found', i, 'id'], message: 'is not that of its subject' });
    }
  });
export type CheckReport = z.output<typeof reportSchema>;

/** The latest run of a check, as a shard has it: all of them come to the same by the commands log, but for what each counts of its own. */
export const checkRunSchema = z.strictObject({
  check: checkNameSchema,
  run: z.uuid(),
  n: count,
  by: z.string(),
  /** When the last report was sent. */
  at: instant,
  progress: progressSchema,
  /** Of this shard: found in this run, and closed by it. */
  found: count,
  closed: count,
  /** Of this shard: found, and not kept, because there are as many as it keeps. */
  beyond: count,
  /** When a run was done the last time; null: never. */
  lastDoneAt: instant.nullable(),
});
export type CheckRun = z.output<typeof checkRunSchema>;

export const isAlive = ({ at, progress }: Pick<CheckRun, 'at' | 'progress'>, nowMs: number): boolean =>
  progress.ended === undefined && nowMs - Date.parse(at) < RUN_ALIVE_MS;

/** Which discrepancies an operator speaks of. */
const IDS_MAX = 100;
const ids = z.array(z.uuid()).min(1).max(IDS_MAX);
const scope = {
  check: checkNameSchema,
  class: z.enum(DISCREPANCY_CLASSES),
  /** Absent: of any, and of none. */
  contract: z.string().min(1).max(200).exactOptional(),
};
const until = { until: instant };
export const acceptSchema = z.union([z.strictObject({ ids, ...until }), z.strictObject({ ...scope, ...until })]);
export const revokeSchema = z.union([z.strictObject({ ids }), z.strictObject(scope)]);

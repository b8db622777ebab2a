/**
 * The answer to "why": plain JSON, for the command line, for HTTP and for a page alike. Times are ISO-8601 in UTC; values of personal and secret columns are
 * `[personal]` and `[secret]` unless they were asked for; every list is bounded and says how much it leaves out.
 */
import { z } from 'zod';
import { ECHO_KINDS, type EchoKind } from '../domain/ownership/echo.js';
import { UNREADS } from '../domain/source/said.js';
import { PARITY_CLASSES } from '../domain/state/pairs.js';
import { IMPORTANCES } from '../rules/fact.js';

export const ANSWER_SCHEMA = 'dragoman/why@1';

const count = z.int().min(0);
/** A source transaction, or a snapshot (`transaction` is null then). */
export const originSchema = z.strictObject({
  source: z.string(),
  transaction: z.string().nullable(),
  /** Without leading zeros; null: it has none. */
  position: z.string().nullable(),
  committed: z.string(),
});

/** What was said of where a change comes from; null: that was not said, or is not understood. `user` is `[personal]` unless values were asked for. */
export const saidSchema = z.strictObject({
  user: z.string().nullable(),
  useCase: z.string().nullable(),
  system: z.string().nullable(),
  /** Why some of it is not known. */
  unread: z.enum(UNREADS).nullable(),
});

/** Where an entry stands in the pipeline's journal. */
const entrySchema = z.strictObject({ partition: count, offset: count });

/** Who wrote what a condition read; see `writers.ts`. */
const writerSchema = z.union([
  z.strictObject({ kind: z.enum(['entry', 'sealed']), origin: originSchema, entry: entrySchema }),
  z.strictObject({ kind: z.enum(['snapshot', 'unknown']) }),
]);

/** With no column: of a key whether the row is there, without one how many rows there are. */
const readSchema = z.strictObject({
  table: z.string(),
  key: z.string().nullable(),
  column: z.string().nullable(),
  /** Absent: it is not known. */
  value: z.json().exactOptional(),
  wrote: writerSchema,
  /** It was so before the transaction that is asked about. Absent: after it, or as things are now. */
  isBefore: z.literal(true).exactOptional(),
});

export const conditionSchema = z.strictObject({
  name: z.string(),
  holds: z.union([z.boolean(), z.enum(['unknown', 'failed'])]),
  failure: z.string().nullable(),
  /** The last first: mostly that is what decided. Of conditions that hold there are none. */
  reads: z.array(readSchema),
  moreReads: count,
});

export const rowSchema = z.strictObject({
  table: z.string(),
  key: z.string(),
  op: z.string(),
  /** Absent: nothing changed, or it is sealed. */
  was: z.record(z.string(), z.json()).exactOptional(),
  is: z.record(z.string(), z.json()).exactOptional(),
});

export const eventSchema = z.strictObject({
  id: z.string(),
  type: z.string(),
  version: count,
  topic: z.string(),
  /** Null: the entry that has it is not there any more. */
  sequence: count.nullable(),
  /** Null: it was not looked for, or not found where it has to be. */
  partition: count.nullable(),
  offset: count.nullable(),
  /** Absent: no group was named. `next`: offset that the group reads next; null: it has none there. `isRead` null: not known. */
  reader: z
    .strictObject({
      group: z.string(),
      next: count.nullable(),
      isRead: z.boolean().nullable(),
      behind: count.nullable(),
    })
    .exactOptional(),
});

/**
 * What became of a fact that is remembered as having been.
 * `published`; `internal`: no publication has it; `withheld`: by all its publications, or given up by an operator; `learnt`: in an intervention, told nobody;
 * `missed`: it happened while nobody read, an operator decides; `dismissed`: the operator let it be; `baseline`: it held already when the aggregate was first decided; `newer rule`: it held already
 * when the rule was first asked; `doubtful`: whether it held before was not known; `unknown`: the entry is not there any more, or sealed.
 */
export const HOW = [
  'published',
  'internal',
  'withheld',
  'learnt',
  'missed',
  'dismissed',
  'baseline',
  'newer rule',
  'doubtful',
  'unknown',
] as const;

const occurrenceSchema = z.strictObject({
  /** Empty: it happens once; else the key of its row, or its number. */
  occurrence: z.string(),
  how: z.enum(HOW),
  /** Because of what; null: not known any more. */
  origin: originSchema.nullable(),
  entry: entrySchema.nullable(),
  /** Of where the transaction comes from. Absent: the rules declare no origin. */
  said: saidSchema.exactOptional(),
  /** Of the rules that decided. */
  digest: z.string().nullable(),
  /** Rows that the transaction touched. */
  rows: z.array(rowSchema),
  moreRows: count,
  /** Conditions that did not hold before it, and did after it. */
  cameTrue: z.array(z.string()),
  events: z.array(eventSchema),
  withheld: z.array(z.strictObject({ contract: z.string(), reason: z.string() })),
  intervention: z.string().nullable(),
});

/**
 * Why a fact did not happen. `unmet`: conditions do not hold, or are not known to. `no row`: there is none that it could be about. `not asked`: all its conditions
 * hold, and no transaction came since (only transactions make facts). `newer rule`: the same, and the rules of the last decision did not have it: the
 * next transaction finds it as having been, and it is not published. `baseline`: of a row that came with a snapshot, or was so before anybody looked.
 * `not due`: of a deadline fact, whose milestone is expected later, or was not waited for.
 */
export const MISSES = ['unmet', 'no row', 'not asked', 'newer rule', 'baseline', 'not due'] as const;

const missSchema = z.strictObject({
  why: z.enum(MISSES),
  /** Key of the row that it is about; null: the whole aggregate. */
  row: z.string().nullable(),
  conditions: z.array(conditionSchema),
  /** Of a transition: between what it was asked. Null: as things are now. */
  origin: originSchema.nullable(),
});

export const factSchema = z.strictObject({
  fact: z.string(),
  kind: z.enum(['milestone', 'deadline', 'transition', 'row']),
  importance: z.enum(IMPORTANCES),
  /** `OrderAccepted.v1`, by which it is published. */
  contracts: z.array(z.string()),
  /** Until when it is expected, or was (`isOverdue`), in the source's time; of a deadline fact: its milestone. Absent: nobody waits for it. */
  expected: z
    .strictObject({
      dueAt: z.string(),
      isOverdue: z.boolean(),
      /** When it was decided that it is overdue, by the brokers' time. Null: it is not, or the entry is not there any more. */
      toldAt: z.string().nullable(),
    })
    .exactOptional(),
  /** Newest first. */
  occurrences: z.array(occurrenceSchema),
  moreOccurrences: count,
  /** The nearest first; none where it has happened and cannot again. */
  misses: z.array(missSchema),
  moreMisses: count,
});

/** See `DeadlineTold`. */
const deadlineSchema = z.strictObject({
  fact: z.string(),
  dueAt: z.string(),
  became: z.enum(['awaited', 'met', 'late', 'overdue', 'excused', 'dropped']),
  unmet: z.array(z.string()).exactOptional(),
  unknown: z.array(z.string()).exactOptional(),
  by: z.array(z.string()).exactOptional(),
});

/** An event of the new service; what is wrong with it, if anything is. */
const toldSchema = z.strictObject({
  contract: z.string(),
  eventId: z.string(),
  number: z.number(),
  producer: z.string(),
  epoch: z.number(),
  finding: z.strictObject({ code: z.string(), text: z.string() }).nullable(),
});

/** See `EchoTold`. */
const echoSchema = z.strictObject({
  contract: z.string(),
  became: z.enum(Object.keys(ECHO_KINDS) as [EchoKind, ...EchoKind[]]),
  fact: z.string().exactOptional(),
  occurrence: z.string().exactOptional(),
  until: z.string().exactOptional(),
});

/** An event that the new service published on trial. */
const triedSchema = z.strictObject({
  contract: z.string(),
  eventId: z.string(),
  number: count,
  producer: z.string(),
});

/** What an event of both sides came to (docs/parity.md). */
const pairSchema = z.strictObject({
  contract: z.string(),
  occurrence: z.string(),
  /** The same on both sides. */
  eventId: z.string(),
  class: z.enum(PARITY_CLASSES),
  /** Values as JSON; `[personal]` in the place of one with a class, unless values were asked for. A side that is absent has no such field. */
  differences: z.array(
    z.strictObject({ path: z.string(), legacy: z.string().exactOptional(), service: z.string().exactOptional() }),
  ),
});

/** What was published before, published once more or corrected by an operator (docs/repairing.md). */
export const repairSchema = z.strictObject({
  /** Id of the repair. */
  repair: z.string(),
  /** Null: the topics in which they were published. */
  to: z.string().nullable(),
  /** Ids of events that were published before. */
  events: z.array(z.string()),
  discrepancies: z.array(z.string()),
  by: z.string(),
  reason: z.string(),
});

const seenSchema = z.strictObject({
  origin: originSchema,
  outcome: z.string(),
  entry: entrySchema,
  digest: z.string(),
  rows: z.array(rowSchema),
  moreRows: count,
  events: z.array(z.strictObject({ id: z.string(), type: z.string() })),
  deadlines: z.array(deadlineSchema),
  refusal: z.strictObject({ code: z.string(), text: z.string() }).nullable(),
  intervention: z.string().nullable(),
  /** Absent: the rules declare no origin. */
  said: saidSchema.exactOptional(),
  /** Where the outcome is `told`. */
  told: toldSchema.exactOptional(),
  /** Absent: nothing of it may be one. */
  echoes: z.array(echoSchema).exactOptional(),
  /** Where the outcome is `trial`. */
  trial: triedSchema.exactOptional(),
  /** Where the outcome is `repeated` or `corrected`. */
  repair: repairSchema.exactOptional(),
  /** Absent: nothing came of it. */
  parity: z.array(pairSchema).exactOptional(),
  isSealed: z.boolean(),
});

/**
 * `unknown`: no row of it was ever read. `baseline`: only a snapshot told of it. `live`: transactions are decided. `parked`: they wait. `retired`: finished, its rows
 * were dropped. `forgotten`: at somebody's request; whatever is told of it is dropped. `waiting`: it is no aggregate, but rows that wait for the row that they belong to.
 */
export const STANDINGS = ['unknown', 'baseline', 'live', 'parked', 'retired', 'forgotten', 'waiting'] as const;

export const answerSchema = z.strictObject({
  schema: z.literal(ANSWER_SCHEMA),
  pipeline: z.string(),
  aggregate: z.string(),
  id: z.string(),
  standing: z.enum(STANDINGS),
  /**
   * Tables whose rows are found via rows of another one: until such a row is read nobody knows whose they are. Empty, unless the aggregate was never heard of: then its rows may be
   * among those that wait (`order?`, with the id `<via>/<key>`).
   */
  foundVia: z.array(z.strictObject({ table: z.string(), via: z.string() })),
  /** Null: it is not. */
  parked: z
    .strictObject({
      code: z.string(),
      text: z.string(),
      since: z.string(),
      changeSets: count,
      first: z.string().nullable(),
    })
    .nullable(),
  /** What is not decided yet, of the whole pipeline: rows of this aggregate may be among it. Null: nobody knows here. */
  behind: z
    .strictObject({
      records: count,
      /** Null: not known. */
      seconds: z.number().nullable(),
      /** Commit time of the last source transaction that was passed. */
      passed: z.string().nullable(),
    })
    .nullable(),
  /** What is due by then is decided, in the source's time. Null: nobody knows here, or no transaction was passed yet. */
  clock: z.string().nullable(),
  /** Source transactions that are held. Null: nobody knows; `heldUnknown` says why. */
  held: z
    .array(
      z.strictObject({
        source: z.string(),
        transaction: z.string(),
        code: z.string(),
        text: z.string(),
        isWaitedFor: z.boolean(),
        since: z.string().nullable(),
      }),
    )
    .nullable(),
  heldUnknown: z.string().nullable(),
  /** Tables of which not everything is known: what reads them is unknown. */
  unknownTables: z.array(z.string()),
  rules: z.strictObject({
    /**
     * Those that answer: of what keeps its rules these, where they can be had, else those that stand here. Those that decide in the pipeline now, and those of the last decision about
     * this aggregate.
     */
    asked: z.string(),
    running: z.string().nullable(),
    last: z.string().nullable(),
    /** Those that it keeps (docs/pinning.md); null: it is decided by those that run. */
    kept: z.string().nullable(),
  }),
  facts: z.array(factSchema),
  /** Newest first. */
  seen: z.array(seenSchema),
  moreSeen: count,
  /** See `chain.ts`. */
  historyEnd: z.enum(['begin', 'moved', 'deleted', 'cut', 'none']),
  historyMissing: count,
});

export type Answer = z.output<typeof answerSchema>;
export type FactAnswer = z.output<typeof factSchema>;
export type Occurrence = z.output<typeof occurrenceSchema>;
export type Miss = z.output<typeof missSchema>;
export type ConditionAnswer = z.output<typeof conditionSchema>;
export type ReadAnswer = z.output<typeof readSchema>;
export type EventAnswer = z.output<typeof eventSchema>;
export type OriginAnswer = z.output<typeof originSchema>;
export type RowAnswer = z.output<typeof rowSchema>;
export type SaidAnswer = z.output<typeof saidSchema>;
export type RepairAnswer = z.output<typeof repairSchema>;
export type SeenAnswer = z.output<typeof seenSchema>;

/**
 * One decision: what was seen, what is remembered after it, what fired and what did not and why; and the record of it in the journal,
 * which leads back to the one before it. Key = aggregate; what is remembered is stored by itself.
 */
import type { AggregateRef, ChangeSet, Origin, RowChange } from '../change-set.js';
import type { AggregateState, Looked } from './aggregate-state.js';
import type { CommandOutcome } from '../command.js';
import type { EchoTold } from '../ownership/echo.js';
import type { ToldEvent, ToldFinding, TrialEvent } from '../ownership/told.js';
import type { Refusal } from '../refusal.js';
import type { RecordPlace } from '../source/change-event.js';
import type { Said } from '../source/said.js';
import type { Judged } from './pairs.js';
import type { Row } from '../tables/table.js';

/** One row as it was seen: names of the columns that changed in a row that was there. */
export interface RowSeen {
  readonly table: string;
  readonly key: string;
  /** `vanished`: it was known, and was not in a snapshot that covers its table. `retired`: it was dropped at the end of its aggregate's life. */
  readonly op: RowChange['op'] | 'vanished' | 'retired';
  readonly changed: readonly string[];
}

/** What became of one fact for this change set; the fact as the rules called it that decided. */
export type Verdict =
  | { readonly fact: string; readonly verdict: 'fired'; readonly occurrence: string; readonly values: unknown }
  /** It happened in an intervention: it has been, and is not published. */
  | { readonly fact: string; readonly verdict: 'learnt'; readonly occurrence: string }
  /** A snapshot shows that it happened while nobody read, or a service wrote it and never told it; not published, an operator decides. */
  | { readonly fact: string; readonly verdict: 'missed'; readonly occurrence: string; readonly values: unknown }
  | {
      readonly fact: string;
      readonly verdict: 'unmet';
      readonly occurrence: string;
      /** Names of the conditions that were false, and of those that met an unknown value. */
      readonly unmet: readonly string[];
      readonly unknown: readonly string[];
    }
  | { readonly fact: string; readonly verdict: 'already'; readonly occurrence: string }
  | {
      readonly fact: string;
      readonly verdict: 'withheld';
      readonly occurrence: string;
      readonly contract: string;
      readonly reason: string;
    };

/**
 * What became of something that is expected. `awaited`: from now on. `met`, `late`: the fact happened, before it was due or after. `overdue`: it
 * was due, and had not happened. `excused`: it was due, and one of the conditions under which it is expected no more held, or is not known.
 * `dropped`: there is nothing to wait for any more, or it has happened and nobody knows when.
 */
export interface DeadlineTold {
  /** The milestone, as the rules called it that decided. */
  readonly fact: string;
  /** ISO-8601 in UTC, in the source's time. */
  readonly dueAt: string;
  readonly became: 'awaited' | 'met' | 'late' | 'overdue' | 'excused' | 'dropped';
  /** Where it is `overdue`: its conditions that were false, and those that met an unknown value. Where it is `excused`: the latter, of `unless`. */
  readonly unmet?: readonly string[];
  readonly unknown?: readonly string[];
  /** Where it is `excused`: conditions that held. */
  readonly by?: readonly string[];
}

export interface EventSummary {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly topic: string;
  readonly sequence: number;
}

/**
 * `applied`, or why no rule was asked. `learnt`: rules were asked, and nothing is published, because it was an intervention. `settled`: compared with a complete snapshot. `missed-published`, `missed-dismissed`: what an
 * operator decided about its findings. `timer`: one was due, and nothing was to be done. `untold`: one was due, of something that a service has not told. `overdue`: one was due, of something that had not happened. `retired`: at the end of its life, its rows were dropped.
 * `retired-again`: a snapshot told of it, and shows that it is finished. `forgotten`: an operator had it forgotten; `dropped`: something was told of
 * it afterwards. `migrated`: it is decided by the rules of now from here on, as an operator said. `discarded`: parked, and given up by an operator. `command`: an operator's; what it did stands
 * in the entries after it. `repeated`, `corrected`: what was published before was published once more, or corrected, by a command of an operator. `told`: the new service published an event. `trial`: it did so on trial. `owed`: what it never told was published, or given up.
 */
export type Outcome =
  | 'applied'
  | 'learnt'
  | 'baseline'
  | 'settled'
  | 'timer'
  | 'overdue'
  | 'untold'
  | 'retired'
  | 'retired-again'
  | 'forgotten'
  | 'migrated'
  | 'dropped'
  | 'parked'
  | 'queued'
  | 'kept'
  | 'discarded'
  | 'command'
  | 'repeated'
  | 'corrected'
  | 'told'
  | 'owed'
  | 'trial'
  | 'missed-published'
  | 'missed-dismissed';

/** What the new service published, and where that stands. */
export interface EventTold extends Omit<ToldEvent, 'stage' | 'isSticky' | 'isFormer'> {
  readonly place?: RecordPlace;
  /** What is wrong with it; absent: nothing. */
  readonly finding?: ToldFinding;
}

/** What the new service published on trial, and where that stands. */
export interface EventTried extends Omit<TrialEvent, 'value' | 'writtenMs'> {
  readonly place?: RecordPlace;
}

/** What was published before, and is repaired by its ids. */
export interface Repaired {
  /** Id of the repair. */
  readonly repair: string;
  /** The audience topic; null: the topics of the contracts. */
  readonly to: string | null;
  readonly events: readonly string[];
  /** Ids of discrepancies that it repairs. Absent: it repairs none. */
  readonly discrepancies?: readonly string[];
}

export interface Decision extends AggregateRef {
  readonly origin: Origin;
  readonly outcome: Outcome;
  /** Only where the outcome is `command`, `repeated` or `corrected`. */
  readonly command?: CommandOutcome;
  /** Only where the outcome is `repeated` or `corrected`. */
  readonly repair?: Repaired;
  readonly refusal: Refusal | null;
  readonly rows: readonly RowSeen[];
  readonly verdicts: readonly Verdict[];
  readonly events: readonly EventSummary[];
  /** Absent: nothing that is expected began, happened or was due. */
  readonly deadlines?: readonly DeadlineTold[];
  /** Where the aggregate belongs, as its events say it. Absent: nothing happened that would have asked. Not in the journal. */
  readonly context?: Readonly<Record<string, string | null>>;
  /** Of the legacy system, as far as they are read (`source/trace.ts`). Absent: none. Not in the journal. */
  readonly traces?: readonly string[];
  /** Which one, where the outcome is `learnt`. */
  readonly intervention?: string;
  /** Only where the outcome is `told`. */
  readonly told?: EventTold;
  /** Absent: nothing of it may be an echo. */
  readonly echoes?: readonly EchoTold[];
  /** Only where the outcome is `trial`. */
  readonly trial?: EventTried;
  /** What pairs of events came to by it. Absent: nothing. */
  readonly parity?: readonly Judged[];
  /** What was said of where the change comes from. Absent: nothing. */
  readonly said?: Said;
  /** Rows of lookup tables that decided. Absent: none was asked for. */
  readonly looked?: Looked;
  /** Rule set that decided. */
  readonly digest: string;
  readonly state: AggregateState;
  /** The last that waits, where the state only counts it. */
  readonly behind?: ChangeSet;
}

/** A row in the journal: declared columns whose value became another, or all of a row that came or went. Absent: nothing changed. */
export interface RowTold extends Omit<RowSeen, 'changed'> {
  readonly was?: Row;
  readonly is?: Row;
}

/** An event as it was published: with these, byte for byte, it is published again. */
export interface PublishedEvent {
  readonly topic: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Readonly<Record<string, unknown>>;
}

/** A decision as the journal has it. */
export interface JournalEntry extends Omit<Decision, 'rows' | 'events' | 'state' | 'behind' | 'context' | 'traces'> {
  readonly v: 2;
  readonly rows: readonly RowTold[];
  /** Absent: none was published. */
  readonly events?: readonly PublishedEvent[];
  /** Values and events are sealed, and there is no key: what is here is the rest. */
  readonly isSealed?: true;
  /** Offsets of the entries of the same aggregate before it, newest first, in the same partition; at most 16. */
  readonly previous: readonly number[];
}

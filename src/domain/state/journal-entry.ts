/**
 * The record of one decision: what was seen, what is remembered after it, what fired and what did not and why.
 * Key = aggregate, so a compacted topic keeps the last state of each; the young part is the history.
 */
import type { AggregateRef, Origin, RowChange } from '../change-set.js';
import type { AggregateState, Looked } from './aggregate-state.js';
import type { CommandOutcome } from '../command.js';
import type { Refusal } from '../refusal.js';

/** One row as it was seen: names of the columns that changed in a row that was there, never their values (those are in the state). */
export interface RowSeen {
  readonly table: string;
  readonly key: string;
  /** `vanished`: it was known, and was not in a snapshot that covers its table. */
  readonly op: RowChange['op'] | 'vanished';
  readonly changed: readonly string[];
}

/** What became of one fact for this change set; the fact as the rules called it that decided. */
export type Verdict =
  | { readonly fact: string; readonly verdict: 'fired'; readonly occurrence: string; readonly values: unknown }
  /** A snapshot shows that it happened while nobody read; not published, an operator decides. */
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

export interface EventSummary {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly topic: string;
  readonly sequence: number;
}

/**
 * `applied`, or why no rule was asked. `settled`: compared with a complete snapshot. `missed-published`, `missed-dismissed`: what an
 * operator decided about its findings. `discarded`: parked, and given up by an operator. `command`: an operator's; what it did stands
 * in the entries after it.
 */
export type Outcome =
  | 'applied'
  | 'baseline'
  | 'settled'
  | 'parked'
  | 'queued'
  | 'kept'
  | 'discarded'
  | 'command'
  | 'missed-published'
  | 'missed-dismissed';

export interface JournalEntry extends AggregateRef {
  readonly origin: Origin;
  readonly outcome: Outcome;
  /** Only where the outcome is `command`. */
  readonly command?: CommandOutcome;
  readonly refusal: Refusal | null;
  readonly rows: readonly RowSeen[];
  readonly verdicts: readonly Verdict[];
  readonly events: readonly EventSummary[];
  /** Rows of lookup tables that decided. Absent: none was asked for. */
  readonly looked?: Looked;
  /** Rule set that decided. */
  readonly digest: string;
  readonly state: AggregateState;
}

/**
 * The record of one decision: what was seen, what is remembered after it, what fired and what did not and why.
 * Key = aggregate, so a compacted topic keeps the last state of each; the young part is the history.
 */
import type { AggregateRef, Origin, RowChange } from './change-set.js';
import type { AggregateState } from './aggregate-state.js';
import type { Refusal } from './refusal.js';

/** One row as it was seen: names of the columns that changed in a row that was there, never their values (those are in the state). */
export interface RowSeen {
  readonly table: string;
  readonly key: string;
  readonly op: RowChange['op'];
  readonly changed: readonly string[];
}

/** What became of one fact for this change set. */
export type Verdict =
  | { readonly fact: string; readonly verdict: 'fired'; readonly occurrence: string; readonly values: unknown }
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

export interface JournalEntry extends AggregateRef {
  readonly origin: Origin;
  /** `applied`, or why no rule was asked. */
  readonly outcome: 'applied' | 'baseline' | 'parked' | 'queued';
  readonly refusal: Refusal | null;
  readonly rows: readonly RowSeen[];
  readonly verdicts: readonly Verdict[];
  readonly events: readonly EventSummary[];
  /** Rule set that decided. */
  readonly digest: string;
  readonly state: AggregateState;
}

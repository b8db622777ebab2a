/** What a pipeline tells those who watch: metrics, logs, the demo, tests. No stage calls a metric or a log itself. */
import type { Beginning } from '../domain/source/beginning.js';
import type { Refusal } from '../domain/refusal.js';
import type { AggregateRef } from '../domain/change-set.js';
import type { ToldFinding } from '../domain/ownership/told.js';
import type { DuplicateCause, RecordPlace, SkipReason } from '../domain/source/change-event.js';
import type { CommandOutcome } from '../domain/command.js';
import type { Route, Selector, Stage as RouteStage } from '../domain/ownership/route.js';
import type { Decision } from '../domain/state/journal-entry.js';
import type { ParityClass } from '../domain/state/pairs.js';
import type { IntegrationEvent } from '../domain/integration-event.js';
import type { RunEnd } from '../domain/reconciliation/check-run.js';
import type { Importance } from '../rules/fact.js';
import type { ErrorCode } from '../errors.js';
import type { SequencerStatus } from '../sequence/status.js';
import type { DiscrepanciesTold } from './discrepancies/figures.js';
import type { OwnershipCount } from './kept/ownership-counts.js';
import type { Pinned } from './kept/pin-counts.js';
import type { Departure } from './sentinel/departures.js';
import type { Retention, UnsafeTopic } from './ports.js';

export type Stage = 'decode' | 'sequence' | 'load' | 'translate' | 'commit' | 'store';

export type TaskState = 'assigned' | 'fencing' | 'restoring' | 'running' | 'paused' | 'closing' | 'fenced' | 'closed';

export interface ParkedAggregate extends AggregateRef {
  readonly code: string;
  readonly severity: Importance | 'none';
  /** Commit time of the change set that parked it. */
  readonly sinceMs: number;
}

export interface PublishedTold {
  readonly type: string;
  /** Commit time of its source transaction; null: it was due by the clock, and no transaction caused it. */
  readonly sourceTimeMs: number | null;
  /** Where its aggregate belongs. Absent: nothing is known of it. */
  readonly context?: Decision['context'];
  /** Major version of its contract, which is on its way out. Absent: it is not. */
  readonly deprecatedVersion?: number;
}

export type PipelineEvent =
  /**
   * One batch of records was read. `lagRecords`: still unread behind it. `newestSourceTimeMs`: source time of its last row.
   * With 0 records it only tells the lag: so that a pipeline that stands still does not look caught up.
   */
  | {
      readonly kind: 'consumed';
      readonly partition: string;
      readonly topic: string;
      readonly records: number;
      readonly byOperation: Readonly<Record<string, number>>;
      readonly lagRecords: number;
      readonly newestSourceTimeMs: number | null;
    }
  | { readonly kind: 'skipped'; readonly topic: string; readonly reason: SkipReason; readonly records: number }
  /**
   * A transaction's commit time is more than an hour over the broker's: it does not move the clock by which timers are due. Told when the
   * transaction is committed, once, until a commit time of the source is believed again.
   */
  | {
      readonly kind: 'clockRefused';
      readonly source: string;
      readonly commitTimeMs: number;
      readonly brokerMs: number;
    }
  /** A route was moved, or (`isAsked`) its service was asked to hand it over. */
  | {
      readonly kind: 'route';
      readonly contract: string;
      readonly selector: Selector;
      readonly epoch: number;
      readonly from: RouteStage;
      readonly to: RouteStage;
      /** ISO-8601, UTC: see `Handover.at`. */
      readonly at: string;
      readonly by: string;
      readonly reason: string;
      readonly isAsked: boolean;
    }
  /**
   * With each commit: how far the time of each source has come (null: no transaction was passed), and the clock that follows from it. `behind`:
   * timers that the broker's time has passed, and the clock has not.
   */
  | {
      readonly kind: 'clock';
      readonly clockMs: number | null;
      readonly behind: number;
      readonly sources: readonly { readonly source: string; readonly timeMs: number | null }[];
    }
  | { readonly kind: 'duplicates'; readonly cause: DuplicateCause; readonly records: number }
  /** About once a second. */
  | ({
      readonly kind: 'sequenced';
      readonly source: string;
      /** Handed on since the last event of this kind. */
      readonly transactions: number;
      /** Of those, the ones of which the connector says that they had no row at all. */
      readonly empty: number;
      /** Of those, the ones that lack the row of which their BEGIN tells the place. */
      readonly headless: number;
      readonly baselineRows: number;
    } & SequencerStatus)
  | { readonly kind: 'stage'; readonly stage: Stage; readonly seconds: number }
  | { readonly kind: 'decided'; readonly entry: Decision; readonly events: readonly IntegrationEvent[] }
  /** After the Kafka transaction that records it; not again for what queues up behind. */
  | ({ readonly kind: 'parked'; readonly refusal: Refusal } & Omit<ParkedAggregate, 'code'>)
  /** Rows of a table are no longer what they were, as far as is learnt of them. Told once. */
  | ({ readonly kind: 'departure' } & Departure)
  /** A change whose aggregate cannot be found; it went to the dead letters. */
  | { readonly kind: 'unplaced'; readonly table: string; readonly key: string; readonly refusal: Refusal }
  /** A service was asked for a route, and does not answer, for so long; or (not `isOverdue`) it has, or somebody took the route. */
  | {
      readonly kind: 'handoverOverdue';
      /** See `routeText`. */
      readonly route: string;
      readonly isOverdue: boolean;
      readonly waitedMs: number;
    }
  /** A record of a contract topic that Dragoman did not write is not as it should be; a dead letter tells of it. */
  | {
      readonly kind: 'toldFinding';
      readonly finding: ToldFinding;
      /** Null: it does not say. */
      readonly producer: string | null;
      readonly place: RecordPlace;
    }
  /** What was compared with the new service came to something (docs/parity.md). After the Kafka transaction that records it. */
  | {
      readonly kind: 'parity';
      readonly capability: string;
      readonly contract: string;
      readonly class: ParityClass;
    }
  /** Events were published once more into this topic (docs/repairing.md). After the Kafka transaction that does it. */
  | { readonly kind: 'repaired'; readonly topic: string; readonly events: number }
  /** A delete of a row whose aggregate is not known, or knows it no more: ignored. */
  | { readonly kind: 'orphan'; readonly table: string }
  /** Rows of an aggregate wait for a parent that is not known (`public.shipment/77`), or no longer do: so many now. */
  | { readonly kind: 'waiting'; readonly aggregate: string; readonly parent: string; readonly rows: number }
  | { readonly kind: 'unparked'; readonly aggregate: string; readonly id: string; readonly code: string }
  /** What became of an operator's command; after the Kafka transaction that records it. */
  | { readonly kind: 'command'; readonly outcome: CommandOutcome }
  /**
   * A source transaction was to be put in quarantine, and this shard does not hold it: others parked what it touches, and here it went on whole, or
   * was never read. After the Kafka transaction that records the command.
   */
  | { readonly kind: 'shardsDisagree'; readonly source: string; readonly transaction: string }
  /** Commands that were sent and not read are gone: the log starts at another offset than was expected. With the commit that goes on from there. */
  | { readonly kind: 'commandsLost'; readonly expectedOffset: number; readonly foundOffset: number }
  /** After each part of a sweep (all states of the store against a complete snapshot of a source), and at its end. */
  | {
      readonly kind: 'sweep';
      readonly source: string;
      readonly isDone: boolean;
      /** Looked at so far, and those among them that were settled. */
      readonly states: number;
      readonly settled: number;
      readonly seconds: number;
      /** Declared tables of which the snapshot had no row: what is known of them is not looked at. */
      readonly uncovered: readonly string[];
    }
  /** When a task starts to run, and when it changes: where the source begins (null: not yet), and what is not known of it. */
  | {
      readonly kind: 'knowledge';
      readonly source: string;
      readonly begun: Beginning | null;
      readonly unknown: readonly string[];
    }
  /** When a task starts to run, and when it changes: how many aggregates keep which rules, all of them. */
  | { readonly kind: 'pinned'; readonly all: readonly Pinned[] }
  /** Where contracts may move, when a task starts to run, and when it changes: whose aggregates are, and what is owed, of this shard. */
  | { readonly kind: 'ownership'; readonly all: readonly OwnershipCount[] }
  /** Where a check ever reported, when a task starts to run, and as checks report: how many discrepancies there are, of this shard. */
  | DiscrepanciesTold
  /** A run of a check ended. Told by the first shard, after the Kafka transaction that records it. */
  | { readonly kind: 'checked'; readonly check: string; readonly ended: RunEnd; readonly seconds: number }
  /** Likewise: all routes as they stand, those of the rules among them. `isAsked`: its service was asked to hand it over, and has not done so. */
  | {
      readonly kind: 'routes';
      readonly all: readonly (Pick<Route, 'contract' | 'selector' | 'stage'> & { readonly isAsked: boolean })[];
    }
  /** One more (or less) of what is expected is overdue, by first name of the fact, since it was due. After the Kafka transaction that says so. */
  | { readonly kind: 'overdue'; readonly fact: string; readonly dueMs: number; readonly more: 1 | -1 }
  /** When a task starts to run: what is overdue already is told anew, in the form of `overdue`. */
  | { readonly kind: 'overdueBefore' }
  /** When a task starts to run: which aggregates are parked already. */
  | { readonly kind: 'parkedBefore'; readonly aggregates: readonly ParkedAggregate[] }
  /** One Kafka transaction ended. */
  | {
      readonly kind: 'committed';
      readonly result: 'committed' | 'failed';
      readonly seconds: number;
      readonly published: readonly PublishedTold[];
    }
  | {
      readonly kind: 'stored';
      readonly operation: 'load' | 'save' | 'marker';
      readonly seconds: number;
      readonly keys: number;
    }
  | { readonly kind: 'restored'; readonly states: number; readonly seconds: number; readonly whole: boolean }
  /** Every few seconds while a restore lasts. `left`: seconds that the rest will take at this rate. */
  | {
      readonly kind: 'restoring';
      readonly states: number;
      /** Share of the journal's offsets that is read. */
      readonly share: number;
      readonly statesPerSecond: number;
      readonly leftSeconds: number;
      readonly whole: boolean;
    }
  /** About once a minute, for each topic that is read. */
  | ({ readonly kind: 'retention' } & Retention)
  /** About once a minute: all topics whose settings would lose records or order. */
  | { readonly kind: 'unsafeTopics'; readonly topics: readonly UnsafeTopic[] }
  /** Offsets cannot be told to Kafka's tools, so these show a lag that is none. Said once until it succeeds; nothing else hangs on it. */
  | { readonly kind: 'offsetsUntold'; readonly code: ErrorCode; readonly text: string }
  /** Everything that was there is read, and everything that is complete is committed. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'state'; readonly state: TaskState; readonly reason: string | null }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly disposition: string; readonly text: string };

export type Observer = (event: PipelineEvent) => void;

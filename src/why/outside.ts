/**
 * What explaining asks of the outside: read only, nothing of the pipeline is disturbed. There is one on the servers, one on a recording that was
 * played in memory, and one on an exported state, which has no journal. A question that an outside cannot answer is null, and the answer says so.
 */
import type { AggregateRef } from '../domain/change-set.js';
import type { AggregateState } from '../domain/state/aggregate-state.js';
import type { OwnRecord } from '../pipeline/ports.js';
import type { CompiledAggregate } from '../rules/compile.js';

export interface Outside {
  readonly pipeline: string;
  /**
   * States by their names (`order:4711`, `@lookup:public.country/DE`), as the shard has them that owns the aggregate `id`; null: never heard of.
   * @throws DragomanError COMMAND_REFUSED when there are none at all, or not all yet
   */
  states(id: string, names: readonly string[]): Promise<readonly (AggregateState | null)[]>;
  /**
   * The rules that an aggregate keeps (docs/pinning.md); null: it is decided by those that run.
   * @param state as {@link states} gave it.
   */
  kept(ref: AggregateRef, state: AggregateState): Promise<KeptHere | null>;
  /** Null: there is none here. */
  readonly journal: JournalReads | null;
  /** How far the shard is that owns the aggregate; of no aggregate, the one that is most behind. Null: nobody knows here. */
  now(id: string | null): Promise<PipelineNow | null>;
  /** Source transactions that are held. */
  held(): Promise<HeldNow>;
  /** Where events stand in their topics, in the order asked for; null: not found where they have to be. */
  places(wanted: readonly EventWanted[]): Promise<readonly (EventPlace | null)[]>;
  /** The event with this id, or all that were read in vain. Newest first. */
  findEvent(id: string, until: SearchUntil): Promise<FoundEvent | Searched>;
  /** Next offset of a consumer group by partition (`topic/3`), of those in which it has one; null: nobody knows here. */
  committed(group: string, topics: readonly string[]): Promise<ReadonlyMap<string, number> | null>;
}

export interface KeptHere {
  readonly digest: string;
  /** By those rules. Null: they cannot be had here, or do not go with those that stand here. */
  readonly aggregate: CompiledAggregate | null;
}

export interface JournalReads {
  /** Entries of one aggregate by their offsets, in the order asked for; null: it is not there any more. */
  at(of: AggregateRef, offsets: readonly number[]): Promise<readonly (OwnRecord | null)[]>;
  /**
   * Entries whose text has one of these in it: it looks back until there are some, and takes those along that were written within a minute of them.
   * In no order.
   */
  search(texts: readonly string[], until: SearchUntil): Promise<FoundEntries>;
}

/** Looks at what was written before this time, ms since 1970; absent: now. */
export interface SearchUntil {
  readonly untilMs?: number;
}

/** What was looked at. */
export interface Searched {
  readonly records: number;
  /** The oldest of it, ms since 1970; null: there was none. */
  readonly sinceMs: number | null;
  /** There was nothing older. */
  readonly isAll: boolean;
}

export interface FoundEntries extends Searched {
  readonly entries: readonly OwnRecord[];
  /** Found besides, and not kept. */
  readonly more: number;
}

export interface EventWanted {
  readonly id: string;
  readonly topic: string;
  /** Of its record. */
  readonly key: string;
  /** When its decision was written to the journal, broker time: the event is in the same Kafka transaction. */
  readonly nearMs: number;
}

export interface EventPlace {
  readonly partition: number;
  readonly offset: number;
}

export interface FoundEvent extends EventPlace {
  readonly topic: string;
  /** Of its record: the id of its aggregate. */
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

export interface PipelineNow {
  /** Records of the input that are not done. */
  readonly recordsBehind: number;
  /** How many it did in a second, lately; null: it stands, or that is not known. */
  readonly recordsPerSecond: number | null;
  /** Commit time of the last source transaction that was passed, ms since 1970; null: none was. */
  readonly sourceTimeMs: number | null;
  /** By which timers are due, ms since 1970 (`pipeline/timers/source-time.ts`); null: there is none yet. */
  readonly clockMs: number | null;
  /** Rules that decide now. */
  readonly digest: string;
  /** By source, tables of which not everything is known. */
  readonly unknown: Readonly<Record<string, readonly string[]>>;
}

export interface HeldTransaction {
  readonly source: string;
  readonly transaction: string;
  readonly code: string;
  readonly text: string;
  /** What comes after it is not published before it is decided. */
  readonly isWaitedFor: boolean;
  readonly sinceMs: number | null;
}

/** @property unknown why nobody knows. */
export type HeldNow = { readonly held: readonly HeldTransaction[] } | { readonly unknown: string };

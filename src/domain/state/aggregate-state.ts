/**
 * All that is remembered of one aggregate: its current rows, what has fired, how many events were published under each contract, and what waits
 * while it is parked. Immutable and JSON-safe; a change makes a new state, whose difference is stored (`pipeline/state/parts.ts`).
 */
import type { AggregateRef, ChangeSet, Origin } from '../change-set.js';
import type { CommandOutcome } from '../command.js';
import type { Pairs } from './pairs.js';
import type { RefusalCode } from '../refusal.js';
import type { Position } from '../source/position.js';
import type { Row } from '../tables/table.js';

export type RowsByKey = Readonly<Record<string, Row>>;

export interface AggregateState {
  /** By table, then by primary key: what rules see. */
  readonly rows: Readonly<Record<string, RowsByKey>>;
  /** By the first name of the fact, then by occurrence key: `sequence` of the first event that it caused, under that event's contract; 0: it caused none. */
  readonly fired: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By contract and major version (`OrderReady.v1`): events published so far. The next one is one more. */
  readonly sequences: Readonly<Record<string, number>>;
  readonly parked: Parked | null;
  /** By source: position of the last transaction that was applied or queued. A change set not above it was seen before. */
  readonly at: Readonly<Record<string, Position>>;
  /** The last operator's command on it: the same one again does nothing. */
  readonly lastCommand?: Pick<CommandOutcome, 'id' | 'result' | 'text'>;
  /** By source, like `at`: what is to be remembered of its snapshots until a transaction above them is applied. */
  readonly snapshots?: Readonly<Record<string, SnapshotMarks>>;
  /** What snapshots found out, until an operator decides; absent when nothing is open. */
  readonly findings?: Findings;
  /** By lookup table, then by key: the row (null: none) that the last decision to ask for it was given. Absent: none was asked. */
  readonly looked?: Looked;
  /** Only of a row of a lookup table that a snapshot first told of, and a transaction changed since. */
  readonly baseline?: LookupBaseline;
  /** Offsets of its newest journal entries, newest first, in the partition that its key tells. Absent: it has none. */
  readonly journal?: readonly number[];
  /** What is to be done later, by name: when it is due, ms since 1970 in the source's time. Absent: nothing. */
  readonly timers?: Timers;
  /** Of what is expected, what has not happened although its timer was due: when that was, by the timer's name. Absent: nothing. */
  readonly overdue?: Timers;
  /** It is retired: its rows were dropped, and this is what stays. */
  readonly isStub?: true;
  /** A stub for good: an operator had it forgotten, and whatever is told of it is dropped. */
  readonly isErased?: true;
  /** What its values are sealed with in the journal (`pipeline/seal/seal.ts`). Absent: nothing was sealed yet, or it is erased. */
  readonly sealKey?: string;
  /** It was retired, and came back: of these tables nothing is known but what was told since. */
  readonly forgotten?: readonly string[];
  /** Digest of the rules that it keeps (docs/pinning.md). Absent: it began before any were kept, or none are. */
  readonly rules?: string;
  /** By contract of a sticky capability, whose it is; `open`: that is not settled. Absent: legacy's. */
  readonly owners?: Readonly<Record<string, 'service' | 'open' | 'legacy'>>;
  /** By contract, then by occurrence: what happened and the service has not told. Absent: nothing. */
  readonly owed?: Readonly<Record<string, Readonly<Record<string, Owed>>>>;
  /** By contract, then by occurrence: number under which the new service published it (`domain/ownership`). Absent: it published nothing. */
  readonly told?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Events that are compared with those of the new service. Absent: none are. */
  readonly pairs?: Pairs;
  /** Of rows that wait for their parent, by table and key: what transactions did to them, of which no rule knows yet. */
  readonly untold?: Readonly<Record<string, Readonly<Record<string, Untold>>>>;
}

export interface Owed {
  /** First name of the fact. */
  readonly fact: string;
  /** ISO-8601, UTC: commit time of the source transaction that made it happen. */
  readonly decidedAt: string;
  /** What it carries. */
  readonly values: unknown;
  /** Where the aggregate belonged then. */
  readonly context: Readonly<Record<string, string | null>>;
  readonly origin: Origin;
  /** Until when the service is to tell of it, ms since 1970 in the source's time. Absent: nobody waits, or that is over. */
  readonly untilMs?: number;
  /** No route withheld it: its transaction says that the service wrote it, and legacy owns it. */
  readonly isHeld?: true;
}

export type Looked = Readonly<Record<string, Readonly<Record<string, Row | null>>>>;

/** What that row was in the snapshot: what held of an aggregate by the same one is judged by it, until rules first look. */
export interface LookupBaseline {
  readonly follower: string;
  readonly generation: Position;
  readonly rows: AggregateState['rows'];
}

export type Timers = Readonly<Record<string, number>>;

export interface Untold {
  /** The row before the first of these transactions; null when it was not there. */
  readonly before: Row | null;
  /** The last of these transactions. */
  readonly origin: Origin;
}

export interface SnapshotMarks {
  /** An incremental snapshot told of this aggregate. */
  readonly told?: true;
  /** All rows came with this snapshot; they count as known once a transaction above it was read. */
  readonly first?: Position;
  /** The newest snapshot that was compared with what was known. */
  readonly settled?: Position;
  /** Rows of snapshots that are not compared yet, oldest snapshot first. */
  readonly staged?: readonly Stage[];
}

/** What one snapshot said of an aggregate that was known before it. */
export interface Stage {
  readonly generation: Position;
  readonly rows: StagedRows;
  /** All rows of the state are as the snapshot says; `rows` is empty then, because most aggregates are. */
  readonly isWhole?: true;
}

/** By table and key. `true`: as it is in the state; null: it belongs to another aggregate now. */
export type StagedRows = Readonly<Record<string, Readonly<Record<string, Row | true | null>>>>;

/** Changes that nobody read, as far as snapshots tell. */
export interface Findings {
  /** Facts that would have been published. They are in `fired` too, so that they do not happen again. */
  readonly missed: readonly MissedFact[];
  /** Rows by table and key that a snapshot did not have. Rules do not see them; told of again, they come back into `rows`. */
  readonly vanished: Readonly<Record<string, RowsByKey>>;
}

export interface MissedFact {
  /** Its first name. */
  readonly fact: string;
  readonly occurrence: string;
  readonly values: unknown;
  /** The snapshot that showed it, or the write-back of a service that never told it. */
  readonly origin: Origin;
  /** Under which it was not published, of `OrderReady.v1`. Absent: under none. */
  readonly contracts?: readonly string[];
}

export interface Parked {
  readonly code: RefusalCode;
  readonly text: string;
  /** Commit time of the change set that parked it. */
  readonly sinceMs: number;
  /** Ordinal of the first that waits: each keeps its own while others are taken up before it. */
  readonly first: number;
  /** The first that wait, in commit order; the very first is the one that could not be applied. None: their turn comes with the next part. */
  readonly waiting: readonly ChangeSet[];
  /** How many more wait behind these: stored, and loaded when their turn comes. Absent: none. */
  readonly spilled?: number;
  /** By follower: the newest snapshot whose end waits, or waited. Absent: none. */
  readonly ends?: Readonly<Record<string, Position>>;
  /** The command that takes it up in parts and is not done yet, with how many it gave up so far. */
  readonly taking?: { readonly command: string; readonly givenUp: number };
}

export const waitingCount = ({ waiting, spilled = 0 }: Pick<Parked, 'waiting' | 'spilled'>): number =>
  waiting.length + spilled;

export const EMPTY_STATE: AggregateState = { rows: {}, fired: {}, sequences: {}, parked: null, at: {} };

/** One text for type and key, used in Redis keys and as the journal's record key. */
export const aggregateText = ({ aggregate, id }: AggregateRef): string => `${aggregate}:${id}`;

/** The reverse of {@link aggregateText}: names of aggregates have no colon. */
export function aggregateRef(text: string): AggregateRef {
  const colon = text.indexOf(':');
  return { aggregate: text.slice(0, colon), id: text.slice(colon + 1) };
}

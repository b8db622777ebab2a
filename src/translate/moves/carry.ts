/**
 * Rows that follow their parent (`domain/move.ts`) are put into the change sets of one source transaction: they leave the state where
 * they are, and come into the one where they belong now, as if the transaction had written them. To be asked for the change sets
 * in their order, with the states as they are then. Pure apart from what it remembers between the change sets of one transaction.
 *
 * M1. A row is in exactly one state, before and after.
 * M2. What a rule of the new aggregate is told depends on what moved: rows of another aggregate are new there; rows that waited, and
 *     that only a snapshot told of, were there already; what transactions did to them while they waited happens now.
 * M3. Moves by a snapshot are silent. What transactions did to rows that waited is told all the same, each with its own origin.
 *     A row that vanished stays where it is; the transaction that writes it takes it along.
 * M4. Out of a parked aggregate rows come as its queue would leave them, and the new one is parked too: a person looks at both.
 */
import type { ChangeSet, Origin, RowChange, RowName } from '../../domain/change-set.js';
import { type Move, type Moves, writtenRow } from '../../domain/move.js';
import {
  type AggregateState,
  aggregateRef,
  aggregateText,
  type Parked,
  type Untold,
} from '../../domain/state/aggregate-state.js';
import { aggregateOfHolder, type Feed, type Feeds, holderName } from '../../domain/tables/feed.js';
import { keyText, type Row } from '../../domain/tables/table.js';
import type { CompiledRules } from '../../rules/compile.js';
import { asRemembered, interventionOf } from '../../rules/interventions/matching.js';
import { fold } from '../fold.js';
import { own, ownIn, without } from '../own.js';
import { stagedChanges, vanishedRow } from '../snapshots/marks.js';
import { withUntold } from './keep.js';

/** A row that comes. */
interface Coming {
  readonly table: string;
  readonly key: string;
  /** Null when it went while it waited. */
  readonly row: Row | null;
  /** What rules do not know yet. Null: they are told by the move itself, if at all. */
  readonly untold: Untold | null;
  /** It waited for its parent. */
  readonly waited: boolean;
}

interface Carried {
  readonly leaving: RowChange[];
  readonly coming: Coming[];
  /** States (`order:4711`) that are parked, out of which rows come. */
  readonly parked: Set<string>;
}

type QueueOf = (text: string, parked: Parked) => Iterable<ChangeSet>;

export class Carrying {
  readonly #feeds: Feeds;
  readonly #remembered: (changeSet: ChangeSet) => ChangeSet;
  readonly #stateOf: (text: string) => AggregateState | null;
  readonly #queueOf: QueueOf;
  #carried = new Map<string, Carried>();
  /** States that moves name: their change sets may be empty. */
  readonly #places = new Set<string>();

  /** @param queueOf all that waits of one that is parked. */
  constructor(
    { feeds, interventions }: Pick<CompiledRules, 'feeds' | 'interventions'>,
    stateOf: (text: string) => AggregateState | null,
    queueOf: QueueOf = (_, { waiting }) => waiting,
  ) {
    this.#feeds = feeds;
    this.#remembered = (changeSet) => asRemembered(changeSet, interventionOf(changeSet, interventions));
    this.#stateOf = stateOf;
    this.#queueOf = queueOf;
  }

  /** Before the first change set of a transaction that moves rows. */
  begin({ moves, written }: Moves): void {
    this.#carried = new Map();
    for (const move of moves) {
      this.#places.add(move.from).add(move.to);
      this.#carry(move, written);
    }
  }

  /**
   * What is to be translated in place of a change set that was split, in this order; nothing when it has no changes.
   * @param isDone its own changes were applied before; rows that come are another matter.
   */
  expand(split: ChangeSet, isDone = false): readonly ChangeSet[] {
    if (this.#places.size === 0) return isDone ? NONE : [split];
    const text = aggregateText(split);
    if (!this.#places.delete(text)) return isDone ? NONE : [split];
    const changeSet = isDone ? withoutOwn(split) : split;
    const carried = this.#carried.get(text);
    if (carried === undefined) return changeSet.changes.length === 0 && changeSet.refusal === null ? NONE : [changeSet];
    const changeSets = changeSet.kind === 'transaction' ? told(changeSet, carried) : silent(changeSet, carried);
    const whole = changeSets.filter(({ changes, refusal }) => changes.length > 0 || refusal !== null);
    return carried.parked.size === 0 ? whole : refused(whole, carried.parked);
  }

  #carry(move: Move, written: Moves['written']): void {
    const { from, to } = move;
    const state = this.#stateOf(from);
    if (state === null) return;
    const feed = this.#feedOf(move.aggregate, move.table);
    const waited = aggregateRef(from).aggregate === holderName(move.aggregate);
    const queue = state.parked === null ? NONE : this.#queueOf(from, state.parked);
    const known = upToDate(state, queue, waited ? this.#remembered : null);
    const rows = move.what === 'row' ? [move] : childrenOf(feed, move.key, known, written);
    for (const { table, key } of rows) {
      const gone = vanishedRow(known, table, key) ?? null;
      if (gone !== null && move.what === 'children') continue;
      const row = ownIn(known.rows, table, key) ?? gone;
      const untold = ownIn(known.untold, table, key) ?? null;
      if (row === null && untold === null) continue;
      this.#at(from).leaving.push({ table, key, op: 'moved', row: null, refusal: null });
      this.#at(to).coming.push({ table, key, row, untold, waited });
      if (state.parked !== null) this.#at(to).parked.add(from);
    }
  }

  #at(text: string): Carried {
    let carried = this.#carried.get(text);
    if (!carried) this.#carried.set(text, (carried = { leaving: [], coming: [], parked: new Set() }));
    return carried;
  }

  #feedOf(aggregate: string, table: string): Feed | undefined {
    return this.#feeds.get(table)?.find((feed) => feed.aggregate === aggregateOfHolder(aggregate));
  }
}

const NONE: readonly ChangeSet[] = [];

/** Nothing of a snapshot that was settled: what comes is as new as the stream. */
const withoutOwn = (changeSet: ChangeSet): ChangeSet => ({
  ...changeSet,
  origin: without(changeSet.origin, 'generation'),
  changes: [],
  refusal: null,
});

/**
 * The state as it will be: with rows of snapshots that are not compared yet, and with what its queue does to it.
 * @param remembered as waiting rows remember a change set; null: none waits here.
 */
function upToDate(
  state: AggregateState,
  queue: Iterable<ChangeSet>,
  remembered: ((changeSet: ChangeSet) => ChangeSet) | null,
): AggregateState {
  const staged = Object.values(state.snapshots ?? {}).flatMap(({ staged: stages = [] }) => stages);
  const changes = staged.flatMap(({ rows }) => stagedChanges(rows));
  let known = changes.length === 0 ? state : { ...state, rows: fold(state.rows, changes).rows };
  for (const changeSet of queue) {
    const after = { ...known, rows: fold(known.rows, changeSet.changes, known.findings?.vanished).rows };
    known = remembered === null ? after : withUntold(after, known, remembered(changeSet));
  }
  return known;
}

/** Rows that are found via a row, and those that are found via them; not those that the transaction writes. */
function childrenOf(feed: Feed | undefined, key: string, state: AggregateState, written: Moves['written']): RowName[] {
  return (feed?.children ?? []).flatMap((child) => {
    const rows = { ...beforeRows(own(state.untold ?? {}, child.table)), ...own(state.rows, child.table) };
    return Object.entries(rows).flatMap(([childKey, row]) => {
      const name = { table: child.table, key: childKey };
      if (parentOf(row, child) !== key || written.has(writtenRow(name))) return [];
      return [name, ...childrenOf(child, childKey, state, written)];
    });
  });
}

/** Rows that went while they waited still name their parent. */
const beforeRows = (untold: Readonly<Record<string, Untold>> | undefined): Record<string, Row> =>
  Object.fromEntries(
    Object.entries(untold ?? {}).flatMap(([key, { before }]) => (before === null ? [] : [[key, before]])),
  );

function parentOf(row: Row, { keyColumns }: Feed): string | null {
  const parts = keyColumns.map((column) => own(row, column));
  if (parts.some((part) => part === undefined || part === null)) return null;
  return keyText(parts.map(String));
}

/** M2: by a transaction. Rows that rules know are there before it. */
function told(changeSet: ChangeSet, { leaving, coming }: Carried): ChangeSet[] {
  const origin = { ...without(changeSet.origin, 'generation'), transactionId: null, position: null };
  const quiet = coming.flatMap((row) => quietChange(row, row.waited));
  const carried = coming.flatMap(loudChange).map((change) => ({ ...change, carried: true as const }));
  const changes = [...carried, ...leaving, ...changeSet.changes];
  return [
    { ...changeSet, kind: 'baseline', origin, changes: quiet, refusal: null },
    { ...changeSet, changes },
  ];
}

/** M3: by a snapshot. */
function silent(changeSet: ChangeSet, { leaving, coming }: Carried): ChangeSet[] {
  const quiet = coming.flatMap((row) => quietChange(row, true));
  const first = { ...changeSet, changes: [...quiet, ...leaving, ...changeSet.changes] };
  const origins = new Map<string, { readonly origin: Origin; readonly changes: RowChange[] }>();
  for (const row of coming) {
    if (row.untold === null) continue;
    const { origin } = row.untold;
    const name = JSON.stringify(origin);
    const one = origins.get(name) ?? { origin, changes: [] };
    origins.set(name, one);
    one.changes.push(...loudChange(row));
  }
  // What is said beside the rows is not of their transactions.
  const bare = without(without(changeSet, 'annotations'), 'traces');
  const late = [...origins.values()].map((parts) => ({ ...bare, ...parts, kind: 'transaction' as const }));
  return [first, ...late];
}

/*
 * A row that comes is told in two steps, of which either may be nothing (M2):
 *
 *   the row                                          there before (quiet)   then happens (loud)
 *   was of another aggregate                         -                      it is created
 *   waited; only a snapshot told of it               as it is               -
 *   waited; a transaction created it                 -                      it is created
 *   waited; a transaction changed it                 as it was before       it is updated
 *   waited; a transaction deleted it                 as it was before       it is deleted
 *
 * Moved by a snapshot (M3), a row of another aggregate is as it is before, and nothing happens.
 */

/** The row as rules know it already. @param isKnown rows that nothing happened to are. */
function quietChange({ table, key, row, untold }: Coming, isKnown: boolean): RowChange[] {
  const known = untold === null ? (isKnown ? row : null) : untold.before;
  return known === null ? [] : [{ table, key, op: 'r', row: known, refusal: null }];
}

/** What rules are told now. */
function loudChange({ table, key, row, untold, waited }: Coming): RowChange[] {
  if (untold === null && waited) return [];
  if (row === null) return [{ table, key, op: 'd', row, refusal: null }];
  return [{ table, key, op: untold === null || untold.before === null ? 'c' : 'u', row, refusal: null }];
}

/** M4. */
function refused([first, ...others]: readonly ChangeSet[], parked: ReadonlySet<string>): readonly ChangeSet[] {
  if (first === undefined) return NONE;
  const from = [...parked].join(', ');
  const text =
    `Rows of ${aggregateText(first)} came with their parent out of ${from}, which is parked: what they are is only sure when its queue ` +
    `is applied. Remove the cause there, then parked retry of that one, then of this one.`;
  return [{ ...first, refusal: first.refusal ?? { code: 'ROW_OWNER_UNKNOWN', text } }, ...others];
}

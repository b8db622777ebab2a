/** Accumulates what one transaction means for each aggregate, while `split` places its changes; never leaves it. */
import type { AggregateRef, ChangeSet, Origin, RowChange } from '../domain/change-set.js';
import type { Move } from '../domain/move.js';
import type { Refusal } from '../domain/refusal.js';
import type { ChangeEvent, RecordPlace } from '../domain/source/change-event.js';
import type { Sequenced } from '../domain/source/transaction.js';
import { aggregateText } from '../domain/state/aggregate-state.js';
import { type Feed, lookupRef } from '../domain/tables/feed.js';
import { TRACES_MAX } from '../domain/source/trace.js';
import { ChangingIndex } from './changing-index.js';
import type { OwnerLookup } from './owners.js';

interface Group {
  readonly ref: AggregateRef;
  readonly origin: Origin;
  readonly changes: RowChange[];
  readonly place: RecordPlace;
  /** Of rows that carry one; null until then. */
  traces: string[] | null;
}

export class Placing {
  readonly index: ChangingIndex;
  readonly orphans: ChangeEvent[] = [];
  readonly unplaceable: { change: ChangeEvent; refusal: Refusal }[] = [];
  /** Rows that change their state without having been written as they are now. */
  readonly moves: Move[] = [];
  readonly #groups = new Map<string, Group>();
  readonly #lookups = new Map<string, Group>();
  #last: Group | null = null;

  /** @param before the index as it was before the transaction. */
  constructor(
    readonly sequenced: Sequenced,
    before: OwnerLookup,
    readonly qualifier: string | null,
  ) {
    this.index = new ChangingIndex(before);
  }

  /** Rows of one aggregate mostly follow each other. */
  group(ref: AggregateRef, change: ChangeEvent): RowChange[] {
    const last = this.#last;
    const isLast = last?.ref.id === ref.id && last.ref.aggregate === ref.aggregate;
    const group = isLast ? last : groupIn(this.#groups, ref, this.sequenced, change);
    this.#last = group;
    if (change.traceparent !== undefined) addTrace(group, change.traceparent);
    return group.changes;
  }

  /** One row of a lookup table; their change sets come before all others. */
  lookupGroup(change: ChangeEvent, key: string): RowChange[] {
    return groupIn(this.#lookups, lookupRef(change.table, key), this.sequenced, change).changes;
  }

  /** Once, though it may be an orphan for several aggregates. */
  ignore(change: ChangeEvent): void {
    if (this.orphans.at(-1) !== change) this.orphans.push(change);
  }

  refuse(change: ChangeEvent, feed: Feed): void {
    const cause =
      change.refusal?.code === 'RECORD_UNDECODABLE'
        ? `its record could not be read, and nothing was known of the row before. ${change.refusal.text}`
        : `${feed.keyColumns.join(', ')} did not come with the row, and nothing was known of it before.`;
    const text = `The ${feed.aggregate} of row ${change.key} of ${change.table} is not known: ${cause}`;
    const quarantined = this.sequenced.kind === 'transaction' ? this.sequenced.refusal : null;
    const parked = quarantined ?? (change.transaction === null ? change.refusal : null);
    const isDecided = parked !== null && parked.code.startsWith('TRANSACTION_');
    this.unplaceable.push({ change, refusal: isDecided ? parked : { code: 'ROW_OWNER_UNKNOWN', text } });
  }

  /** @param refusalOf why an aggregate (`order:4711`) is to be parked, if it is. */
  changeSets(refusalOf: (text: string, ref: AggregateRef) => Refusal | null): ChangeSet[] {
    const changeSets: ChangeSet[] = [];
    for (const group of this.#lookups.values()) changeSets.push(changeSetOf(group, this.sequenced, null));
    for (const [text, group] of this.#groups)
      changeSets.push(changeSetOf(group, this.sequenced, refusalOf(text, group.ref)));
    return changeSets;
  }
}

/**
 * Nothing is decided of it: rows of a snapshot, rows that leave by themselves, and all from before the beginning of the source. Nothing was
 * published under a number that changed then, or that was decided when the rest of the transaction was.
 */
export const isLearnt = (sequenced: Sequenced): boolean => sequenced.kind === 'baseline' || sequenced.isLearnt === true;

/** A transaction from before the beginning of its source sets rows like a snapshot. */
function changeSetOf(
  { ref: { aggregate, id }, origin, changes, place, traces }: Group,
  sequenced: Sequenced,
  refusal: Refusal | null,
): ChangeSet {
  const kind = isLearnt(sequenced) ? 'baseline' : sequenced.kind;
  const { unknown } = sequenced;
  const made: ChangeSet =
    unknown === undefined
      ? { aggregate, id, kind, origin, changes, place, refusal }
      : { aggregate, id, kind, unknown, origin, changes, place, refusal };
  const annotations = sequenced.kind === 'transaction' ? sequenced.annotations : undefined;
  const told = annotations === undefined ? made : { ...made, annotations };
  return traces === null ? told : { ...told, traces };
}

/** Different ones, as many as are kept. */
function addTrace(group: Group, traceparent: string): void {
  group.traces ??= [];
  if (group.traces.length < TRACES_MAX && !group.traces.includes(traceparent)) group.traces.push(traceparent);
}

function groupIn(groups: Map<string, Group>, ref: AggregateRef, sequenced: Sequenced, change: ChangeEvent): Group {
  const text = aggregateText(ref);
  const known = groups.get(text);
  if (known) return known;
  const made = { ref, origin: originOf(sequenced, change), changes: [], place: placeOf(change), traces: null };
  groups.set(text, made);
  return made;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export function rowChange(change: ChangeEvent, op: RowChange['op'], stays: boolean): RowChange {
  const { table, key, row, refusal, refused, otherKey, physical } = change;
  const isGone = op === 'd' || op === 'moved';
  const known = refusal !== null || isGone ? null : row;
  const unread = isGone ? undefined : refused;
  // Most changes have no more than these; each spread would cost as much as all of it.
  const made: Mutable<RowChange> = { table, key, op, row: known, refusal };
  if (unread !== undefined) made.refused = unread;
  if (refusal !== null) made.place = placeOf(change);
  if (physical !== undefined) made.physical = physical;
  const isThere = known !== null || unread !== undefined;
  if (stays && otherKey !== null && isThere) made.from = otherKey;
  return made;
}

const placeOf = ({ partition, offset }: ChangeEvent): RecordPlace => ({ partition, offset });

function originOf(sequenced: Sequenced, change: ChangeEvent): Origin {
  const { source } = sequenced;
  if (sequenced.kind === 'baseline') {
    const { generation } = sequenced;
    const origin = { source, transactionId: null, position: null, commitTimeMs: change.sourceTimeMs };
    return generation === null ? origin : { ...origin, generation };
  }
  const { id, position, commitTimeMs } = sequenced;
  return { source, transactionId: id, position, commitTimeMs };
}

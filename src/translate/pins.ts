/**
 * By which rules an aggregate is decided: by those of now, or, where its rules pin (docs/pinning.md), by those by which it began. Pure.
 *
 * P1. What decides (facts, context, publications) is of one set of rules. What tells rows apart, what is retired, and which transactions are
 *     interventions, is of now: rows of all aggregates are one stream.
 * P2. An aggregate that was decided says by which rules, as long as it has rows, or had any. A stub says nothing: what comes back begins anew.
 * P3. What the rules of an aggregate cannot know is no value for them: a code that was declared later parks it.
 */
import type { ChangeSet, RowChange } from '../domain/change-set.js';
import type { Refusal } from '../domain/refusal.js';
import type { AggregateState } from '../domain/state/aggregate-state.js';
import type { ColumnValue } from '../domain/tables/table.js';
import type { CompiledAggregate } from '../rules/compile.js';
import { without } from './own.js';
import { hasRows } from './snapshots/marks.js';

/** An aggregate by a set of rules that is not that of now. */
export interface KeptAggregate {
  readonly digest: string;
  readonly aggregate: CompiledAggregate;
  /** By table, columns that have more codes now than these rules know. */
  readonly grown: ReadonlyMap<string, readonly GrownColumn[]>;
}

export interface GrownColumn {
  readonly column: string;
  /** What codes mean that these rules know. */
  readonly known: ReadonlySet<ColumnValue>;
}

export interface Pins {
  /**
   * The rules that it keeps; null: those of now.
   * @throws DragomanError RULES_PINNED when they are not there: it is never decided by others instead.
   */
  of(aggregate: string, state: AggregateState): KeptAggregate | null;
}

/** What decides an aggregate: rules, and settings that have their digest. */
export interface DecidedBy<S> {
  /** Null: the rules of now. */
  readonly kept: KeptAggregate | null;
  readonly aggregate: CompiledAggregate;
  readonly settings: S;
}

interface PinSettings {
  readonly digest: string;
  readonly pins?: Pins;
}

/** @param now of the rules of now. */
export function decidedBy<S extends PinSettings>(
  state: AggregateState,
  now: CompiledAggregate,
  settings: S,
): DecidedBy<S> {
  const kept = now.pin === true ? (settings.pins?.of(now.name, state) ?? null) : null;
  if (kept === null) return { kept, aggregate: now, settings };
  return { kept, aggregate: kept.aggregate, settings: { ...settings, digest: kept.digest } };
}

/** P2. @param state after it was decided by the rules with this digest. */
export function withRules(state: AggregateState, now: CompiledAggregate, digest: string): AggregateState {
  if (now.pin !== true) return state.rules === undefined ? state : without(state, 'rules');
  if (state.rules === digest || state.isStub === true) return state;
  return state.rules !== undefined || hasRows(state) ? { ...state, rules: digest } : state;
}

/** P3. */
export function unknownCode({ changes, aggregate, id }: ChangeSet, kept: KeptAggregate | null): Refusal | null {
  if (kept === null) return null;
  for (const change of changes)
    for (const column of unknownColumns(change, kept)) {
      return {
        code: 'CODE_UNKNOWN',
        text:
          `${change.table}.${column} has a code that the rules ${kept.digest} do not know, which ${aggregate} ${id} keeps; those of now do. ` +
          'To have it decided by those: pinned migrate, then parked retry.',
      };
    }
  return null;
}

/** P3: a change that is given up, without what these rules cannot know. */
export function withoutUnknownCodes<C extends RowChange & { readonly unread: readonly string[] | 'row' }>(
  change: C,
  kept: KeptAggregate | null,
): C {
  const unknown = kept === null ? [] : unknownColumns(change, kept);
  const { row, unread } = change;
  if (unknown.length === 0 || row === null || unread === 'row') return change;
  const known = Object.entries(row).filter(([column]) => !unknown.includes(column));
  return { ...change, row: Object.fromEntries(known), unread: [...unread, ...unknown] };
}

const unknownColumns = ({ table, row }: RowChange, { grown }: KeptAggregate): string[] =>
  ((row && grown.get(table)) ?? [])
    .filter(({ column, known }) => !asList(row?.[column]).every((value) => known.has(value)))
    .map(({ column }) => column);

/** A set has several, and what is not known, or null, is no code. */
function asList(value: ColumnValue | undefined): readonly ColumnValue[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly ColumnValue[]) : [value];
}

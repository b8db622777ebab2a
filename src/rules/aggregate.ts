/**
 * Which legacy rows belong together, and the facts that can happen to them. An aggregate's members are tables with the
 * columns that hold its key; its methods declare facts. Nothing is registered: what counts is listed in `ruleSet`.
 */
import type { TableDefinition } from '../domain/tables/table.js';
import type {
  AggregateView,
  Condition,
  Deadline,
  Declared,
  Due,
  Expected,
  FactDefinition,
  FIRST_SEEN,
  Importance,
  JsonObject,
  Milestone,
  RowFact,
  Transition,
} from './fact.js';
import type { Named } from './named.js';
import type { Origin } from './origins/origin.js';
import type { KeyOf, Via } from './tables/key-of.js';
import type { Lookups, LookupsOf } from './tables/lookup.js';
import type { Table } from './tables/table.js';

declare const ROW: unique symbol;

/** A table in an aggregate: at most one row, or many. */
export interface Member<R, Cardinality extends 'one' | 'many'> {
  readonly [ROW]?: R;
  readonly cardinality: Cardinality;
  readonly table: TableDefinition;
  /** The rule author's function, run once at load with a recording row: see `key-columns.ts`. */
  readonly keyOf: (row: unknown) => unknown;
  /** The table whose rows its rows name instead of the aggregate; null: they carry the aggregate's key. */
  readonly parent: TableDefinition | null;
}

export type Members = Readonly<Record<string, Member<unknown, 'one' | 'many'>>>;

/** The table has at most one row for each aggregate: its primary key is the aggregate's key. */
export const one = <R>(table: Table<R>, key: KeyOf<R>): Member<R, 'one'> => member('one', table, key, null);

/** The table has any number of rows for each aggregate; rules see them in key order. */
export const many = <R>(table: Table<R>, key: KeyOf<R> | Via<R>): Member<R, 'many'> =>
  typeof key === 'function' ? member('many', table, key, null) : member('many', table, key.keyOf, key.parent);

function member<R, C extends 'one' | 'many'>(
  cardinality: C,
  table: Table<R>,
  key: KeyOf<R>,
  parent: TableDefinition | null,
): Member<R, C> {
  return { cardinality, table, keyOf: key as (row: unknown) => unknown, parent };
}

/** An aggregate as its rules see it. */
export type ViewOf<M extends Members> = {
  readonly [Name in keyof M]: M[Name] extends Member<infer R, infer C>
    ? C extends 'one'
      ? R | undefined
      : readonly R[]
    : never;
};

type RowIn<M extends Members, Name extends keyof M> = M[Name] extends Member<infer R, 'one' | 'many'> ? R : never;
type When<Input extends readonly unknown[]> = Readonly<Record<string, (...input: Input) => boolean>>;

/** When its rows are not needed any more. What fired, and how many events there were, is known for ever. */
export interface RetireOptions<View> {
  /** Named conditions: all of them hold when it is finished. */
  readonly when: When<[View]>;
  /** How long nothing has changed since, by the source's commit times: `90 days`, `12 hours`, `30 minutes`. */
  readonly after: string;
}

export interface AggregateOptions<View, L extends Lookups, N extends string> {
  /**
   * Where the aggregate belongs (a tenant, a plant, a market), as each of its events says it: by the author's own names, a text or null.
   * Absent: events say nothing of the kind. docs/context.md has the names that cannot be taken.
   */
  readonly context?: Readonly<Record<N, (view: View) => string | null>>;
  /** Reference tables that its rules may ask, by the name that they use. */
  readonly lookups?: L;
  /**
   * What it means when the key of a `one` row, and so the aggregate's own key, changes. `park` (default): both aggregates
   * wait for a person. `new`: the old one counts as deleted, the new one as new.
   */
  readonly onKeyChange?: 'park' | 'new';
  /** Absent: nothing of it is ever dropped. */
  readonly retire?: RetireOptions<View>;
  /**
   * `true`: what is under way keeps the rules by which it began; others are for what begins from then on (docs/pinning.md). `false`: it keeps them
   * no longer, and all is decided by these. Absent: it does not, and never did.
   */
  readonly pin?: boolean;
  /**
   * Whether the new service made it, and the legacy rows only mirror it; asked when its first rows are there. Null: they do not say, and its
   * route does. Absent: so it is of each. docs/routes.md.
   */
  readonly bornIn?: (view: View, origin: Origin) => 'service' | 'legacy' | null;
  /** Names that it had before, the oldest first. What is known of it is remembered under the oldest for ever. */
  readonly formerly?: readonly string[];
}

interface FactOptions {
  readonly importance: Importance;
  /** Names that it had before, the oldest first. That it happened is remembered under the oldest for ever. */
  readonly formerly?: readonly string[];
}

export interface MilestoneOptions<View, D> extends FactOptions {
  /** Named conditions; "why not" answers with these names. */
  readonly when: When<[View]>;
  readonly data: (view: View) => D;
  readonly repeatable?: boolean;
  /** By when it is to happen. Absent: nobody waits for it. docs/deadlines.md. */
  readonly expected?: ExpectedOptions<View>;
}

/** That a milestone, which happens once, is to happen in time. */
export interface ExpectedOptions<View> {
  /** How long after, by the source's commit times: `4 hours`, `30 minutes`, `2 days`. */
  readonly within: string;
  /** A fact of the same aggregate, the first time that it happens; or that a transaction tells of the aggregate at all. */
  readonly after: FactDefinition | typeof FIRST_SEEN;
  /** Named conditions, asked when the time is over: where one of them holds, it is expected no more. */
  readonly unless?: When<[View]>;
}

export interface OverdueOptions<View, D> extends FactOptions {
  /** The milestone that did not happen in time; it says what is expected. */
  readonly expected: FactDefinition;
  readonly data: (view: View, due: Due) => D;
}

export interface TransitionOptions<View, D> extends FactOptions {
  /** Named conditions on what was before and what is after the transaction. */
  readonly when: When<[View, View]>;
  readonly data: (before: View, after: View) => D;
}

export interface RowFactOptions<View, R, L, D> extends FactOptions {
  /** Named conditions on the row, which may ask lookup tables. */
  readonly when?: When<[R, L]>;
  readonly data: (view: View, row: R) => D;
}

/** @param origin of the change that told of it. */
export type BornIn = (view: AggregateView, origin: Origin) => 'service' | 'legacy' | null;

/** What an aggregate is, without its types. */
export interface AggregateDefinition extends Named {
  readonly members: Members;
  readonly lookups: Lookups;
  /** By name, in the order in which events have them. */
  readonly context: Readonly<Record<string, (view: AggregateView) => string | null>>;
  readonly onKeyChange: 'park' | 'new';
  readonly retire: { readonly conditions: readonly Condition<[AggregateView]>[]; readonly after: string } | null;
  /** Whether what is under way keeps its rules; null: nothing is said. */
  readonly pin: boolean | null;
  readonly bornIn: BornIn | null;
}

/** No name at all, so that intersections with it change nothing. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- exactly what is meant
export type NoLookups = {};

/** `N` are the names of its context. */
export interface Aggregate<
  M extends Members,
  L extends Lookups = NoLookups,
  N extends string = never,
> extends AggregateDefinition {
  /** Happens when all conditions hold after a source transaction and did not all hold before it. */
  milestone<D extends JsonObject>(name: string, options: MilestoneOptions<ViewOf<M> & LookupsOf<L>, D>): Declared<D, N>;
  /** Happens at the instant when a milestone was due that had not happened by then. */
  overdue<D extends JsonObject>(name: string, options: OverdueOptions<ViewOf<M> & LookupsOf<L>, D>): Declared<D, N>;
  /** Happens each time that all conditions hold of the aggregate as it was before a source transaction and as it is after. */
  transition<D extends JsonObject>(
    name: string,
    options: TransitionOptions<ViewOf<M> & LookupsOf<L>, D>,
  ): Declared<D, N>;
  /** Facts about single rows of a member. */
  each<Name extends keyof M & string>(member: Name): Each<ViewOf<M> & LookupsOf<L>, RowIn<M, Name>, LookupsOf<L>, N>;
}

export interface Each<View, R, L, N extends string> {
  /** The row is there after the transaction and was not before (`when`: and these hold for it). */
  inserted<D extends JsonObject>(name: string, options: RowFactOptions<View, R, L, D>): Declared<D, N>;
  /** The row was there before the transaction and was deleted in it; `data` is given the row as it was. */
  deleted<D extends JsonObject>(name: string, options: RowFactOptions<View, R, L, D>): Declared<D, N>;
  /** All conditions hold for the row after the transaction and did not all hold before it. */
  became<D extends JsonObject>(
    name: string,
    options: RowFactOptions<View, R, L, D> & { readonly when: When<[R, L]> },
  ): Declared<D, N>;
}

/** Declares an aggregate: its members by the name that rules use. */
export function aggregate<const M extends Members, const L extends Lookups = NoLookups, N extends string = never>(
  name: string,
  members: M,
  options: AggregateOptions<ViewOf<M> & LookupsOf<L>, L, N> = {},
): Aggregate<M, L, N> {
  type View = ViewOf<M> & LookupsOf<L>;
  const rowFact =
    <R>(member: string, edge: RowFact['edge']) =>
    <D extends JsonObject>(
      fact: string,
      { importance, formerly, when, data }: RowFactOptions<View, R, LookupsOf<L>, D>,
    ): Declared<D, N> => ({
      kind: 'row',
      name: fact,
      formerly: formerly ?? [],
      aggregate: name,
      importance,
      member,
      edge,
      conditions: conditionsOf(when ?? {}) as unknown as RowFact['conditions'],
      data: data as unknown as RowFact['data'],
    });
  return {
    name,
    formerly: options.formerly ?? [],
    members,
    lookups: options.lookups ?? {},
    context: (options.context ?? {}) as AggregateDefinition['context'],
    onKeyChange: options.onKeyChange ?? 'park',
    retire:
      options.retire === undefined
        ? null
        : {
            conditions: conditionsOf(options.retire.when) as unknown as Condition<[AggregateView]>[],
            after: options.retire.after,
          },
    pin: options.pin ?? null,
    bornIn: (options.bornIn ?? null) as BornIn | null,
    milestone: (fact, { importance, formerly, when, data, repeatable, expected }) => ({
      kind: 'milestone',
      name: fact,
      formerly: formerly ?? [],
      aggregate: name,
      importance,
      repeatable: repeatable ?? false,
      conditions: conditionsOf(when) as unknown as Milestone['conditions'],
      data: data as unknown as Milestone['data'],
      expected: expected === undefined ? null : expectedOf(expected),
    }),
    overdue: (fact, { importance, formerly, expected, data }) => ({
      kind: 'deadline',
      name: fact,
      formerly: formerly ?? [],
      aggregate: name,
      importance,
      expected,
      conditions: [],
      data: data as unknown as Deadline['data'],
    }),
    transition: (fact, { importance, formerly, when, data }) => ({
      kind: 'transition',
      name: fact,
      formerly: formerly ?? [],
      aggregate: name,
      importance,
      conditions: conditionsOf(when) as unknown as Transition['conditions'],
      data: data as unknown as Transition['data'],
    }),
    each: (member) => ({
      inserted: rowFact(member, 'inserted'),
      deleted: rowFact(member, 'deleted'),
      became: rowFact(member, 'became'),
    }),
  };
}

const expectedOf = <View>({ within, after, unless }: ExpectedOptions<View>): Expected => ({
  within,
  after,
  unless: conditionsOf(unless ?? {}) as unknown as Expected['unless'],
});

const conditionsOf = <Input extends readonly unknown[]>(when: When<Input>): Condition<Input>[] =>
  Object.entries(when).map(([name, holds]) => ({ name, holds }));

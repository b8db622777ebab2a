/**
 * Domain facts as plain values: what happened to one aggregate, in domain terms, internal. Made by `aggregate.ts`, asked by
 * `translate/`. The typed functions of a rule author are kept here without their types: one cast, in one place.
 */
import type { Row } from '../domain/tables/table.js';
import type { Named } from './named.js';
import type { Origin } from './origins/origin.js';
import type { LookupView } from './tables/lookup.js';

/** How much is at stake when the fact is late or missing; the severity of a parked aggregate. In falling order. */
export const IMPORTANCES = ['critical', 'high', 'normal', 'low'] as const;
export type Importance = (typeof IMPORTANCES)[number];

/** What may stand in a fact or an event. */
export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };
export type JsonObject = Readonly<Record<string, JsonValue>>;

/** An aggregate as rules see it: for each member its row (or undefined), or its rows in key order; its lookup tables. Frozen. */
export type AggregateView = Readonly<Record<string, Row | undefined | readonly Row[] | LookupView<Row>>>;

/** The lookup tables of an aggregate by the name that its rules use. */
export type LookupViews = Readonly<Record<string, LookupView<Row>>>;

export interface Condition<Input extends readonly unknown[]> {
  /** The rule author's own words; "why not" answers with them. */
  readonly name: string;
  readonly holds: (...input: Input) => boolean;
}

interface FactBase extends Named {
  readonly aggregate: string;
  readonly importance: Importance;
}

/** Fires when all conditions hold after a change set and did not all hold before it. */
export interface Milestone extends FactBase {
  readonly kind: 'milestone';
  /** By default once in the life of an aggregate. */
  readonly repeatable: boolean;
  readonly conditions: readonly Condition<[AggregateView]>[];
  readonly data: (view: AggregateView) => JsonObject;
  /** By when it is to happen; null: nobody waits for it. */
  readonly expected: Expected | null;
}

/** What a fact is expected after that is none: that the aggregate is seen for the first time. */
export const FIRST_SEEN = 'first seen';

/** That a milestone is to happen in time. */
export interface Expected {
  /** So long after: `4 hours`. */
  readonly within: string;
  readonly after: FactDefinition | typeof FIRST_SEEN;
  /** Asked when the time is over: one that holds is enough, and nothing is expected any more. */
  readonly unless: readonly Condition<[AggregateView]>[];
}

/** Fires when a milestone did not happen in time: at the instant when it was due, which is its occurrence. */
export interface Deadline extends FactBase {
  readonly kind: 'deadline';
  /** The milestone, which says what is expected. */
  readonly expected: FactDefinition;
  /** None: the clock decides. */
  readonly conditions: readonly [];
  readonly data: (view: AggregateView, due: Due) => JsonObject;
}

/** What a deadline fact is told of its milestone. */
export interface Due {
  /** Names of its conditions that did not hold, or are not known, when it was due. Frozen; its type is the one that contracts have. */
  readonly missing: string[];
}

/** Fires each time that all conditions hold of an aggregate as it was before a change set and as it is after. Numbered like a repeatable milestone. */
export interface Transition extends FactBase {
  readonly kind: 'transition';
  readonly conditions: readonly Condition<[AggregateView, AggregateView]>[];
  readonly data: (before: AggregateView, after: AggregateView) => JsonObject;
}

/** Fires for a row of a member; each row (by its key) at most once in the life of an aggregate. */
export interface RowFact extends FactBase {
  readonly kind: 'row';
  readonly member: string;
  /** `became`: all conditions hold for the row after and did not all hold before; an absent row held none. */
  readonly edge: 'inserted' | 'deleted' | 'became';
  readonly conditions: readonly Condition<[Row, LookupViews]>[];
  readonly data: (view: AggregateView, row: Row) => JsonObject;
}

export type FactDefinition = Milestone | Deadline | Transition | RowFact;

/** Its occurrences are 1, 2, 3 ... in the life of an aggregate. */
export const isNumbered = (fact: FactDefinition): boolean =>
  fact.kind === 'transition' || (fact.kind === 'milestone' && fact.repeatable);

declare const DATA: unique symbol;
declare const NAMES: unique symbol;

/** A declared fact whose data has type `D`, of an aggregate whose context has the names `N`; the types exist for the compiler only. */
export type Declared<D, N extends string = string> = FactDefinition & { readonly [DATA]?: D; readonly [NAMES]?: N };

/** Where an aggregate belongs, by the names that its rules give. */
export type Context<N extends string = string> = Readonly<Record<N, string | null>>;

/** What a publication is given: the fact as it happened. */
export interface Fact<D, N extends string = string> {
  readonly name: string;
  /** Key of the aggregate. */
  readonly id: string;
  /** Empty for a milestone that happens once; the row's key; the instant when a deadline was due; else the number of the occurrence. */
  readonly occurrence: string;
  /** Commit time of the source transaction, or when a deadline was due; ISO-8601 in UTC. */
  readonly committedAt: string;
  readonly context: Context<N>;
  /** Where the change comes from, as far as `origins` of the rule set tell (docs/annotations.md). */
  readonly origin: Origin;
  readonly data: D;
}

/** A rule needs a value that is not there: in a condition that means "unknown", elsewhere it parks the aggregate. */
export class NotKnown extends TypeError {
  override readonly name = 'NotKnown';
}

/** It is known not to be there. After a change that is no answer; before it, whatever needs it did not hold. */
export class Absent extends NotKnown {}

/** A rule reads a table of which not everything is known: the fact is unknown, and nothing is parked, because no rule is wrong. */
export class TableNotKnown extends NotKnown {
  constructor(table: string) {
    super(`${table} is not known: no snapshot told of all its rows`);
  }
}

/**
 * The value, which the rule cannot do without. Instead of a guess, the aggregate waits for a person.
 * @param what in words, never row data: `header of the order`.
 */
export function known<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Absent(`${what} is not known`);
  return value;
}

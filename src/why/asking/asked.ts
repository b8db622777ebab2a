/**
 * Conditions of facts asked once more, about the aggregate as it is or as it was, with what each of them read. The same functions that the pipeline asks,
 * at the same border: what a rule throws is an answer, not an exception.
 */
import type { Row, TableDefinition } from '../../domain/tables/table.js';
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { CompiledAggregate, CompiledFact } from '../../rules/compile.js';
import type { AggregateView, Condition, Milestone, RowFact, Transition } from '../../rules/fact.js';
import { askConditions, Refused, RuleTooSlow } from '../../translate/ask.js';
import type { Rows } from '../../translate/fold.js';
import { lookingOf, lookupRowsBut, type LookupRows } from '../../translate/looking.js';
import { broughtBack, unknownTables } from '../../translate/timers/retire.js';
import { type Read, Reads } from './reads.js';

/** `failed`: the rule threw, or took too long. */
export type Holds = boolean | 'unknown' | 'failed';

export interface AskedCondition {
  readonly name: string;
  readonly holds: Holds;
  /** What failed, in words; null: nothing did. */
  readonly failure: string | null;
  /** What was read, the last first: mostly that is what decided. */
  readonly reads: readonly Read[];
  /** More was read than is kept. */
  readonly dropped: number;
}

export interface AskingSettings {
  readonly aggregate: CompiledAggregate;
  /** For `looked`, and for what was forgotten. */
  readonly state: AggregateState;
  /** Tables of which not everything is known. */
  readonly unknown: readonly string[];
  readonly lookups: LookupRows;
  /** Runs what calls rules, for a time. @throws RuleTooSlow */
  readonly watch: <T>(run: () => T) => T;
}

export class Asking {
  readonly #settings: AskingSettings;
  readonly #reads = new Reads();
  /** Of the aggregate as it is, made once for all facts; null: none has asked yet. */
  #now: AggregateView | null = null;

  constructor(settings: AskingSettings) {
    this.#settings = settings;
  }

  milestone({ name, conditions }: Milestone, rows: Rows): AskedCondition[] {
    const view = this.#view(rows);
    return this.#asked(name, conditions, view, undefined);
  }

  transition({ name, conditions }: Transition, before: Rows, after: Rows): AskedCondition[] {
    return this.#asked(name, conditions, this.#view(before, true), this.#view(after));
  }

  /** @returns none where the fact has no conditions of its own: it happens by the row alone. A row that goes is asked about as it was before. */
  row({ name, conditions, edge }: RowFact, row: Row, table: TableDefinition, key: string): AskedCondition[] {
    return this.#asked(name, conditions, this.#reads.row(row, table, key, edge === 'deleted'), this.#lookups());
  }

  /** Of a row fact's member. */
  tableOf({ table }: CompiledFact): TableDefinition | undefined {
    return table === null ? undefined : this.#settings.aggregate.tables.get(table);
  }

  #view(rows: Rows, isBefore = false): AggregateView {
    const { aggregate, state, unknown } = this.#settings;
    const isNow = rows === state.rows && !isBefore;
    if (isNow && this.#now !== null) return this.#now;
    // Of a retired one no rows are left: that is not as if there had never been any.
    const known = rows === state.rows ? broughtBack(state, aggregate) : state;
    const seen = { aggregate, unknown: unknownTables(unknown, known) };
    const view = this.#reads.view(rows, seen, this.#lookups(), isBefore);
    if (isNow) this.#now = view;
    return view;
  }

  #lookups() {
    const { aggregate, state, unknown, lookups } = this.#settings;
    const known = lookupRowsBut(unknown, lookups);
    return this.#reads.lookups(lookingOf(aggregate, state, known).after, aggregate);
  }

  #asked<Input, Beside>(
    fact: string,
    conditions: readonly Condition<[Input, Beside]>[],
    input: Input,
    beside: Beside,
  ): AskedCondition[] {
    return conditions.map((condition) => {
      this.#reads.take();
      const answer = this.#answer(() => askConditions(fact, [condition], input, beside));
      return { name: condition.name, ...answer, ...this.#reads.take() };
    });
  }

  #answer(ask: () => ReturnType<typeof askConditions>): Pick<AskedCondition, 'holds' | 'failure'> {
    try {
      const { unmet, unknown } = this.#settings.watch(ask);
      return { holds: unmet.length > 0 ? false : unknown.length > 0 ? 'unknown' : true, failure: null };
    } catch (error) {
      if (error instanceof Refused || error instanceof RuleTooSlow)
        return { holds: 'failed', failure: error.refusal.text };
      throw error;
    }
  }
}

export const isMet = (asked: readonly AskedCondition[]): boolean => asked.every(({ holds }) => holds === true);

export const countUnmet = (asked: readonly AskedCondition[]): number =>
  asked.filter(({ holds }) => holds !== true).length;

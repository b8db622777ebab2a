/**
 * Who overhears the rules of a replay, and keeps of facts that happened and read a column of a class what they were given: with that they are
 * asked again afterwards (`flows.ts`). The real questions are not touched: each is asked a second time, through views that note what is read.
 */
import type { ColumnValue, Row, TableDefinition } from '../../../../domain/tables/table.js';
import type { AggregateDefinition } from '../../../../rules/aggregate.js';
import type { AggregateView, Fact, FactDefinition, JsonObject } from '../../../../rules/fact.js';
import type { RuleSet } from '../../../../rules/rule-set.js';
import { type AboutRule, type Asked, withRules } from '../../../../testing/with-rules.js';
import { type Classed, classedIn, nameOf } from './classed.js';
import { RECORDED_MAX } from './others.js';
import { type Change, Looked, rowWith, Scene } from './scene.js';

/** Happenings of one fact that are kept for one column. */
export const HAPPENINGS_MAX = 32;

/** A fact that happened, as it can be asked again. */
export interface Happening {
  readonly fact: FactDefinition;
  readonly aggregate: AggregateDefinition;
  /** What its data is made of, with other rows. */
  readonly given: readonly ((change: Change) => unknown)[];
  /** The same for its context; null: it has none. */
  readonly context: ((change: Change) => AggregateView) | null;
  readonly shown: Fact<JsonObject>;
  /** Columns of classes that data and context read: `schema.table.column`. */
  readonly reads: ReadonlySet<string>;
}

interface Given extends Pick<Happening, 'fact' | 'given'> {
  readonly reads: Set<string>;
  /** What came of it. */
  readonly text: string;
  readonly scenes: readonly Scene[];
}

interface Context {
  readonly view: AggregateView;
  readonly scene: Scene;
  readonly reads: Set<string>;
}

export class Witness {
  readonly rules: RuleSet;
  readonly classed: readonly Classed[];
  readonly #kept = new Map<string, Happening>();
  readonly #counts = new Map<string, number>();
  readonly #recorded = new Map<string, Map<string, ColumnValue>>();
  readonly #looked = new Looked();
  readonly #facts = new Set<string>();
  /** Of the decision that is under way: data comes first, then the context, then publications. */
  #given: Given[] = [];
  #context: Context | null = null;
  #isMapping = false;
  /** The last that was published: others of its publications are about the same. */
  #mapped: JsonObject | null = null;

  /** @param rules as they were declared. */
  constructor(rules: RuleSet) {
    this.rules = rules;
    this.classed = classedIn(rules);
  }

  get happenings(): readonly Happening[] {
    return [...this.#kept.values()];
  }

  /** Names of facts that happened and are published. */
  get facts(): ReadonlySet<string> {
    return this.#facts;
  }

  /** Whether it may read a column of a class, or be told who made a change. */
  sees(fact: FactDefinition): boolean {
    const aggregate = this.#aggregateOf(fact);
    if (aggregate === undefined) return false;
    const tables = [...Object.values(aggregate.members), ...Object.values(aggregate.lookups)].map(({ table }) => table);
    return this.classed.some(({ table, isUser }) => isUser || tables.some(({ name }) => name === table.name));
  }

  recorded(column: Classed): readonly ColumnValue[] {
    return [...(this.#recorded.get(nameOf(column))?.values() ?? [])];
  }

  /** The same rules, overheard. */
  readonly watch = (rules: RuleSet): RuleSet =>
    this.classed.length === 0 ? rules : withRules(rules, (about, rule) => this.#watched(about, rule));

  #watched<F extends Asked>({ part, declared }: AboutRule, rule: F): F {
    const after = (look: (given: readonly unknown[]) => void): F =>
      ((...given: never[]) => {
        const answer = rule(...given);
        look(given);
        return answer;
      }) as F;
    const { facts, aggregates, publications } = this.rules;
    const { name } = declared as { readonly name?: string };
    if (part === 'data') {
      const fact = facts.find((one) => one.name === name);
      const isTold = fact !== undefined && publications.some((one) => one.fact === fact) && this.sees(fact);
      return isTold ? after((given) => this.#data(fact, given)) : rule;
    }
    if (part === 'context') {
      const aggregate = aggregates.find((one) => one.name === name);
      return aggregate === undefined ? rule : after(([view]) => this.#contextOf(aggregate, view as AggregateView));
    }
    if (part !== 'map') return rule;
    return ((shown: Fact<JsonObject>, ...rest: never[]) => {
      this.#map(shown);
      return rule(...([shown, ...rest] as never[]));
    }) as unknown as F;
  }

  #data(fact: FactDefinition, given: readonly unknown[]): void {
    const aggregate = this.#aggregateOf(fact);
    if (aggregate === undefined) return;
    if (this.#isMapping) [this.#given, this.#isMapping] = [[], false];
    const reads = new Set<string>();
    const scenes: Scene[] = [];
    const parts = given.map((one, i): ((change: Change) => unknown) => {
      if (i > 0 && fact.kind === 'deadline') return () => one;
      const table = i > 0 && fact.kind === 'row' ? aggregate.members[fact.member]?.table : undefined;
      if (table !== undefined) return (change) => change(one as Row, table);
      const scene = new Scene(one as AggregateView, aggregate, this.#looked);
      scenes.push(scene);
      return scene.through;
    });
    for (const scene of scenes) this.#recordAll(scene, aggregate);
    const ask = fact.data as (...given: unknown[]) => unknown;
    quietly(() => {
      const text = JSON.stringify(ask(...parts.map((part) => part(this.#noting(reads)))));
      this.#given.push({ fact, given: parts, reads, scenes, text });
    });
  }

  #contextOf(aggregate: AggregateDefinition, view: AggregateView): void {
    if (this.#context?.view === view) return;
    const [scene, reads] = [new Scene(view, aggregate, this.#looked), new Set<string>()];
    this.#context = { view, scene, reads };
    const shown = scene.through(this.#noting(reads));
    for (const of of Object.values(aggregate.context)) quietly(() => of(shown));
  }

  /** Before the first publication of what happened. */
  #map(shown: Fact<JsonObject>): void {
    this.#isMapping = true;
    if (shown.data === this.#mapped) return;
    this.#mapped = shown.data;
    const text = JSON.stringify(shown.data);
    const at = this.#given.findLastIndex((one) => one.fact.name === shown.name && one.text === text);
    const [found] = at < 0 ? [] : this.#given.splice(at, 1);
    const aggregate = found && this.#aggregateOf(found.fact);
    if (found === undefined || aggregate === undefined) return;
    const { fact, given, scenes } = found;
    const context = Object.keys(aggregate.context).length === 0 ? null : this.#context;
    for (const scene of [...scenes, ...(context === null ? [] : [context.scene])]) scene.end();
    const user = shown.origin.user === null ? [] : this.classed.filter(({ isUser }) => isUser).map(nameOf);
    const reads = new Set([...found.reads, ...(context?.reads ?? []), ...user]);
    this.#facts.add(fact.name);
    this.#keep({ fact, aggregate, given, shown, reads, context: context?.scene.through ?? null });
  }

  /** Asked again while rows of lookup tables were not at hand, it takes the place of what was kept. */
  #keep(happening: Happening): void {
    const { fact, reads, shown } = happening;
    const name = JSON.stringify([fact.name, shown.id, shown.occurrence]);
    const counted = [...reads].map((column) => JSON.stringify([fact.name, column]));
    const isWanted = counted.some((one) => (this.#counts.get(one) ?? 0) < HAPPENINGS_MAX);
    if (!this.#kept.has(name)) {
      if (!isWanted) return;
      for (const one of counted) this.#counts.set(one, (this.#counts.get(one) ?? 0) + 1);
    }
    this.#kept.set(name, happening);
  }

  #noting(reads: Set<string>): Change {
    return (row: Row, table: TableDefinition): Row =>
      this.classed
        .filter((one) => one.table.name === table.name)
        .reduce(
          (shown, one) =>
            rowWith(shown, one.column, (value) => {
              reads.add(nameOf(one));
              return value;
            }),
          this.#recordedRow(row, table),
        );
  }

  /** What is not read now may be read for another value. */
  #recordAll(scene: Scene, { members }: AggregateDefinition): void {
    const view = scene.through((row, table) => this.#recordedRow(row, table));
    for (const [name, { table }] of Object.entries(members))
      if (this.classed.some((one) => one.table.name === table.name)) quietly(() => view[name]);
  }

  #recordedRow(row: Row, table: TableDefinition): Row {
    for (const one of this.classed)
      if (one.table.name === table.name) quietly(() => this.#record(one, row[one.column]));
    return row;
  }

  #record(column: Classed, value: ColumnValue | undefined): void {
    if (value === undefined) return;
    const name = nameOf(column);
    const known = this.#recorded.get(name) ?? new Map<string, ColumnValue>();
    this.#recorded.set(name, known);
    if (known.size < RECORDED_MAX) known.set(JSON.stringify(value), value);
  }

  #aggregateOf({ aggregate }: FactDefinition): AggregateDefinition | undefined {
    return this.rules.aggregates.find(({ name }) => name === aggregate);
  }
}

/** What the rules said before, they say again; what they throw was told. */
function quietly(ask: () => unknown): void {
  try {
    ask();
  } catch {
    // Told where it happened.
  }
}

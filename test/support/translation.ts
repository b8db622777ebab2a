/**
 * The core in memory: split, rows that follow their parents, translate. Each state is read back from its cells, and after every step
 * the row index is what the states would give in a recovery.
 */
import { expect } from 'vitest';
import { ownedRows, ownerOf, rowKey } from '../../src/changeset/owners.js';
import { split } from '../../src/changeset/split.js';
import type { IntegrationEvent } from '../../src/domain/integration-event.js';
import type { ChangeEvent } from '../../src/domain/source/change-event.js';
import { type Position, positionOf } from '../../src/domain/source/position.js';
import { CellStates } from './stored.js';
import { aggregateRef, aggregateText, type AggregateState } from '../../src/domain/state/aggregate-state.js';
import type { Decision } from '../../src/domain/state/journal-entry.js';
import { aggregateOfHolder, lookupText } from '../../src/domain/tables/feed.js';
import type { CompiledRules } from '../../src/rules/compile.js';
import { Carrying } from '../../src/translate/moves/carry.js';
import type { LookupRows } from '../../src/translate/looking.js';
import { unpark } from '../../src/translate/parking/unpark.js';
import type { TranslateSettings } from '../../src/translate/settings.js';
import { translate } from '../../src/translate/translate.js';

export interface Step {
  readonly events: readonly IntegrationEvent[];
  readonly entries: readonly Decision[];
}

export class Translation {
  readonly states = new CellStates();
  readonly owners = new Map<string, string | null>();
  readonly #rules: CompiledRules;
  readonly #settings: TranslateSettings;
  readonly #qualifier: string | null;
  #number = 0;

  constructor(rules: CompiledRules, settings: TranslateSettings, qualifier: string | null = null) {
    this.#rules = rules;
    this.#settings = settings;
    this.#qualifier = qualifier;
  }

  state(text: string): AggregateState | null {
    return this.states.get(text);
  }

  /** @param generation of the snapshot whose rows a baseline has; null: it is an incremental one. */
  next(kind: 'transaction' | 'baseline', changes: readonly ChangeEvent[], generation: Position | null = null): Step {
    this.#number += 1;
    const digits = String(this.#number);
    const stream = { id: digits, position: positionOf(digits), commitTimeMs: this.#number, refusal: null };
    const common = { source: 'legacy', generation, changes };
    const { changeSets, owners, moves, unplaceable } = split(
      kind === 'baseline' ? { ...common, kind } : { ...common, ...stream, kind },
      this.#rules,
      this.owners,
      this.#qualifier,
    );
    expect(unplaceable).toEqual([]);
    for (const [row, owner] of owners) this.owners.set(row, owner);
    const carrying = new Carrying(this.#rules, (text) => this.state(text));
    carrying.begin(moves);
    const events: IntegrationEvent[] = [];
    const entries: Decision[] = [];
    for (const changeSet of changeSets.flatMap((each) => carrying.expand(each))) {
      const before = this.state(aggregateText(changeSet));
      const lookups: LookupRows = (table, key) => this.state(lookupText(table, key)) ?? undefined;
      const done = translate(changeSet, before, this.#rules, this.#settings, lookups);
      this.states.set(aggregateText(changeSet), done.state);
      events.push(...done.events);
      entries.push(done.entry);
    }
    this.#checkIndex();
    return { events, entries };
  }

  unpark(text: string): Step {
    const state = this.state(text);
    if (state === null) throw new TypeError(`${text} is not known`);
    const steps = unpark(state, this.#rules, this.#settings);
    this.states.set(text, steps.at(-1)?.state ?? state);
    return { entries: steps.map(({ entry }) => entry), events: steps.flatMap(({ events }) => events) };
  }

  /** Every row is in the one state where the index finds it, and the index is what recovery would make of the states. */
  #checkIndex(): void {
    const rebuilt = new Map<string, string>();
    for (const [text, state] of this.states) {
      const ref = aggregateRef(text);
      for (const [row, owner] of ownedRows(ref, state, this.#rules)) {
        expect(rebuilt.has(row), `${row} is in two states`).toBe(false);
        rebuilt.set(row, owner);
      }
    }
    expect(new Map([...this.owners].filter(([, owner]) => owner !== null))).toEqual(rebuilt);
    for (const text of this.states.keys()) this.#checkPlaces(text);
  }

  #checkPlaces(text: string): void {
    const { aggregate } = aggregateRef(text);
    const state = this.state(text);
    if (state === null || state.parked !== null) return; // rows leave it, or come, with its queue
    for (const [table, rows] of Object.entries(state.rows)) {
      const feed = this.#rules.feeds.get(table)?.find((each) => each.aggregate === aggregateOfHolder(aggregate));
      if (feed?.keyPlaces !== null) continue;
      for (const key of Object.keys(rows)) {
        const entry = this.owners.get(rowKey(feed, key)) ?? '';
        expect(ownerOf(entry, feed, this.owners), `${table} ${key}`).toBe(text);
      }
    }
  }
}

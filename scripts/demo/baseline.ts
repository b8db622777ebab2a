/**
 * Orders as the snapshot showed them. They have no entries in the journal, so they are read where they are remembered: in the state topic,
 * whose one partition has every order before the first decision on it. Pure.
 */
import { type AggregateState, aggregateRef } from '../../src/domain/state/aggregate-state.js';
import type { RowTold } from '../../src/domain/state/journal-entry.js';
import { cellOf, COLUMNS } from '../../src/pipeline/state/cells.js';
import { ColumnLists } from '../../src/pipeline/state/column-lists.js';
import { assembled, MEMORY } from '../../src/pipeline/state/parts.js';
import type { Decision } from './decision.js';

export class Baseline {
  readonly #source: string;
  /** Parts of orders on which nothing was decided yet, by aggregate. */
  readonly #orders = new Map<string, Map<string, string>>();
  readonly #lists = new Map<string, string>();
  /** By aggregate on which something was decided: offset of its newest entry in the journal. */
  readonly #decided = new Map<string, number>();

  constructor(source: string) {
    this.#source = source;
  }

  /** @param record of the state topic. */
  see(record: { readonly key: string; readonly value: string | null }): void {
    const { hash, field, value } = cellOf(record);
    if (hash === COLUMNS && value !== null) this.#lists.set(field, value);
    if (field === MEMORY) this.#seeMemory(hash, value);
    if (!hash.startsWith('~') && !this.#decided.has(hash)) this.#seePart(hash, field, value);
  }

  /** Whether everything is read that was remembered before this entry. */
  hasAllBefore(aggregate: string, offset: number): boolean {
    return (this.#decided.get(aggregate) ?? -1) >= offset;
  }

  /** What the snapshot showed, told once: to be asked when the first decision is told. */
  take(): Decision[] {
    const lists = new ColumnLists();
    lists.reset(this.#lists);
    const shown = [...this.#orders].flatMap(([name, parts]) => {
      const state = assembled(parts, [], lists);
      return state === null ? [] : [this.#decision(name, state)];
    });
    this.#orders.clear();
    return shown;
  }

  /** The memory is written with every decision, in front of the other parts. */
  #seeMemory(aggregate: string, text: string | null): void {
    const { journal = [] } = JSON.parse(text ?? '{}') as Pick<AggregateState, 'journal'>;
    const [newest] = journal;
    if (newest !== undefined) this.#decided.set(aggregate, newest);
  }

  #seePart(aggregate: string, field: string, value: string | null): void {
    const parts = this.#orders.get(aggregate) ?? new Map<string, string>();
    if (value === null) parts.delete(field);
    else parts.set(field, value);
    this.#orders.set(aggregate, parts);
  }

  #decision(name: string, { rows }: AggregateState): Decision {
    const told = Object.entries(rows).flatMap(([table, byKey]) =>
      Object.entries(byKey).map(([key, is]): RowTold => ({ table, key, op: 'r', is })),
    );
    const origin = { source: this.#source, transactionId: null, position: null, commitTimeMs: 0 };
    const silent = { outcome: 'baseline', refusal: null, verdicts: [], digest: '' } as const;
    return { entry: { ...aggregateRef(name), origin, ...silent, rows: told }, events: [] };
  }
}

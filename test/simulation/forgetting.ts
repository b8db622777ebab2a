/**
 * Operators who have orders forgotten while all else happens, and what that owes (SPEC T18): values of aggregates with personal columns stand
 * in the journal sealed only; of one that was forgotten every cell is gone but its stub, and nothing of it is written any more.
 */
import type { JournalEntry } from '../../src/domain/state/journal-entry.js';
import { aggregateText } from '../../src/domain/state/aggregate-state.js';
import type { CommandRecord } from '../../src/pipeline/ports.js';
import { cellOf, PARKED, queueOf, ROWS } from '../../src/pipeline/state/cells.js';
import { DUE, isTimers, timerOf } from '../../src/pipeline/timers/due-hours.js';
import type { CompiledRules } from '../../src/rules/compile.js';
import { below, chosen, choices } from '../support/choices.js';
import type { Expected } from './expected.js';

/** As if a column of each aggregate were personal. */
export const classed = (rules: CompiledRules): CompiledRules => ({
  ...rules,
  aggregates: new Map([...rules.aggregates].map(([name, each]) => [name, { ...each, isSealed: true }])),
});

export interface Forget {
  /** After something was first known of it. */
  readonly afterMs: number;
  readonly order: string;
}

/**
 * Orders of which no row ever belongs to another one: a row that leaves a forgotten order is one of which nothing is known before, so what
 * it causes where it comes to depends on when that was.
 */
export function ordersAlone({ records, byOrder }: Pick<Expected, 'records' | 'byOrder'>): string[] {
  const owners = new Map<string, Set<string>>();
  for (const { topic, key, value } of records) {
    const order = /"after":\{[^}]*?"ord_no":"?(\d+)/.exec(value ?? '')?.[1];
    if (order === undefined) continue;
    const row = `${topic} ${key ?? ''}`;
    owners.set(row, (owners.get(row) ?? new Set()).add(order));
  }
  const shared = new Set([...owners.values()].flatMap((orders) => (orders.size > 1 ? [...orders] : [])));
  return [...byOrder.keys()].filter((order) => !shared.has(order));
}

const SHARE = 0.35;
const FORGETS_MAX = 3;

/** By a stream of chance of its own: histories without them are what they were. */
export function forgetsOf(seed: number, orders: readonly string[]): Forget[] {
  const random = choices(seed + 7_919);
  if (orders.length === 0 || random() >= SHARE) return [];
  return Array.from({ length: 1 + below(random, FORGETS_MAX) }, () => ({
    afterMs: chosen(random, [1, 200, 4_000]) * random(),
    order: chosen(random, orders),
  }));
}

/** As the command line writes it. */
export function forgetRecord(order: string, pipeline: string, offset: number): CommandRecord {
  const id = `00000000-0000-4000-8000-${String(offset).padStart(12, '0')}`;
  const what = { kind: 'forget', arguments: { aggregate: 'order', id: order }, reason: 'asked', by: 'ada' };
  return { offset, key: pipeline, value: JSON.stringify({ id, pipeline, at: '2026-11-21T10:00:00.000Z', ...what }) };
}

/** What is wrong with an entry of an aggregate with personal columns; null: nothing. */
export function readable(text: string): string | null {
  const { rows, verdicts, looked, events } = JSON.parse(text) as Partial<JournalEntry>;
  if (events !== undefined || looked !== undefined) return 'has its events, or what was looked up, in the clear';
  if (rows?.some((row) => row.was !== undefined || row.is !== undefined) === true)
    return 'has values of rows in the clear';
  return verdicts?.some((verdict) => 'values' in verdict) === true ? 'has what facts carry in the clear' : null;
}

export class Forgotten {
  readonly #orders = new Set<string>();
  readonly #isIndexShared: boolean;

  /** @param isIndexShared rows of what is forgotten stay in the row index: of several shards only one knows that it is (docs/shards.md). */
  constructor(isIndexShared: boolean) {
    this.#isIndexShared = isIndexShared;
  }

  get count(): number {
    return this.#orders.size;
  }

  has(order: string): boolean {
    return this.#orders.has(order);
  }

  /** @returns orders that are forgotten by it. */
  decided(entries: readonly JournalEntry[]): string[] {
    const orders = entries.flatMap(({ outcome, id }) => (outcome === 'forgotten' ? [id] : []));
    for (const order of orders) this.#orders.add(order);
    return orders;
  }

  /** What is wrong with an entry; null: nothing. A command that is refused still has one. */
  entry({ outcome, id }: JournalEntry): string | null {
    return this.#orders.has(id) && outcome !== 'command'
      ? `order ${id} is forgotten, and has an entry ${outcome}`
      : null;
  }

  /** What is wrong with a cell that is stored; null: nothing. */
  cell(key: string, text: string | null): string | null {
    if (text === null || this.#orders.size === 0) return null;
    const { hash, field } = cellOf({ key, value: null });
    const timed = isTimers(hash) && hash !== DUE ? [timerOf(field).aggregate] : [];
    const names = [
      hash,
      ...timed,
      ...(hash === PARKED ? [field] : []),
      ...(hash === ROWS && !this.#isIndexShared ? [text] : []),
    ];
    const found = [...this.#orders].find((id) => {
      const name = aggregateText({ aggregate: 'order', id });
      return names.includes(name) || hash === queueOf(name);
    });
    return found === undefined ? null : `order ${found} is forgotten, and ${key} is stored`;
  }
}

/**
 * Orders that keep the rules by which they began, while those of the processes differ (SPEC T21): what an order says of its rules stays, its events and
 * entries are by those, and what is counted is the sum of what orders say.
 */
import type { JournalEntry } from '../../src/domain/state/journal-entry.js';
import { aggregateRef } from '../../src/domain/state/aggregate-state.js';
import { pinField, PINNED } from '../../src/pipeline/kept/pin-counts.js';
import { cellOf } from '../../src/pipeline/state/cells.js';

/** Entries that rules decided. */
const DECIDED: ReadonlySet<JournalEntry['outcome']> = new Set(['applied', 'learnt', 'settled']);

export class PinnedOrders {
  /** By aggregate. */
  readonly #kept = new Map<string, string>();
  readonly #counted = new Map<string, number>();

  /** What is wrong with a cell that is stored; null: nothing. */
  cell(key: string, text: string | null): string | null {
    const { hash, field } = cellOf({ key, value: null });
    if (hash === PINNED) {
      if (text === null) this.#counted.delete(field);
      else this.#counted.set(field, (JSON.parse(text) as { count: number }).count);
    }
    if (hash.startsWith('~') || field !== '') return null;
    const rules = text === null ? undefined : (JSON.parse(text) as { rules?: string }).rules;
    const known = this.#kept.get(hash);
    if (rules === undefined) this.#kept.delete(hash);
    else this.#kept.set(hash, rules);
    if (known === undefined || text === null || rules === known) return null;
    return `${hash} kept the rules ${known}, and says ${rules ?? 'nothing'} of them`;
  }

  /** After all cells of its Kafka transaction. */
  entry({ aggregate, id, outcome, digest, events = [] }: JournalEntry): string | null {
    const kept = this.#kept.get(`${aggregate}:${id}`);
    if (kept === undefined || !DECIDED.has(outcome)) return null;
    if (digest !== kept) return `${aggregate} ${id} keeps the rules ${kept}, and was decided by ${digest}`;
    const other = events.find(({ headers }) => headers['ce_rulesdigest'] !== kept);
    return other === undefined ? null : `${aggregate} ${id} keeps the rules ${kept}, and has an event by others`;
  }

  /** After each Kafka transaction. */
  counted(): string | null {
    const owed = new Map<string, number>();
    for (const [name, rules] of this.#kept) {
      const field = pinField(aggregateRef(name).aggregate, rules);
      owed.set(field, (owed.get(field) ?? 0) + 1);
    }
    const found = [...this.#counted].filter(([, count]) => count > 0);
    const isSame = found.length === owed.size && found.every(([field, count]) => owed.get(field) === count);
    return isSame ? null : `counted are ${JSON.stringify(found)}, and there are ${JSON.stringify([...owed])}`;
  }
}

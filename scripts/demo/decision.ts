/**
 * What the show is made of: decisions of the pipeline, grouped by the source transaction that caused them. Decisions come in
 * commit order; those of one transaction (one for each order that it touched) come one after another. Pure.
 */
import type { IntegrationEvent } from '../../src/domain/integration-event.js';
import { aggregateText } from '../../src/domain/state/aggregate-state.js';
import type { JournalEntry } from '../../src/domain/state/journal-entry.js';
import type { Baseline } from './baseline.js';
import type { Remembered, ShownEntry } from './remembered.js';

export type ShownEvent = Pick<IntegrationEvent, 'id' | 'type' | 'key' | 'sequence' | 'value'>;

/** One journal entry with its events, as they were published. */
export interface Decision {
  readonly entry: ShownEntry;
  readonly events: readonly ShownEvent[];
  /** What is known of the order after it; absent: what its journal entries tell. */
  readonly after?: Remembered;
}

/** One source transaction, or rows of the snapshot (`transactionId: null`). */
export interface Group {
  readonly transactionId: string | null;
  readonly commitTimeMs: number;
  readonly decisions: readonly Decision[];
}

export class Grouper {
  #open: Decision[] = [];

  /** @returns the group before, when this decision begins another. */
  add(decision: Decision): Group | null {
    const [first] = this.#open;
    const ended = first !== undefined && !isSameTransaction(first.entry, decision.entry) ? this.flush() : null;
    this.#open.push(decision);
    return ended;
  }

  /** The last group; nothing more of it is to come. */
  flush(): Group | null {
    const [first] = this.#open;
    if (first === undefined) return null;
    const { transactionId, commitTimeMs } = first.entry.origin;
    const group = { transactionId, commitTimeMs, decisions: this.#open };
    this.#open = [];
    return group;
  }
}

function isSameTransaction({ origin: a }: ShownEntry, { origin: b }: ShownEntry): boolean {
  return a.source === b.source && a.transactionId === b.transactionId && a.position === b.position;
}

/**
 * Journal, state and contract topics are read side by side; an entry becomes a decision when its events are there, and what was
 * remembered before it. Entries keep their order, so one that waits holds up those behind it.
 */
export class Pairing {
  readonly #entries: { readonly entry: JournalEntry; readonly offset: number }[] = [];
  readonly #events = new Map<string, ShownEvent>();
  readonly #baseline: Pick<Baseline, 'hasAllBefore'>;

  constructor(baseline: Pick<Baseline, 'hasAllBefore'>) {
    this.#baseline = baseline;
  }

  /** @param offset of the entry in the journal. */
  addEntry(entry: JournalEntry, offset: number): Decision[] {
    this.#entries.push({ entry, offset });
    return this.paired();
  }

  addEvent(event: ShownEvent): Decision[] {
    this.#events.set(event.id, event);
    return this.paired();
  }

  /** Nothing waits for its other half. */
  get isSettled(): boolean {
    return this.#entries.length === 0;
  }

  /** Those that wait no more. */
  paired(): Decision[] {
    const decisions: Decision[] = [];
    for (let next = this.#entries[0]; next !== undefined; next = this.#entries[0]) {
      const { entry, offset } = next;
      const events = (entry.events ?? []).map(({ value }) => this.#events.get(String(value['eventId'])));
      if (!events.every((event) => event !== undefined)) break;
      if (!this.#baseline.hasAllBefore(aggregateText(entry), offset)) break;
      decisions.push({ entry, events });
      this.#entries.shift();
    }
    return decisions;
  }
}

/** @param text value of a record of a contract topic. */
export function shownEvent(text: string): ShownEvent {
  const value = JSON.parse(text) as { eventId: string; eventType: string; orderId: string; sequence: number };
  const { eventId: id, eventType: type, orderId: key, sequence } = value;
  return { id, type, key, sequence, value: { ...value } };
}

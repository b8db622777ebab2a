/** What is expected, counted: what became of it, and how much of it is overdue now. */
import type { Decision } from '../domain/state/journal-entry.js';
import type { Series, TaskLabels } from './series.js';
import type { Shown } from './shown.js';

/** Different contexts of one task that are told apart; further ones are `other`. */
export const CONTEXTS_MAX = 100;
/** Of one context, as a label; a longer one is `other`. */
export const CONTEXT_CHARS_MAX = 100;
const OTHER = 'other';

export class DeadlineWatch {
  readonly #series: Series;
  readonly #task: TaskLabels;
  readonly #shown: Shown;
  readonly #contexts = new Set<string>();
  readonly #overdue = new Map<string, number>();

  constructor(series: Series, task: TaskLabels, shown: Shown) {
    this.#series = series;
    this.#task = task;
    this.#shown = shown;
  }

  decided({ deadlines = [], context }: Decision): void {
    for (const { fact, became: outcome } of deadlines)
      this.#series.expectedFacts.inc({ ...this.#task, fact, outcome, context: this.#label(context) });
  }

  /** As they were before the task ran. */
  begin(facts: ReadonlyMap<string, number>): void {
    for (const fact of this.#overdue.keys()) this.#show(fact, 0);
    for (const [fact, count] of facts) this.#show(fact, count);
  }

  overdue({ fact, more }: { readonly fact: string; readonly more: number }): void {
    this.#show(fact, Math.max(0, (this.#overdue.get(fact) ?? 0) + more));
  }

  #show(fact: string, count: number): void {
    this.#overdue.set(fact, count);
    this.#shown.set(this.#series.overdueFacts, { ...this.#task, fact }, count);
  }

  /** `market=DE,channel=web`; empty: it has none, or nobody asked. */
  #label(context: Decision['context'] = {}): string {
    const text = Object.entries(context)
      .map(([name, value]) => `${name}=${value ?? ''}`)
      .join();
    if (this.#contexts.has(text)) return text;
    if (text.length > CONTEXT_CHARS_MAX || this.#contexts.size >= CONTEXTS_MAX) return OTHER;
    this.#contexts.add(text);
    return text;
  }
}

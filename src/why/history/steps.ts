/**
 * The rows of an aggregate before and after each of its newest entries, by undoing one after the other. It ends where the history has a gap, where an entry
 * is sealed, and after so many that nobody waits for it. Pure.
 */
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import type { History, Told } from './chain.js';
import { undone } from './undo.js';

type Rows = AggregateState['rows'];

export interface Step {
  readonly told: Told;
  readonly before: Rows;
  readonly after: Rows;
}

/** Of more entries nobody asks what was before them. */
export const STEPS_MAX = 200;

export class Steps {
  readonly #history: History;
  readonly #steps: Step[] = [];
  #rows: Rows;

  constructor({ rows }: Pick<AggregateState, 'rows'>, history: History) {
    this.#rows = rows;
    this.#history = history;
  }

  /** Newest first, as far as they can be told. */
  *all(): Generator<Step, void, undefined> {
    for (let i = 0; ; i += 1) {
      const step = this.#steps[i] ?? this.#next(i);
      if (step === null) return;
      yield step;
    }
  }

  /** Null: that far back nothing is known. */
  of(told: Told): Step | null {
    for (const step of this.all()) if (step.told === told) return step;
    return null;
  }

  #next(i: number): Step | null {
    const { entries } = this.#history;
    const told = entries[i];
    if (told === undefined || told.entry.isSealed === true || i >= STEPS_MAX) return null;
    const newer = entries[i - 1];
    if (newer !== undefined && newer.entry.previous[0] !== told.offset) return null;
    const step = { told, before: undone(this.#rows, told.entry), after: this.#rows };
    this.#rows = step.before;
    this.#steps.push(step);
    return step;
  }
}

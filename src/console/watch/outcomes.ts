/** What became of commands, as the tasks of this process told: the last ones, by the command's id and the task. */
import { LRUCache } from 'lru-cache';
import type { CommandOutcome } from '../../domain/command.js';
import type { Observer } from '../../pipeline/events.js';

/** A person who sent a command looks for it within minutes. */
export const OUTCOMES_MAX = 1_000;

export type Outcome = Pick<CommandOutcome, 'result' | 'text'> & { readonly task: string };

export class Outcomes {
  readonly #outcomes = new LRUCache<string, readonly Outcome[]>({ max: OUTCOMES_MAX });

  observer(task: string): Observer {
    return (event) => {
      if (event.kind !== 'command') return;
      const { id, result, text } = event.outcome;
      const others = (this.#outcomes.get(id) ?? []).filter((known) => known.task !== task);
      this.#outcomes.set(id, [...others, { task, result, text }]);
    };
  }

  of(id: string): readonly Outcome[] {
    return this.#outcomes.get(id) ?? [];
  }
}

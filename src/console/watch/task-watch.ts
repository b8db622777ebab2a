/** What the tasks of this process do, as they told last: state, failure, and of each source what is open and held. */
import type { Observer } from '../../pipeline/events.js';
import type { SourceFlow, TaskFlow } from '../answers/flow.js';

type SourceTold = Pick<SourceFlow, 'openTransactions' | 'heldRows' | 'held'>;

interface Told {
  task: TaskFlow;
  readonly sources: Map<string, SourceTold>;
}

/** States in which a task is another member's, or nobody's. */
const GONE = ['fenced', 'closed'];

export class TaskWatch {
  readonly #told = new Map<string, Told>();

  observer(task: string): Observer {
    return (event) => {
      if (event.kind === 'state') this.#move(task, event.state, event.reason);
      const told = this.#told.get(task);
      if (told === undefined) return;
      if (event.kind === 'failed') told.task = { ...told.task, failure: { code: event.code, text: event.text } };
      else if (event.kind === 'committed' && event.result === 'committed') told.task = { ...told.task, failure: null };
      else if (event.kind === 'sequenced') {
        const { openTransactions, heldRows, allHeld } = event;
        told.sources.set(event.source, { openTransactions, heldRows, held: [...allHeld] });
      }
    };
  }

  /** As this process runs it; else nothing is known of it here. */
  task(task: string): TaskFlow {
    return this.#told.get(task)?.task ?? { task, state: null, reason: null, failure: null };
  }

  /** Null: this process does not run the task, or it has not told of the source. */
  source(task: string, source: string): SourceTold | null {
    return this.#told.get(task)?.sources.get(source) ?? null;
  }

  #move(task: string, state: string, reason: string | null): void {
    if (GONE.includes(state)) return void this.#told.delete(task);
    const before = this.#told.get(task);
    const failure = before?.task.failure ?? null;
    // What was open is read again.
    this.#told.set(task, { task: { task, state, reason, failure }, sources: new Map() });
  }
}

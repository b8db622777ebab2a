/**
 * Life of a task, as a table of legal moves (SPEC T1). `fenced` and `closed` are ends: a new assignment makes a new task.
 *
 * - assigned: the input belongs to this member, nothing is known yet
 * - fencing: the former owner is being shut out; its last Kafka transaction is being decided
 * - restoring: the store is brought forward out of the journal
 * - running: reading, deciding, committing
 * - paused: something outside is away, or a person is needed; nothing is published
 * - closing: the last commit is awaited
 */
import { DragomanError } from '../errors.js';
import type { TaskState } from './events.js';

const MOVES: Readonly<Record<TaskState, readonly TaskState[]>> = {
  assigned: ['fencing', 'closing', 'fenced'],
  fencing: ['restoring', 'paused', 'closing', 'fenced'],
  restoring: ['running', 'fencing', 'paused', 'closing', 'fenced'],
  running: ['fencing', 'paused', 'closing', 'fenced'],
  paused: ['fencing', 'closing', 'fenced'],
  closing: ['closed'],
  fenced: ['closed'],
  closed: [],
};

export class Lifecycle {
  #state: TaskState = 'assigned';
  readonly #onMove: (state: TaskState, reason: string | null) => void;

  constructor(onMove: (state: TaskState, reason: string | null) => void) {
    this.#onMove = onMove;
  }

  get state(): TaskState {
    return this.#state;
  }

  moveTo(next: TaskState, reason: string | null = null): void {
    if (!MOVES[this.#state].includes(next)) {
      throw new DragomanError('INVARIANT_BROKEN', `A task cannot go from ${this.#state} to ${next}.`);
    }
    this.#state = next;
    this.#onMove(next, reason);
  }
}

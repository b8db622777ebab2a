/**
 * Reads of the console, so that they take little from the pipeline: one answer is shared by all who ask within a while, what is asked twice at
 * once is read once, few reads run at a time, and who comes when too many wait is sent away.
 */
import { LRUCache } from 'lru-cache';
import { DragomanError } from '../errors.js';

export const READS_AT_ONCE_MAX = 4;
export const READS_WAITING_MAX = 64;
const ANSWERS_MAX = 200;

export class BoundedReads {
  readonly #answers: LRUCache<string, Promise<unknown>>;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#answers = new LRUCache({ max: ANSWERS_MAX, ttlResolution: 0, perf: { now: nowMs } });
  }

  /** @param forMs how long the answer is good; one that failed is not kept. @throws DragomanError CONSOLE_BUSY, and what `read` throws */
  read<T>(name: string, forMs: number, read: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(name);
    if (known !== undefined) return known as Promise<T>;
    const answer = this.#inTurn(read);
    this.#answers.set(name, answer); // kept while it is under way, however long that takes
    answer.then(
      () => {
        if (this.#answers.peek(name) === answer) this.#answers.set(name, answer, { ttl: forMs });
      },
      () => {
        if (this.#answers.peek(name) === answer) this.#answers.delete(name);
      },
    );
    return answer;
  }

  /** What is known may be old: something was decided. */
  forget(): void {
    this.#answers.clear();
  }

  async #inTurn<T>(read: () => Promise<T>): Promise<T> {
    if (this.#running >= READS_AT_ONCE_MAX) await this.#turn();
    else this.#running += 1;
    try {
      return await read();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= READS_WAITING_MAX)
      throw new DragomanError(
        'CONSOLE_BUSY',
        `${READS_WAITING_MAX} others wait for an answer. Ask again in a few seconds.`,
      );
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** Transactions with END that are not handed on yet, in commit order, and how many of the first ones have all their rows. */
import { MovingList } from '../moving-list.js';
import type { OpenTransaction } from '../open-transaction.js';

/** ENDs read ahead of the rows. */
const AHEAD_MAX = 5_000;

export class EndedQueue {
  readonly #consumed: ReadonlySet<string>;
  readonly #transactions = new MovingList<OpenTransaction>();
  /** Rows may still come after END. */
  readonly #byId = new Map<string, OpenTransaction>();
  /** The first ones that were counted as full, and their rows. */
  #full = 0;
  #fullRows = 0;

  /** @param consumed tables whose rows are waited for. */
  constructor(consumed: ReadonlySet<string>) {
    this.#consumed = consumed;
  }

  get length(): number {
    return this.#transactions.length;
  }

  /** So many that the transaction topic need not be read on. */
  get isFarAhead(): boolean {
    return this.length > AHEAD_MAX;
  }

  get first(): OpenTransaction | undefined {
    return this.#transactions.first;
  }

  get last(): OpenTransaction | undefined {
    return this.#transactions.last;
  }

  /** Those after the first one, up to `last`. */
  *afterFirst(last: OpenTransaction): Generator<OpenTransaction> {
    for (let i = 1; i < this.length && this.#transactions.at(i - 1) !== last; i += 1)
      yield this.#transactions.at(i) as OpenTransaction;
  }

  withId(id: string): OpenTransaction | undefined {
    return this.#byId.get(id);
  }

  push(transaction: OpenTransaction): void {
    this.#transactions.push(transaction);
    this.#byId.set(transaction.id, transaction);
  }

  shift(): void {
    const { first } = this;
    if (first === undefined) return;
    this.#transactions.shift();
    if (this.#byId.get(first.id) === first) this.#byId.delete(first.id);
    this.#full = Math.max(0, this.#full - 1);
    this.#fullRows = this.#full > 0 ? Math.max(0, this.#fullRows - first.rows.length) : 0;
  }

  /** The first transactions that have all rows which their ENDs count. */
  countFull(): { readonly transactions: number; readonly rows: number } {
    for (let next = this.#transactions.at(this.#full); next?.isFull(this.#consumed) === true;) {
      this.#fullRows += next.rows.length;
      this.#full += 1;
      next = this.#transactions.at(this.#full);
    }
    return { transactions: this.#full, rows: this.#fullRows };
  }
}

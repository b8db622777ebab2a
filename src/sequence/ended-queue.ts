/** Transactions with END that are not handed on yet, in commit order, and how many of the first ones have all their rows. */
import type { OpenTransaction } from './open-transaction.js';

/** Places freed at the front before the list is moved. */
const FREE_MAX = 1_024;

export class EndedQueue {
  readonly #consumed: ReadonlySet<string>;
  readonly #transactions: OpenTransaction[] = [];
  #start = 0;
  /** Rows may still come after END. */
  readonly #byId = new Map<string, OpenTransaction>();
  /** Place after the last transaction counted as full. */
  #fullTo = 0;
  #fullRows = 0;

  /** @param consumed tables whose rows are waited for. */
  constructor(consumed: ReadonlySet<string>) {
    this.#consumed = consumed;
  }

  get length(): number {
    return this.#transactions.length - this.#start;
  }

  get first(): OpenTransaction | undefined {
    return this.#transactions[this.#start];
  }

  get last(): OpenTransaction | undefined {
    return this.length === 0 ? undefined : this.#transactions.at(-1);
  }

  /** Those after the first one, up to `last`. */
  *afterFirst(last: OpenTransaction): Generator<OpenTransaction> {
    if (this.first === last) return;
    for (let i = this.#start + 1; i < this.#transactions.length; i += 1) {
      const next = this.#transactions[i] as OpenTransaction;
      yield next;
      if (next === last) return;
    }
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
    this.#start += 1;
    if (this.#byId.get(first.id) === first) this.#byId.delete(first.id);
    this.#fullRows = this.#fullTo > this.#start ? Math.max(0, this.#fullRows - first.rows.length) : 0;
    this.#fullTo = Math.max(this.#fullTo, this.#start);
    if (this.#start > FREE_MAX && this.#start * 2 > this.#transactions.length) {
      this.#transactions.splice(0, this.#start);
      this.#fullTo -= this.#start;
      this.#start = 0;
    }
  }

  /** The first transactions that have all rows which their ENDs count. */
  countFull(): { readonly transactions: number; readonly rows: number } {
    for (let next = this.#transactions[this.#fullTo]; next?.isFull(this.#consumed) === true;) {
      this.#fullRows += next.rows.length;
      this.#fullTo += 1;
      next = this.#transactions[this.#fullTo];
    }
    return { transactions: this.#fullTo - this.#start, rows: this.#fullRows };
  }
}

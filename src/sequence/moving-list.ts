/** A list whose front moves: taking from it costs nothing, and the room is given back in big steps. What was taken is not kept. */
const FREE_MAX = 1_024;

export class MovingList<T extends object> {
  /** Undefined in front of the first. */
  #values: (T | undefined)[] = [];
  #start = 0;

  get length(): number {
    return this.#values.length - this.#start;
  }

  get first(): T | undefined {
    return this.#values[this.#start];
  }

  get last(): T | undefined {
    return this.length === 0 ? undefined : this.#values.at(-1);
  }

  /** @param index from the front. */
  at(index: number): T | undefined {
    return this.#values[this.#start + index];
  }

  push(value: T): void {
    this.#values.push(value);
  }

  shift(): void {
    if (this.length === 0) return;
    this.#values[this.#start] = undefined;
    this.#start += 1;
    if (this.#start <= FREE_MAX || this.#start * 2 <= this.#values.length) return;
    this.#values.splice(0, this.#start);
    this.#start = 0;
  }

  replace(value: T, by: T): void {
    this.#values[this.#values.indexOf(value, this.#start)] = by;
  }

  /** @returns how many were dropped. */
  keep(isKept: (value: T, index: number) => boolean): number {
    const before = this.length;
    this.#values = [...this].filter(isKept);
    this.#start = 0;
    return before - this.#values.length;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = this.#start; i < this.#values.length; i += 1) yield this.#values[i] as T;
  }
}

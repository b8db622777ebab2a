/**
 * Values by key between the store and the rules. What was changed and is not stored yet is pinned; the rest is the recently
 * used part of the store, bounded in size. The store behind it may lag one commit, never the cache.
 */
import { LRUCache } from 'lru-cache';

interface Pinned<V> {
  readonly value: V;
  /** Number of the write that has to be stored before this may be forgotten. */
  readonly write: number;
}

export class WriteBehindCache<V extends object> {
  readonly #recent: LRUCache<string, V>;
  readonly #pinned = new Map<string, Pinned<V>>();
  /** What the decisions under way need, however much that is. */
  #held = new Map<string, V>();
  readonly #sizeOf: (value: V) => number;

  /** @param sizeOf estimated bytes of a value in memory. */
  constructor(bytesMax: number, sizeOf: (value: V) => number) {
    this.#recent = new LRUCache({ maxSize: bytesMax });
    this.#sizeOf = sizeOf;
  }

  get(key: string): V | undefined {
    return this.#pinned.get(key)?.value ?? this.#held.get(key) ?? this.#recent.get(key);
  }

  /** Keeps these until the next call, those that are here and those that will be remembered. @returns what is not here. */
  hold(keys: Iterable<string>): string[] {
    const held = new Map<string, V>();
    const missing: string[] = [];
    for (const key of new Set(keys)) {
      const value = this.get(key);
      if (value === undefined) missing.push(key);
      else held.set(key, value);
    }
    this.#held = held;
    return missing;
  }

  /** Remembers what the store holds, and holds it. */
  remember(key: string, value: V): void {
    this.#held.set(key, value);
    this.keep(key, value);
  }

  /** Remembers what the store holds for as long as there is room. */
  keep(key: string, value: V): void {
    this.#recent.set(key, value, { size: Math.max(1, this.#sizeOf(value)) });
  }

  /** The same value in another form, which the store need not hear of. */
  reform(key: string, value: V): void {
    const pinned = this.#pinned.get(key);
    if (pinned !== undefined) this.#pinned.set(key, { ...pinned, value });
    else this.remember(key, value);
  }

  /** Remembers a change that the store gets with write number `write`. */
  change(key: string, value: V, write: number): void {
    this.#held.delete(key);
    this.#pinned.set(key, { value, write });
  }

  /** Write number `write` and all before it are stored. */
  stored(keys: Iterable<string>, write: number): void {
    for (const key of keys) {
      const pinned = this.#pinned.get(key);
      if (pinned === undefined || pinned.write > write) continue;
      this.#pinned.delete(key);
      this.keep(key, pinned.value);
    }
  }

  clear(): void {
    this.#recent.clear();
    this.#pinned.clear();
    this.#held.clear();
  }
}

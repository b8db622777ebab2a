/**
 * Rows of lookup tables while rules are asked. Which ones they ask for is known only when they do, and they cannot wait: a row that is not in
 * memory is noted, the rules are answered as if it were not there, and whatever they come to then does not count. What was missing is loaded,
 * and they are asked again from the same state, which is safe because they are pure.
 *
 * Each round brings at least the first row that was missing, and what was asked for stays for the next one, so there are never more rounds than
 * different rows. How many those are is bounded by `LOOKED_ROWS_MAX` each time that rules are asked about a state: for its facts, for its `retire`,
 * and so for each change set that a command takes up. Mostly there are few: a chain of lookups needs one round for each link.
 */
import type { AggregateState } from '../../domain/state/aggregate-state.js';
import { lookupText } from '../../domain/tables/feed.js';
import { Refused } from '../../translate/ask.js';
import { LOOKED_ROWS_MAX, type LookupRows } from '../../translate/looking.js';
import { CALL_LIMITS } from '../state/cutting.js';
import type { Memory } from '../state/memory.js';

export interface LookupLimits {
  /** Rows that are noted as missing, and loaded, at once. */
  readonly missingMax: number;
  /** Rows that are kept beside the cache, and their bytes, before those go that were not asked for lately. */
  readonly loadedMax: number;
  readonly loadedBytesMax: number;
  readonly roundsMax: number;
}

export const LOOKUP_LIMITS: LookupLimits = {
  missingMax: CALL_LIMITS.countMax,
  loadedMax: 10_000,
  loadedBytesMax: 64 * 1024 * 1024,
  /** Rules that are not pure come here, and chains with more links than a decision may ask rows. */
  roundsMax: LOOKED_ROWS_MAX + 1,
};

const nothing = (): void => undefined;

/** Of one draft, or one command: nothing else changes the rows meanwhile. */
export class Lookups {
  readonly #memory: Pick<Memory, 'known' | 'fetch'>;
  readonly #limits: LookupLimits;
  readonly #missing = new Set<string>();
  /** What the cache may have forgotten again: it is there for the next round whatever its size. */
  readonly #loaded = new Map<string, { readonly state: AggregateState | null; readonly bytes: number }>();
  #loadedBytes = 0;
  /** What was asked for lately. */
  readonly #used = new Set<string>();
  #isLast = false;

  constructor(memory: Pick<Memory, 'known' | 'fetch'>, limits = LOOKUP_LIMITS) {
    this.#memory = memory;
    this.#limits = limits;
  }

  /** Something was asked for that is not in memory: what the rules came to does not count. */
  get isMissing(): boolean {
    return this.#missing.size > 0;
  }

  /** No more can be noted. */
  get isFull(): boolean {
    return this.#missing.size >= this.#limits.missingMax;
  }

  /** As they are in memory. */
  readonly rows: LookupRows = (table, key) => {
    const name = lookupText(table, key);
    const known = this.#memory.known(name) ?? this.#loaded.get(name);
    if (known !== undefined) {
      // In the cache, too, which the next one that is loaded may push it out of.
      if (this.#loaded.size > 0) this.#used.add(name);
      return known.state ?? undefined;
    }
    if (this.#isLast) throw neverTheSame(table);
    if (!this.isFull) this.#missing.add(name);
    return undefined;
  };

  /**
   * Asks again until nothing is missing.
   * @param foresee may ask for what will be needed after this, so that it comes along.
   * @throws DragomanError MARKER_MOVED
   */
  async again<T>(ask: () => T, foresee: () => void = nothing): Promise<T> {
    for (let round = 1; ; round += 1) {
      this.#forget();
      foresee();
      await this.#load();
      this.#isLast = round >= this.#limits.roundsMax;
      const answer = ask();
      this.#isLast = false;
      if (!this.isMissing) return answer;
    }
  }

  /** As much as one answer holds: what was missing first is always among it. */
  async #load(): Promise<void> {
    const names = [...this.#missing];
    this.#missing.clear();
    for (const [name, known] of await this.#memory.fetch(names)) {
      this.#loaded.set(name, known);
      this.#loadedBytes += known.bytes;
    }
  }

  #forget(): void {
    const { loadedMax, loadedBytesMax } = this.#limits;
    if (this.#loaded.size >= loadedMax || this.#loadedBytes >= loadedBytesMax) {
      for (const [name, { bytes }] of this.#loaded) {
        if (this.#used.has(name)) continue;
        this.#loaded.delete(name);
        this.#loadedBytes -= bytes;
      }
    }
    this.#used.clear();
  }
}

const neverTheSame = (table: string): Refused =>
  new Refused(
    'LOOKUPS_TOO_LARGE',
    `The rules ask for other rows of ${table} each time they are asked about the same: what they look up must depend on nothing but what ` +
      'they are given. Correct the rule, then parked retry.',
  );

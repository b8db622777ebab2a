/**
 * What the journal says of every aggregate, in bounded memory: a 53-bit hash of its state by a 53-bit hash of its key, some 80 bytes
 * each. Two of a million keys are one by chance once in 18,000 such runs; a difference is missed once in 10^16 states.
 */
import { journalEntry } from '../../pipeline/state/records.js';
import type { JournalRecord } from '../../pipeline/ports.js';

export class StateHashes {
  readonly #states = new Map<number, number>();
  readonly #seen = new Set<number>();

  /** Later records of a key win. */
  learn(records: readonly JournalRecord[]): void {
    const last = new Map(records.map(({ key, value }) => [key, value]));
    for (const [key, value] of last) {
      this.#states.set(hashOf(key), hashOf(JSON.stringify(journalEntry(value).state)));
    }
  }

  get size(): number {
    return this.#states.size;
  }

  /** @param text the state as the store has it; null: it has none. */
  compare(key: string, text: string | null): 'equal' | 'differing' | 'missing' | 'extra' {
    const hash = hashOf(key);
    const known = this.#states.get(hash);
    if (text !== null) this.#seen.add(hash);
    if (known === undefined) return text === null ? 'equal' : 'extra';
    if (text === null) return 'missing';
    return known === hashOf(text) ? 'equal' : 'differing';
  }

  /** Keys that were learned and never compared with a state. */
  get unseen(): number {
    return [...this.#states.keys()].reduce((count, hash) => (this.#seen.has(hash) ? count : count + 1), 0);
  }

  isUnseen(key: string): boolean {
    const hash = hashOf(key);
    return this.#states.has(hash) && !this.#seen.has(hash);
  }
}

/** cyrb53 (public domain). */
export function hashOf(text: string): number {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charCodeAt(i);
    high = Math.imul(high ^ char, 2_654_435_761);
    low = Math.imul(low ^ char, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & low) + (high >>> 0);
}

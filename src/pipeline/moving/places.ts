/**
 * Where a partition was left, told by the records before it instead of by offsets, so that the place is found again on another cluster: whoever
 * mirrors topics keeps keys, values, timestamps and order, and nothing else. The timestamp is part of what tells a record: of a partition that
 * begins among the records looked for few of them may be left, and one that only looks like the last of them would be taken for it. Pure.
 */
import { createHash } from 'node:crypto';
import type { RawRecord } from '../ports.js';

/** Records that tell a place. */
export const TAIL_MAX = 8;

export interface Left {
  /** Next offset, on the cluster that was left. */
  readonly offset: number;
  /** Of the first record of the tail; null: there is none. */
  readonly timestampMs: number | null;
  /** The last records before it, at most {@link TAIL_MAX}, as hashes. Empty: none was read, or they have expired. */
  readonly tail: readonly string[];
}

type Content = Pick<RawRecord, 'key' | 'value' | 'timestampMs'>;

const HASH_CHARS = 22;

export const recordHash = ({ key, value, timestampMs }: Content): string =>
  createHash('sha256')
    .update(`${timestampMs} `)
    .update(key === null ? '-' : `${key.length} `)
    .update(key ?? '')
    .update(value === null ? '-' : `${value.length} `)
    .update(value ?? '')
    .digest('base64url')
    .slice(0, HASH_CHARS);

/** @param before records in front of the place, in their order. */
export function leftAt(offset: number, before: readonly Content[]): Left {
  const last = before.slice(-TAIL_MAX);
  return { offset, timestampMs: last[0]?.timestampMs ?? null, tail: last.map(recordHash) };
}

/** Looks for a tail among the records of a partition, given in their order. */
export class TailSearch {
  /** Offsets after it; more than one, when the same records are there again. */
  readonly found: number[] = [];
  readonly #tail: readonly string[];
  readonly #isFromStart: boolean;
  readonly #window: string[] = [];
  #seen = 0;

  /** @param isFromStart the first record that is given is the first one that the partition has: of the tail it may have the end only. */
  constructor({ tail }: Pick<Left, 'tail'>, isFromStart: boolean) {
    this.#tail = tail;
    this.#isFromStart = isFromStart;
  }

  see(record: Content & Pick<RawRecord, 'offset'>): void {
    this.#seen += 1;
    this.#window.push(recordHash(record));
    if (this.#window.length > this.#tail.length) this.#window.shift();
    const isWhole = this.#window.length === this.#tail.length || (this.#isFromStart && this.#seen < this.#tail.length);
    const owed = this.#tail.slice(-this.#window.length);
    if (isWhole && owed.every((hash, i) => hash === this.#window[i])) this.found.push(record.offset + 1);
  }
}

/**
 * A candidate counts only if a second look shows the same once more, with neither side changed: what is under way between two systems looks wrong for
 * a while, and is right (design amendment 21). Pure.
 */
import type { Found } from '../domain/reconciliation/discrepancy.js';
import type { Again, Candidate } from './ports.js';

export interface Looked {
  /** With the evidence of the second look. */
  readonly found: readonly Found[];
  /** How many of the others were settled by then, were changing, or could not be looked at. */
  readonly settled: number;
  readonly inFlight: number;
  readonly unknown: number;
}

/** @param second of each candidate, in their order. */
export function secondLook(first: readonly Candidate[], second: readonly Again[]): Looked {
  const found: Found[] = [];
  const others = { settled: 0, inFlight: 0, unknown: 0 };
  for (const [i, candidate] of first.entries()) {
    const again = second[i] ?? 'unknown';
    if (typeof again === 'string') others[again] += 1;
    else if (isSame(candidate, again)) found.push(again.found);
    else others.inFlight += 1;
  }
  return { found, ...others };
}

const isSame = (a: Candidate, b: Candidate): boolean =>
  a.seen === b.seen && a.found.class === b.found.class && a.found.id === b.found.id;

/** What is parked with one set of rules and not with the other, by reason. Pure. */
import type { Refusal } from '../../../domain/refusal.js';
import type { Told } from './told.js';

export interface ParkedDifference {
  /** `added`: only with the second. */
  readonly kind: 'added' | 'removed';
  readonly code: Refusal['code'];
  readonly text: string;
  readonly count: number;
  /** The first few. */
  readonly samples: readonly string[];
}

const SAMPLES_MAX = 3;

/** Those of the second first, the most frequent reason first. */
export const parkedDifferences = (from: Told, to: Told): ParkedDifference[] => [
  ...byReason('added', to, from),
  ...byReason('removed', from, to),
];

function byReason(kind: ParkedDifference['kind'], told: Told, other: Told): ParkedDifference[] {
  const reasons = new Map<string, { refusal: Refusal; who: string[] }>();
  for (const [name, refusal] of told.parked) {
    if (other.parked.has(name)) continue;
    const reason = `${refusal.code} ${refusal.text}`;
    const known = reasons.get(reason) ?? { refusal, who: [] };
    known.who.push(name);
    reasons.set(reason, known);
  }
  return [...reasons.values()]
    .map(({ refusal: { code, text }, who }) => ({
      kind,
      code,
      text,
      count: who.length,
      samples: who.slice(0, SAMPLES_MAX),
    }))
    .sort((a, b) => b.count - a.count);
}

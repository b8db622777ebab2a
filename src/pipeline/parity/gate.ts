/** Whether a route may be moved to the service, by what the author of its capability asks. Pure. */
import type { CompiledGate } from '../../rules/parity/parity.js';
import { FIGURE_CLASSES, type ParityCounts } from './figures.js';

/** How it stands. */
export interface Standing {
  /** Over the time that the gate asks for. */
  readonly counts: ParityCounts;
  /** Parked aggregates with a critical fact. */
  readonly parked: number;
  /** How far Dragoman is behind the legacy system; null: not known. */
  readonly behindMs: number | null;
}

/** Of a percent: in whole ones, because 99.9 * 41000 is a little more than it is. */
const MILLIONTHS = 1_000_000;

/** Why it may not, one sentence each; none: it may. */
export function gateReasons({ counts, parked, behindMs }: Standing, gate: CompiledGate): string[] {
  const reasons: string[] = [];
  const pairs = pairsOf(counts);
  const right = rightOf(counts);
  if (pairs < gate.pairs) reasons.push(`Only ${pairs} pairs were compared, and ${gate.pairs} are asked for.`);
  if (right * 100 * MILLIONTHS < Math.round(gate.equal * MILLIONTHS) * pairs)
    reasons.push(`${percentText(right, pairs)} % of them are equal or accepted, and ${gate.equal} % are asked for.`);
  if (parked > gate.parked)
    reasons.push(`${parked} aggregates with a critical fact are parked, ${gate.parked} are allowed.`);
  if (behindMs === null) reasons.push('How far behind the legacy system it is, is not known.');
  else if (behindMs > gate.behindMs)
    reasons.push(
      `It is ${Math.ceil(behindMs / 1_000)} s behind the legacy system, ${gate.behindMs / 1_000} s are allowed.`,
    );
  return reasons;
}

/** Judgements: one that came late is also one that was missed. */
export const pairsOf = (counts: ParityCounts): number => FIGURE_CLASSES.reduce((sum, each) => sum + counts[each], 0);

export const rightOf = ({ equal, accepted }: ParityCounts): number => equal + accepted;

/** Not rounded up: 99.995 % is not 100 %. */
export const percentText = (part: number, whole: number): string =>
  whole === 0 ? '0' : String(Math.floor((part * 10_000) / whole) / 100);

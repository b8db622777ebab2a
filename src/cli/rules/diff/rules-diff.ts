/** All that a comparison of rules has to say, before it is put into words. */
import type { ContractDiff } from './compare.js';
import type { Coverage } from './covered/coverage.js';
import type { ParkedDifference } from './parked.js';

export interface RulesDiff {
  readonly from: SideTold;
  readonly to: SideTold;
  /** Records of the recording. */
  readonly records: number;
  readonly contracts: readonly ContractDiff[];
  readonly parked: readonly ParkedDifference[];
  /** Aggregates, as the second rules call them, that keep the rules by which they began: what differs is of those that begin by the second. */
  readonly pinned: readonly string[];
  /** What rules asked for and the recording was taken without, in words: of that neither decided anything. */
  readonly redacted: readonly string[];
  /** What the recording is evidence for, with the second rules. */
  readonly coverage: Coverage;
}

export interface SideTold {
  /** As it was asked for. */
  readonly name: string;
  readonly digest: string;
  readonly events: number;
  readonly parked: number;
}

/** For people. */
export const pinnedWords = ({ pinned }: RulesDiff): string[] =>
  pinned.map(
    (name) =>
      `${name} pins: what is under way keeps its rules, so this is what differs for those that begin by the new ones`,
  );

export const isDifferent = ({ contracts, parked }: RulesDiff): boolean =>
  parked.length > 0 || contracts.some(({ differences }) => differences.length > 0);

/** Shapes of what is found in a contract, and what it is held against. */
import { CHANGE_NAME } from '../../rules/named.js';
import type { PublishedContract } from '../published.js';

/** Each code with what to do about it. */
export const LINTS = {
  NAME_SAYS_NOTHING: CHANGE_NAME.instead,
  LEGACY_NAME_ON_WIRE: 'Name it as the business does: consumers are to live longer than the legacy tables.',
  LEGACY_CODE_ON_WIRE: 'Publish what the code means: legacy.code says it, and rules see it.',
  METADATA_MISSING: 'Export the contract from its rules: metadata and key are part of every event.',
  EVENT_OVER_BUDGET: 'Publish what consumers need to act; let them ask for the rest.',
  HEADER_NAME_INVALID: 'CloudEvents takes small letters and digits, 20 of them at most.',
  PROSE_MISSING: 'A contract is a promise in words: say it.',
  PROSE_SAME: 'Say in each place what the others do not say.',
  SUNSET_PAST: 'Take it out of the rules, or put its sunset off.',
  SUNSET_MISSING: 'Say the day until which it is published: sunset.',
} as const;

export type LintCode = keyof typeof LINTS;

export interface LintProblem {
  readonly code: LintCode;
  /** Field or word of the contract; empty: the whole. */
  readonly path: string;
  readonly text: string;
}

/** What a contract is held against. */
export interface Ground {
  readonly contracts: readonly PublishedContract[];
  readonly columns: readonly LegacyColumn[];
  /** Names of headers of its events, without `ce_`. */
  readonly extensions: (contract: PublishedContract) => readonly string[];
  /** `YYYY-MM-DD`. */
  readonly today: string;
}

export interface LegacyColumn {
  /** With its schema: `oms.ord_hdr`. */
  readonly table: string;
  readonly column: string;
  /** What its codes mean; null: it has none. */
  readonly codes: Readonly<Record<string, string | boolean>> | null;
}

/** Why a record, a row or a change set could not be understood. A value, not an exception: it parks one aggregate (G6). */
export interface Refusal {
  readonly code: RefusalCode;
  /** For people: what, where, why it matters. Never the value of a personal or secret column. */
  readonly text: string;
}

/** Reasons for which an aggregate is parked. Each is in docs/errors.md. */
export const REFUSAL_CODES = [
  'ROW_INVALID',
  'CODE_UNKNOWN',
  'RULE_THREW',
  'RULE_TOO_SLOW',
  'CONTRACT_VIOLATED',
  'TRANSLATION_FAILED',
  'EVENT_TOO_LARGE',
  'ROW_TOO_LARGE',
  'DECISION_TOO_LARGE',
  'AGGREGATE_TOO_LARGE',
  'AGGREGATE_KEY_CHANGED',
  'ROW_OWNER_UNKNOWN',
  'ROW_KEY_CONFLICT',
  'RECORD_UNDECODABLE',
  'WAITING_ROWS_FULL',
  'LOOKUPS_TOO_LARGE',
  'OWED_TOO_MANY',
  'TRANSACTION_INCOMPLETE',
  'TRANSACTION_TOO_LARGE',
  'TRANSACTION_WITHOUT_END',
] as const;

export type RefusalCode = (typeof REFUSAL_CODES)[number];

/**
 * The one error class of legacy-db: a test tool, so an error ends the run. The text says what, where and the next step.
 */
export type LegacyDbErrorCode =
  | 'AUDIT_INCOMPLETE'
  | 'AUDIT_MISSING'
  | 'BINLOG_UNREADABLE'
  | 'CONFIG_INVALID'
  | 'CONNECTION_LOST'
  | 'HISTORY_INVALID'
  | 'RECORDING_INVALID'
  | 'STACK_UNREADY'
  | 'WORKLOAD_FAILED';

export class LegacyDbError extends Error {
  override readonly name = 'LegacyDbError';

  constructor(
    readonly code: LegacyDbErrorCode,
    text: string,
    options: { cause?: unknown } = {},
  ) {
    super(`${code}: ${text}`, options);
  }
}

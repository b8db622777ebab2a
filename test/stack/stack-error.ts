/** What went wrong with the stack, as a code that a caller may switch on. */
export type StackErrorCode =
  | 'TOOL_MISSING'
  | 'JARS_UNAVAILABLE'
  | 'DOCKER_UNAVAILABLE'
  | 'START_FAILED'
  | 'NOT_READY'
  | 'STOP_FAILED'
  | 'MOUNT_REFUSED'
  | 'REPLICATION_FAILED'
  | 'UNKNOWN_PART'
  | 'STATE_UNREADABLE'
  | 'USAGE'
  | 'LOCK_TIMEOUT'
  | 'CONNECT_UNREACHABLE'
  | 'CONNECTOR_REFUSED'
  | 'CONNECTOR_FAILED'
  | 'SLOT_IN_USE'
  | 'TOOL_FAILED';

/** The text says what, where, and the next step; the code is stable. */
export class StackError extends Error {
  override readonly name = 'StackError';
  readonly code: StackErrorCode;

  constructor(code: StackErrorCode, text: string, cause?: unknown) {
    super(`${code}: ${text}`, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

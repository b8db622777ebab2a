/** What keeps an end-to-end run from saying anything about the events; a difference in the events is not an error. */
export type E2eErrorCode =
  | 'USAGE'
  | 'COMMAND_FAILED'
  | 'NEVER_READY'
  | 'STREAM_SILENT'
  | 'CONNECTOR_FAILED'
  | 'READER_FAILED'
  | 'RECORD_UNREADABLE';

/** The text says what, where, and the next step; the code is stable. */
export class E2eError extends Error {
  override readonly name = 'E2eError';

  constructor(
    readonly code: E2eErrorCode,
    text: string,
    cause?: unknown,
  ) {
    super(`${code}: ${text}`, cause === undefined ? undefined : { cause });
  }
}

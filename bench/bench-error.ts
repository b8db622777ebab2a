/** What went wrong with a measurement, as a code that the command line turns into an exit code. The text says the next step. */
export type BenchErrorCode =
  | 'USAGE'
  | 'BACKLOG_INVALID'
  | 'BACKLOG_LATE'
  | 'BUILD_FAILED'
  | 'BROKER_REFUSED'
  | 'EVENTS_LATE'
  | 'CHILD_FAILED'
  | 'PROFILE_MISSING'
  | 'SHARDS_UNEVEN';

export class BenchError extends Error {
  override readonly name = 'BenchError';

  constructor(
    readonly code: BenchErrorCode,
    text: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(`${code}: ${text}`, options);
  }
}

/** What went wrong with a Dragoman that was started, as a code. The text has its last words. */
export type ProcessErrorCode = 'COMMAND_FAILED' | 'DRAGOMAN_ENDED' | 'NEVER_READY';

export class ProcessError extends Error {
  override readonly name = 'ProcessError';

  constructor(
    readonly code: ProcessErrorCode,
    text: string,
  ) {
    super(`${code}: ${text}`);
  }
}

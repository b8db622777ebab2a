/** Addresses that come as options of a command. */
import { urlProblem } from '../../config/keys/server-url.js';
import { DragomanError } from '../../errors.js';

export const MEMBER_WORDS =
  'HTTP address of the member that runs the pipeline (default: the config); again for each that runs a shard of it';

/** An option that may be given several times. */
export const eachUrl = (url: string, before: readonly string[] = []): readonly string[] => [...before, url];

/** @throws DragomanError COMMAND_INVALID, without the address: a password may be in it. */
export function checkUrl(option: string, url: string): void {
  const problem = urlProblem(url, ['http', 'https']);
  if (problem !== null) throw new DragomanError('COMMAND_INVALID', `${option}: ${problem}.`);
}

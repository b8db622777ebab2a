/** Addresses that come as options of a command. */
import { urlProblem } from '../config/keys/server-url.js';
import { DragomanError } from '../errors.js';

/** @throws DragomanError COMMAND_INVALID, without the address: a password may be in it. */
export function checkUrl(option: string, url: string): void {
  const problem = urlProblem(url, ['http', 'https']);
  if (problem !== null) throw new DragomanError('COMMAND_INVALID', `${option}: ${problem}.`);
}

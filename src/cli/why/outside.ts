/** Where the commands that explain look: at the servers, unless a file is named. */
import { DragomanError } from '../../errors.js';
import type { Desk, WhyOptions } from './options.js';

/** @throws DragomanError COMMAND_INVALID when two are named, and what looking there throws */
export async function withOutside<T>(options: WhyOptions, use: (desk: Desk) => Promise<T>): Promise<T> {
  const { recording, state } = options;
  if (recording !== undefined && state !== undefined)
    throw new DragomanError('COMMAND_INVALID', 'Name a recording or a state file, not both.');
  if (recording !== undefined) return (await import('./outside/recorded.js')).withRecording(recording, options, use);
  if (state !== undefined) return (await import('./outside/exported.js')).withStateFile(state, options, use);
  return (await import('./outside/servers.js')).withServers(options, use);
}

/** What is said of a command that was sent. */
import type { Decided } from '../../console/answers/commands.js';
import type { Command } from '../../domain/command.js';
import { DragomanError } from '../../errors.js';

/** It stands in the log: what fails from now on says nothing about it. */
export async function answered(command: Command, ask: () => Promise<Omit<Decided, 'schema' | 'id'>>): Promise<Decided> {
  const head = { schema: 'dragoman.http/decided@1', id: command.id } as const;
  try {
    return { ...head, ...(await ask()) };
  } catch (error) {
    if (!(error instanceof DragomanError)) throw error;
    const result = error.code === 'COMMAND_REFUSED' ? 'refused' : 'waiting';
    return { ...head, result, text: error.message, parked: null };
  }
}

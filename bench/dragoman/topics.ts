/** `dragoman topics`: makes the topics that it writes. */
import { dragomanCommand } from '../../test/dragoman/command.js';
import type { Build } from './build.js';

const TOPICS_TIMEOUT_MS = 60_000;
/** A new broker knows its topics a moment after it has made them; the command may be called again. */
const TOPICS_ATTEMPTS = 4;

/** @throws ProcessError COMMAND_FAILED */
export async function createOutputTopics(build: Build, config: string): Promise<void> {
  const args = ['topics', '--sources', '-c', config];
  for (let attempt = 1; ; attempt += 1) {
    try {
      await dragomanCommand(args, { entry: [build.entry], timeoutMs: TOPICS_TIMEOUT_MS });
      return;
    } catch (error) {
      if (attempt >= TOPICS_ATTEMPTS) throw error;
    }
  }
}

/** Names and help of what is asked by those who build a service that takes over. */
import type { Command } from 'commander';
import type { Ending } from '../exit.js';
import type { ConformOptions } from './conform.js';

export function addConformCommand(dragoman: Command, common: (command: Command) => Command, ending: Ending): void {
  common(
    dragoman
      .command('conform')
      .description(
        'Read a contract topic from its beginning, and say what in it breaks the protocol of ownership (docs/ownership-protocol.md).',
      ),
  )
    .requiredOption('--topic <topic>', 'topic of the contracts, or the trial topic beside it')
    .option('--contracts <dir>', 'folder of an export (default: the contracts of the rules)')
    .option('--json', 'result as JSON')
    .action(ending(async (options: ConformOptions) => (await import('./conform.js')).conformCommand(options)));
}

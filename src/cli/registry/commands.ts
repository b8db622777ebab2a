/** Names and help of what is done with contracts in a schema registry. */
import type { Command } from 'commander';
import type { Ending } from '../exit.js';
import type { RegisterOptions } from './register.js';

export function addRegistryCommands(contracts: Command, common: (command: Command) => Command, ending: Ending): void {
  common(
    contracts
      .command('register')
      .description('Register the schemas of all contracts in the schema registry; what is there already stays.'),
  )
    .option('--dry-run', 'register nothing: say what would be, and what the registry would refuse')
    .option('--json', 'result as JSON')
    .action(ending(async (options: RegisterOptions) => (await import('./register.js')).registerCommand(options)));
}

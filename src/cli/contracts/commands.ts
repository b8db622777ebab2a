/** Names and help of what is done with contracts, as other teams get them. */
import type { Command } from 'commander';
import type { Ending } from '../exit.js';
import { addContractCheckCommands } from './check/commands.js';
import type { ExportOptions } from './export.js';

export function addContractsCommands(dragoman: Command, common: (command: Command) => Command, ending: Ending): void {
  const contracts = dragoman.command('contracts').description('Contracts, as other teams get them.');
  common(
    contracts
      .command('export')
      .description(
        'Write all that others need to rely on the contracts: schemas, examples, types, pages, AsyncAPI, EventCatalog.',
      ),
  )
    .option('--out <dir>', 'folder to write to (default: contracts/published in the folder of the rules)')
    .option('--check', 'write nothing: say what the folder has otherwise than the rules')
    .option('--json', 'result as JSON')
    .action(ending(async (options: ExportOptions) => (await import('./export.js')).exportCommand(options)));
  addContractCheckCommands(contracts, common, ending);
}

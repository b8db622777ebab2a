/** Names and help of what is done with contracts, as other teams get them. */
import type { Command } from 'commander';
import type { Ending } from '../exit.js';
import { addRegistryCommands } from '../registry/commands.js';
import { wholeNumber } from '../options/whole-number.js';
import { addContractCheckCommands } from './check/commands.js';
import type { ExportOptions } from './export.js';
import type { MockCommandOptions } from './mock.js';

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
  common(
    contracts
      .command('mock')
      .description(
        'Make events under a contract that nobody published, for the tests of those who read it: one record a line.',
      ),
  )
    .argument('<event>', 'name of the contract (OrderReady: its newest version, OrderReady.v1)')
    .option('--count <n>', 'how many (default: 100 valid ones; all of the others)', wholeNumber)
    .option('--boundaries', 'valid ones at the limits of the contract, with what is special')
    .option('--broken', 'ones that do not fit the contract, each with what is wrong')
    .option('--seed <seed>', 'the same seed gives the same events (default: 1)')
    .action(
      ending(async (event: string, options: MockCommandOptions) =>
        (await import('./mock.js')).mockCommand(event, options),
      ),
    );
  addRegistryCommands(contracts, common, ending);
}

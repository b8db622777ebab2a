/** Names and help of the gate between contracts and those who rely on them. */
import { type Command, Option } from 'commander';
import { MODES } from '../../../contracts/compatibility/gate.js';
import type { Ending } from '../../exit.js';
import type { ContractsCheckOptions } from './check.js';
import type { ContractsDiffOptions } from './diff.js';

export function addContractCheckCommands(
  contracts: Command,
  common: (command: Command) => Command,
  ending: Ending,
): void {
  common(
    contracts
      .command('check')
      .description('Say whether the contracts may be published like this: whom they would break, and what they lack.'),
  )
    .option(
      '--against <places...>',
      'exports (folders) or git revisions to compare with, newest first; a revision with all that it ever had (default: contracts/published beside the rules)',
    )
    .option('--consumers <files...>', 'files in which consumers say what they use')
    .option('--recording <file>', 'find out with it whether columns of a class reach fields that do not carry it')
    .addOption(
      new Option('--mode <mode>', 'who must go on reading: consumers of before, those that begin again, or both')
        .choices(MODES)
        .default('forward'),
    )
    .option('--json', 'findings and changes as JSON')
    .action(
      ending(async (options: ContractsCheckOptions) => (await import('./check.js')).contractsCheckCommand(options)),
    );
  common(
    contracts.command('diff').description('Say in words what became different in contracts, and whom that breaks.'),
  )
    .argument('<from>', 'export, git revision or folder of rules')
    .argument('[to]', 'the same (default: the rules)')
    .option('--markdown', 'as Markdown, for a pull request')
    .option('--json', 'changes as JSON')
    .action(
      ending(async (from: string, to: string | undefined, options: ContractsDiffOptions) =>
        (await import('./diff.js')).contractsDiffCommand(from, to, options),
      ),
    );
}

/** Names and help of what is to be seen of parity, and what operators accept of it. */
import { type Command, Option } from 'commander';
import { BAD_CLASSES } from '../../domain/state/pairs.js';
import type { Ending } from '../exit.js';
import { wholeNumber } from '../options/whole-number.js';
import type { ParityAcceptOptions, ParityFindingOptions } from './accept.js';
import type { ParityExamplesOptions } from './examples.js';
import type { LookingOptions } from './looked.js';

interface Parts {
  readonly looking: (command: Command) => Command;
  readonly changing: (command: Command) => Command;
  readonly ending: Ending;
}

const EXAMPLES_SHOWN = 20;

export function addParityCommands(dragoman: Command, { looking, changing, ending }: Parts): void {
  const parity = dragoman
    .command('parity')
    .description('What a service publishes on trial, compared with what Dragoman publishes.');
  const contract = new Option('--contract <name>', 'only this one, such as OrderReady.v1');
  looking(
    parity
      .command('list')
      .description('Show the figures of each route over the time that its gate asks for, and what is accepted.'),
  )
    .addOption(contract)
    .action(ending(async (options: LookingOptions) => (await import('./list.js')).parityListCommand(options)));
  looking(parity.command('examples').description('Show the newest examples of what is not equal.'))
    .addOption(contract)
    .addOption(new Option('--class <class>', 'only of this one').choices(BAD_CLASSES))
    .option('--signature <fields>', 'only what is different in these fields, as `parity list` shows them')
    .option('--values', 'also values of aggregates that have personal or secret columns')
    .option('--max <n>', 'so many at most', wholeNumber, EXAMPLES_SHOWN)
    .action(
      ending(async (options: ParityExamplesOptions) => (await import('./examples.js')).parityExamplesCommand(options)),
    );
  finding(changing(parity.command('accept').description('Let a finding count as right for a while.')))
    .requiredOption('--until <instant>', 'ISO-8601: from then on it counts again')
    .action(
      ending(async (of: string, is: string, options: ParityAcceptOptions) =>
        (await import('./accept.js')).parityAcceptCommand(of, is, options),
      ),
    );
  finding(changing(parity.command('revoke').description('Let a finding that was accepted count again.'))).action(
    ending(async (of: string, is: string, options: ParityFindingOptions) =>
      (await import('./accept.js')).parityRevokeCommand(of, is, options),
    ),
  );
}

const finding = (command: Command): Command =>
  command
    .argument('<contract>', 'such as OrderReady.v1')
    .argument('<class>', BAD_CLASSES.join(', '))
    .option(
      '--signature <fields>',
      'of what is different: in these fields, as `parity list` shows them (default: any)',
    );

/** Names and help of what is to be seen of discrepancies. */
import { type Command, Option } from 'commander';
import { DISCREPANCY_CLASSES, STANDINGS } from '../../domain/reconciliation/discrepancy.js';
import type { Ending } from '../exit.js';
import type { OperatorOptions } from '../operator/operator.js';
import { wholeNumber } from '../options/whole-number.js';
import type { DiscrepanciesListOptions } from './list.js';

interface Parts {
  readonly looking: (command: Command) => Command;
  readonly ending: Ending;
}

const SHOWN = 50;

export function addDiscrepanciesCommands(dragoman: Command, { looking, ending }: Parts): void {
  const discrepancies = dragoman
    .command('discrepancies')
    .description('What checks found to be otherwise on one side than on the other.');
  looking(discrepancies.command('list').description('Show them, the latest first, and the last run of each check.'))
    .option('--check <check>', 'only of this one: source, published or projection:<consumer>')
    .addOption(new Option('--class <class>', 'only of this one').choices(DISCREPANCY_CLASSES))
    .option('--contract <name>', 'only of this one, such as OrderReady.v1')
    .addOption(new Option('--state <state>', 'only those that stand so').choices([...STANDINGS, 'all']).default('open'))
    .option('--max <n>', 'so many at most', wholeNumber, SHOWN)
    .action(
      ending(async (options: DiscrepanciesListOptions) =>
        (await import('./list.js')).discrepanciesListCommand(options),
      ),
    );
  looking(discrepancies.command('show').description('Show one of them, with what both sides showed.'))
    .argument('<id>', 'as `discrepancies list` shows it')
    .action(
      ending(async (id: string, options: OperatorOptions) =>
        (await import('./show.js')).discrepanciesShowCommand(id, options),
      ),
    );
}

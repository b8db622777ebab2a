/** Names and help of what operators do about discrepancies, and about events that were published. */
import { type Command, Option } from 'commander';
import { DISCREPANCY_CLASSES } from '../../domain/reconciliation/discrepancy.js';
import type { Ending } from '../exit.js';
import { addEventRepairs } from './event-commands.js';
import type { RepairAcceptOptions, RepairScopeOptions } from './accept.js';

interface Parts {
  readonly changing: (command: Command) => Command;
  readonly ending: Ending;
}

export function addRepairCommands(dragoman: Command, { changing, ending }: Parts): void {
  const repair = dragoman.command('repair').description('Do something about what checks found, or what was published.');
  addEventRepairs(repair, { changing, ending });
  scoped(changing(repair.command('accept').description('Let discrepancies be, for a while.')))
    .requiredOption('--until <instant>', 'ISO-8601: from then on they count again')
    .action(
      ending(async (ids: string[], options: RepairAcceptOptions) =>
        (await import('./accept.js')).repairAcceptCommand(ids, options),
      ),
    );
  scoped(changing(repair.command('revoke').description('Let discrepancies that were accepted count again.'))).action(
    ending(async (ids: string[], options: RepairScopeOptions) =>
      (await import('./accept.js')).repairRevokeCommand(ids, options),
    ),
  );
}

const scoped = (command: Command): Command =>
  command
    .argument('[ids...]', 'as `discrepancies list` shows them; or say --check and --class')
    .option('--check <check>', 'all of this one: source, published or projection:<consumer>')
    .addOption(new Option('--class <class>', 'all of this one').choices(DISCREPANCY_CLASSES))
    .option('--contract <name>', 'all of this one, such as OrderReady.v1');

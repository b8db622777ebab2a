/** Names and help of what operators look at and decide about rules that aggregates keep. */
import type { Command } from 'commander';
import type { Ending } from '../exit.js';
import type { OperatorOptions } from '../operator/operator.js';
import { wholeNumber } from '../options/whole-number.js';
import type { PinnedMigrateOptions } from './migrate.js';

interface Parts {
  readonly looking: (command: Command) => Command;
  readonly changing: (command: Command) => Command;
  readonly ending: Ending;
}

export function addPinnedCommands(dragoman: Command, { looking, changing, ending }: Parts): void {
  const pinned = dragoman.command('pinned').description('Aggregates that keep the rules by which they began.');
  looking(pinned.command('list').description('Show which rules are kept, and by how many.')).action(
    ending(async (options: OperatorOptions) => (await import('./list.js')).pinnedListCommand(options)),
  );
  changing(
    pinned
      .command('migrate')
      .description('Let aggregates that keep their rules be decided by those of now; publishes nothing.'),
  )
    .argument('<aggregate>', 'its type in the rules')
    .argument('[id]', 'its business key')
    .option('--kept <digest>', 'all that keep these rules, instead of one')
    .option('--max <n>', 'with --dry-run: compare so many', wholeNumber, 1_000)
    .action(
      ending(async (aggregate: string, id: string | undefined, options: PinnedMigrateOptions) =>
        (await import('./migrate.js')).pinnedMigrateCommand(aggregate, id, options),
      ),
    );
}
